/* SPDX-License-Identifier: MIT */
/* A session that ends during work: the user signs in in place, and nothing that was typed is lost. */
import { equal, until } from './expect.mjs';
import {
    add, alerted, button, cell, copied, copyButton, drafts, field, focused, make, newProfile, openProfile, row, rows,
    said, save, shownNames,
} from './page.mjs';
import { test } from './tap.mjs';
import { World } from './world.mjs';

function dialogOf(page) {
    return page.getByRole('dialog', { name: 'Please sign in again' });
}

async function signInAgain(page, password, name) {
    const dialog = dialogOf(page);
    if (name) await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('Password', { exact: true }).fill(password);
    await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function twoRows(page) {
    await add(page, 'Typed before', { description: 'all of it', expires: '2099-07-01' });
    await add(page, 'And another');
}

test('a session that ends while typing: sign in in place, the rows are kept and saved', async (stage) => {
    const { page, account } = await newProfile(stage);
    await twoRows(page);
    await account.signOut();
    await save(page);
    await dialogOf(page).waitFor();
    equal(await dialogOf(page).getByLabel('Name', { exact: true }).inputValue(), account.name, 'the name is there');
    await focused(dialogOf(page).getByLabel('Password', { exact: true }));
    await signInAgain(page, account.password);
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Typed before', 'And another']);
    equal(await cell(page, 'Typed before', 'validity'), 'valid until 1 Jul 2099');
    equal(await page.locator('dialog').count(), 0, 'dialogs left');
});

test('the host restarts while typing: sign in in place, the rows are kept and saved', async (stage) => {
    const world = await new World().make();
    const { port } = await world.startAdministration();
    stage.use(world);
    const { page, account } = await newProfile(stage);
    await twoRows(page);
    equal(await world.stop(), [], 'faults of the first host');
    await world.startAdministration(port);
    await save(page);
    await signInAgain(page, account.password);
    await said(page, 'Saved: 2 tokens');
    Object.assign(account, { session: null, cookie: '' });
    equal(await account.names(), ['Typed before', 'And another']);
});

test('signing in again with a wrong password says so in place; Cancel keeps the rows, and Save asks again', async (stage) => {
    const { page, account } = await newProfile(stage);
    await twoRows(page);
    await account.signOut();
    await save(page);
    await signInAgain(page, 'not this one');
    await dialogOf(page).getByText('The name or the password is wrong.').waitFor();
    await button(page, 'Cancel').click();
    await alerted(page, 'Your rows are still here.');
    equal(await drafts(page).count(), 2);
    equal(await field(page, 'Description').inputValue(), 'all of it');
    await save(page);
    await signInAgain(page, account.password);
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Typed before', 'And another']);
});

test('another user signs in in place: nothing is saved for that account unasked, and its tokens are shown', async (stage) => {
    const { page, account } = await newProfile(stage);
    const other = await stage.world.addUser();
    await other.create('Of the other');
    await make(page, 'Of the first');
    await twoRows(page);
    await account.signOut();
    await save(page);
    await signInAgain(page, other.password, other.name);
    await alerted(page, `You are now signed in as ${other.name}, and`);
    await row(page, 'Of the other').waitFor();
    equal(await shownNames(page), ['Of the other']);
    equal(await other.names(), ['Of the other'], 'tokens of the other');
    equal(await account.names(), ['Of the first'], 'tokens of the first');
    equal(await drafts(page).count(), 2, 'rows');
    equal(await field(page, 'Name').inputValue(), 'Typed before');
    await button(page, other.name).waitFor();
    await save(page);
    await said(page, 'Saved: 2 tokens');
    equal(await other.names(), ['Of the other', 'Typed before', 'And another'], 'after a second Save');
});

test('a new password ends the session; the page asks for the new one and goes on', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Copied later');
    await stage.world.userCommand(['passwd', account.name], 'a new password');
    await copyButton(page, 'Copied later').click();
    await dialogOf(page).waitFor();
    await signInAgain(page, 'a new password');
    await until(async () => await page.locator('#sign-in-again').count() === 0, 'the dialog is closed');
    await said(page, 'Copied: Copied later');
    await copied(stage, page, 'Copied later');
});

test('signed out and in again in another tab: this tab goes on without asking', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Typed before');
    const other = await openProfile(await page.context().newPage(), stage.origin);
    await button(other, account.name).click();
    await button(other, 'Sign out').click();
    await other.getByLabel('Name', { exact: true }).fill(account.name);
    await other.getByLabel('Password', { exact: true }).fill(account.password);
    await other.keyboard.press('Enter');
    await other.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    await page.bringToFront();
    await save(page);
    await said(page, 'Saved: Typed before');
    Object.assign(account, { session: null, cookie: '' });
    equal(await account.names(), ['Typed before']);
});

test('the server is away while saving: the page says so, keeps the rows, and saves them when it is back', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_CONNECTION_REFUSED|ERR_FAILED/);
    await twoRows(page);
    await page.route('**/api/v1/**', (route) => route.abort('connectionrefused'));
    await save(page);
    await alerted(page, 'Nothing you have typed is lost.');
    equal(await drafts(page).count(), 2);
    equal(await field(page, 'Expiration date').inputValue(), '2099-07-01');
    await page.unroute('**/api/v1/**');
    await button(page, 'Try again').click();
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Typed before', 'And another']);
});

test('the list does not load: the page says so, claims no empty table, and loads it when it is tried again', async (stage) => {
    const account = await stage.world.addUser();
    await account.create('There all along');
    const page = await (await stage.contextOf(account)).newPage();
    stage.excuse(/ERR_FAILED|status of 503/);
    await page.route('**/api/v1/tokens?*', (route) => route.fulfill({
        status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"APITOKEN_E_BUSY"}' }));
    await openProfile(page, stage.origin);
    await alerted(page, 'The server is busy.');
    equal(await page.locator('#empty').isVisible(), false, 'the words of an empty table');
    await page.unroute('**/api/v1/tokens?*');
    await button(page, 'Try again').click();
    await row(page, 'There all along').waitFor();
    equal(await rows(page).count(), 1);
    equal(await page.locator('#alert').innerText(), '', 'the message');
});
