/* SPDX-License-Identifier: MIT */
/* Names and descriptions that are long, odd, or meant to do harm. */
import { equal, truth, until } from './expect.mjs';
import { add, button, cell, copied, errorOf, field, make, newProfile, revoke, row, rows, said, save } from './page.mjs';
import { test } from './tap.mjs';

/* Made in the page, shown as it was typed, copied and revoked by its name. */
async function lives(stage, name, description) {
    const { page, account } = await newProfile(stage);
    await make(page, name, { description });
    const [token] = await account.list();
    equal([token.name, token.description], [name, description], 'in the store');
    equal(await row(page, name).getByRole('rowheader').evaluate((element) => element.textContent), name, 'in the table');
    const beside = row(page, name).locator('.description bdi');
    equal(await beside.evaluate((element) => element.textContent.trim()), description, 'beside it');
    await copied(stage, page, name);
    await revoke(page, name);
    return page;
}

test('a name of 100 bytes, in ASCII and in umlauts', async (stage) => {
    const { page, account } = await newProfile(stage);
    const names = ['a'.repeat(100), 'ü'.repeat(50)];
    for (const name of names) await make(page, name);
    equal(await account.names(), names);
});

test('a name of more than 100 bytes is refused beside the field while it is typed, with the count', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'ü'.repeat(51));
    await errorOf(page, 'Name').filter({ hasText: '102 of 100 bytes' }).waitFor();
    await save(page);
    await errorOf(page, 'Name').filter({ hasText: '102 of 100 bytes' }).waitFor();
    equal(await field(page, 'Name').inputValue(), 'ü'.repeat(51), 'what was typed');
    await field(page, 'Name').fill('short');
    await field(page, 'Description').fill('d'.repeat(1001));
    await save(page);
    await errorOf(page, 'Description').filter({ hasText: '1001 of 1000 bytes' }).waitFor();
    equal(await account.names(), []);
    await field(page, 'Description').fill('d'.repeat(1000));
    await save(page);
    await said(page, 'Saved: short');
});

test('an emoji and letters of other scripts', (stage) => lives(stage, '🧾 税 Ødegård', 'ежедневно 📦'));

test('Persian and Sinhala words, and a family', (stage) => lives(stage, 'می\u200cخواهم 👨\u200d👩\u200d👦', 'ශ්\u200dරී ලංකා'));

test('<script> is text', async (stage) => {
    const page = await lives(stage, '<script>alert(1)</script>', '<img src=x onerror=alert(2)>');
    equal(await page.locator('#rows script, #rows img').count(), 0, 'elements made of it');
});

test('quotes, ampersands, braces and percent signs', (stage) => lives(stage, `"it's" & {name} %s`, `\\ ' " \` </td> &lt;`));

test('words from right to left stay in their cell', (stage) => lives(stage, 'חשבון 12', 'مستورد التقارير'));

test('a right-to-left override is refused with a message', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'invoice\u202egpj.exe');
    await save(page);
    await errorOf(page, 'Name').filter({ hasText: 'This name cannot be used. The character U+202E' }).waitFor();
    await field(page, 'Name').fill('invoice');
    await field(page, 'Description').fill('\u2066hidden\u2069');
    await save(page);
    await errorOf(page, 'Description').filter({ hasText: 'This description cannot be used. The character U+2066' }).waitFor();
    equal(await account.names(), []);
});

test('two tokens of one name are two tokens', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Twin');
    await add(page, 'Twin');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    equal(await account.names(), ['Twin', 'Twin']);
    truth(await rows(page).count() === 2, 'two rows');
});

test('a name without a blank in it does not widen the page', async (stage) => {
    const { page } = await newProfile(stage, { viewport: { width: 360, height: 740 } });
    await make(page, 'w'.repeat(100), { description: 'W'.repeat(400) });
    equal(await cell(page, 'w'.repeat(100), 'validity'), 'valid indefinitely');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    equal(width, 360, 'width of the document');
});

test('a name that a token or another row has already is pointed out, and may be used all the same', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Twin');
    await make(page, 'Gone');
    await revoke(page, 'Gone');
    const hint = page.locator('tr.draft .twin').last();
    await add(page, 'Gone');
    equal(await hint.innerText(), '', 'the name of a revoked token is free');
    await field(page, 'Name').fill('Twin');
    await hint.filter({ hasText: 'already have a token of this name' }).waitFor();
    await field(page, 'Name').fill('Twin 2');
    await until(async () => await hint.innerText() === '', 'the hint goes with its reason');
    await field(page, 'Name').fill('Twin');
    await save(page);
    await said(page, 'Saved: Twin');
    equal((await account.names()).filter((name) => name === 'Twin').length, 2);
    await add(page, 'In two rows');
    await button(page, 'Add token').click();
    await field(page, 'Name', 1).fill('In two rows');
    await hint.filter({ hasText: 'already have' }).waitFor();
});
