/* SPDX-License-Identifier: MIT */
/* English and German. */
import { equal, matches, truth, until } from './expect.mjs';
import { button, errorOf, field, make, newProfile, openProfile, profileOf, rows, spoilClipboard, pasted } from './page.mjs';
import { test } from './tap.mjs';

function languageOf(page) {
    return page.evaluate(() => document.documentElement.lang);
}

test('German by Accept-Language: the words of the manual, <html lang>, dates, messages', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const past = new Date('2026-01-05T10:00:00Z'), later = new Date('2026-01-05T10:00:01Z');
    await world.makeToken(account, 'alt', { expires: '2026-03-31', now: past });
    await world.revokeToken(account, await world.makeToken(account, 'weg', { now: later }), later);
    const page = await profileOf(stage, account, { locale: 'de-DE' });
    equal(await languageOf(page), 'de');
    equal(await page.title(), 'Mein Profil – Tax Administration');
    await page.getByRole('heading', { name: 'Mein Profil', exact: true }).waitFor();
    await page.getByRole('heading', { name: 'API-Token', exact: true }).waitFor();
    const columns = (await page.getByRole('columnheader').allInnerTexts()).map((name) => name.trim()).filter(Boolean).slice(0, 6);
    equal(columns, ['Name', 'Beschreibung', 'Ablaufdatum', 'Gültigkeit', 'Zuletzt verwendet', 'API-Token kopieren']);
    await button(page, 'Token hinzufügen').click();
    for (const label of ['Name', 'Beschreibung', 'Ablaufdatum']) equal(await field(page, label).count(), 1, label);
    await button(page, 'Speichern').click();
    await errorOf(page, 'Name').filter({ hasText: 'Geben Sie einen Namen ein.' }).waitFor();
    await field(page, 'Name').fill('neu');
    await field(page, 'Ablaufdatum').fill('2099-12-31');
    await button(page, 'Speichern').click();
    await page.getByRole('status').filter({ hasText: 'Gespeichert: neu' }).waitFor();
    const says = await rows(page).locator('.validity').allInnerTexts();
    equal(says.map((text) => text.trim()), ['gültig bis 31.12.2099', 'widerrufen am 05.01.2026', 'abgelaufen am 31.03.2026']);
    await spoilClipboard(page);
    await button(page, 'API-Token kopieren: neu').click();
    await page.getByRole('status').filter({ hasText: 'Kopiert: neu' }).waitFor();
    equal(await world.isGood(await pasted(page)), true);
    await button(page, 'Widerrufen: neu').click();
    await page.getByRole('dialog', { name: 'Token widerrufen?' }).waitFor();
    await button(page, 'Abbrechen').click();
});

test('Accept-Language with weights decides, and English is for all others', async (stage) => {
    for (const [header, due] of [['fr, de;q=0.8, en;q=0.5', 'de'], ['en, de', 'en'], ['de-AT', 'de'], ['fr-FR', 'en'],
        ['de;q=0, en', 'en'], ['en;q=0.3, de;q=0.4', 'de']]) {
        const page = await stage.page({ locale: undefined, extraHTTPHeaders: { 'Accept-Language': header } });
        await page.goto(stage.origin);
        await page.getByRole('heading', { level: 1 }).waitFor();
        equal([header, await languageOf(page)], [header, due]);
        await page.close();
    }
});

test('switching the language keeps what was typed, changes every word, and is kept in a cookie', async (stage) => {
    const { page, account } = await newProfile(stage);
    await make(page, 'Before');
    await button(page, 'Add token').click();
    await field(page, 'Name').fill('half typed');
    await field(page, 'Expiration date').fill('2020-01-01');
    await button(page, 'Save').click();
    await errorOf(page, 'Expiration date').filter({ hasText: 'This day has passed.' }).waitFor();
    await button(page, 'Deutsch').click();
    await page.getByRole('heading', { name: 'Mein Profil', exact: true }).waitFor();
    equal(await languageOf(page), 'de');
    equal(await field(page, 'Name').inputValue(), 'half typed');
    await errorOf(page, 'Ablaufdatum').filter({ hasText: 'Dieser Tag ist vorbei.' }).waitFor();
    await page.getByText('unbegrenzt gültig', { exact: true }).waitFor();
    equal(await button(page, 'Deutsch').getAttribute('aria-pressed'), 'true');
    const cookie = (await page.context().cookies()).find(({ name }) => name === 'language');
    equal([cookie.value, cookie.expires > Date.now() / 1000 + 86400], ['de', true], 'cookie');
    await button(page, 'Zeile entfernen').click();
    await page.reload();
    await page.getByRole('heading', { name: 'Mein Profil', exact: true }).waitFor();
    const other = await openProfile(await page.context().newPage(), stage.origin);
    equal(await languageOf(other), 'de', 'in another tab');
    await button(other, 'English').click();
    await other.getByRole('heading', { name: 'My profile', exact: true }).waitFor();
    truth(account.name && await languageOf(other) === 'en', 'and back');
});

/* The keys that the document and its templates name, and those that stand in the scripts as they are. */
async function wantedKeys(page, origin) {
    await page.goto(origin);
    return page.evaluate(async () => {
        const source = new DOMParser().parseFromString(await (await fetch('/')).text(), 'text/html');
        const roots = [source, ...[...source.querySelectorAll('template')].map((template) => template.content)];
        const keys = new Set();
        for (const name of ['text', 'label', 'title', 'column'])
            for (const root of roots)
                for (const element of root.querySelectorAll(`[data-${name}]`)) keys.add(element.dataset[name]);
        const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
        const scripts = new Set(loaded.filter((name) => name.endsWith('.js')));
        for (const address of scripts) {
            const script = await (await fetch(address)).text();
            const called = /\b(?:say|warn|setTitle)\('([\w.]+)'|\b(?:setText|setLabel)\([^;]*?, '([\w.]+)'/g;
            for (const [, first, second] of script.matchAll(called)) keys.add(first ?? second);
        }
        return [...keys].filter((key) => key !== '');
    });
}

test('no word is missing and no key is shown, in both languages', async (stage) => {
    const texts = {};
    for (const language of ['en', 'de']) {
        const page = await stage.page();
        await page.goto(stage.origin);
        texts[language] = await page.evaluate(async (name) => (await fetch(`/text.${name}.json`)).json(), language);
    }
    equal(Object.keys(texts.en).sort(), Object.keys(texts.de).sort(), 'keys');
    for (const [key, text] of Object.entries(texts.de)) {
        const [de, en] = [text, texts.en[key]].map((each) => (each.match(/\{\w+\}/g) ?? []).sort());
        equal(de, en, `places in ${key}`);
        truth(text.trim() !== '', key);
    }
    const wanted = await wantedKeys(await stage.page(), stage.origin);
    truth(wanted.length > 40, 'the keys that the page names');
    const has = (key) => Object.keys(texts.en).some((each) => each === key || each === `${key}.other`);
    equal(wanted.filter((key) => !has(key)), [], 'keys without words');
});

test('dates follow the language: 31 Dec 2026 and 31.12.2026', async (stage) => {
    const account = await stage.world.addUser();
    await account.create('dated', { expires: '2099-12-01' });
    const page = await profileOf(stage, account);
    const cell = rows(page).locator('.expires');
    equal((await cell.innerText()).trim(), '1 Dec 2099');
    await button(page, 'Deutsch').click();
    await until(async () => (await cell.innerText()).trim() === '01.12.2099', 'the German date');
    matches((await rows(page).locator('.validity').innerText()).trim(), /^gültig bis 01\.12\.2099$/);
});
