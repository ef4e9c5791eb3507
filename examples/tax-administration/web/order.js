/* SPDX-License-Identifier: MIT */
/*
 * The order of the tokens, and which of them a search finds. An entry is { token, index, row }, index being its place in the order
 * of arrival; what is computed for it is kept in it until its token changes.
 */
import { locale } from './text.js';

const STATES = ['valid', 'expired', 'suspended', 'blocked', 'newer', 'revoked'];
const NEVER = '9999-99';
const MARKS = /\p{Mn}/gu;

export const COLUMNS = ['name', 'description', 'expires', 'validity', 'last_used'];

const keysOf = {
    name: (token) => token.name,
    description: (token) => token.description ?? '',
    expires: (token) => token.expires_day ?? token.expires ?? NEVER,
    validity: (token) => `${STATES.indexOf(token.state)} ${token.revoked ?? token.expires ?? NEVER}`,
    last_used: (token) => token.last_used ?? '',
};

/* ---- order */

function compareTexts(a, b) {
    if (a === b) return 0;
    return a < b ? -1 : 1;
}

function newestFirst(a, b) {
    return compareTexts(b.token.created, a.token.created) || b.index - a.index;
}

const PLAIN = /^[a-z0-9 ]*$/;
const DIGITS = 15;

/*
 * A collator takes a microsecond and more for each comparison. Texts of letters, digits and blanks alone, in lower case and with
 * the digits of each number filled up, compare as the collator would compare them, unless they are equal.
 */
function plainOf(text) {
    const lower = text.toLowerCase();
    if (!PLAIN.test(lower) || /\d{16}/.test(lower)) return null;
    return lower.replace(/\d+/g, (number) => number.padStart(DIGITS, '0'));
}

function sortKey(entry, column) {
    if (entry.column !== column) {
        entry.column = column;
        entry.text = keysOf[column](entry.token);
        entry.plain = undefined;
    }
    return entry;
}

function plainKey(entry) {
    if (entry.plain === undefined) entry.plain = plainOf(entry.text);
    return entry.plain;
}

function byText(column, sign) {
    const { compare } = new Intl.Collator(locale(), { numeric: true });
    return (first, second) => {
        const a = sortKey(first, column), b = sortKey(second, column);
        const plain = plainKey(a) !== null && plainKey(b) !== null ? compareTexts(a.plain, b.plain) : 0;
        return sign * (plain || compare(a.text, b.text)) || newestFirst(a, b);
    };
}

/* Days, instants and states compare byte by byte. */
function byKey(column, sign) {
    return (first, second) => {
        const a = sortKey(first, column), b = sortKey(second, column);
        return sign * compareTexts(a.text, b.text) || newestFirst(a, b);
    };
}

/* Sorts in place; without a column, newest first. */
export function sortEntries(entries, { column, descending }) {
    const sign = descending ? -1 : 1;
    if (!column) entries.sort(newestFirst);
    else if (column === 'name' || column === 'description') entries.sort(byText(column, sign));
    else entries.sort(byKey(column, sign));
}

/* To be called when the token of an entry has changed. */
export function forgetKeys(entry) {
    Object.assign(entry, { column: null, haystack: null });
}

/* ---- search */

function plainText(text) {
    return text.normalize('NFD').replace(MARKS, '').toLowerCase();
}

function haystackOf(entry) {
    const { id, name, description } = entry.token;
    entry.haystack ??= plainText(`${name}\n${description ?? ''}\ntdh_1${id}`);
    return entry.haystack;
}

/* Finds what has each of the words, in any case, in its name, description or id. */
export function finder(search) {
    const words = plainText(search).split(/\s+/).filter(Boolean);
    return (entry) => words.every((word) => haystackOf(entry).includes(word));
}

/* A person may paste a whole token to find its row: the secret part of it must not stay in the field, or get into the address. */
export function withoutSecret(search) {
    return search.replace(/tdh_1([0-9A-Za-z]{12})[0-9A-Za-z]*/g, '$1');
}
