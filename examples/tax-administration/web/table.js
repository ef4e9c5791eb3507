/* SPDX-License-Identifier: MIT */
/* The table of the tokens. All are kept, but only the rows of one page are in the document. */
import { queryOf, readAddress, writeAddress } from './address.js';
import { byId, fromTemplate } from './dom.js';
import { finder, forgetKeys, sortEntries, withoutSecret } from './order.js';
import { fillRow, makeRow } from './rows.js';
import { current } from './session.js';
import { clearText, setText } from './text.js';
import { endsSoon } from './validity.js';

export const PAGE_ROWS = 25;

let entries = new Map(); /* id -> { token, index, row }, row null while it is not in the document */
let order = []; /* all entries as sorted */
let found = []; /* those that are to be shown */
let fresh = new Map(); /* id -> token: changes during a load, whose pages may be older */
let shown = readAddress();
let isFound = () => true;
let arrivals = 0;
let loading = false;
let known = false; /* does an empty table mean that there are no tokens? */

/* ---- the page of rows */

function pageCount() {
    return Math.max(1, Math.ceil(found.length / PAGE_ROWS));
}

function showRows() {
    const page = found.slice(shown.page * PAGE_ROWS, (shown.page + 1) * PAGE_ROWS);
    const rows = page.map((entry) => (entry.row ??= makeRow(entry.token)));
    const before = byId('rows').children;
    if (before.length === rows.length && rows.every((row, i) => row === before[i])) return; /* moving a row would take the focus off it */
    byId('rows').replaceChildren(...rows);
    for (const entry of entries.values()) if (entry.row && !entry.row.isConnected) entry.row = null;
}

function showPager() {
    const last = pageCount() - 1;
    byId('pager').hidden = last === 0;
    setText(byId('page-number'), 'pager.at', { page: shown.page + 1, pages: last + 1 });
    byId('page-before').setAttribute('aria-disabled', String(shown.page === 0));
    byId('page-after').setAttribute('aria-disabled', String(shown.page === last));
}

function showCount() {
    const count = byId('count');
    const all = entries.size;
    if (loading) setText(count, 'count.loading', { count: all });
    else if (all === 0 && !known) clearText(count);
    else if (all === 0) setText(count, 'count.none');
    else if (found.length === all) setText(count, 'count', { count: all });
    else setText(count, 'count.part', { count: all, shown: found.length });
}

function showLastUse() {
    const first = entries.values().next().value;
    const has = first !== undefined && 'last_used' in first.token;
    for (const cell of byId('token-table').querySelectorAll('[data-sort=last_used], .draft .last-used')) cell.hidden = !has;
}

/* Counts what expires soon, however the table is filtered. */
function showSoon() {
    const count = order.filter(({ token }) => endsSoon(token, current())).length;
    byId('soon').hidden = count === 0 && !shown.soon;
    setText(byId('soon-count'), 'soon.count', { count });
    setText(byId('soon-only'), shown.soon ? 'soon.all' : 'soon.only');
    byId('soon-only').setAttribute('aria-pressed', String(shown.soon));
}

function showEmptiness() {
    byId('empty').hidden = !known || entries.size > 0 || byId('drafts').childElementCount > 0;
    byId('none-found').hidden = loading || entries.size === 0 || found.length > 0;
}

function showSorting() {
    for (const column of byId('columns').querySelectorAll('[data-sort]')) {
        const mine = column.dataset.sort === shown.column;
        column.setAttribute('aria-sort', mine ? (shown.descending ? 'descending' : 'ascending') : 'none');
    }
}

/* ---- what is shown */

function isWanted(entry) {
    if (shown.soon && !endsSoon(entry.token, current())) return false;
    return !shown.hidden.includes(entry.token.state) && isFound(entry);
}

export function filterRows() {
    found = order.filter(isWanted);
    if (!loading && known) shown.page = Math.min(shown.page, pageCount() - 1);
    showRows();
    showPager();
    showCount();
    showLastUse();
    showEmptiness();
}

function arrange() {
    sortEntries(order, shown);
    filterRows();
    showSoon();
}

function showChange(show) {
    show();
    writeAddress(shown);
}

