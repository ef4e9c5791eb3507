/* SPDX-License-Identifier: MIT */
/* One token a row, however often Save is pressed and whatever becomes of the answer. */
import { equal, matches, until } from './expect.mjs';
import { add, button, cell, drafts, field, newProfile, rows, said, save } from './page.mjs';
import { test } from './tap.mjs';

const TOKENS = '**/api/v1/tokens';

/* The next creation reaches the server, and its answer is lost. */
async function loseAnswer(page) {
    let done = false;
    await page.route(TOKENS, async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        const { status } = await route.fetch().then((answer) => ({ status: answer.status() }));
        await route.abort();
        done = status;
    });
    return async () => {
        await until(() => done, 'the request has reached the server');
        await page.unroute(TOKENS);
        return done;
    };
}

test('a double click on Save makes one token', async (stage) => {
    const { page, account } = await newProfile(stage);
    await add(page, 'Clicked twice');
    await button(page, 'Save').dblclick();
    await said(page, 'Saved: Clicked twice');
    equal(await account.names(), ['Clicked twice']);
    equal(await rows(page).count(), 1);
});

test('pressing Save and Enter again while an answer is on its way makes one token', async (stage) => {
    const { page, account } = await newProfile(stage);
    let release;
    let posts = 0;
    await page.route(TOKENS, async (route) => {
        posts++;
        await new Promise((resolve) => { release = resolve; });
        await route.continue();
    });
    await add(page, 'Impatient');
    await save(page);
    await until(() => release, 'the request');
    await button(page, 'Save').click({ force: true });
    await field(page, 'Name').press('Enter');
    equal(await field(page, 'Name').evaluate((input) => input.readOnly), true, 'the row is held meanwhile');
    release();
    await said(page, 'Saved: Impatient');
    equal([posts, await account.names()], [1, ['Impatient']]);
});

test('a lost answer: the row stays and says so, Save again makes one token', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    await add(page, 'Lost answer', { description: 'kept', expires: '2099-02-01' });
    const isLost = await loseAnswer(page);
    await save(page);
    equal(await isLost(), 201);
    await drafts(page).getByText('may or may not exist').waitFor();
    equal([await drafts(page).count(), await field(page, 'Name').inputValue(), await field(page, 'Description').inputValue()],
        [1, 'Lost answer', 'kept']);
    equal(await account.names(), ['Lost answer'], 'the server has it');
    await save(page);
    await said(page, 'Saved: Lost answer');
    equal(await account.names(), ['Lost answer']);
    equal([await rows(page).count(), await drafts(page).count()], [1, 0]);
    equal(await cell(page, 'Lost answer', 'validity'), 'valid until 1 Feb 2099');
});

test('a request that never arrived: Save again makes one token', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    await add(page, 'Never arrived');
    await page.route(TOKENS, (route) => route.abort());
    await save(page);
    await drafts(page).getByText('may or may not exist').waitFor();
    equal(await account.names(), []);
    await page.unroute(TOKENS);
    await save(page);
    await said(page, 'Saved: Never arrived');
    equal(await account.names(), ['Never arrived']);
});

test('a lost answer, then the row is changed: the page says that the earlier one was saved, makes no second', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    await add(page, 'As first typed');
    const isLost = await loseAnswer(page);
    await save(page);
    equal(await isLost(), 201);
    await drafts(page).getByText('may or may not exist').waitFor();
    await field(page, 'Name').fill('As changed');
    await save(page);
    await drafts(page).getByText('An earlier version of this row was saved').waitFor();
    equal(await account.names(), ['As first typed']);
    await until(async () => await rows(page).count() === 1, 'the earlier one is in the table');
    await button(page, 'Remove row').click();
    equal(await account.names(), ['As first typed']);
});

test('a lost answer in the middle: each of three rows becomes one token', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/ERR_FAILED/);
    for (const name of ['one', 'two', 'three']) await add(page, name);
    let seen = 0;
    await page.route(TOKENS, async (route) => {
        if (route.request().method() !== 'POST' || ++seen !== 2) return route.continue();
        await route.fetch();
        return route.abort();
    });
    await save(page);
    await button(page, 'Try again').click();
    await until(async () => await drafts(page).count() === 0, 'all are saved');
    equal((await account.names()).sort(), ['one', 'three', 'two']);
    equal(await rows(page).count(), 3);
});

test('an answer that says "busy" keeps the row and makes one token later', async (stage) => {
    const { page, account } = await newProfile(stage);
    stage.excuse(/status of 503/);
    await add(page, 'Busy');
    await page.route(TOKENS, (route) => route.fulfill({
        status: 503, contentType: 'application/problem+json', body: '{"status":503,"code":"APITOKEN_E_BUSY"}' }));
    await save(page);
    await page.locator('#alert').filter({ hasText: 'The server is busy.' }).waitFor();
    matches(await field(page, 'Name').inputValue(), /^Busy$/);
    await page.unroute(TOKENS);
    await save(page);
    await said(page, 'Saved: Busy');
    equal(await account.names(), ['Busy']);
});
