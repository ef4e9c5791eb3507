/* SPDX-License-Identifier: MIT */
/* The job that the page is for, from one end to the other. */
import { readFileSync } from 'node:fs';

import { equal, matches, truth } from './expect.mjs';
import { importReports } from './hub.mjs';
import {
    add, button, cell, copied, copyButton, dayAfter, drafts, english, field, focused, hasFocus, loaded, make, newProfile,
    pasted, pressUntil, profileOf, revoke, row, rows, save, said, signIn, spoilClipboard,
} from './page.mjs';
import { test } from './tap.mjs';
import { programs } from './world.mjs';

test('the main job: sign in, add, save, copy, import over two interfaces, revoke, refused', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const page = await stage.page();

    await page.goto(stage.origin);
    await signIn(page, account.name, account.password);
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    await button(page, account.name).click();
    await page.getByRole('link', { name: 'My profile', exact: true }).click();
    await page.getByRole('heading', { name: 'API-Tokens', exact: true }).waitFor();
    await loaded(page);
    await add(page, 'ERP import', { description: 'nightly job' });
    await save(page);
    await said(page, 'Saved: ERP import');
    equal(await cell(page, 'ERP import', 'validity'), 'valid indefinitely');

    await spoilClipboard(page);
    await copyButton(page, 'ERP import').click();
    await said(page, 'Copied: ERP import');
    const token = await pasted(page);
    matches(token, /^tdh_1[0-9A-Za-z]+$/, 'what was pasted');

    const lines = readFileSync(programs.reports, 'utf8').trimEnd().split('\n').length - 1;
    for (const name of ['cbcr', 'public-cbcr']) {
        const answer = await importReports(world, name, token);
        equal([answer.status, answer.json.rows], [200, lines], `import over ${name}`);
    }

    await revoke(page, 'ERP import');
    matches(await cell(page, 'ERP import', 'validity'), /^revoked on \d+ \w+ \d{4}$/);
    for (const name of ['cbcr', 'public-cbcr'])
        equal((await importReports(world, name, token)).status, 401, `import over ${name}`);
});

test('the main job by the keyboard alone, and the focus can be seen', async (stage) => {
    const account = await stage.world.addUser();
    const page = await stage.page({ locale: 'en-US' });
    const { keyboard } = page;
    await page.goto(stage.origin);
    await focused(page.getByLabel('Name', { exact: true }));
    await keyboard.type(account.name);
    await keyboard.press('Tab');
    await keyboard.type(account.password);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();

    await pressUntil(page, 'Shift+Tab', button(page, account.name));
    await keyboard.press('Enter');
    await pressUntil(page, 'Tab', page.getByRole('link', { name: 'My profile', exact: true }));
    await keyboard.press('Enter');
    await loaded(page);
    await pressUntil(page, 'Tab', button(page, 'Add token'));
    const outline = await button(page, 'Add token').evaluate((element) => getComputedStyle(element).outlineStyle);
    truth(outline !== 'none', 'the focused button has an outline');
    await keyboard.press('Space');
    await focused(field(page, 'Name'));
    await keyboard.type('Typed');
    await keyboard.press('Tab');
    await focused(field(page, 'Description'));
    await keyboard.type('by hand');
    await keyboard.press('Tab');
    truth(await hasFocus(field(page, 'Expiration date')), 'the date follows the description');
    const { today } = (await account.signIn()).session;
    const day = dayAfter(today, 90);
    const [year, month, date] = day.split('-');
    await keyboard.type(`${month}${date}${year}`);
    equal(await field(page, 'Expiration date').inputValue(), day, 'the typed date');
    await pressUntil(page, 'Tab', button(page, 'Save'), 6);
    await keyboard.press('Enter');
    await said(page, 'Saved: Typed');
    await focused(row(page, 'Typed').getByRole('rowheader'), 'the new row');
    matches(await cell(page, 'Typed', 'validity'), new RegExp(`^valid until ${english(day)}$`));

    await pressUntil(page, 'Tab', copyButton(page, 'Typed'), 6);
    await keyboard.press('Enter');
    await said(page, 'Copied: Typed');
    equal(await stage.world.isGood(await pasted(page)), true, 'the copied token is good');
    await pressUntil(page, 'Tab', button(page, 'Revoke: Typed'), 6);
    await keyboard.press('Enter');
    await focused(page.locator('#ask-revoke').getByRole('button', { name: 'Cancel', exact: true }));
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await said(page, 'Revoked: Typed');
});

