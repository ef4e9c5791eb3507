/* SPDX-License-Identifier: MIT */
/* Messages: a quiet status when something was done, an alert when something failed. */
import { byId, fromTemplate } from './dom.js';
import { clearText, hasText, setText, translate } from './text.js';

const STATUS_MS = 10000;
let statusTimer = 0;

/* What lies behind a panel is neither seen nor announced, so an open one has places of its own. */
function placeOf(kind) {
    return document.querySelector(`dialog[open] [data-place=${kind}]`) ?? byId(kind);
}

function allPlaces(kind) {
    return [byId(kind), ...document.querySelectorAll(`dialog[open] [data-place=${kind}]`)];
}

/* Cleared first: a screen reader repeats the same words only if they are new. */
export function say(key, values = {}) {
    const status = placeOf('status');
    clearTimeout(statusTimer);
    clearText(status);
    setTimeout(() => setText(status, key, values));
    statusTimer = setTimeout(() => clearText(status), STATUS_MS);
}

function clearAlert() {
    for (const place of allPlaces('alert')) place.replaceChildren();
}

/* Clears all messages, so that none is taken for the outcome of the next step. */
export function hush() {
    clearTimeout(statusTimer);
    for (const place of allPlaces('status')) clearText(place);
    clearAlert();
}

/* With `again`, the message gets a button that runs it. */
export function warn(key, values = {}, again = null, againKey = 'alert.again') {
    const message = fromTemplate('alert-message');
    translate(message);
    setText(message.querySelector('p'), key, values);
    const button = message.querySelector('.again');
    if (again) setText(button, againKey);
    else button.remove();
    button.addEventListener('click', () => {
        clearAlert();
        again();
    });
    message.querySelector('.dismiss').addEventListener('click', clearAlert);
    placeOf('alert').replaceChildren(message);
    message.scrollIntoView?.({ block: 'nearest' });
}

function keyOf(failure) {
    if (failure.kind === 'network' || failure.kind === 'cancelled') return `error.${failure.kind}`;
    if (failure.code && hasText(`error.${failure.code}`)) return `error.${failure.code}`;
    if (failure.status === 429) return 'error.TOO_MANY';
    if (failure.status === 413) return 'error.TOO_LARGE';
    return failure.status >= 500 ? 'error.unavailable' : 'error.other';
}

/* The text for a failure: its key and values. */
export function wordsFor(failure) {
    const key = keyOf(failure);
    if (key === 'error.TOO_MANY') return [key, { count: Math.max(1, failure.retryAfter) }];
    return [key, { code: failure.code || String(failure.status) }];
}

/* That somebody else has signed in has already been reported. */
export function warnOf(failure, again = null) {
    if (failure.kind === 'other-user') return;
    const againKey = failure.kind === 'cancelled' ? 'signin.button' : 'alert.again';
    warn(...wordsFor(failure), again, againKey);
}
