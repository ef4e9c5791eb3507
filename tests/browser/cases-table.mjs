/* SPDX-License-Identifier: MIT */
/* Sorting and hiding. */
import { equal, truth } from './expect.mjs';
import { add, button, cell, dayAfter, hasFocus, newProfile, profileOf, save, said, shownNames } from './page.mjs';
import { test } from './tap.mjs';

function sortingOf(page, column) {
    return page.getByRole('columnheader', { name: column }).getAttribute('aria-sort');
}

/* The names after each press of the column's button. */
async function pressed(page, column, times) {
    const seen = [];
    for (let i = 0; i < times; i++) {
        await page.getByRole('columnheader').getByRole('button', { name: column, exact: true }).click();
        seen.push([await sortingOf(page, column), (await shownNames(page)).join(' ')]);
    }
    return seen;
}

test('each column sorts up, down and not at all, and says so to a screen reader', async (stage) => {
    const { page, account } = await newProfile(stage);
    const { today } = await account.due(200, 'GET', '/session');
    await add(page, 'b2', { description: 'zeta', expires: dayAfter(today, 100) });
    await add(page, 'a10', { description: 'alpha' });
    await add(page, 'a9', { description: 'Beta', expires: dayAfter(today, 10) });
    await save(page);
    await said(page, 'Saved: 3 tokens');
    const newest = ['none', 'a9 a10 b2'];
    equal(await pressed(page, 'Name', 3), [['ascending', 'a9 a10 b2'], ['descending', 'b2 a10 a9'], newest]);
    equal(await pressed(page, 'Description', 3), [['ascending', 'a10 a9 b2'], ['descending', 'b2 a9 a10'], newest]);
    equal(await pressed(page, 'Expiration date', 3), [['ascending', 'a9 b2 a10'], ['descending', 'a10 b2 a9'], newest]);
    equal(await pressed(page, 'Validity', 3), [['ascending', 'a9 b2 a10'], ['descending', 'a10 b2 a9'], newest]);
    equal(await pressed(page, 'Name', 2), [['ascending', 'a9 a10 b2'], ['descending', 'b2 a10 a9']]);
    equal(await pressed(page, 'Description', 1), [['ascending', 'a10 a9 b2']]);
    equal(await sortingOf(page, 'Name'), 'none', 'the column that was sorted before');
});

test('sorting works by keyboard, keeps the focus, and a new token takes its place in it', async (stage) => {
    const { page } = await newProfile(stage);
    await add(page, 'm');
    await add(page, 'z');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    const sort = page.getByRole('columnheader').getByRole('button', { name: 'Name', exact: true });
    await sort.focus();
    await page.keyboard.press('Enter');
    truth(await hasFocus(sort), 'the focus stays');
    equal(await shownNames(page), ['m', 'z']);
    await add(page, 'p');
    await save(page);
    await said(page, 'Saved: p');
    equal(await shownNames(page), ['m', 'p', 'z']);
});

test('expired and revoked rows can be hidden, each by itself, and are counted', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const past = new Date('2026-01-05T10:00:00Z'), later = new Date('2026-01-05T10:00:01Z');
    await world.makeToken(account, 'good');
    await world.makeToken(account, 'expired', { expires: '2026-02-01', now: past });
    await world.revokeToken(account, await world.makeToken(account, 'revoked', { now: later }), later);
    const page = await profileOf(stage, account);
    const count = page.locator('#count');
    equal([await count.innerText(), await shownNames(page)], ['3 tokens', ['good', 'revoked', 'expired']]);
    await page.getByLabel('Hide expired').check();
    equal([await count.innerText(), await shownNames(page)], ['2 of 3 tokens', ['good', 'revoked']]);
    await page.getByLabel('Hide revoked').check();
    equal([await count.innerText(), await shownNames(page)], ['1 of 3 tokens', ['good']]);
    await page.getByLabel('Hide expired').uncheck();
    equal(await shownNames(page), ['good', 'expired']);
    await page.getByLabel('Hide revoked').uncheck();
    equal(await count.innerText(), '3 tokens');
});

test('a row that is revoked while revoked rows are hidden goes, and the focus is not lost', async (stage) => {
    const { page } = await newProfile(stage);
    await add(page, 'leaving');
    await add(page, 'staying');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    await page.getByLabel('Hide revoked').check();
    await button(page, 'Revoke: leaving').click();
    await page.locator('#ask-revoke').getByRole('button', { name: 'Revoke', exact: true }).click();
    await said(page, 'Revoked: leaving');
    equal(await shownNames(page), ['staying']);
    equal(await page.evaluate(() => document.activeElement !== document.body), true, 'something has the focus');
});

test('the column Last used is there when the tokens say when they were used, and else is not', async (stage) => {
    const { page } = await newProfile(stage);
    await add(page, 'used');
    await add(page, 'fresh');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    const column = page.getByRole('columnheader', { name: 'Last used' });
    const { last_used: known } = await page.evaluate(async () => (await (await fetch('/api/v1/tokens')).json()).tokens[0]);
    equal(await column.count(), known === undefined ? 0 : 1, 'the column as the host has it');
    await page.route('**/api/v1/tokens?*', async (route) => {
        const answer = await route.fetch();
        const { tokens, next } = await answer.json();
        const told = tokens.map((token) => ({ ...token, last_used: token.name === 'used' ? '2026-07-01T10:30:00Z' : null }));
        await route.fulfill({ response: answer, json: { tokens: told, next } });
    });
    await page.reload();
    await column.waitFor();
    equal(await cell(page, 'used', 'last-used'), '1 Jul 2026, 12:30 CEST');
    equal(await cell(page, 'fresh', 'last-used'), 'never');
    await column.getByRole('button').click();
    equal(await shownNames(page), ['fresh', 'used']);
});
