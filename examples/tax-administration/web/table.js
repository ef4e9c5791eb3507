/* SPDX-License-Identifier: MIT */
/* The rows of the tokens. Each is built once, and then only moved, hidden or updated. */
import { byId, fromTemplate, setIcon } from './dom.js';
import { current } from './session.js';
import { clearText, locale, setLabel, setText, translate } from './text.js';
import { canUndo } from './undo.js';
import { endsSoon, expiration, lastUse, validity } from './validity.js';

const STATES = ['valid', 'expired', 'suspended', 'blocked', 'newer', 'revoked'];
const NEVER = '9999-99';

let rows = new Map(); /* id -> { token, row } */
let fresh = new Map(); /* id -> token: changes during a load, whose pages may be older */
let sorting = { column: null, descending: false };
let loading = false;
let known = false; /* does an empty table mean that there are no tokens? */

const sortKeys = {
    name: (token) => token.name,
    description: (token) => token.description ?? '',
    expires: (token) => token.expires_day ?? token.expires ?? NEVER,
    validity: (token) => `${STATES.indexOf(token.state)} ${token.revoked ?? token.expires ?? NEVER}`,
    last_used: (token) => token.last_used ?? '',
};

/* ---- one row */

function badge(icon, kind, key, values) {
    const element = fromTemplate('badge');
    element.classList.add(kind);
    setIcon(element, icon);
    setText(element.lastElementChild, key, values);
    return element;
}

export function badgesOf(token) {
    const session = current();
    const { key, icon, values } = validity(token, session);
    const badges = [badge(icon, token.state, key, values)];
    if (endsSoon(token, session)) badges.push(badge('warning', 'soon', 'validity.soon', {}));
    return badges;
}

function actionButton(template, key, token) {
    const button = fromTemplate(template);
    button.dataset.id = token.id;
    setLabel(button, key, { name: token.name });
    return button;
}

function textButton(template, key, token, text) {
    const button = actionButton(template, key, token);
    setText(button, text);
    return button;
}

/* A revoked token cannot be revoked, but for some time it can be brought back. */
function endingOf(token) {
    if (canUndo(token)) return [textButton('undo-button', 'undo.label', token, 'undo.button')];
    return token.state === 'revoked' ? [] : [textButton('revoke-button', 'revoke.label', token, 'revoke.button')];
}

function fillActions(row, token) {
    const copied = STATES.includes(token.state) && !['newer', 'revoked'].includes(token.state); /* those cannot be read */
    const copy = !copied || current().copy_policy === 'once' ? [] : [actionButton('copy-button', 'copy.button', token)];
    row.querySelector('.copy').replaceChildren(...copy);
    row.querySelector('.revoke').replaceChildren(...endingOf(token));
    row.querySelector('.details').replaceChildren(actionButton('details-button', 'details.button', token));
}

function fillLastUse(row, token) {
    const cell = row.querySelector('.last-used');
    cell.hidden = !('last_used' in token);
    if (cell.hidden) return;
    const { key, values } = lastUse(token, current());
    setText(cell.firstElementChild, key, values);
}

function fillRow(row, token) {
    row.dataset.id = token.id;
    row.dataset.state = token.state;
    row.querySelector('.name bdi').textContent = token.name;
    row.querySelector('.description bdi').textContent = token.description ?? '';
    row.querySelector('.description').classList.toggle('blank', !token.description);
    const { key, values } = expiration(token);
    setText(row.querySelector('.expires .content'), key, values);
    row.querySelector('.validity .content').replaceChildren(...badgesOf(token));
    fillLastUse(row, token);
    fillActions(row, token);
    translate(row);
}

/* ---- order */

function newestFirst(a, b) {
    if (a.token.created === b.token.created) return 0;
    return a.token.created < b.token.created ? 1 : -1;
}

function inOrder() {
    const list = [...rows.values()].reverse().sort(newestFirst);
    if (!sorting.column) return list;
    const keyOf = sortKeys[sorting.column];
    const { compare } = new Intl.Collator(locale(), { numeric: true });
    const sign = sorting.descending ? -1 : 1;
    return list.sort((a, b) => sign * compare(keyOf(a.token), keyOf(b.token)));
}

