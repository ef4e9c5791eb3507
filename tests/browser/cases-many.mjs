/* SPDX-License-Identifier: MIT */
/* Users with more tokens than a page of the table has rows, and one with 5,000. */
import { becomes, equal, truth } from './expect.mjs';
import {
    add, button, cell, closeDetails, copied, details, field, focused, hasFocus, loaded, make, openProfile, profileOf, revoke, row,
    rows, said, save, shownNames,
} from './page.mjs';
import { test } from './tap.mjs';

const MANY = 5000;
const PAGE = 25;
const NODES = 2500; /* of the document, whatever the number of tokens */

function system(number) {
    return { name: `system ${number}`, description: `number ${number}`, ...(number % 2 ? { expires: '2099-12-31' } : {}) };
}

async function manyOf(stage, count) {
    const account = await stage.world.addUser();
    await stage.world.makeTokens(account, Array.from({ length: count }, (_, number) => system(number)));
    return account;
}

function search(page) {
    return page.getByRole('searchbox', { name: 'Search', exact: true });
}

function sortButton(page, column) {
    return page.getByRole('columnheader').getByRole('button', { name: column, exact: true });
}

/* Processor time of the page's main thread in ms, until what it shows has been laid out. */
async function processorTime(page, step) {
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const time = async () => {
        await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); }));
        const { metrics } = await client.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
    };
    const before = await time();
    await step();
    const took = Math.round(await time() - before);
    await client.detach();
    return took;
}

test('5,000 tokens: a page of rows at a time, all reachable by pages, by sorting and by searching', async (stage) => {
    const account = await manyOf(stage, MANY);
    const page = await (await stage.contextOf(account)).newPage();
    const times = {};
    times['first rows'] = await processorTime(page, () => openProfile(page, stage.origin));
    equal([await rows(page).count(), await page.locator('#count').innerText()], [PAGE, '5000 tokens']);
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
    truth(nodes < NODES, `${nodes} nodes are fewer than ${NODES}`);

    times.sort = await processorTime(page, () => sortButton(page, 'Name').click());
    equal((await shownNames(page)).slice(0, 3), ['system 0', 'system 1', 'system 2']);
    await sortButton(page, 'Name').click();
    equal((await shownNames(page))[0], 'system 4999');
    await button(page, 'Next').click();
    equal([(await shownNames(page))[0], await page.locator('#page-number').innerText()], ['system 4974', 'Page 2 of 200']);

    times.search = await processorTime(page, () => search(page).pressSequentially('tem 4321'));
    equal([await shownNames(page), await page.locator('#count').innerText()], [['system 4321'], '1 of 5000 tokens']);
    await copied(stage, page, 'system 4321');
    await revoke(page, 'system 4321');
    await search(page).fill('');

    times['add a row'] = await processorTime(page, () => button(page, 'Add token').click());
    await field(page, 'Name').fill('one more');
    await save(page);
    await said(page, 'Saved: one more');
    equal(await cell(page, 'one more', 'validity'), 'valid indefinitely');
    equal(await page.locator('#count').innerText(), '5001 tokens');
    console.log(`# 5,000 tokens, processor time in ms: ${JSON.stringify(times)}`);
    await stage.screenshot(page, 'many');
});

test('search finds words of name, description and id, in any case and without accents, and says if there is nothing', async (stage) => {
    const account = await (await stage.world.addUser()).signIn();
    const { id } = await account.create('Müller ERP', { description: 'Nightly import' });
    await account.create('Treasury', { description: 'Monthly import' });
    const page = await profileOf(stage, account);
    for (const [text, due] of [['muller', ['Müller ERP']], ['IMPORT', ['Treasury', 'Müller ERP']], ['import month', ['Treasury']],
        [id, ['Müller ERP']], [`tdh_1${id.slice(0, 11)}`, ['Müller ERP']], ['nothing', []]]) {
        await search(page).fill(text);
        await becomes(() => shownNames(page), due, `what ${text} finds`);
    }
    truth(await page.locator('#none-found').isVisible(), 'it is said that there is nothing');
    await search(page).fill('');
    equal((await shownNames(page)).length, 2);
});

