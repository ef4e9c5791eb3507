/* SPDX-License-Identifier: MIT */
/* One row of the table: what it shows of a token. */
import { dayOfInstant, dayText, zoneOrUtc } from './dates.js';
import { fromTemplate, setIcon } from './dom.js';
import { current } from './session.js';
import { setLabel, setText, translate } from './text.js';
import { canUndo } from './undo.js';
import { endsSoon, expiration, lastUse, validity } from './validity.js';

/* Those of others cannot be copied; nor can those of a state that this page does not know. */
const COPIED = ['valid', 'expired', 'suspended', 'blocked'];

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
    const copy = !COPIED.includes(token.state) || current().copy_policy === 'once' ? [] : [actionButton('copy-button', 'copy.button', token)];
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

/* The id is in two elements, so that nothing in the page looks like the text of a token. */
function fillOrigin(row, token) {
    row.querySelector('.token-id').textContent = token.id;
    const date = () => dayText(dayOfInstant(token.created, zoneOrUtc(current().zone)));
    setText(row.querySelector('.made'), 'origin.made', { date });
}

export function fillRow(row, token) {
    row.dataset.id = token.id;
    row.dataset.state = token.state;
    row.querySelector('.name bdi').textContent = token.name;
    row.querySelector('.description bdi').textContent = token.description ?? '';
    const { key, values } = expiration(token);
    setText(row.querySelector('.expires .content'), key, values);
    row.querySelector('.validity .content').replaceChildren(...badgesOf(token));
    fillOrigin(row, token);
    fillLastUse(row, token);
    fillActions(row, token);
    translate(row);
}

export function makeRow(token) {
    const row = fromTemplate('token-row');
    fillRow(row, token);
    return row;
}
