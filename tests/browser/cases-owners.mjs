/* SPDX-License-Identifier: MIT */
/* Nobody sees or touches the tokens of another, whatever a request says. */
import { equal, truth } from './expect.mjs';
import { make, newProfile, profileOf, row, rows, shownNames } from './page.mjs';
import { test } from './tap.mjs';

/* Sends each from inside the page, with its cookie: [method, path, body, headers]. Gives the status codes. */
function forge(page, requests) {
    return page.evaluate(async (all) => {
        const { csrf } = await (await fetch('/api/v1/session')).json();
        const seen = [];
        for (const [method, path, body, headers] of all) {
            const answer = await fetch(`/api/v1${path}`, {
                method, body: body && JSON.stringify(body),
                headers: { 'Content-Type': 'application/json', ...(headers ?? { 'X-CSRF-Token': csrf }) } });
            await answer.text();
            seen.push(answer.status);
        }
        return seen;
    }, requests);
}

test('two users see their own tokens only', async (stage) => {
    const [one, two] = [await newProfile(stage), await newProfile(stage)];
    await make(one.page, 'Of the first');
    await make(two.page, 'Of the second');
    for (const { page } of [one, two]) await page.reload();
    await row(one.page, 'Of the first').waitFor();
    await row(two.page, 'Of the second').waitFor();
    equal([await shownNames(one.page), await shownNames(two.page)], [['Of the first'], ['Of the second']]);
    const owners = [...await one.account.list(), ...await two.account.list()].map(({ owner }) => owner);
    truth(owners[0] !== owners[1], 'the owners differ');
    const names = [one.account.name, two.account.name];
    truth(!owners.some((owner) => names.some((name) => owner.includes(name))), 'no owner is a login name');
});

test('requests with the id of another user are 404 and change nothing', async (stage) => {
    const [mine, other] = [await newProfile(stage), await newProfile(stage)];
    await make(other.page, 'Not yours');
    const token = await other.account.copy((await other.account.list())[0].id);
    const id = await row(other.page, 'Not yours').getAttribute('data-id');
    equal(await forge(mine.page, [
        ['GET', `/tokens/${id}`], ['POST', `/tokens/${id}/copy`], ['POST', `/tokens/${id}/revoke`],
        ['POST', '/tokens/aaaaaaaaaaaa/revoke'], ['POST', `/tokens/${id}%2f..%2fcopy`],
    ]), [404, 404, 404, 404, 404]);
    const [{ state }] = await other.account.list();
    equal([state, await stage.world.isGood(token)], ['valid', true], 'the token');
    equal(await mine.account.names(), []);
});

test('the owner comes from the session: a request that names another is refused or not heard', async (stage) => {
    const [mine, other] = [await newProfile(stage), await newProfile(stage)];
    const owner = await stage.world.ownerOf(other.account.name);
    equal(await forge(mine.page, [
        ['POST', '/tokens', { name: 'Forged', owner }], ['GET', `/tokens?owner=${owner}`],
    ]), [422, 422]);
    await forge(mine.page, [['POST', `/tokens?owner=${owner}`, { name: 'Mine' }]]);
    equal(await other.account.names(), []);
    for (const token of await mine.account.list()) truth(token.owner !== owner, 'the owner is that of the session');
});

test('changes without the CSRF token, with a wrong or another user\'s are 403 and change nothing', async (stage) => {
    const [mine, other] = [await newProfile(stage), await newProfile(stage)];
    await make(mine.page, 'Guarded');
    const id = await row(mine.page, 'Guarded').getAttribute('data-id');
    const { csrf } = await other.account.due(200, 'GET', '/session');
    const changes = [['POST', '/tokens', { name: 'Forged' }], ['POST', `/tokens/${id}/revoke`], ['POST', `/tokens/${id}/copy`],
        ['DELETE', '/session']];
    for (const headers of [{}, { 'X-CSRF-Token': '' }, { 'X-CSRF-Token': 'a'.repeat(csrf.length) }, { 'X-CSRF-Token': csrf }])
        equal(await forge(mine.page, changes.map(([method, path, body]) => [method, path, body, headers])), [403, 403, 403, 403]);
    equal((await mine.account.list()).map(({ name, state }) => [name, state]), [['Guarded', 'valid']]);
});

test('without a session nothing is told and nothing is done', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Inside');
    const id = await row(page, 'Inside').getAttribute('data-id');
    const { csrf } = account.session;
    await page.context().clearCookies();
    const headers = { 'X-CSRF-Token': csrf };
    const seen = await page.evaluate(async ({ headers, id }) => {
        const all = [
            ['GET', '/session'], ['GET', '/tokens'], ['GET', `/tokens/${id}`], ['POST', '/tokens'],
            ['POST', `/tokens/${id}/copy`], ['POST', `/tokens/${id}/revoke`], ['DELETE', '/session'],
        ];
        return Promise.all(all.map(async ([method, path]) => {
            const answer = await fetch(`/api/v1${path}`, { method, headers });
            await answer.text();
            return answer.status;
        }));
    }, { headers, id });
    equal(seen, [401, 401, 401, 401, 401, 401, 401]);
    equal((await account.list()).map(({ state }) => state), ['valid']);
});

test('one user after the other in one browser: the second sees nothing of the first', async (stage) => {
    const first = await newProfile(stage);
    await make(first.page, 'Private');
    const second = await stage.world.addUser();
    const page = await profileOf(stage, second);
    equal(await rows(page).count(), 0);
    await first.page.getByRole('button', { name: first.account.name, exact: true }).click();
    await first.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await first.page.getByLabel('Name', { exact: true }).fill(second.name);
    await first.page.getByLabel('Password', { exact: true }).fill(second.password);
    await first.page.keyboard.press('Enter');
    await first.page.getByRole('link', { name: 'Open API-Tokens', exact: true }).click();
    await first.page.locator('#empty').waitFor();
    equal(await first.page.getByText('Private').count(), 0);
});
