/* SPDX-License-Identifier: MIT */
/* New rows: adding, removing, leaving, saving, and what is wrong with them. */
import { becomes, equal, matches, truth, until } from './expect.mjs';
import {
    add, button, cell, drafts, errorOf, field, focused, hasFocus, loaded, make, newProfile, rows, said, save, shownNames,
} from './page.mjs';
import { test } from './tap.mjs';

/* The message stands beside the field, is bound to it and is announced with it. */
async function isRefused(page, label, message, row = 0) {
    await errorOf(page, label, row).filter({ hasText: message }).waitFor();
    const input = field(page, label, row);
    equal(await input.getAttribute('aria-invalid'), 'true', `aria-invalid of ${label}`);
    const described = (await input.getAttribute('aria-describedby')).split(' ');
    const error = await errorOf(page, label, row).getAttribute('id');
    truth(described.includes(error), `${label} is described by its message`);
}

async function savesNothing(account) {
    equal(await account.names(), [], 'tokens');
}

test('an empty name is an error beside the field and gets the focus; nothing is made', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, '', { description: 'stays' });
    await save(page);
    await isRefused(page, 'Name', 'Enter a name.');
    await focused(field(page, 'Name'));
    equal(await field(page, 'Description').inputValue(), 'stays');
    await savesNothing(account);
    await field(page, 'Name').fill('   ');
    await save(page);
    await isRefused(page, 'Name', 'Enter a name.');
    await savesNothing(account);
    await field(page, 'Name').fill('Better');
    equal(await errorOf(page, 'Name').innerText(), '', 'the message goes with its reason');
    await save(page);
    await said(page, 'Saved: Better');
});

test('a half-typed date is an error beside the field, never indefinitely', async (stage) => {
    const { page, account } = await newProfile(stage, { locale: 'en-US' });
    await add(page, 'Half');
    await field(page, 'Expiration date').focus();
    await page.keyboard.type('1231');
    equal(await field(page, 'Expiration date').inputValue(), '', 'value of the field');
    await save(page);
    await isRefused(page, 'Expiration date', 'This date is incomplete.');
    await savesNothing(account);
    await field(page, 'Expiration date').focus();
    await page.keyboard.type('12312099');
    await save(page);
    await said(page, 'Saved: Half');
    equal((await account.list())[0].expires_day, '2099-12-31');
});

test('a half-typed date that is cleared again is no date', async (stage) => {
    const { page } = await newProfile(stage, { locale: 'en-US' });
    await add(page, 'Cleared');
    await field(page, 'Expiration date').focus();
    await page.keyboard.type('12');
    await field(page, 'Expiration date').fill('');
    await save(page);
    await said(page, 'Saved: Cleared');
    equal(await cell(page, 'Cleared', 'validity'), 'valid indefinitely');
});

test('a day that has passed is an error beside the field', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Past', { expires: '2020-02-29' });
    await save(page);
    await isRefused(page, 'Expiration date', 'This day has passed. The earliest possible day is');
    await focused(field(page, 'Expiration date'));
    await savesNothing(account);
});

test('what only the server finds wrong is told beside the field, too', async (stage) => {
    const { page, account } = await newProfile(stage);
    await page.route('**/api/v1/tokens', (route) => {
        const body = JSON.parse(route.request().postData() ?? 'null');
        if (!body) return route.continue();
        return route.continue({ postData: JSON.stringify({ ...body, expires: '2020-02-29', description: 'a\u202eb' }) });
    });
    await add(page, 'Checked twice', { expires: '2099-12-31' });
    await save(page);
    await isRefused(page, 'Expiration date', 'This day has passed. The earliest possible day is');
    await isRefused(page, 'Description', 'This description cannot be used.');
    await savesNothing(account);
});

test('several rows are saved with one press, and each becomes a token', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'One');
    await add(page, 'Two', { description: 'second' });
    await add(page, 'Three', { expires: '2099-01-31' });
    await save(page);
    await said(page, 'Saved: 3 tokens');
    equal(await drafts(page).count(), 0, 'rows that are not saved');
    equal(await account.names(), ['One', 'Two', 'Three']);
    equal(await shownNames(page), ['Three', 'Two', 'One'], 'newest first');
    equal(await button(page, 'Save').count(), 0, 'nothing to save, no button');
});

test('an unsaved row can be removed, the focus stays near, and it does not become a token', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Keep');
    await add(page, 'Drop');
    await add(page, 'Keep too');
    await button(page, 'Remove row').nth(1).click();
    equal(await drafts(page).count(), 2);
    equal(await field(page, 'Name', 1).inputValue(), 'Keep too');
    truth(await hasFocus(field(page, 'Name', 1)), 'the next row has the focus');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Keep', 'Keep too']);
    await button(page, 'Add token').click();
    await button(page, 'Remove row').click();
    truth(await hasFocus(button(page, 'Add token')), 'the plus symbol has the focus');
});

