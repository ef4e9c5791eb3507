/* SPDX-License-Identifier: MIT */
/* The details panel: maintaining a token without making another one. */
import { becomes, equal, matches, truth } from './expect.mjs';
import {
    alerted, button, cell, closeDetails, copied, dayAfter, details, english, focused, make, newProfile, openProfile, pasted,
    profileOf, revoke, revokeButton, row, said, spoilClipboard,
} from './page.mjs';
import { test } from './tap.mjs';
import { World, idOf } from './world.mjs';

function fieldOf(panel, label) {
    return panel.getByLabel(label, { exact: true });
}

function saveChanges(panel) {
    return panel.getByRole('button', { name: 'Save changes', exact: true }).click();
}

async function listed(account, name) {
    return (await account.list()).find((token) => token.name === name);
}

/* What was done to the token, newest first. */
function activityOf(panel) {
    return panel.locator('.activity .what').allInnerTexts();
}

test('details: name, description and expiration date are changed in place, and the token stays the same', async (stage) => {
    const { page, account } = await newProfile(stage);
    const { today } = await account.due(200, 'GET', '/session');
    await make(page, 'Old name', { description: 'Old text' });
    const text = await copied(stage, page, 'Old name');
    const panel = await details(page, 'Old name');
    await fieldOf(panel, 'Name').fill('New name');
    await fieldOf(panel, 'Description').fill('New text');
    await fieldOf(panel, 'Expiration date').fill(dayAfter(today, 90));
    await saveChanges(panel);
    await said(page, 'Changed: New name');
    await becomes(() => activityOf(panel), ['Changed', 'Created'], 'the activity');
    matches(await panel.locator('.activity').innerText(), /Name: Old name → New name/, 'what was changed');
    matches(await panel.locator('.activity').innerText(), new RegExp(`by ${account.name}`), 'by whom');
    await closeDetails(page);
    equal(await cell(page, 'New name', 'description'), 'New text');
    equal(await cell(page, 'New name', 'validity'), `valid until ${english(dayAfter(today, 90))}`);
    equal([(await account.names()).length, await stage.world.isGood(text)], [1, true]);
});

test('details: wrong input is shown beside its field, changes nothing, and stays to be mended', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Steady');
    const panel = await details(page, 'Steady');
    await fieldOf(panel, 'Name').fill('');
    await fieldOf(panel, 'Only from these addresses').fill('10.0.0.1/8, host.example');
    await fieldOf(panel, 'Only for these interfaces').fill('two words!');
    await saveChanges(panel);
    await panel.locator('[data-error=networks]').filter({ hasText: 'addresses or networks' }).waitFor();
    equal(await panel.locator('[data-error=name]').innerText(), 'Enter a name.');
    truth(await panel.locator('[data-error=interfaces]').innerText(), 'the interfaces have an error');
    await focused(fieldOf(panel, 'Name'));
    await fieldOf(panel, 'Name').fill('Steadier');
    await fieldOf(panel, 'Only from these addresses').fill('192.0.2.0/24 2001:DB8::/32');
    await fieldOf(panel, 'Only for these interfaces').fill('cbcr');
    await saveChanges(panel);
    await said(page, 'Changed: Steadier');
    equal(await fieldOf(panel, 'Only from these addresses').inputValue(), '192.0.2.0/24, 2001:db8::/32');
    const { interfaces, networks } = await listed(account, 'Steadier');
    equal([interfaces, networks], [['cbcr'], ['192.0.2.0/24', '2001:db8::/32']]);
    await fieldOf(panel, 'Only from these addresses').fill('');
    await saveChanges(panel);
    await becomes(async () => (await listed(account, 'Steadier')).networks, null, 'the restriction is lifted');
});

test('details: a change of another tab is not overwritten, and what was typed stays', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Shared');
    const panel = await details(page, 'Shared');
    await fieldOf(panel, 'Description').fill('typed here');
    const token = await listed(account, 'Shared');
    await account.due(200, 'PATCH', `/tokens/${token.id}`, { body: JSON.stringify({ name: 'Renamed there' }) });
    await saveChanges(panel);
    await panel.getByRole('alert').filter({ hasText: 'was changed elsewhere' }).waitFor();
    await becomes(() => fieldOf(panel, 'Name').inputValue(), 'Renamed there', 'what was changed there is shown');
    equal(await fieldOf(panel, 'Description').inputValue(), 'typed here');
    equal((await listed(account, 'Renamed there')).description, null);
    await saveChanges(panel);
    await said(page, 'Changed: Renamed there');
    equal((await listed(account, 'Renamed there')).description, 'typed here');
});

