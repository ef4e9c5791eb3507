/* SPDX-License-Identifier: MIT */
/* Who is signed in. Scripts cannot read the cookie; this is what the host says about its session. */
import { send } from './api.js';

const listeners = { 'other-user': new Set(), 'new-day': new Set() };
let session = null;

export function current() {
    return session;
}

export function onSession(event, listener) {
    listeners[event].add(listener);
}

function tell(event) {
    for (const listener of listeners[event]) listener();
}

function adopt(next) {
    const before = session;
    session = next;
    if (before && before.name !== next.name) tell('other-user');
    else if (before && before.today !== next.today) tell('new-day');
}

export async function readSession() {
    adopt((await send('GET', '/session')).body);
}

export async function signIn(name, password) {
    adopt((await send('POST', '/session', { body: JSON.stringify({ name, password }) })).body);
}

export function forgetSession() {
    session = null;
}
