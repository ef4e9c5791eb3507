/* SPDX-License-Identifier: MIT */
/* What the page says: quietly that something was done, loudly that something was not. */
import { byId, fromTemplate } from './dom.js';
import { clearText, hasText, setText, translate } from './text.js';

const STATUS_MS = 10000;
let statusTimer = 0;

/* Emptied first: a screen reader says the same words again only if they are new. */
export function say(key, values = {}) {
    const status = byId('status');
    clearTimeout(statusTimer);
    clearText(status);
    setTimeout(() => setText(status, key, values));
    statusTimer = setTimeout(() => clearText(status), STATUS_MS);
}

function clearAlert() {
    byId('alert').replaceChildren();
}

/* What was said of the last step is not to be taken for the next one's. */
export function hush() {
    clearTimeout(statusTimer);
    clearText(byId('status'));
    clearAlert();
}

/* `again`, if given, is run by a button of the message. */
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
    byId('alert').replaceChildren(message);
    message.scrollIntoView?.({ block: 'nearest' });
}

function keyOf(failure) {
    if (failure.kind === 'network' || failure.kind === 'cancelled') return `error.${failure.kind}`;
    if (failure.code && hasText(`error.${failure.code}`)) return `error.${failure.code}`;
    if (failure.status === 429) return 'error.TOO_MANY';
    if (failure.status === 413) return 'error.TOO_LARGE';
    return failure.status >= 500 ? 'error.unavailable' : 'error.other';
}

/* The words for a failure: a key and its values. */
export function wordsFor(failure) {
    const key = keyOf(failure);
    if (key === 'error.TOO_MANY') return [key, { count: Math.max(1, failure.retryAfter) }];
    return [key, { code: failure.code || String(failure.status) }];
}

/* What was refused because somebody else signed in has been told already. */
export function warnOf(failure, again = null) {
    if (failure.kind === 'other-user') return;
    const againKey = failure.kind === 'cancelled' ? 'signin.button' : 'alert.again';
    warn(...wordsFor(failure), again, againKey);
}
