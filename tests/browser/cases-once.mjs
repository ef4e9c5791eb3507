/* SPDX-License-Identifier: MIT */
/* A store with the copy policy "once": a token is offered right after Save, and never again. */
import { becomes, equal, matches } from './expect.mjs';
import { add, button, drafts, focused, loaded, newProfile, pasted, row, rows, said, save, spoilClipboard } from './page.mjs';
import { axeSource } from './modules.mjs';
import { test } from './tap.mjs';
import { World } from './world.mjs';

async function onceWorld(stage) {
    const world = await new World().make({ copy: 'once' });
    await world.startAdministration();
    stage.use(world);
    return newProfile(stage);
}

function offer(page) {
    return page.getByRole('region', { name: 'New API tokens' });
}

async function copyOffered(stage, page, name) {
    await spoilClipboard(page);
    await offer(page).getByRole('button', { name: `Copy API token: ${name}`, exact: true }).click();
    await said(page, `Copied: ${name}`);
    const text = await pasted(page);
    equal(text.slice(5, 17), await row(page, name).getAttribute('data-id'), 'id of the copied token');
    equal(await stage.world.isGood(text), true, 'the copied token is good');
}

test('policy once: offered after Save with a clear warning, copied there, and never again', async (stage) => {
    const { page } = await onceWorld(stage);
    matches(await page.locator('#advice').innerText(), /only once/);
    await add(page, 'One');
    await add(page, 'Two');
    await save(page);
    await said(page, 'Saved: 2 tokens');
    matches(await offer(page).innerText(), /cannot be shown or copied again/, 'the warning');
    await copyOffered(stage, page, 'One');
    await copyOffered(stage, page, 'Two');
    equal(await rows(page).getByRole('button', { name: /^Copy/ }).count(), 0, 'copy buttons in the table');
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    equal(violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id }) => id), [], 'axe');
    await stage.screenshot(page, 'once', { fullPage: true });
    await button(page, 'Done').click();
    await page.locator('#ask').getByRole('button', { name: 'Done', exact: true }).click();
    await becomes(() => offer(page).count(), 0, 'the offer');
    await page.reload();
    await loaded(page);
    equal([await rows(page).count(), await page.getByRole('button', { name: /^Copy/ }).count()], [2, 0], 'after a reload');
});

test('policy once: leaving or reloading before the token was copied asks', async (stage) => {
    const { page } = await onceWorld(stage);
    const asked = [];
    page.on('dialog', (dialog) => {
        asked.push(dialog.type());
        dialog.dismiss();
    });
    await add(page, 'Not copied');
    await save(page);
    await said(page, 'Saved: Not copied');
    await page.close({ runBeforeUnload: true });
    await becomes(() => asked, ['beforeunload'], 'questions');
    await button(page, 'Done').click();
    await page.getByText('1 token has not been copied').waitFor();
    await focused(button(page, 'Back'));
    await button(page, 'Back').click();
    await page.getByRole('link', { name: 'Tax Administration', exact: true }).click();
    await page.getByText('1 token has not been copied').waitFor();
    await button(page, 'Back').click();
    await copyOffered(stage, page, 'Not copied');
});

test('policy once: a lost answer makes one token, and the page says that its text was lost', async (stage) => {
    const { page, account } = await onceWorld(stage);
    stage.excuse(/ERR_FAILED/);
    await add(page, 'Lost text');
    await page.route('**/api/v1/tokens', async (route) => {
        if (route.request().method() !== 'POST') return route.continue();
        await route.fetch();
        return route.abort();
    });
    await save(page);
    await drafts(page).getByText('may or may not exist').waitFor();
    await page.unroute('**/api/v1/tokens');
    await save(page);
    await offer(page).getByText('its text was lost on the way').waitFor();
    equal(await account.names(), ['Lost text']);
    equal(await offer(page).getByRole('button', { name: /^Copy/ }).count(), 0);
    const [{ id }] = await account.list();
    equal((await account.call('POST', `/tokens/${id}/copy`)).status, 409, 'a copy, asked of the host');
});
