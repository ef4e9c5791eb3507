/* SPDX-License-Identifier: MIT */
/*
 * Puts a text that is still being fetched on the clipboard, in the best way that the browser offers: the clipboard with a
 * promise, so that the click's permission lasts until the text arrives; the old copy command, which also works on plain http; a
 * field to copy from by hand. Leaves nothing of the text in the page.
 */
import { byId } from './dom.js';
import { closed, openDialog } from './dialog.js';
import { setText } from './text.js';

function inWriting(text) {
    return new ClipboardItem({ 'text/plain': text.then((known) => new Blob([known], { type: 'text/plain' })) });
}

async function byClipboard(text) {
    const clipboard = navigator.clipboard;
    try {
        if (clipboard?.write && window.ClipboardItem) await clipboard.write([inWriting(text)]);
        else if (clipboard?.writeText) await clipboard.writeText(await text);
        else return false;
        return true;
    } catch {
        return false;
    }
}

function byCommand(text) {
    const back = document.activeElement;
    const area = document.createElement('textarea');
    area.className = 'off-screen';
    area.readOnly = true;
    area.value = text;
    document.body.append(area);
    area.select();
    try {
        return document.execCommand('copy');
    } catch {
        return false;
    } finally {
        area.value = '';
        area.remove();
        back?.focus({ preventScroll: true });
    }
}

/* True if the user copied it, as far as the page can tell. */
async function byHand(text) {
    let copied = false;
    const dialog = openDialog('dialog-copy-by-hand');
    const field = byId('token-text');
    field.value = text;
    field.select();
    field.addEventListener('focus', () => field.select());
    field.addEventListener('copy', () => {
        copied = true;
        setText(dialog.querySelector('.copied'), 'byhand.copied');
    });
    await closed(dialog);
    field.value = '';
    return copied;
}

/* Rejects as `text` does. Call it in the handler of the click, before anything is awaited. */
export async function copyText(text) {
    const done = await byClipboard(text);
    const known = await text;
    return done || byCommand(known) || byHand(known);
}
