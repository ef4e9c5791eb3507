/* SPDX-License-Identifier: MIT */
/* Rows that are not saved yet. */
import { byId, describedBy, fromTemplate } from './dom.js';
import { dayText } from './dates.js';
import { helpWithEnd } from './expiry.js';
import { current } from './session.js';
import { clearText, hasText, setText, translate } from './text.js';
import { filterRows, nameIsTaken } from './table.js';

const FIELDS = ['name', 'description', 'expires'];
const KEY_BYTES = 16;

let drafts = [];
let made = 0; /* for ids */
let onRemoved = () => {};

export function allDrafts() {
    return drafts;
}

/* ---- the content */

function bytesOf(text) {
    return new TextEncoder().encode(text).length;
}

export function contentOf(draft) {
    const { name, description, expires } = draft.inputs;
    return JSON.stringify({ name: name.value.trim(), description: description.value.trim(), expires: expires.value || null });
}

/* crypto.randomUUID() is missing on plain http. */
function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/*
 * The Idempotency-Key of a draft: with it the host creates one token, however often the draft is sent. The key is kept while
 * the outcome of the last request is unknown, even if the content has changed; the host then answers that the earlier content was
 * saved.
 */
export function keyFor(draft, content) {
    if (!draft.key || (draft.answered && draft.content !== content)) draft.key = newKey();
    draft.content = content;
    draft.answered = false;
    return draft.key;
}

/* ---- messages beside the fields */

function errorOf(draft, field) {
    return draft.row.querySelector(`[data-error=${field}]`);
}

function describe(draft, field) {
    const error = errorOf(draft, field);
    const hint = draft.row.querySelector(`[data-hint=${field}]`);
    const number = field === 'name' && draft.numbered && draft.numberId;
    const words = field === 'expires' && draft.row.querySelector('.end-words').id;
    describedBy(draft.inputs[field], error.dataset.text && error.id, words, hint?.id, number);
}

function showError(draft, field, key, values) {
    setText(errorOf(draft, field), key, values);
    draft.inputs[field].setAttribute('aria-invalid', 'true');
    describe(draft, field);
}

function clearError(draft, field) {
    clearText(errorOf(draft, field));
    draft.inputs[field].removeAttribute('aria-invalid');
    describe(draft, field);
}

export function setRowMessage(draft, key, values = {}) {
    setText(draft.row.querySelector('.row-message'), key, values);
}

function clearMessages(draft) {
    for (const field of FIELDS) clearError(draft, field);
    clearText(draft.row.querySelector('.row-message'));
}

export function firstBadField() {
    return byId('drafts').querySelector('[aria-invalid=true]');
}

/* ---- checks before sending; the host checks again */

function textError(draft, field) {
    const value = draft.inputs[field].value.trim();
    const limit = current().limits[field];
    const bytes = bytesOf(value);
    if (field === 'name' && value === '') return ['field.name.empty'];
    if (bytes > limit) return [`field.${field}.long`, { bytes, limit }];
    if (/\p{Surrogate}/u.test(value)) return [`field.APITOKEN_E_${field.toUpperCase()}`];
    return null;
}

/* A half-typed date has no value, which would mean "never expires", so check that first. */
function dateError(draft) {
    const { validity, value } = draft.inputs.expires;
    const { today } = current();
    if (validity.badInput) return ['field.expires.half'];
    if (validity.rangeOverflow) return ['field.APITOKEN_E_DAY']; /* a year of five digits would compare wrongly */
    if (value && today && value < today) return ['field.APITOKEN_E_EXPIRY_PAST', { date: () => dayText(current().today) }];
    return null;
}

function errorIn(draft, field) {
    return field === 'expires' ? dateError(draft) : textError(draft, field);
}

/* True if the draft can be sent. */
export function checkDraft(draft) {
    let good = true;
    clearMessages(draft);
    for (const field of FIELDS) {
        const error = errorIn(draft, field);
        if (error) showError(draft, field, ...error);
        good &&= !error;
    }
    return good;
}

/* The library's text names the refused character, which may be invisible. */
function characterIn(detail) {
    return /U\+[0-9A-F]{4,6}/.exec(detail)?.[0];
}

function refusalText(code, character) {
    if (code === 'APITOKEN_E_EXPIRY_PAST' && !current().today) return 'field.past';
    if (character && hasText(`field.${code}.character`)) return `field.${code}.character`;
    return hasText(`field.${code}`) ? `field.${code}` : 'field.other';
}

/* The text for an error that the host found, by its code: its key and values. */
export function refusalWords({ code, detail }) {
    const character = characterIn(detail);
    return [refusalText(code, character), { code, character, date: () => dayText(current().today) }];
}

export function showRefusal(draft, errors) {
    for (const error of errors) {
        if (FIELDS.includes(error.field)) showError(draft, error.field, ...refusalWords(error));
        else setRowMessage(draft, 'error.other', { code: error.code });
    }
}