test('the area has the five columns of the manual, with the plus symbol on the right above them', async (stage) => {
    const { page } = await newProfile(stage);
    const columns = await page.getByRole('columnheader').allInnerTexts();
    equal(columns.map((name) => name.trim()).filter(Boolean).slice(0, 5),
        ['Name', 'Description', 'Expiration date', 'Validity', 'Copy API token'], 'columns');
    const plus = await button(page, 'Add token').boundingBox();
    const table = await page.locator('#token-table').boundingBox();
    truth(plus.x + plus.width > table.x + table.width * 0.9, 'the plus symbol is on the right');
    await button(page, 'Add token').click();
    for (const label of ['Name', 'Description', 'Expiration date']) equal(await field(page, label).inputValue(), '', label);
    equal(await field(page, 'Expiration date').getAttribute('type'), 'date');
});

test('the page carries the advice: keep it secure, share it with nobody, no date, one a system', async (stage) => {
    const { page } = await newProfile(stage);
    const advice = await page.locator('#advice').innerText();
    for (const words of [/safe|secure/i, /share/i, /indefinitely/i, /each external system/i]) matches(advice, words);
});

test('the profile menu opens and closes by mouse and keyboard, and Escape gives the focus back', async (stage) => {
    const { page, account } = await newProfile(stage);
    const menu = button(page, account.name);
    equal(await menu.getAttribute('aria-expanded'), 'false');
    await menu.focus();
    await page.keyboard.press('Enter');
    equal(await menu.getAttribute('aria-expanded'), 'true');
    await page.keyboard.press('Tab');
    truth(await hasFocus(page.getByRole('link', { name: 'My profile', exact: true })), 'My profile is first');
    await page.keyboard.press('Tab');
    truth(await hasFocus(button(page, 'Sign out')), 'Sign out is second');
    await page.keyboard.press('Escape');
    equal(await menu.getAttribute('aria-expanded'), 'false');
    truth(await hasFocus(menu), 'the focus is back');
});

test('the first Tab leads to a link that skips the header, and headings and regions are in order', async (stage) => {
    const { page } = await newProfile(stage);
    await page.keyboard.press('Tab');
    truth(await hasFocus(page.getByRole('link', { name: 'Skip to content', exact: true })), 'the link is first');
    await page.keyboard.press('Enter');
    truth(await hasFocus(page.locator('main')), 'the focus is in the content');
    equal(await page.getByRole('heading', { level: 1 }).allInnerTexts(), ['My profile']);
    equal(await page.getByRole('heading', { level: 2 }).allInnerTexts(), ['API-Tokens']);
    equal(await page.getByRole('main').count(), 1);
});

test('two tokens, two texts: each copy button puts its own token on the clipboard', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'First');
    await make(page, 'Second');
    const first = await copied(stage, page, 'First');
    truth(first !== await copied(stage, page, 'Second'), 'the texts differ');
    equal(await copied(stage, page, 'First'), first, 'the same token again');
});

test('what was saved is there after a reload and in another browser', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Lasting', { description: 'for the archive' });
    await page.reload();
    await loaded(page);
    equal(await cell(page, 'Lasting', 'description'), 'for the archive');
    const other = await profileOf(stage, account);
    equal(await cell(other, 'Lasting', 'validity'), 'valid indefinitely');
    equal(await rows(other).count(), 1);
    equal(await drafts(other).count(), 0);
});
