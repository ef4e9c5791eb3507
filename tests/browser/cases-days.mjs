/* SPDX-License-Identifier: MIT */
/* Today, the earliest day, and what the Validity column says. All days are the server's, in the zone of the store. */
import { equal, matches, truth } from './expect.mjs';
import {
    add, button, cell, copied, copyButton, dayAfter, english, errorOf, field, focused, loaded, make, newProfile, openProfile,
    profileOf, revoke, row, rows, save, said, shownNames,
} from './page.mjs';
import { test } from './tap.mjs';
import { idOf } from './world.mjs';

/* Apia is a day ahead of New York for most of the day: one of the two has another date than the server. */
for (const timezoneId of ['Pacific/Apia', 'America/New_York']) {
    test(`today is the server's day with the browser in ${timezoneId}`, async (stage) => {
        const { page, account } = await newProfile(stage, { timezoneId });
        const { today } = await account.due(200, 'GET', '/session');
        await add(page, 'Ends today', { expires: today });
        equal(await field(page, 'Expiration date').getAttribute('min'), today, 'earliest day of the field');
        await save(page);
        await said(page, 'Saved: Ends today');
        equal(await cell(page, 'Ends today', 'expires'), english(today));
        matches(await cell(page, 'Ends today', 'validity'), new RegExp(`^valid until ${english(today)}`));
        await add(page, 'Ended yesterday', { expires: dayAfter(today, -1) });
        await save(page);
        await errorOf(page, 'Expiration date').filter({ hasText: `The earliest possible day is ${english(today)}` }).waitFor();
        await field(page, 'Expiration date').fill('2099-12-31');
        await save(page);
        await said(page, 'Saved: Ended yesterday');
        equal(await cell(page, 'Ended yesterday', 'validity'), 'valid until 31 Dec 2099');
    });
}

test('a browser whose clock is years off changes nothing', async (stage) => {
    const account = await stage.world.addUser();
    const { today } = (await account.signIn()).session;
    const page = await (await stage.contextOf(account)).newPage();
    await page.clock.setFixedTime(new Date('2037-06-01T12:00:00Z'));
    await openProfile(page, stage.origin);
    await make(page, 'Ends today', { expires: today });
    matches(await cell(page, 'Ends today', 'validity'), /^valid until .* expires soon$/);
    await make(page, 'Ends later', { expires: '2036-01-01' });
    equal(await cell(page, 'Ends later', 'validity'), 'valid until 1 Jan 2036');
});

test('the business zone is named at the date field', async (stage) => {
    const { page } = await newProfile(stage);
    await add(page, 'Zoned');
    const hints = (await field(page, 'Expiration date').getAttribute('aria-describedby')).split(' ');
    const text = (await Promise.all(hints.map((id) => page.locator(`#${id}`).innerText()))).join(' ');
    matches(text, /Europe\/Berlin/);
    matches(text, /indefinitely/);
});

test('validity: indefinitely, until a day, and expires soon in the last fifth of the life, at most 30 days', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const { today } = (await account.signIn()).session;
    const began = (days) => new Date(`${dayAfter(today, -days)}T12:00:00Z`);
    const end = (days) => ({ expires: dayAfter(today, days) });
    await account.create('Forever');
    await account.create('New, for 30 days', end(30));
    await world.makeToken(account, 'Long, 30 left', { ...end(30), now: began(200) });
    await world.makeToken(account, 'Long, 31 left', { ...end(31), now: began(200) });
    await world.makeToken(account, 'Of 30, 6 left', { ...end(6), now: began(24) });
    await world.makeToken(account, 'Of 30, 7 left', { ...end(7), now: began(23) });
    const page = await profileOf(stage, account);
    equal(await cell(page, 'Forever', 'validity'), 'valid indefinitely');
    equal(await cell(page, 'Forever', 'expires'), 'none');
    equal(await cell(page, 'New, for 30 days', 'validity'), `valid until ${english(dayAfter(today, 30))}`);
    const soon = await rows(page).filter({ hasText: 'expires soon' }).locator('th').allInnerTexts();
    equal(soon.sort(), ['Long, 30 left', 'Of 30, 6 left']);
    equal(await page.locator('#soon-count').innerText(), '2 tokens expire soon.');
    await button(page, 'Show only these').click();
    equal((await shownNames(page)).sort(), soon);
    await page.reload();
    await loaded(page);
    equal((await shownNames(page)).sort(), soon, 'after a reload');
    await button(page, 'Show all').click();
    equal((await shownNames(page)).length, 6);
});

