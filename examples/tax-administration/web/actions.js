/* SPDX-License-Identifier: MIT */
/* What the buttons of a token's row do. */
import { Failure } from './api.js';
import { call } from './call.js';
import { copyText } from './copy.js';
import { ask } from './dialog.js';
import { setIcon } from './dom.js';
import { loadTokens } from './list.js';
import { hush, say, warn, warnOf } from './messages.js';
import { focusRow, putToken, tokenOf } from './table.js';

const DONE_MS = 2000;
const busy = new Set(); /* ids of the tokens that a request is running for */

function addressOf(token, verb = '') {
    return `/tokens/${encodeURIComponent(token.id)}${verb}`;
}

/* Shows what the store says now, after an unexpected answer. */
async function refreshRow(token) {
    try {
        putToken((await call('GET', addressOf(token))).body);
    } catch (failure) {
        if (failure.status === 404) await loadTokens();
        else warnOf(failure);
    }
}

async function explain(failure, token, again) {
    if (!(failure instanceof Failure)) throw failure;
    const known = { APITOKEN_E_COPY_REVOKED: 'copy.revoked', APITOKEN_E_NOT_COPYABLE: 'copy.never' }[failure.code];
    if (known) {
        warn(known, { name: token.name });
        await refreshRow(token);
        focusRow(token.id);
    } else if (failure.status === 404) {
        warn('error.gone', { name: token.name });
        await loadTokens();
    } else {
        warnOf(failure, again);
    }
}

async function once(token, step) {
    if (busy.has(token.id)) return;
    busy.add(token.id);
    hush();
    try {
        await step();
    } finally {
        busy.delete(token.id);
    }
}

function showDone(button) {
    setIcon(button, 'done');
    button.classList.add('done');
    setTimeout(() => {
        setIcon(button, 'copy');
        button.classList.remove('done');
    }, DONE_MS);
}

function copyToken(button, token) {
    return once(token, async () => {
        const text = call('POST', addressOf(token, '/copy')).then(({ body }) => body.token);
        text.catch(() => {}); /* handled below, but it may fail before that */
        try {
            if (!await copyText(text)) return;
            say('copy.done', { name: token.name });
            showDone(button);
        } catch (failure) {
            await explain(failure, token, () => copyToken(button, token));
        }
    });
}

async function revokeNow(token) {
    try {
        putToken((await call('POST', addressOf(token, '/revoke'))).body);
        say('revoke.done', { name: token.name });
        focusRow(token.id);
    } catch (failure) {
        await explain(failure, token, () => revokeToken(token));
    }
}

function revokeToken(token) {
    return once(token, async () => {
        const keys = { title: 'revoke.title', text: 'revoke.text', no: 'cancel', yes: 'revoke.button' };
        if (await ask(keys, { name: token.name })) await revokeNow(token);
    });
}

/* One listener for all rows. */
export function onRowClick(event) {
    const button = event.target.closest('button');
    const token = button && tokenOf(button.dataset.id);
    if (!token) return;
    if (button.classList.contains('copy-token')) copyToken(button, token);
    if (button.classList.contains('revoke-token')) revokeToken(token);
}
