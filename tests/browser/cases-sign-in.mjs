/* SPDX-License-Identifier: MIT */
/* Getting in and out, and what guards the page. */
import { equal, matches, truth, until } from './expect.mjs';
import { request } from './http.mjs';
import { button, focused, loaded, make, newProfile, openProfile, row, rows, said, signIn } from './page.mjs';
import { test } from './tap.mjs';

const STRICT = [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
    "frame-ancestors 'none'",
];

async function signOut(page, account) {
    await button(page, account.name).click();
    await button(page, 'Sign out').click();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
}

test('a wrong password and an unknown name get the same answer; the right one then works', async (stage) => {
    const account = await stage.world.addUser();
    const page = await stage.page();
    const error = page.locator('#sign-in-error');
    await page.goto(stage.origin);
    await signIn(page, `${account.name}-not`, account.password);
    await error.filter({ hasText: 'The name or the password is wrong.' }).waitFor();
    await page.reload();
    await signIn(page, account.name, 'a guess at it');
    await error.filter({ hasText: 'The name or the password is wrong.' }).waitFor();
    await focused(page.getByLabel('Password', { exact: true }));
    equal(await page.getByLabel('Name', { exact: true }).inputValue(), account.name, 'the name is kept');
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    equal(await error.count(), 0, 'messages left');
});

test('signing in with nothing typed says so and asks the server nothing', async (stage) => {
    const page = await stage.page();
    await page.goto(stage.origin);
    await button(page, 'Sign in').click();
    await page.locator('#sign-in-error').filter({ hasText: 'Enter your name and your password.' }).waitFor();
    equal(stage.requests.filter((each) => each.method() === 'POST').length, 0, 'requests');
});

test('signing in from the address of My profile leads there', async (stage) => {
    const account = await stage.world.addUser();
    const page = await stage.page();
    await page.goto(`${stage.origin}/#profile`);
    await signIn(page, account.name, account.password);
    await loaded(page);
    equal(await page.title(), 'My profile – Tax Administration');
});

test('after sign-out the view is empty, and the back button and a reload show nothing', async (stage) => {
    const account = await stage.world.addUser();
    const page = await (await stage.contextOf(account)).newPage();
    await page.goto(stage.origin);
    await page.getByRole('link', { name: 'Open API-Tokens', exact: true }).click();
    await loaded(page);
    await make(page, 'Hidden afterwards');
    await signOut(page, account);
    await said(page, 'You are signed out.');
    equal(await page.getByText('Hidden afterwards').count(), 0);
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    equal(await page.getByText('Hidden afterwards').count(), 0, 'after going back');
    await page.goto(`${stage.origin}/#profile`);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    equal((await page.context().cookies()).filter(({ name }) => name === 'session'), [], 'session cookie');
    equal((await account.call('GET', '/tokens')).status, 401, 'the old session');
});

test('signed out in one tab, the other tab asks to sign in at its next step', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Two tabs');
    const other = await openProfile(await page.context().newPage(), stage.origin);
    await signOut(other, account);
    await row(page, 'Two tabs').getByRole('button', { name: 'Copy API token: Two tabs' }).click();
    await page.locator('#sign-in-again').waitFor();
});

test('the session cookie is HttpOnly, SameSite=Strict and 256 random bits', async (stage) => {
    const account = await stage.world.addUser();
    const page = await stage.page();
    await page.goto(stage.origin);
    await signIn(page, account.name, account.password);
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'session');
    equal([cookie.httpOnly, cookie.sameSite, cookie.path, cookie.expires], [true, 'Strict', '/', -1]);
    truth(/^[0-9a-f]{64}$/.test(cookie.value) || /^[A-Za-z0-9_-]{43}$/.test(cookie.value), '256 bits');
    equal(await page.evaluate(() => document.cookie.includes('session')), false, 'scripts see it');
});

test('every file of the page comes with a strict policy, no-store and nosniff, and holds nothing inline', async (stage) => {
    const { page } = await newProfile(stage);
    const paths = new Set(stage.requests.map((each) => new URL(each.url()).pathname));
    truth(paths.size > 5, 'the page has loaded its files');
    for (const path of paths) {
        const { headers, text } = await request(stage.world.administration.address, 'GET', path);
        equal([headers['cache-control'], headers['x-content-type-options']], ['no-store', 'nosniff'], path);
        if (path.startsWith('/api/')) continue;
        const policy = headers['content-security-policy'];
        for (const part of STRICT) truth(policy.includes(part), `${path}: ${part}`);
        equal(/unsafe|https?:|\*/.test(policy), false, `${path}: exceptions in ${policy}`);
        if (path === '/') equal(/<style|<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=/.test(text), false, 'inline script or style');
    }
    equal(await page.evaluate(() => document.querySelectorAll('[style]').length), 0, 'elements with a style');
});

test('no other page can put this one in a frame', async (stage) => {
    const frame = `<!DOCTYPE html><iframe src="${stage.origin}/"></iframe>`;
    const origin = await stage.serve(frame);
    stage.excuse(/frame-ancestors|Refused to frame|violates the following/);
    stage.excuse(/favicon|404/);
    const page = await stage.page();
    await page.goto(origin);
    const [, inner] = await until(() => page.frames().length > 1 && page.frames(), 'the frame');
    await until(() => /^chrome-error:/.test(inner.url()), 'the frame is refused');
    equal(await inner.locator('#main').count(), 0, 'the page in the frame');
});

test('a page of another place cannot act in the name of a user, although the browser sends the cookie', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Target');
    const id = await row(page, 'Target').getAttribute('data-id');
    const foreign = `<!DOCTYPE html><form method="post" enctype="text/plain" action="${stage.origin}/api/v1/tokens/${id}/revoke">
        <input name="{}" value=""><button>go</button></form>`;
    const origin = await stage.serve(foreign);
    stage.excuse(/favicon|CORS|status of 40[34]|NotSameOrigin/);
    const evil = await page.context().newPage();
    await evil.goto(origin);
    const said = await evil.evaluate((url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' })
        .then((answer) => answer.type, () => 'blocked'), `${stage.origin}/api/v1/tokens/${id}/revoke`);
    truth(/^(opaque|blocked)$/.test(said), 'it learns nothing by fetch');
    matches(stage.world.administration.logText(), /POST tokens\/id\/revoke 403 .*code=ORIGIN/, 'the log');
    const [form] = await Promise.all([
        evil.waitForResponse((response) => response.url().endsWith('/revoke')), evil.getByRole('button').click()]);
    equal(form.status(), 403, 'by a form');
    equal((await account.list()).map(({ state }) => state), ['valid'], 'the token');
    equal(await rows(page).count(), 1);
    await evil.close();
});

test('a removed user is out, and the tokens of the account are refused', async (stage) => {
    const { world } = stage;
    const { page, account } = await newProfile(stage);
    const token = await world.makeToken(account, 'Left behind');
    equal(await world.isGood(token), true);
    await world.userCommand(['remove', account.name], '');
    equal(await world.isGood(token), false, 'the token is good');
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
    await signIn(page, account.name, account.password);
    await page.locator('#sign-in-error').filter({ hasText: 'The name or the password is wrong.' }).waitFor();
});

test('the page says what it needs when JavaScript is off', async (stage) => {
    const page = await stage.page({ javaScriptEnabled: false });
    await page.goto(stage.origin);
    matches(await page.locator('main').innerText(), /needs JavaScript/);
    await page.goto('about:blank');
});
