/* SPDX-License-Identifier: MIT */
/* Accessibility, by axe-core: no serious or critical violation on any view. */
import { add, alerted, button, copyButton, newProfile, openProfile, profileOf, revokeButton, save } from './page.mjs';
import { lifelike } from './cases-layout.mjs';
import { axeSource } from './modules.mjs';
import { test } from './tap.mjs';

export async function checkAccess(page, view) {
    await page.evaluate(axeSource);
    const { violations, passes } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    if (passes.length < 5) throw new Error(`${view}: axe has looked at nothing`);
    const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const lines = bad.map(({ id, help, nodes }) => `${view}: ${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
    if (lines.length) throw new Error(lines.join('\n'));
}

/* Each view is brought about in a page and looked at in both colour schemes. */
export async function look(page, view) {
    for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        await checkAccess(page, `${view}, ${colorScheme}`);
    }
}

const settings = [
    ['English', { locale: 'en-GB' }],
    ['German', { locale: 'de-DE' }],
    ['360 px', { locale: 'en-GB', viewport: { width: 360, height: 740 } }],
];

for (const [name, options] of settings) {
    test(`axe: signing in, refused, the first page and its open menu, ${name}`, async (stage) => {
        const account = await stage.world.addUser();
        const page = await stage.page(options);
        await page.goto(stage.origin);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await look(page, 'sign in');
        await page.locator('#sign-in button').click();
        await page.locator('#sign-in-error:not(:empty)').waitFor();
        await look(page, 'sign in, refused');
        await page.locator('#sign-in-name').fill(account.name);
        await page.locator('#sign-in-password').fill(account.password);
        await page.keyboard.press('Enter');
        await button(page, account.name).click();
        await look(page, 'first page');
        await stage.screenshot(page, `home-${name.replace(' ', '')}`);
    });

    test(`axe: My profile empty, with tokens, and with rows that have errors, ${name}`, async (stage) => {
        const { page } = await newProfile(stage, options);
        await look(page, 'empty');
        const { account } = await lifelike(stage);
        const full = await profileOf(stage, account, options);
        await look(full, 'tokens');
        await full.locator('#add').click();
        await look(full, 'a new row');
        await full.locator('#add').click();
        await full.locator('tr.draft input[name=expires]').nth(1).fill('2020-01-01');
        await full.locator('#save').click();
        await full.locator('.field-error:not(:empty)').nth(2).waitFor();
        await look(full, 'rows with errors');
    });
}

for (const [name, options] of settings) {
    test(`axe: the details of a token, ${name}`, async (stage) => {
        const account = await stage.world.addUser();
        const { id, revision } = await account.create('Looked at', { description: 'Nightly import' });
        await account.due(200, 'POST', `/tokens/${id}/rotate`, { body: JSON.stringify({ grace: 3600, revision }) });
        const page = await profileOf(stage, account, options);
        await page.locator('.show-details').click();
        await page.locator('#details .activity li').nth(1).waitFor();
        await look(page, 'details');
        await page.locator('#edit-name').fill('');
        await page.locator('#details form [type=submit]').click();
        await page.locator('#details .field-error:not(:empty)').waitFor();
        await look(page, 'details with an error');
        await stage.screenshot(page, `details-${name.replace(' ', '')}`);
    });
}

test('axe: the questions, copying by hand, signing in again and a message', async (stage) => {
    const account = await stage.world.addUser();
    await account.create('Mine');
    const context = await stage.contextOf(account);
    await context.addInitScript(() => {
        Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });
        Document.prototype.execCommand = () => false;
    });
    const page = await openProfile(await context.newPage(), stage.origin);
    await revokeButton(page, 'Mine').click();
    await look(page, 'revoke?');
    await stage.screenshot(page, 'ask-revoke');
    await button(page, 'Cancel').click();
    await copyButton(page, 'Mine').click();
    await page.locator('#copy-by-hand').waitFor();
    await look(page, 'copy by hand');
    await button(page, 'Close').click();
    await add(page, 'Unsaved');
    await page.getByRole('link', { name: 'Tax Administration', exact: true }).click();
    await look(page, 'leave?');
    await button(page, 'Stay').click();
    await account.signOut();
    await save(page);
    await page.locator('#sign-in-again').waitFor();
    await look(page, 'sign in again');
    await stage.screenshot(page, 'sign-in-again');
    await button(page, 'Cancel').click();
    await alerted(page, 'Your rows are still here.');
    await look(page, 'a message');
    await stage.screenshot(page, 'message');
});

test('axe sees what it is there to see: a field without a label and grey on grey', async (stage) => {
    const { page } = await newProfile(stage);
    await page.evaluate(() => {
        const field = document.createElement('input');
        const words = document.createElement('p');
        words.textContent = 'hardly to be read';
        words.style.color = '#999';
        words.style.backgroundColor = '#aaa';
        document.querySelector('main').append(field, words);
    });
    const seen = await checkAccess(page, 'spoilt').then(() => '', (error) => error.message);
    for (const rule of ['label', 'color-contrast']) if (!seen.includes(`: ${rule}:`)) throw new Error(`axe has not seen ${rule}`);
});