test('closing or reloading the page with unsaved rows asks, and without them does not', async (stage) => {
    const { page } = await newProfile(stage);
    const asked = [];
    page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        dialog.dismiss();
    });
    await add(page, 'Unsaved');
    await page.close({ runBeforeUnload: true });
    await becomes(() => asked.length, 1, 'questions');
    equal(asked, ['beforeunload']);
    equal(await field(page, 'Name').inputValue(), 'Unsaved', 'the row is still there');
    await save(page);
    await said(page, 'Saved: Unsaved');
    await page.reload();
    await loaded(page);
    equal(asked.length, 1, 'questions');
});

test('leaving the area with unsaved rows asks: Stay keeps them, Leave drops them', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Unsaved');
    const home = page.getByRole('link', { name: 'Tax Administration', exact: true });
    await home.click();
    await focused(button(page, 'Stay'));
    await button(page, 'Stay').click();
    await until(async () => await page.locator('#ask').count() === 0, 'the first question is closed');
    equal(await field(page, 'Name').inputValue(), 'Unsaved');
    await page.goBack();
    await focused(button(page, 'Stay'));
    await page.keyboard.press('Escape');
    await until(async () => await page.locator('#ask').count() === 0, 'the question is closed');
    equal(await field(page, 'Name').inputValue(), 'Unsaved', 'after going back and Escape');
    await home.click();
    await button(page, 'Leave').click();
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Open API-Tokens', exact: true }).click();
    await loaded(page);
    equal(await drafts(page).count(), 0);
    await savesNothing(account);
});

test('signing out with unsaved rows asks', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Unsaved');
    await button(page, account.name).click();
    await button(page, 'Sign out').click();
    await button(page, 'Stay').click();
    equal(await field(page, 'Name').inputValue(), 'Unsaved');
    await button(page, account.name).click();
    await button(page, 'Sign out').click();
    await button(page, 'Leave').click();
    await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
});

test('good rows are saved while a bad one stays editable, with all that was typed in it', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Good one');
    await add(page, '', { description: 'no name yet', expires: '2098-05-01' });
    await add(page, 'Good two');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Good one', 'Good two']);
    equal(await drafts(page).count(), 1);
    await isRefused(page, 'Name', 'Enter a name.');
    await focused(field(page, 'Name'));
    equal([await field(page, 'Description').inputValue(), await field(page, 'Expiration date').inputValue()],
        ['no name yet', '2098-05-01'], 'what was typed');
    await field(page, 'Name').fill('Now good');
    await save(page);
    await said(page, 'Saved: Now good');
    equal((await account.list()).length, 3);
});

test('a row that the server refuses stays, those before and after it are saved', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Before');
    await add(page, 'a\u202eb');
    await add(page, 'After');
    await save(page);
    await isRefused(page, 'Name', 'This name cannot be used.');
    await becomes(() => account.names(), ['Before', 'After'], 'the names'); // the last one is saved after the refusal is shown
    equal(await field(page, 'Name').inputValue(), 'a\u202eb');
});

test('the description may be left empty; Enter in a field saves; the table says what the store says', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, '  Spaces around  ', { expires: '2097-03-01' });
    await field(page, 'Name').press('Enter');
    await said(page, 'Saved: Spaces around');
    const [token] = await account.list();
    equal(await rows(page).getByRole('rowheader').innerText(), token.name, 'the name');
    equal(token.description ?? '', '', 'the description');
    equal(await cell(page, token.name, 'description'), '');
    equal(await cell(page, token.name, 'expires'), '1 Mar 2097');
    await page.reload();
    await loaded(page);
    equal(await cell(page, token.name, 'expires'), '1 Mar 2097', 'after a reload');
});

test('an empty area says what to do, and counts its rows later', async (stage) => {
    const { page } = await newProfile(stage);
    matches(await page.locator('#empty').innerText(), /no tokens yet/i);
    equal(await page.locator('#count').innerText(), 'No tokens');
    await make(page, 'Only one');
    equal(await page.locator('#empty').isVisible(), false);
    equal(await page.locator('#count').innerText(), '1 token');
});

test('a row that is typed into while a Save is under way keeps the focus and every letter', async (stage) => {
    const { page, account } = await newProfile(stage);
    let release;
    await page.route('**/api/v1/tokens', async (route) => {
        if (route.request().method() === 'POST') await new Promise((resolve) => { release = resolve; });
        await route.continue();
    });
    await add(page, 'Slow');
    await save(page);
    await until(() => release, 'the request');
    await button(page, 'Add token').click();
    await page.keyboard.type('typed mean');
    release();
    await said(page, 'Saved: Slow');
    await page.keyboard.type('while');
    equal(await field(page, 'Name').inputValue(), 'typed meanwhile');
    equal(await account.names(), ['Slow']);
});

test('a half-typed date that is emptied again is no error any more', async (stage) => {
    const { page } = await newProfile(stage, { locale: 'en-US' });
    await add(page, 'Changed mind');
    await field(page, 'Expiration date').focus();
    await page.keyboard.type('12');
    await save(page);
    await isRefused(page, 'Expiration date', /./);
    await field(page, 'Expiration date').focus();
    await page.keyboard.press('Backspace');
    await until(async () => await errorOf(page, 'Expiration date').innerText() === '', 'the message is gone');
    equal(await field(page, 'Expiration date').getAttribute('aria-invalid'), null);
});
