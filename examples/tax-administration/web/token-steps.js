/* SPDX-License-Identifier: MIT */
/* What all steps on a token share: its address, one step at a time, and what is said when one fails. */
import { Failure } from './api.js';
import { call } from './call.js';
import { loadTokens } from './list.js';
import { hush, warn, warnOf } from './messages.js';
import { focusRow, putToken } from './table.js';

const busy = new Set(); /* ids of the tokens that a request is running for */

const KNOWN = {
    APITOKEN_E_COPY_REVOKED: 'copy.revoked',
    APITOKEN_E_NOT_COPYABLE: 'copy.never',
    APITOKEN_E_REVISION: 'change.other',
    APITOKEN_E_CHANGE_REVOKED: 'change.revoked',
    APITOKEN_E_CHANGE_EXPIRED: 'change.expired',
    APITOKEN_E_ROTATING: 'change.other',
    APITOKEN_E_OWNER_BLOCKED: 'change.blocked',
    APITOKEN_E_LIVE_LIMIT: 'change.limit',
    APITOKEN_E_UNDO: 'undo.late',
    APITOKEN_E_ADMIN: 'undo.admin',
};

export function addressOf(token, verb = '') {
    return `/tokens/${encodeURIComponent(token.id)}${verb}`;
}

/* Shows what the store says now, after an unexpected answer. Null if it does not say. */
export async function refreshToken(token) {
    try {
        const { body } = await call('GET', addressOf(token));
        putToken(body);
        return body;
    } catch (failure) {
        if (failure.status === 404) await loadTokens();
        else warnOf(failure);
        return null;
    }
}

export async function explain(failure, token, again) {
    if (!(failure instanceof Failure)) throw failure;
    const known = KNOWN[failure.code];
    if (known) {
        warn(known, { name: token.name });
        await refreshToken(token);
        focusRow(token.id);
    } else if (failure.status === 404) {
        warn('error.gone', { name: token.name });
        await loadTokens();
    } else {
        warnOf(failure, again);
    }
}

/* Does nothing while another step on the token is running. */
export async function once(token, step) {
    if (busy.has(token.id)) return;
    busy.add(token.id);
    hush();
    try {
        await step();
    } finally {
        busy.delete(token.id);
    }
}