test('the usual terms fill in the date, and the end is said in words of the language of the page', async (stage) => {
    const { page, account } = await newProfile(stage, { locale: 'fr-FR' });
    const { today } = await account.due(200, 'GET', '/session');
    const words = page.locator('tr.draft .end-words');
    await add(page, 'Termed');
    equal(await words.innerText(), 'valid indefinitely');
    for (const [term, days] of [['30 days', 30], ['90 days', 90]]) {
        await button(page, term).click();
        equal(await field(page, 'Expiration date').inputValue(), dayAfter(today, days), term);
    }
    await page.keyboard.press('ArrowRight');
    await focused(button(page, '1 year'));
    await page.keyboard.press('Enter');
    matches(await field(page, 'Expiration date').inputValue(), new RegExp(`^${Number(today.slice(0, 4)) + 1}-`), 'in a year');
    await field(page, 'Expiration date').fill('2027-12-31');
    equal(await words.innerText(), 'valid until 31 December 2027');
    await button(page, 'Deutsch').click();
    await page.getByText('gültig bis 31. Dezember 2027', { exact: true }).waitFor();
    await button(page, 'Nie').click();
    equal(await page.locator('tr.draft input[type=date]').inputValue(), '');
    await button(page, 'Speichern').click();
    await said(page, 'Gespeichert: Termed');
    equal((await account.list()).map(({ expires }) => expires), [null]);
});

test('while the host cannot tell the day, tokens are listed, copied and revoked, and no term is offered', async (stage) => {
    const { page, account } = await newProfile(stage);
    const { today } = await account.due(200, 'GET', '/session');
    await account.create('Standing', { expires: dayAfter(today, 3) });
    await page.route('**/api/v1/session', async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: { ...await answer.json(), today: null } });
    });
    await page.reload();
    await loaded(page);
    await copied(stage, page, 'Standing');
    await revoke(page, 'Standing');
    await button(page, 'Add token').click();
    equal(await button(page, '30 days').count(), 0, 'terms');
    await field(page, 'Expiration date').fill('2001-01-01');
    await field(page, 'Name').fill('Past');
    await save(page);
    await page.locator('tr.draft [data-error=expires]').filter({ hasText: 'has passed' }).waitFor();
});

test('validity: expired on the last valid day, revoked on the day in the business zone', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    await world.makeToken(account, 'Old', { expires: '2026-03-31', now: new Date('2026-01-05T10:00:00Z') });
    const revoked = await world.makeToken(account, 'Stopped', { now: new Date('2026-01-05T10:00:00Z') });
    await world.revokeToken(account, revoked, new Date('2026-05-31T22:30:00Z')); /* 00:30 of the next day in Berlin */
    const page = await profileOf(stage, account, { timezoneId: 'America/New_York' });
    equal(await cell(page, 'Old', 'validity'), 'expired on 31 Mar 2026');
    equal(await row(page, 'Old').getAttribute('data-state'), 'expired');
    equal(await cell(page, 'Stopped', 'validity'), 'revoked on 1 Jun 2026');
    equal(await row(page, 'Stopped').getByRole('button', { name: /^(Copy|Revoke)/ }).count(), 0, 'Copy and Revoke of the row');
});

test('validity: a token that ends at an instant says when, and with which zone', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const token = await world.makeToken(account, 'By the hour', { expires: '2099-05-31T23:30:00Z' });
    const page = await profileOf(stage, account, { timezoneId: 'America/New_York' });
    const says = await cell(page, 'By the hour', 'validity');
    matches(says, /^valid until (31 May 2099, 23:30 (UTC|GMT)|0?1 Jun 2099, 01:30 \S+)$/);
    truth(await row(page, 'By the hour').getAttribute('data-id') === idOf(token), 'the row is that token');
});

const denied = {
    newer: 'not accepted here: needs a newer version', suspended: 'suspended', blocked: 'account blocked',
    unheard: 'not accepted here: needs a newer version', /* a state that the page does not know */
};
for (const [state, says] of Object.entries(denied)) {
    test(`validity: a token in the state ${state} is shown as not accepted, and can be revoked`, async (stage) => {
        const { page, account } = await newProfile(stage);
        await make(page, 'Later');
        await page.route('**/api/v1/tokens*', async (route) => {
            const answer = await route.fetch();
            await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('"valid"', `"${state}"`) });
        });
        await page.reload();
        await loaded(page);
        equal(await cell(page, 'Later', 'validity'), says);
        equal(await copyButton(page, 'Later').count(), ['suspended', 'blocked'].includes(state) ? 1 : 0, 'copy buttons');
        await page.unroute('**/api/v1/tokens*');
        await revoke(page, 'Later');
        equal((await account.list()).map((token) => token.state), ['revoked']);
    });
}

test('a token that expires while the page is open is shown as expired after the next load', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const end = new Date(Date.now() + 1500).toISOString().replace(/\.\d+Z$/, 'Z');
    const token = await world.makeToken(account, 'Short', { expires: end, now: new Date(0) });
    const page = await profileOf(stage, account);
    for (let good = true; good; good = await world.isGood(token));
    await page.reload();
    await loaded(page);
    matches(await cell(page, 'Short', 'validity'), /^expired on /);
});
