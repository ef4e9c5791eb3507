/* SPDX-License-Identifier: MIT */
/* Right after Save, under the policy "always": what a user needs to bring the new token to a system. */
import { becomes, equal, matches, truth, until } from './expect.mjs';
import { checkAccess, look } from './cases-axe.mjs';
import { button, make, newProfile, pasted, said, spoilClipboard } from './page.mjs';
import { test } from './tap.mjs';
import { World } from './world.mjs';

async function worldWithHub(stage) {
    const world = await new World().make();
    await world.startAdministration(0, ['--hub-url', 'https://hub.example:8443']);
    stage.use(world);
    return newProfile(stage);
}

function saved(page) {
    return page.getByRole('region', { name: 'Just saved', exact: true });
}

async function copyBy(page, label) {
    await spoilClipboard(page);
    await button(page, label).click();
    await said(page, 'Copied: New one');
    return pasted(page);
}

test('after Save: the token is shown when wanted, copied, and stays marked as copied', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'New one');
    const value = () => page.getByLabel('API token: New one', { exact: true }).inputValue();
    matches(await value(), /^•+$/, 'the field before');
    await button(page, 'Show API token: New one').click();
    await until(async () => stage.world.isGood(await value()), 'the token is shown');
    await button(page, 'Hide API token: New one').click();
    await becomes(async () => /^•+$/.test(await value()), true, 'the field afterwards');
    equal(await stage.world.isGood(await copyBy(page, 'Copy new API token: New one')), true);
    await saved(page).getByText('Copied', { exact: true }).waitFor();
    equal(await button(page, 'Copy as curl: New one').count(), 0, 'without an address of the hub there is no command');
    await make(page, 'Another');
    equal(await saved(page).locator('.saved-name').allInnerTexts(), ['New one', 'Another']);
    equal(await saved(page).getByText('Copied', { exact: true }).count(), 1, 'marks');
    await saved(page).getByRole('button', { name: 'Done', exact: true }).click();
    await saved(page).waitFor({ state: 'hidden' });
});

test('after Save: with the address of the hub there is a command of curl that keeps the token out of its arguments', async (stage) => {
    const { page } = await worldWithHub(stage);
    await make(page, 'New one');
    const [curl, address, header, ...rest] = (await copyBy(page, 'Copy as curl: New one')).split('\n');
    matches(curl, /^curl -K - .*--data-binary/);
    matches(address, /https:\/\/hub\.example:8443\/api\/v1\/import\/INTERFACE <<'END'/);
    equal(await stage.world.isGood(/^header = "Authorization: Bearer (\S+)"$/.exec(header)[1]), true, 'the token of the command');
    equal(rest[0], 'END');
    await page.getByText('How to use it', { exact: true }).click();
    equal(await page.locator('#saved-hub-address').innerText(), 'https://hub.example:8443');
    truth((await page.locator('#saved-command').innerText()).includes('Bearer TOKEN'), 'the command without a token');
    await look(page, 'after Save');
    await page.setViewportSize({ width: 360, height: 740 });
    await checkAccess(page, 'after Save, 360 px');
    equal(await page.evaluate(() => document.documentElement.scrollWidth), 360, 'width');
    await stage.screenshot(page, 'saved-360', { fullPage: true });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
    await stage.screenshot(page, 'saved');
});