function arrange() {
    const fragment = document.createDocumentFragment();
    for (const { row } of inOrder()) fragment.append(row);
    byId('rows').replaceChildren(fragment);
}

function showSorting() {
    for (const column of byId('columns').querySelectorAll('[data-sort]')) {
        const mine = column.dataset.sort === sorting.column;
        column.setAttribute('aria-sort', mine ? (sorting.descending ? 'descending' : 'ascending') : 'none');
    }
}

/* Ascending, descending, and back to newest first. */
function sortBy(column) {
    if (sorting.column !== column) sorting = { column, descending: false };
    else if (!sorting.descending) sorting.descending = true;
    else sorting = { column: null, descending: false };
    showSorting();
    arrange();
}

/* ---- what is shown */

function isHidden({ state }) {
    return (state === 'expired' && byId('hide-expired').checked) || (state === 'revoked' && byId('hide-revoked').checked);
}

function showCount(shown) {
    const count = byId('count');
    if (loading) setText(count, 'count.loading', { count: rows.size });
    else if (rows.size === 0 && !known) clearText(count);
    else if (rows.size === 0) setText(count, 'count.none');
    else if (shown === rows.size) setText(count, 'count', { count: rows.size });
    else setText(count, 'count.part', { count: rows.size, shown });
}

function showLastUse() {
    const first = rows.values().next().value;
    const has = first !== undefined && 'last_used' in first.token;
    for (const cell of byId('token-table').querySelectorAll('[data-sort=last_used], .draft .last-used')) cell.hidden = !has;
}

export function filterRows() {
    let shown = 0;
    for (const { token, row } of rows.values()) {
        row.hidden = isHidden(token);
        if (!row.hidden) shown++;
    }
    showCount(shown);
    showLastUse();
    byId('empty').hidden = !known || rows.size > 0 || byId('drafts').childElementCount > 0;
}

/* ---- for the other modules */

export function clearRows() {
    rows = new Map();
    byId('rows').replaceChildren();
}

export function setLoading(now, isKnown = false) {
    loading = now;
    known = isKnown;
    if (now) fresh = new Map();
    byId('token-table').setAttribute('aria-busy', String(now));
    if (!now && (sorting.column || fresh.size)) arrange();
    filterRows();
}

/* Pages come oldest first, so each goes on top. Sorting waits until the load ends. */
export function addPage(tokens) {
    const fragment = document.createDocumentFragment();
    for (const token of tokens) {
        if (rows.has(token.id)) continue;
        const row = fromTemplate('token-row');
        fillRow(row, token);
        rows.set(token.id, { token, row });
        fragment.prepend(row);
    }
    byId('rows').prepend(fragment);
    filterRows();
}

export function tokenOf(id) {
    return rows.get(id)?.token;
}

function rowOf(id) {
    return rows.get(id)?.row;
}

/* Adds a new token, or updates its row. */
export function putToken(token) {
    if (!byId('rows')) return; /* the view is gone */
    const present = rows.get(token.id);
    if (loading) fresh.set(token.id, token);
    if (present) {
        present.token = token;
        fillRow(present.row, token);
    } else {
        addPage([token]);
    }
    if (sorting.column) arrange();
    filterRows();
}

export function putFresh() {
    for (const token of fresh.values()) putToken(token);
}

/* Focuses a row after a change, or the heading if the row is hidden. */
export function focusRow(id) {
    if (!byId('rows')) return;
    const row = rowOf(id);
    const target = row && !row.hidden ? row.querySelector('.name') : byId('tokens-title');
    target.focus();
}

export function rowCount() {
    return rows.size;
}

function addSortButton(column) {
    const button = fromTemplate('sort-button');
    setText(button.firstElementChild, `column.${column.dataset.sort}`);
    button.addEventListener('click', () => sortBy(column.dataset.sort));
    column.append(button);
}

export function startTable() {
    sorting = { column: null, descending: false };
    rows = new Map();
    for (const column of byId('columns').querySelectorAll('[data-sort]')) addSortButton(column);
    showSorting();
    for (const id of ['hide-expired', 'hide-revoked']) byId(id).addEventListener('change', filterRows);
}