/* Two tokens of one name are allowed, but hard to tell apart. */
function warnOfTwin(draft) {
    const name = draft.inputs.name.value.trim();
    const isDraft = drafts.some((other) => other !== draft && other.inputs.name.value.trim() === name);
    const hint = draft.row.querySelector('[data-hint=name]');
    if (name && (isDraft || nameIsTaken(name))) setText(hint, 'draft.twin');
    else clearText(hint);
}

/* While the user types, report only what is too long, and clear other errors. */
function onInput(draft, field) {
    const error = field !== 'expires' && draft.inputs[field].value.trim() !== '' && textError(draft, field);
    if (error) showError(draft, field, ...error);
    else clearError(draft, field);
    if (field === 'name') warnOfTwin(draft);
}

/* ---- rows */

function giveIds(draft) {
    draft.row.querySelectorAll('.field').forEach((field, i) => {
        const id = `draft-${made}-${FIELDS[i]}`;
        field.querySelector('input').id = id;
        field.querySelector('label').htmlFor = id;
        field.querySelector('.field-error').id = `${id}-error`;
        const words = field.querySelector('.end-words');
        if (words) words.id = `${id}-words`;
        const hint = field.querySelector('.field-hint');
        if (hint) Object.assign(hint, { id: `${id}-hint` }).dataset.hint = FIELDS[i];
    });
    draft.numberId = `draft-${made}-number`;
    draft.row.querySelector('.row-number').id = draft.numberId;
}

/* One row needs no number; with several, a screen reader announces which one a button removes. */
function showNumbers() {
    drafts.forEach((draft, i) => {
        draft.numbered = drafts.length > 1;
        setText(draft.row.querySelector('.row-number'), 'draft.number', { number: i + 1 });
        describedBy(draft.row.querySelector('.remove'), draft.numbered && draft.numberId);
        describe(draft, 'name');
    });
}

function showDrafts() {
    byId('save-row').hidden = drafts.length === 0;
    setText(byId('unsaved'), 'draft.count', { count: drafts.length });
    showNumbers();
    filterRows();
}

/* Chromium clears a half-typed date when `min` is set, even to the same day; it would then pass for "never expires". */
export function setEarliestDay() {
    const { today } = current();
    if (!today) return; /* the host cannot tell at the moment, and checks it when the row is saved */
    for (const { inputs: { expires } } of drafts) if (expires.min !== today && !expires.validity.badInput) expires.min = today;
}

function forgiveDate(draft) {
    const isHalf = errorOf(draft, 'expires').dataset.text === 'field.expires.half';
    if (isHalf && !dateError(draft)) clearError(draft, 'expires');
}

function makeDraft() {
    const row = fromTemplate('draft-row');
    const [name, description, expires] = row.querySelectorAll('input');
    const draft = { row, inputs: { name, description, expires }, key: null, content: null, answered: false, uncertain: false };
    made++;
    giveIds(draft);
    translate(row);
    helpWithEnd(row.querySelector('.expires .field'));
    setText(row.querySelector('[data-hint=expires]'), 'draft.expires', { zone: () => current().zone });
    for (const field of FIELDS) {
        draft.inputs[field].addEventListener('input', () => onInput(draft, field));
        describe(draft, field);
    }
    /* Clearing a half-typed date fires no input event. */
    for (const event of ['keyup', 'blur']) expires.addEventListener(event, () => forgiveDate(draft));
    row.querySelector('.remove').addEventListener('click', () => removeByHand(draft));
    return draft;
}

export function addDraft() {
    const draft = makeDraft();
    drafts.push(draft);
    byId('drafts').append(draft.row);
    setEarliestDay();
    showDrafts();
    draft.inputs.name.focus();
}

export function removeDraft(draft) {
    drafts = drafts.filter((other) => other !== draft);
    draft.row.remove();
    showDrafts();
}

function removeByHand(draft) {
    if (draft.busy) return;
    const at = drafts.indexOf(draft);
    removeDraft(draft);
    const next = drafts[at] ?? drafts[at - 1];
    (next ? next.inputs.name : byId('add')).focus();
    onRemoved(draft);
}

/* A draft that is being sent cannot be edited until there is an answer. */
export function lockDraft(draft, busy) {
    draft.busy = busy;
    for (const input of Object.values(draft.inputs)) input.readOnly = busy;
    draft.row.setAttribute('aria-busy', String(busy));
    draft.row.querySelector('.remove').setAttribute('aria-disabled', String(busy));
}

/* For the new user, none of the drafts has been sent. */
export function forgetKeys() {
    for (const draft of drafts) {
        Object.assign(draft, { key: null, content: null, answered: false, uncertain: false });
        clearText(draft.row.querySelector('.row-message'));
    }
}

export function startDrafts(removed) {
    drafts = [];
    onRemoved = removed;
}