test('details: closing with unsaved changes asks; Escape closes; the focus is where it was', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'Half done');
    const panel = await details(page, 'Half done');
    await fieldOf(panel, 'Description').fill('not saved');
    await panel.getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('#ask').getByRole('button', { name: 'Stay', exact: true }).click();
    equal(await fieldOf(panel, 'Description').inputValue(), 'not saved');
    await fieldOf(panel, 'Description').fill('');
    await page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await focused(button(page, 'Details: Half done'));
});

test('details: a replaced token has a new text at once, and the old one works until it is ended', async (stage) => {
    const { page } = await newProfile(stage);
    const { world } = stage;
    await make(page, 'Turning');
    const old = await copied(stage, page, 'Turning');
    const panel = await details(page, 'Turning');
    await panel.getByLabel('The old text keeps working for').selectOption({ label: '7 days' });
    await panel.getByRole('button', { name: 'Replace token', exact: true }).click();
    await said(page, 'Replaced: Turning');
    await spoilClipboard(page);
    await panel.getByRole('button', { name: 'Copy the new API token', exact: true }).click();
    await said(page, 'Copied: Turning');
    const fresh = await pasted(page);
    equal([fresh === old, idOf(fresh) === idOf(old)], [false, true], 'another text of the same token');
    equal([await world.isGood(old), await world.isGood(fresh)], [true, true]);
    await panel.getByRole('button', { name: 'End old one now', exact: true }).click();
    await said(page, 'The old text of Turning no longer works.');
    equal([await world.isGood(old), await world.isGood(fresh)], [false, true]);
    await becomes(() => activityOf(panel), ['Changed', 'Replaced', 'Created'], 'the activity');
});

test('details: replacing again asks, because the oldest text then stops at once', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'Twice');
    const first = await copied(stage, page, 'Twice');
    const panel = await details(page, 'Twice');
    const replace = panel.getByRole('button', { name: 'Replace token', exact: true });
    await replace.click();
    await said(page, 'Replaced: Twice');
    await replace.click();
    await page.locator('#ask').getByRole('button', { name: 'Cancel', exact: true }).click();
    equal(await stage.world.isGood(first), true);
    await replace.click();
    await page.locator('#ask').getByRole('button', { name: 'Replace token', exact: true }).click();
    await becomes(() => activityOf(panel), ['Replaced', 'Replaced', 'Created'], 'the activity');
    equal(await stage.world.isGood(first), false);
});

test('details: an answer to a replace that is lost costs nobody the old text', async (stage) => {
    const { page } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    await make(page, 'Lost');
    const old = await copied(stage, page, 'Lost');
    const panel = await details(page, 'Lost');
    await page.route('**/rotate', async (route) => {
        await route.fetch();
        await route.abort();
    }, { times: 1 });
    await panel.getByRole('button', { name: 'Replace token', exact: true }).click();
    await panel.getByRole('button', { name: 'Try again', exact: true }).click();
    await panel.getByRole('alert').filter({ hasText: 'was changed elsewhere' }).waitFor();
    await panel.getByRole('button', { name: 'Replace token', exact: true }).click();
    await said(page, 'Replaced: Lost');
    await closeDetails(page);
    equal([await stage.world.isGood(old), await stage.world.isGood(await copied(stage, page, 'Lost'))], [true, true]);
});

test('details: under the policy once a replaced token is offered this one time', async (stage) => {
    const world = await new World().make({ copy: 'once' });
    await world.startAdministration();
    stage.use(world);
    const { page, account } = await newProfile(stage);
    await account.create('Only once');
    await page.reload();
    const panel = await details(page, 'Only once');
    await panel.getByRole('button', { name: 'Replace token', exact: true }).click();
    await panel.waitFor({ state: 'detached' });
    await focused(page.locator('#once-title'));
    await spoilClipboard(page);
    await page.locator('#once').getByRole('button', { name: 'Copy API token: Only once', exact: true }).click();
    await said(page, 'Copied: Only once');
    equal(await stage.world.isGood(await pasted(page)), true);
});

