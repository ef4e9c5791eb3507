/* SPDX-License-Identifier: MIT */
/*
 * A request on behalf of the user. If the session has ended, the user signs in again in place and the request is repeated; if
 * somebody else has signed in by then, the request is dropped.
 */
import { Failure, send } from './api.js';
import { current, readSession } from './session.js';
import { signInAgain } from './sign-in.js';

const TRIES = 4;

/* Another tab may have signed in again: then the shared cookie is new, but the CSRF token here is the old one. */
async function renewSession() {
    try {
        await readSession();
    } catch (failure) {
        if (failure.status !== 401) throw failure;
        await signInAgain();
    }
}

async function mend(failure) {
    if (failure.status === 401) return signInAgain();
    if (failure.code === 'CSRF') return renewSession();
    throw failure;
}

/* What a user starts is done for that user or not at all, even if it has to wait for a new session. */
async function asUser(step) {
    const user = current()?.name;
    for (let left = TRIES; ; left--) {
        try {
            const result = await step();
            if (current()?.name === user) return result;
        } catch (failure) {
            if (current()?.name !== user) throw new Failure('other-user');
            if (left === 0) throw failure;
            await mend(failure);
        }
        if (current()?.name !== user) throw new Failure('other-user');
    }
}

export function call(method, path, options = {}) {
    return asUser(() => send(method, path, { ...options, csrf: method === 'GET' ? undefined : current().csrf }));
}

export function refreshSession() {
    return asUser(readSession);
}
