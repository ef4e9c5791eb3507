/* SPDX-License-Identifier: MIT */
/* Widths, colours, and the pictures. */
import { truth } from './expect.mjs';
import { add, button, copied, copyButton, dayAfter, field, make, newProfile, profileOf, revoke, save, errorOf } from './page.mjs';
import { test } from './tap.mjs';

/* What a user of some months has. */
export async function lifelike(stage, name) {
    const { world } = stage;
    const account = await world.addUser(name);
    const { today } = (await account.signIn()).session;
    const past = new Date('2026-02-02T09:00:00Z');
    const token = (title, description, expires, now) => world.makeToken(account, title, { description, expires, now });
    await token('Data migration', 'One-time transfer of 2024 reports', '2026-06-30', past);
    const old = await token('Reporting tool (old)', 'Replaced by the BI platform', undefined, past);
    await world.revokeToken(account, old, new Date('2026-09-15T09:00:00Z'));
    await token('ERP Germany', 'Country-by-country reports, nightly', undefined, past);
    await token('Provider Nordic', 'Filings of the Nordic companies', dayAfter(today, 200));
    await token('BI platform', '', dayAfter(today, 12), past);
    return { account, today };
}

async function checkWidth(page, width) {
    const seen = await page.evaluate(() => [document.documentElement.scrollWidth, document.body.scrollWidth]);
    truth(Math.max(...seen) <= width, `at ${width} px the page is ${Math.max(...seen)} px wide`);
}

for (const width of [360, 600, 768, 1024, 1280, 1920]) {
    test(`${width} px: nothing is cut off or needs scrolling sideways, in both languages`, async (stage) => {
        const { account } = await lifelike(stage);
        const page = await profileOf(stage, account, { viewport: { width, height: 800 } });
        await add(page, 'New system', { expires: '2099-12-31' });
        await add(page, '');
        await save(page);
        await errorOf(page, 'Name').filter({ hasText: 'Enter a name.' }).waitFor();
        await checkWidth(page, width);
        for (const control of await page.locator('button:visible, input:visible').all()) {
            const box = await control.boundingBox();
            truth(box.x >= 0 && box.x + box.width <= width + 0.5, `${await control.getAttribute('id')} is within the page`);
        }
        await stage.screenshot(page, `profile-${width}`, { fullPage: true });
        await button(page, 'Deutsch').click();
        await page.getByRole('heading', { name: 'Mein Profil', exact: true }).waitFor();
        await checkWidth(page, width);
        await stage.screenshot(page, `profile-${width}-de`, { fullPage: true });
    });
}

test('the whole job at 360 px', async (stage) => {
    const { page } = await newProfile(stage, { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
    await make(page, 'On the phone', { expires: '2099-12-31' });
    await copied(stage, page, 'On the phone');
    await revoke(page, 'On the phone');
    await checkWidth(page, 360);
});

test('text twice as large, as by zoom, still fits', async (stage) => {
    const { page } = await newProfile(stage, { viewport: { width: 640, height: 800 }, deviceScaleFactor: 2 });
    await add(page, 'Large');
    await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
    await checkWidth(page, 640);
    await stage.screenshot(page, 'profile-large-text', { fullPage: true });
});

test('dark where the system is dark: background, text and the fields', async (stage) => {
    const { account } = await lifelike(stage);
    const page = await profileOf(stage, account, { colorScheme: 'dark' });
    await add(page, 'New system');
    const [background, text, input] = await page.evaluate(() => {
        const light = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number).reduce((sum, each) => sum + each, 0) / 3;
        const body = getComputedStyle(document.body);
        const fill = getComputedStyle(document.querySelector('tr.draft input'));
        return [light(body.backgroundColor), light(body.color), light(fill.backgroundColor)];
    });
    truth(background < 64 && input < 80 && text > 160, `dark: background ${background}, field ${input}, text ${text}`);
    await stage.screenshot(page, 'profile-dark', { fullPage: true });
});

test('the picture for the documentation', async (stage) => {
    const { account, today } = await lifelike(stage, 'alice');
    const page = await profileOf(stage, account, { viewport: { width: 1280, height: 800 } });
    await add(page, 'Treasury system', { description: 'Monthly import', expires: dayAfter(today, 365) });
    await field(page, 'Name').focus();
    await copyButton(page, 'BI platform').waitFor();
    await page.mouse.move(0, 0);
    await stage.screenshot(page, 'tax-administration', { fullPage: true });
});
