/* SPDX-License-Identifier: MIT */
/* Copying: in every browser the token ends on the clipboard, or in front of the user. */
import { equal, matches, truth, until } from './expect.mjs';
import {
    alerted, button, cell, copied, copyButton, focused, hasFocus, make, newProfile, openProfile, pasted, profileOf, revoke, row,
    said, spoilClipboard,
} from './page.mjs';
import { test } from './tap.mjs';
import { idOf } from './world.mjs';

/* What a page can be denied, before its own scripts run. */
const noCommand = () => { Document.prototype.execCommand = () => false; };
const noClipboard = () => { Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined }); };

async function profileWithout(stage, scripts, options) {
    const account = await stage.world.addUser();
    const token = await stage.world.makeToken(account, 'Mine');
    const context = await stage.contextOf(account, options);
    for (const script of scripts) await context.addInitScript(script);
    return { token, page: await openProfile(await context.newPage(), options?.origin ?? stage.origin) };
}

/* By the permissions of the browser, as a user would in its settings. They hold until the session is detached. */
async function denyClipboard(page) {
    const target = await page.context().newCDPSession(page);
    const { targetInfo: { browserContextId } } = await target.send('Target.getTargetInfo');
    const session = await page.context().browser().newBrowserCDPSession();
    for (const name of ['clipboard-write', 'clipboard-read'])
        await session.send('Browser.setPermission', { permission: { name }, setting: 'denied', browserContextId });
    return session;
}

async function copiesByHand(stage, page, token) {
    await spoilClipboard(page);
    await copyButton(page, 'Mine').click();
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    matches(await dialog.innerText(), /Ctrl\+C/, 'the words');
    const field = dialog.getByLabel('API token', { exact: true });
    await focused(field);
    const selected = await field.evaluate((input) => input.value.slice(input.selectionStart, input.selectionEnd));
    equal(selected, token, 'what is selected');
    await page.keyboard.press('Control+C');
    await dialog.getByText('Copied', { exact: true }).waitFor();
    equal(await pasted(page), token, 'pasted');
    await button(page, 'Close').click();
    await said(page, 'Copied: Mine');
    truth(await hasFocus(copyButton(page, 'Mine')), 'the focus is back');
    equal(await page.locator('#token-text').count(), 0, 'the field');
}

test('copy puts exactly the token on the clipboard, without any permission given to the page, and says so', async (stage) => {
    const { token, page } = await profileWithout(stage, []);
    equal(await page.evaluate(() => window.isSecureContext), true);
    equal(await copied(stage, page, 'Mine'), token);
    truth(await hasFocus(copyButton(page, 'Mine')), 'the focus stays');
});

test('copy while the token takes its time on the way: the permission of the click still holds', async (stage) => {
    const { token, page } = await profileWithout(stage, [noCommand]);
    let release;
    await page.route('**/copy', async (route) => {
        await new Promise((resolve) => { release = resolve; });
        await route.continue();
    });
    await spoilClipboard(page);
    await copyButton(page, 'Mine').click();
    await until(() => release, 'the request');
    release();
    await said(page, 'Copied: Mine');
    equal(await pasted(page), token);
});

test('copy with the clipboard denied by the user still copies', async (stage) => {
    const { token, page } = await profileWithout(stage, []);
    const session = await denyClipboard(page);
    equal(await page.evaluate(async () => (await navigator.permissions.query({ name: 'clipboard-write' })).state), 'denied');
    equal(await copied(stage, page, 'Mine'), token);
    await session.detach();
});

test('copy with neither clipboard nor copy command: a selected field, the words Ctrl+C, nothing left of it', async (stage) => {
    const { token, page } = await profileWithout(stage, [noClipboard, noCommand]);
    await copiesByHand(stage, page, token);
});

test('copy with the clipboard denied and no copy command: the selected field', async (stage) => {
    const { token, page } = await profileWithout(stage, [noCommand, () => {
        if (!globalThis.Clipboard) return; /* not a page of the host */
        Clipboard.prototype.write = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
        Clipboard.prototype.writeText = Clipboard.prototype.write;
    }]);
    await copiesByHand(stage, page, token);
});

function insecureOrigin(stage) {
    const origin = `http://192.0.2.1:${stage.world.administration.port}`;
    stage.allow(origin);
    return origin;
}

test('copy on plain http, where the browser has no clipboard for pages', async (stage) => {
    const { token, page } = await profileWithout(stage, [], { origin: insecureOrigin(stage) });
    equal(await page.evaluate(() => [window.isSecureContext, typeof navigator.clipboard]), [false, 'undefined']);
    equal(await copied(stage, page, 'Mine'), token);
    await make(page, 'Made on plain http');
    await copied(stage, page, 'Made on plain http');
    await revoke(page, 'Made on plain http');
});

test('copy on plain http without the copy command: the selected field', async (stage) => {
    const { token, page } = await profileWithout(stage, [noCommand], { origin: insecureOrigin(stage) });
    await copiesByHand(stage, page, token);
});

test('revoked in another tab, then copied: the page says so, the row refreshes, the clipboard is untouched', async (stage) => {
    const { page } = await newProfile(stage);
    await make(page, 'Shared');
    const other = await openProfile(await page.context().newPage(), stage.origin);
    await revoke(other, 'Shared');
    equal(await row(page, 'Shared').getAttribute('data-state'), 'valid', 'what this tab knows');
    await spoilClipboard(page);
    await copyButton(page, 'Shared').click();
    await alerted(page, 'Shared was revoked and can no longer be copied');
    await until(async () => await row(page, 'Shared').getAttribute('data-state') === 'revoked', 'the row is refreshed');
    matches(await cell(page, 'Shared', 'validity'), /^revoked on /);
    equal(await copyButton(page, 'Shared').count(), 0);
    equal(await pasted(page), 'nothing yet', 'the clipboard');
});

test('an expired token says what it is when it is copied, and is refused by the store', async (stage) => {
    const { world } = stage;
    const account = await world.addUser();
    const token = await world.makeToken(account, 'Old', { expires: '2026-02-01', now: new Date('2026-01-05T10:00:00Z') });
    const page = await profileOf(stage, account);
    await spoilClipboard(page);
    await copyButton(page, 'Old').click();
    await said(page, 'Copied: Old');
    equal(idOf(await pasted(page)), idOf(token));
    equal(await world.isGood(token), false);
});

test('copy without an answer says so, copies nothing, and works when it is tried again', async (stage) => {
    const { token, page } = await profileWithout(stage, []);
    stage.excuse(/ERR_FAILED/);
    await spoilClipboard(page);
    await page.route('**/copy', (route) => route.abort());
    await copyButton(page, 'Mine').click();
    await alerted(page, 'The server cannot be reached');
    equal(await pasted(page), 'nothing yet', 'the clipboard');
    await page.unroute('**/copy');
    await button(page, 'Try again').click();
    await said(page, 'Copied: Mine');
    equal(await pasted(page), token);
});
