/* SPDX-License-Identifier: MIT */
/* Revoking is asked for, done once, and cannot be missed. */
import { equal, matches, until } from './expect.mjs';
import { button, cell, focused, make, newProfile, openProfile, revoke, revokeButton, row, said } from './page.mjs';
import { test } from './tap.mjs';

test('revoke asks first: Cancel and Escape change nothing and give the focus back', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Precious');
    await revokeButton(page, 'Precious').click();
    const dialog = page.getByRole('dialog', { name: 'Revoke the token?' });
    matches(await dialog.innerText(), /Precious/, 'the question names the token');
    await focused(button(page, 'Cancel'));
    await button(page, 'Cancel').click();
    await focused(revokeButton(page, 'Precious'));
    await revokeButton(page, 'Precious').click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await until(async () => await dialog.count() === 0, 'the question is closed');
    await focused(revokeButton(page, 'Precious'));
    equal((await account.list()).map(({ state }) => state), ['valid']);
});

test('revoke, confirmed: the row says so at once, it can be undone, the focus is on the row', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Done with');
    await revoke(page, 'Done with');
    matches(await cell(page, 'Done with', 'validity'), /^revoked on /);
    const labels = await row(page, 'Done with').getByRole('button').evaluateAll((all) => all.map((each) => each.ariaLabel));
    equal(labels, ['Undo the revoke: Done with', 'Details: Done with'], 'buttons of the row');
    await focused(row(page, 'Done with').getByRole('rowheader'));
    equal((await account.list()).map(({ state }) => state), ['revoked']);
});

test('revoked in another tab, then revoked here: the row says revoked', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'Twice');
    const other = await openProfile(await page.context().newPage(), stage.origin);
    await revoke(other, 'Twice');
    await revoke(page, 'Twice');
    equal(await row(page, 'Twice').getAttribute('data-state'), 'revoked');
});

test('revoke without an answer says so, and works when it is tried again', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    await make(page, 'Hard to reach');
    await page.route('**/revoke', (route) => route.abort());
    await revokeButton(page, 'Hard to reach').click();
    await page.locator('#ask-revoke').getByRole('button', { name: 'Revoke', exact: true }).click();
    await button(page, 'Try again').waitFor();
    equal(await row(page, 'Hard to reach').getAttribute('data-state'), 'valid', 'what is not known is not claimed');
    await page.unroute('**/revoke');
    await button(page, 'Try again').click();
    await page.locator('#ask-revoke').getByRole('button', { name: 'Revoke', exact: true }).click();
    await said(page, 'Revoked: Hard to reach');
    equal((await account.list()).map(({ state }) => state), ['revoked']);
});

test('leaving the view while a revoke is under way: the page says that it was done', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Left behind');
    let release;
    await page.route('**/revoke', async (route) => {
        await new Promise((resolve) => { release = resolve; });
        await route.continue();
    });
    await revokeButton(page, 'Left behind').click();
    await page.locator('#ask-revoke').getByRole('button', { name: 'Revoke', exact: true }).click();
    await until(() => release, 'the request');
    await page.getByRole('link', { name: 'Tax Administration', exact: true }).click();
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    release();
    await said(page, 'Revoked: Left behind');
    equal(await page.getByRole('alert').filter({ hasText: /./ }).count(), 0, 'alerts');
    equal((await account.list()).map(({ state }) => state), ['revoked']);
});

test('going back closes a question that is open', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Asked about');
    await page.getByRole('link', { name: 'Tax Administration', exact: true }).click();
    await page.getByRole('link', { name: 'Open API-Tokens', exact: true }).click();
    await revokeButton(page, 'Asked about').click();
    await focused(button(page, 'Cancel'));
    await page.goBack();
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    await until(async () => await page.getByRole('dialog').count() === 0, 'the question is closed');
    equal((await account.list()).map(({ state }) => state), ['valid']);
});