test('details: a suspended token is refused until it is resumed', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'Paused');
    const text = await copied(stage, page, 'Paused');
    const panel = await details(page, 'Paused');
    await panel.getByRole('button', { name: 'Suspend', exact: true }).click();
    await said(page, 'Suspended: Paused');
    equal([await stage.world.isGood(text), await cell(page, 'Paused', 'validity')], [false, 'suspended']);
    await panel.getByRole('button', { name: 'Resume', exact: true }).click();
    await said(page, 'Resumed: Paused');
    equal([await stage.world.isGood(text), await cell(page, 'Paused', 'validity')], [true, 'valid indefinitely']);
    await becomes(() => activityOf(panel), ['Resumed', 'Suspended', 'Created'], 'the activity');
});

test('details: an expired token is made valid again only after a question', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const { today } = (await account.signIn()).session;
    const text = await world.makeToken(account, 'Over', { expires: '2026-02-01', now: new Date('2026-01-05T10:00:00Z') });
    const page = await profileOf(stage, account);
    const panel = await details(page, 'Over');
    await fieldOf(panel, 'Expiration date').fill(dayAfter(today, 30));
    await saveChanges(panel);
    await page.locator('#ask').getByRole('button', { name: 'Cancel', exact: true }).click();
    equal((await listed(account, 'Over')).state, 'expired');
    await saveChanges(panel);
    await page.locator('#ask').getByRole('button', { name: 'Save changes', exact: true }).click();
    await said(page, 'Changed: Over');
    equal([(await listed(account, 'Over')).state, await world.isGood(text)], ['valid', true]);
});

test('a revoke can be undone right afterwards, and then the same text works again', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'By mistake');
    const text = await copied(stage, page, 'By mistake');
    await revoke(page, 'By mistake');
    equal(await stage.world.isGood(text), false);
    await button(page, 'Undo the revoke: By mistake').click();
    await said(page, 'Valid again: By mistake');
    equal([await stage.world.isGood(text), (await listed(account, 'By mistake')).state], [true, 'valid']);
    await revokeButton(page, 'By mistake').waitFor();
});

test('a reason of a revoke is kept, and a token that leaked cannot be brought back', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Leaked');
    await revokeButton(page, 'Leaked').click();
    const dialog = page.locator('#ask-revoke');
    await dialog.getByText('You can undo this right afterwards.').waitFor();
    await dialog.getByLabel('It leaked: others may know it').check();
    await dialog.getByText('This cannot be undone.').waitFor();
    await dialog.getByLabel('Reason in your words (optional)').fill('posted in a chat');
    await dialog.getByRole('button', { name: 'Revoke', exact: true }).click();
    await said(page, 'Revoked: Leaked');
    equal((await listed(account, 'Leaked')).reason, 'posted in a chat');
    equal(await row(page, 'Leaked').getByRole('button', { name: /Undo/ }).count(), 0, 'Undo');
    const panel = await details(page, 'Leaked');
    await becomes(() => activityOf(panel), ['Revoked', 'Created'], 'the activity');
    matches(await panel.locator('.activity').innerText(), /it leaked/);
    equal(await panel.getByRole('button', { name: 'Save changes' }).count(), 0, 'a revoked token cannot be changed');
});

test('an undo that comes too late says so, and is offered no more', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Too late');
    await revoke(page, 'Too late');
    const { id } = await listed(account, 'Too late');
    await account.due(200, 'POST', `/tokens/${id}/revoke`, { body: JSON.stringify({ reason_code: 'exposed' }) });
    await button(page, 'Undo the revoke: Too late').click();
    await alerted(page, 'can no longer be undone');
    await becomes(() => button(page, 'Undo the revoke: Too late').count(), 0, 'Undo');
    equal((await listed(account, 'Too late')).state, 'revoked');
});

test('details are written in the language of the page, and follow it', async (stage) => {
    const { page, account } = await newProfile(stage, { locale: 'de-DE' });
    await account.create('Deutsch');
    await openProfile(page, stage.origin);
    await page.reload();
    await button(page, 'Details: Deutsch').click();
    const panel = page.locator('#details');
    await panel.getByRole('heading', { name: 'Token ersetzen', exact: true }).waitFor();
    await becomes(() => activityOf(panel), ['Erstellt'], 'the activity');
    matches(await panel.locator('.created').innerText(), /^\d\d\.\d\d\.\d{4}, \d\d:\d\d .*von /, 'the date in German');
    matches(await panel.locator('.facts code').innerText(), /^tdh_1[0-9A-Za-z]{12}…$/, 'the id');
});
