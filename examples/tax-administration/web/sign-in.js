/* SPDX-License-Identifier: MIT */
/* The sign-in form: a view of its own, or a dialog if a session ends while the user works. */
import { Failure } from './api.js';
import { closed, openDialog } from './dialog.js';
import { wordsFor } from './messages.js';
import { current, signIn } from './session.js';
import { clearText, setText } from './text.js';

let running = null; /* one dialog for all requests that wait for it */

function firstEmpty(form) {
    return [form.elements.name, form.elements.password].find((input) => input.value === '');
}

function complain(form, input, key, values) {
    setText(form.querySelector('.form-error'), key, values);
    input.setAttribute('aria-invalid', 'true');
    input.focus();
    input.select();
}

function forgive(form) {
    clearText(form.querySelector('.form-error'));
    for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid');
}

async function submit(form) {
    const { name, password } = form.elements;
    forgive(form);
    const empty = firstEmpty(form);
    if (empty) return complain(form, empty, 'error.signin.empty');
    try {
        await signIn(name.value, password.value);
        password.value = '';
        return true;
    } catch (failure) {
        return complain(form, password, ...wordsFor(failure));
    }
}

/* `done` runs after a sign-in. Ignores a second submit while one is running: each wrong password makes the next one slower. */
export function wireSignIn(form, done) {
    let busy = false;
    form.addEventListener('submit', async (event) => {
        event.preventDefault();
        if (busy) return;
        busy = true;
        form.setAttribute('aria-busy', 'true');
        const signedIn = await submit(form);
        busy = false;
        form.removeAttribute('aria-busy');
        if (signedIn) done();
    });
}

async function askToSignIn() {
    const dialog = openDialog('dialog-sign-in-again');
    const form = dialog.querySelector('form');
    form.elements.name.value = current().name;
    /* No cancelling while a sign-in is running: it might still succeed. */
    const isBusy = () => form.getAttribute('aria-busy') === 'true';
    dialog.querySelector('.no').addEventListener('click', () => isBusy() || dialog.close('no'));
    dialog.addEventListener('cancel', (event) => isBusy() && event.preventDefault());
    wireSignIn(form, () => dialog.close('yes'));
    if (await closed(dialog) !== 'yes') throw new Failure('cancelled');
}

export async function signInAgain() {
    running ??= askToSignIn().finally(() => {
        running = null;
    });
    return running;
}
