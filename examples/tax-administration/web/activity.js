/* SPDX-License-Identifier: MIT */
/* What was done to a token: when, by whom, and what changed. */
import { call } from './call.js';
import { dayText, instantText, zoneOrUtc } from './dates.js';
import { fromTemplate } from './dom.js';
import { current } from './session.js';
import { hasText, setText, text } from './text.js';
import { addressOf } from './token-steps.js';

const PAGES = 20; /* a token that was changed more often than a thousand times shows the first of its changes */
const REASONS = { 1: 'superseded', 2: 'exposed', 3: 'gone', 4: 'admin' };
const DAY = /^(\d{4}-\d\d-\d\d) /;
const INSTANT = /^\d{4}-\d\d-\d\dT/;

async function recordsOf(token) {
    const records = [];
    let cursor = '';
    for (let page = 0; page < PAGES; page++) {
        const { body } = await call('GET', addressOf(token, `/activity?limit=100${cursor}`));
        records.push(...body.records);
        if (!body.next) break;
        cursor = `&cursor=${encodeURIComponent(body.next)}`;
    }
    return records;
}

/* ---- words */

function valueText(field, value) {
    if (value === null) return text('activity.none');
    if (field === 'reason_code') return text(`activity.reason.${REASONS[value] ?? 'other'}`);
    if (value === 'yes' || value === 'no' || value === 'never') return text(`activity.${value}`);
    if (field === 'expires' && DAY.test(value)) return dayText(DAY.exec(value)[1]);
    if (INSTANT.test(value)) return instantText(value, zoneOrUtc(current().zone));
    return value.replaceAll(',', ', ');
}

/* A later version of the host may know more verbs and fields. */
function known(kind, word) {
    return hasText(`activity.${kind}.${word}`) ? `activity.${kind}.${word}` : `activity.${kind}.other`;
}

function verbKey({ verb, changes }) {
    const suspended = changes.find(({ field }) => field === 'suspended');
    if (verb === 'update' && suspended && changes.length === 1)
        return suspended.after === 'yes' ? 'activity.verb.suspend' : 'activity.verb.resume';
    return known('verb', verb);
}

/* ---- one record */

function changeItem({ field, before, after }) {
    const item = document.createElement('li');
    const values = { field: () => text(known('field', field)) };
    if (field === 'secret') setText(item, 'activity.secret', values);
    else setText(item, 'activity.change', {
        ...values, before: () => valueText(field, before), after: () => valueText(field, after) });
    return item;
}

function recordItem(record) {
    const item = fromTemplate('activity-item');
    const at = () => instantText(record.at, zoneOrUtc(current().zone));
    setText(item.querySelector('.when'), 'activity.when', { date: at });
    setText(item.querySelector('.what'), verbKey(record));
    setText(item.querySelector('.who'), 'activity.who', { actor: record.actor ?? current().name });
    if (record.reason) setText(item.querySelector('.reason'), 'activity.why', { reason: record.reason });
    /* Of a new token every field is one; the panel shows what they are now. */
    const changes = record.verb === 'create' ? [] : record.changes.filter(({ field }) => field !== 'suspended');
    item.querySelector('ul').replaceChildren(...changes.map(changeItem));
    item.querySelector('ul').hidden = changes.length === 0;
    return item;
}

/* Newest first. Leaves the list as it is if it cannot be read. */
export async function showActivity(list, note, token) {
    setText(note, 'activity.loading');
    try {
        const records = await recordsOf(token);
        list.replaceChildren(...records.reverse().map(recordItem));
        note.replaceChildren();
    } catch {
        setText(note, 'activity.failed');
    }
}
