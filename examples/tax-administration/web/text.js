/* SPDX-License-Identifier: MIT */
/*
 * The texts of the page, one file per language. An element remembers the key and the values of its text, so that switching the
 * language rewrites the texts in place and touches nothing that was typed.
 */

const LANGUAGES = ['en', 'de'];
const YEAR_S = 31536000;

const values = { text: new WeakMap(), label: new WeakMap() };
let language = 'en';
let words = {};
let plurals = new Intl.PluralRules('en');
let titleKey = '';

export function locale() {
    return language === 'de' ? 'de-DE' : 'en-GB';
}

export function hasText(key) {
    return Object.hasOwn(words, key);
}

function wordsOf(key, given) {
    const exact = given.count === undefined ? key : `${key}.${plurals.select(given.count)}`;
    return words[exact] ?? words[key] ?? key;
}

/* A value may be a function, for what depends on the language, such as dates. */
function valueOf(given, name) {
    const value = given[name];
    return String(typeof value === 'function' ? value() : value);
}

/* Members at odd positions are names of placeholders. */
function pieces(key, given) {
    return wordsOf(key, given).split(/\{(\w+)\}/);
}

export function text(key, given = {}) {
    return pieces(key, given).map((piece, i) => (i % 2 ? valueOf(given, piece) : piece)).join('');
}

/* A name that a person typed goes into <bdi>, so that its direction cannot reorder the words around it. */
function nodeOf(piece, given) {
    const value = valueOf(given, piece);
    if (piece !== 'name') return value;
    const isolated = document.createElement('bdi');
    isolated.textContent = value;
    return isolated;
}

function writeText(element) {
    const given = values.text.get(element) ?? {};
    const parts = pieces(element.dataset.text, given);
    element.replaceChildren(...parts.map((piece, i) => (i % 2 ? nodeOf(piece, given) : piece)));
}

function writeLabel(element) {
    element.setAttribute('aria-label', text(element.dataset.label, values.label.get(element)));
}

export function setText(element, key, given = {}) {
    element.dataset.text = key;
    values.text.set(element, given);
    writeText(element);
}

export function clearText(element) {
    delete element.dataset.text;
    element.replaceChildren();
}

export function setLabel(element, key, given = {}) {
    element.dataset.label = key;
    values.label.set(element, given);
    writeLabel(element);
}

/* Writes every text below `root` that has a key. */
export function translate(root) {
    for (const element of root.querySelectorAll('[data-text]')) writeText(element);
    for (const element of root.querySelectorAll('[data-label]')) writeLabel(element);
    for (const element of root.querySelectorAll('[data-title]')) element.title = text(element.dataset.title);
    for (const element of root.querySelectorAll('[data-placeholder]')) element.placeholder = text(element.dataset.placeholder);
    for (const element of root.querySelectorAll('[data-column]')) element.dataset.columnName = text(element.dataset.column);
}

export function setTitle(key) {
    titleKey = key;
    document.title = key === 'app' ? text('app') : `${text(key)} – ${text('app')}`;
}

async function load(wanted) {
    const answer = await fetch(`/text.${wanted}.json`);
    if (!answer.ok) throw new Error(`text.${wanted}.json: ${answer.status}`);
    words = await answer.json();
    language = wanted;
    plurals = new Intl.PluralRules(wanted);
}

function showLanguage() {
    document.documentElement.lang = language;
    for (const button of document.querySelectorAll('[data-language]'))
        button.setAttribute('aria-pressed', String(button.dataset.language === language));
    translate(document);
    if (titleKey) setTitle(titleKey);
}

function keepLanguage() {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `language=${language}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
}

export async function switchLanguage(wanted) {
    await load(wanted);
    keepLanguage();
    showLanguage();
}

/* The server has put the language of the cookie or of Accept-Language into <html lang>. */
export async function startLanguage() {
    const given = document.documentElement.lang;
    await load(LANGUAGES.includes(given) ? given : 'en');
    showLanguage();
}