test('a whole token that is pasted into the search finds its row, and its secret does not stay or get into the address', async (stage) => {
    const account = await (await stage.world.addUser()).signIn();
    const { id } = await account.create('Wanted');
    await account.create('Other');
    const text = await account.copy(id);
    const page = await profileOf(stage, account);
    await search(page).fill(text);
    equal([await shownNames(page), await search(page).inputValue()], [['Wanted'], id]);
    truth(!page.url().includes(text.slice(17)), 'the secret is not in the address');
    await page.goto(`${stage.origin}/#profile?q=${id}`);
    await page.reload();
    await loaded(page);
    equal(await shownNames(page), ['Wanted']);
});

test('search, sorting, page and what is hidden are in the address: a reload and the way back find them again', async (stage) => {
    const page = await profileOf(stage, await manyOf(stage, 70));
    await search(page).fill('number');
    await sortButton(page, 'Name').click();
    await sortButton(page, 'Name').click();
    await page.getByLabel('Hide revoked').check();
    await button(page, 'Next').click();
    const due = ['system 44', 'number', true, 'Page 2 of 3'];
    const seen = async () => [(await shownNames(page))[0], await search(page).inputValue(),
        await page.getByLabel('Hide revoked').isChecked(), await page.locator('#page-number').innerText()];
    equal(await seen(), due);
    await page.reload();
    await loaded(page);
    await becomes(seen, due, 'after a reload');
    await page.getByRole('link', { name: 'Tax Administration', exact: true }).click();
    await page.getByRole('heading', { name: 'Tax Administration', exact: true }).waitFor();
    await page.goBack();
    await loaded(page);
    await becomes(seen, due, 'after the way back');
    await page.evaluate(() => { location.hash = '#profile?sort=owner&page=-3&hide=valid&q=system+44'; });
    await becomes(async () => (await shownNames(page)).join(), 'system 44', 'what makes no sense is left out');
});

test('after a change the row is shown and has the focus, on whatever page it is', async (stage) => {
    const page = await profileOf(stage, await manyOf(stage, 60));
    await sortButton(page, 'Name').click();
    await make(page, 'system 30b');
    equal(await page.locator('#page-number').innerText(), 'Page 2 of 3');
    await focused(row(page, 'system 30b').getByRole('rowheader'));
    const panel = await details(page, 'system 30b');
    await panel.getByLabel('Name', { exact: true }).fill('zz');
    await panel.getByRole('button', { name: 'Save changes', exact: true }).click();
    await said(page, 'Changed: zz');
    await closeDetails(page);
    equal(await page.locator('#page-number').innerText(), 'Page 3 of 3');
    await focused(row(page, 'zz').getByRole('rowheader'));
    await button(page, 'Previous').click();
    truth(await hasFocus(button(page, 'Previous')), 'the focus stays on the pager');
    equal((await shownNames(page)).length, PAGE);
});

test('a page on a phone is not longer than 30 cards', async (stage) => {
    const page = await profileOf(stage, await manyOf(stage, 100), { viewport: { width: 360, height: 740 } });
    truth(await rows(page).count() <= 30, 'cards');
    await add(page, 'typed on the phone');
    await stage.screenshot(page, 'many-360', { fullPage: true });
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
});

test('the head of the table stays while the rows are scrolled', async (stage) => {
    const page = await profileOf(stage, await manyOf(stage, 25), { viewport: { width: 1280, height: 500 } });
    await rows(page).last().scrollIntoViewIfNeeded();
    const { y } = await page.getByRole('columnheader', { name: 'Name' }).boundingBox();
    equal(Math.round(y), 0, 'place of the head');
    await stage.screenshot(page, 'sticky');
});

test('id and day of creation tell rows apart, and nothing in the page looks like a token', async (stage) => {
    const account = await (await stage.world.addUser()).signIn();
    const { id } = await account.create('Twin');
    const { id: other } = await account.create('Twin');
    const page = await profileOf(stage, account);
    equal(await rows(page).locator('.origin code').allInnerTexts(), [`tdh_1${other}…`, `tdh_1${id}…`]);
    truth(/^created \d+ \w+ \d{4}$/.test(await rows(page).first().locator('.made').innerText()), 'the day');
});
