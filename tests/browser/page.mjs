/* SPDX-License-Identifier: MIT */
/* The page by its accessible names, in English unless said otherwise. */
import { equal, until } from './expect.mjs';
import { remember } from './secrets.mjs';

const DAY_MS = 86400000;

export function button(page, name) {
    return page.getByRole('button', { name, exact: true });
}

export async function signIn(page, name, password) {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password', { exact: true }).fill(password);
    await button(page, 'Sign in').click();
}

/* A context in which the account is signed in, with My profile open. */
export async function profileOf(stage, account, options = {}) {
    const context = await stage.contextOf(account, options);
    return openProfile(await context.newPage(), options.origin ?? stage.origin);
}

export async function openProfile(page, origin) {
    await page.goto(`${origin}/#profile`);
    await loaded(page);
    return page;
}

export async function loaded(page) {
    await page.locator('#token-table[aria-busy=false]').waitFor();
}

/* A new account and its My profile. */
export async function newProfile(stage, options) {
    const account = await stage.world.addUser();
    return { account, page: await profileOf(stage, account, options) };
}

/* ---- rows that are not saved */

export function field(page, label, row = 0) {
    return drafts(page).nth(row).getByLabel(label, { exact: true });
}

export function errorOf(page, label, row = 0) {
    const around = drafts(page).nth(row).locator('.field', { has: page.getByLabel(label, { exact: true }) });
    return around.locator('.field-error');
}

export function drafts(page) {
    return page.locator('tr.draft');
}

/* Adds a row at the end and fills it. */
export async function add(page, name, { description, expires } = {}) {
    const row = await drafts(page).count();
    await button(page, 'Add token').click();
    await field(page, 'Name', row).fill(name);
    if (description) await field(page, 'Description', row).fill(description);
    if (expires) await field(page, 'Expiration date', row).fill(expires);
}

export function save(page) {
    return button(page, 'Save').click();
}

export async function said(page, text) {
    await page.getByRole('status').filter({ hasText: text }).first().waitFor();
}

export async function alerted(page, text) {
    await page.locator('#alert').filter({ hasText: text }).waitFor();
}

/* Adds one token and waits until it is saved. */
export async function make(page, name, options) {
    await add(page, name, options);
    await save(page);
    await said(page, `Saved: ${name}`);
}

/* ---- the table */

export function rows(page) {
    return page.locator('#rows tr');
}

export function row(page, name) {
    return rows(page).filter({ has: page.getByRole('rowheader', { name, exact: true }) });
}

/* What a cell of the row says, as a person reads it. */
export async function cell(page, name, column) {
    const text = row(page, name).locator(column === 'description' ? '.description bdi' : `.${column}`);
    return (await text.innerText()).replace(/\s+/g, ' ').trim();
}

/* Names of the visible rows, from top to bottom. */
export function shownNames(page) {
    return page.locator('#rows tr:not([hidden]) th').allInnerTexts();
}

export function copyButton(page, name) {
    return button(page, `Copy API token: ${name}`);
}

export function revokeButton(page, name) {
    return button(page, `Revoke: ${name}`);
}

export async function revoke(page, name) {
    await revokeButton(page, name).click();
    await page.locator('#ask-revoke').getByRole('button', { name: 'Revoke', exact: true }).click();
    await said(page, `Revoked: ${name}`);
}

/* The details panel of a row. */
export async function details(page, name) {
    await button(page, `Details: ${name}`).click();
    const panel = page.locator('#details');
    await panel.getByRole('heading', { name, exact: true }).waitFor();
    return panel;
}

export async function closeDetails(page) {
    await page.locator('#details').getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('#details').waitFor({ state: 'detached' });
}

/* ---- the clipboard, as a person finds out what is on it: Control+V into a field */

export async function pasted(page) {
    const pad = await page.context().newPage();
    await pad.setContent('<textarea id="pad" aria-label="pad"></textarea>');
    await pad.locator('#pad').focus();
    await pad.keyboard.press('Control+V');
    const text = await pad.locator('#pad').inputValue();
    await pad.close();
    await page.bringToFront();
    return remember('token', text);
}

/* So that what is found later was put there since. */
export async function spoilClipboard(page) {
    const pad = await page.context().newPage();
    await pad.setContent('<textarea id="pad" aria-label="pad">nothing yet</textarea>');
    await pad.locator('#pad').focus();
    await pad.keyboard.press('Control+A');
    await pad.keyboard.press('Control+C');
    await pad.close();
    equal(await pasted(page), 'nothing yet', 'the clipboard before');
}

/* Copies the token of a row; its text, checked against the row and the store. */
export async function copied(stage, page, name) {
    await spoilClipboard(page);
    await copyButton(page, name).click();
    await said(page, `Copied: ${name}`);
    const text = await pasted(page);
    equal(text.slice(5, 17), await row(page, name).getAttribute('data-id'), 'id of the copied token');
    equal(await stage.world.isGood(text), true, 'the copied token is good');
    return text;
}

/* ---- the keyboard */

/* Presses the key until the element has the focus. */
export async function pressUntil(page, key, locator, most = 60) {
    for (let pressed = 0; pressed < most; pressed++) {
        await page.keyboard.press(key);
        if (await hasFocus(locator)) return;
    }
    throw new Error(`${key} does not reach ${locator}`);
}

export async function hasFocus(locator) {
    return await locator.count() === 1 && locator.evaluate((element) => element === document.activeElement);
}

export function focused(locator, what = String(locator)) {
    return until(() => hasFocus(locator), `${what} has the focus`);
}

/* ---- days */

export function dayAfter(day, days) {
    return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/* 31 Dec 2026 */
export function english(day) {
    return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}
