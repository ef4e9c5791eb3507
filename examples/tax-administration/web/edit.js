/* SPDX-License-Identifier: MIT */
/* The form of the details panel that changes a token. Sends only what was changed. */
import { Failure } from './api.js';
import { call } from './call.js';
import { ask } from './dialog.js';
import { describedBy } from './dom.js';
import { dayText } from './dates.js';
import { refusalWords } from './drafts.js';
import { helpWithEnd, showEnd } from './expiry.js';
import { say } from './messages.js';
import { current } from './session.js';
import { clearText, setText } from './text.js';
import { addressOf } from './token-steps.js';

const FIELDS = ['name', 'description', 'expires', 'interfaces', 'networks'];

function listText(list) {
    return (list ?? []).join(', ');
}

/* What the fields show of a token. */
function valuesOf(token) {
    return {
        name: token.name,
        description: token.description ?? '',
        expires: token.expires_day ?? '',
        interfaces: listText(token.interfaces),
        networks: listText(token.networks),
    };
}

/* What a field asks for. */
function wishOf(field, value) {
    if (field === 'name') return value;
    if (field === 'interfaces' || field === 'networks') return value ? value.split(/[\s,]+/).filter(Boolean) : null;
    return value || null;
}

/* ---- errors beside the fields */

function errorOf(form, field) {
    return form.querySelector(`[data-error=${field}]`);
}

function describe(form, field) {
    const error = errorOf(form, field);
    const hint = form.querySelector(`#edit-${field}-hint`);
    describedBy(form.elements[field], error.dataset.text && error.id, hint?.id);
}

function showError(form, field, key, values) {
    setText(errorOf(form, field), key, values);
    form.elements[field].setAttribute('aria-invalid', 'true');
    describe(form, field);
}

function clearErrors(form) {
    for (const field of FIELDS) {
        clearText(errorOf(form, field));
        form.elements[field].removeAttribute('aria-invalid');
        describe(form, field);
    }
}

function wordsFor(form, error) {
    const isEmpty = error.field === 'name' && form.elements.name.value.trim() === '';
    return isEmpty ? ['field.name.empty'] : refusalWords(error);
}

function showErrors(form, errors) {
    for (const error of errors) {
        if (FIELDS.includes(error.field)) showError(form, error.field, ...wordsFor(form, error));
        else throw new Failure('problem', { code: error.code, status: 422 });
    }
    form.querySelector('[aria-invalid=true]')?.focus();
}

/* A half-typed date has no value, which would mean "never expires". */
function isDateGood(form) {
    const { validity, value } = form.elements.expires;
    const { today } = current();
    if (validity.badInput) showError(form, 'expires', 'field.expires.half');
    else if (value && today && value < today && form.elements.expires.defaultValue !== value)
        showError(form, 'expires', 'field.APITOKEN_E_EXPIRY_PAST', { date: () => dayText(current().today) });
    else return true;
    form.elements.expires.focus();
    return false;
}

/* ---- for the panel */

export function startForm(form) {
    helpWithEnd(form.querySelector('.end'));
}

/* Shows the token as it is, whatever was typed. */
export function fillForm(form, token) {
    for (const [field, value] of Object.entries(valuesOf(token))) {
        form.elements[field].value = value;
        form.elements[field].defaultValue = value;
    }
    clearErrors(form);
    showEnd(form.querySelector('.end'));
}

/* Shows what has changed elsewhere, and keeps what was typed. */
export function rebaseForm(form, token) {
    for (const [field, value] of Object.entries(valuesOf(token))) {
        const element = form.elements[field];
        if (element.value.trim() === element.defaultValue && !element.validity.badInput) element.value = value;
        element.defaultValue = value;
    }
    showEnd(form.querySelector('.end'));
}

export function hasEdits(form) {
    return FIELDS.some((field) => form.elements[field].validity.badInput ||
        form.elements[field].value.trim() !== form.elements[field].defaultValue);
}

function changesIn(form) {
    const changes = {};
    for (const field of FIELDS) {
        const value = form.elements[field].value.trim();
        if (value !== form.elements[field].defaultValue) changes[field] = wishOf(field, value);
    }
    return changes;
}

/* An expired token is given life only when that is meant. */
async function mayRevive(token, changes) {
    if (token.state !== 'expired' || !('expires' in changes)) return true;
    changes.revive = true;
    return ask({ title: 'edit.revive.title', text: 'edit.revive.text', no: 'cancel', yes: 'edit.save' }, { name: token.name });
}

/* The changed token; null if nothing was changed, or a field shows why not. Other failures are thrown. */
export async function saveForm(form, token) {
    clearErrors(form);
    const changes = changesIn(form);
    if (!isDateGood(form)) return null;
    if (Object.keys(changes).length === 0) {
        say('edit.nothing');
        return null;
    }
    if (!await mayRevive(token, changes)) return null;
    try {
        const body = JSON.stringify({ ...changes, revision: token.revision });
        return (await call('PATCH', addressOf(token), { body })).body;
    } catch (failure) {
        if (failure.code !== 'INPUT') throw failure;
        showErrors(form, failure.errors);
        return null;
    }
}