/* Ascending, descending, and back to newest first. */
function sortBy(column) {
    if (shown.column !== column) Object.assign(shown, { column, descending: false });
    else if (!shown.descending) shown.descending = true;
    else Object.assign(shown, { column: null, descending: false });
    shown.page = 0;
    showSorting();
    showChange(arrange);
}

function setSearch(search) {
    shown.search = search;
    isFound = finder(search);
}

function onSearch() {
    const field = byId('search');
    const safe = withoutSecret(field.value);
    if (safe !== field.value) field.value = safe;
    setSearch(safe.trim());
    shown.page = 0;
    showChange(filterRows);
}

function onHide() {
    shown.hidden = ['expired', 'revoked'].filter((state) => byId(`hide-${state}`).checked);
    shown.page = 0;
    showChange(filterRows);
}

function onSoon() {
    shown.soon = !shown.soon;
    shown.page = 0;
    showChange(arrange);
}

function turnTo(page) {
    if (page < 0 || page >= pageCount()) return;
    shown.page = page;
    showChange(filterRows);
    byId('token-table').scrollIntoView({ block: 'nearest' });
}

/* ---- for the other modules */

export function clearRows() {
    entries = new Map();
    order = [];
    byId('rows').replaceChildren();
}

export function setLoading(now, isKnown = false) {
    loading = now;
    known = isKnown;
    if (now) fresh = new Map();
    arrange();
    byId('token-table').setAttribute('aria-busy', String(now));
}

function addEntry(token) {
    const entry = { token, index: arrivals++, row: null };
    entries.set(token.id, entry);
    order.push(entry);
}

export function addPage(tokens) {
    for (const token of tokens) if (!entries.has(token.id)) addEntry(token);
    arrange();
}

/* By a token that is not revoked. */
export function nameIsTaken(name) {
    return order.some(({ token }) => token.name === name && token.state !== 'revoked');
}

export function tokenOf(id) {
    return entries.get(id)?.token;
}

function changeEntry(entry, token) {
    entry.token = token;
    forgetKeys(entry);
    if (entry.row) fillRow(entry.row, token);
}

/* Adds a new token, or updates its row. */
export function putToken(token) {
    if (!byId('rows')) return; /* the view is gone */
    const present = entries.get(token.id);
    if (loading) fresh.set(token.id, token);
    if (present) changeEntry(present, token);
    else addEntry(token);
    arrange();
}

export function putFresh() {
    for (const token of fresh.values()) putToken(token);
}

/* Focuses a row after a change, turning to its page, or the heading if the row is hidden. */
export function focusRow(id) {
    if (!byId('rows')) return;
    const at = found.indexOf(entries.get(id));
    if (at >= 0) turnTo(Math.floor(at / PAGE_ROWS));
    const target = at >= 0 ? found[at].row.querySelector('.name') : byId('tokens-title');
    target.focus();
}

export function rowCount() {
    return entries.size;
}

/* ---- start */

function addSortButton(column) {
    const button = fromTemplate('sort-button');
    setText(button.firstElementChild, `column.${column.dataset.sort}`);
    button.addEventListener('click', () => sortBy(column.dataset.sort));
    column.append(button);
}

/* Shows what the address says. */
export function followAddress() {
    shown = readAddress();
    setSearch(shown.search);
    byId('search').value = shown.search;
    for (const state of ['expired', 'revoked']) byId(`hide-${state}`).checked = shown.hidden.includes(state);
    showSorting();
    arrange();
}

export function startTable() {
    entries = new Map();
    order = [];
    known = false;
    for (const column of byId('columns').querySelectorAll('[data-sort]')) addSortButton(column);
    byId('search').addEventListener('input', onSearch);
    for (const id of ['hide-expired', 'hide-revoked']) byId(id).addEventListener('change', onHide);
    byId('soon-only').addEventListener('click', onSoon);
    byId('page-before').addEventListener('click', () => turnTo(shown.page - 1));
    byId('page-after').addEventListener('click', () => turnTo(shown.page + 1));
    followAddress();
}

/* The address of the table as it is shown. */
export function tableAddress() {
    return `#profile${queryOf(shown)}`;
}
