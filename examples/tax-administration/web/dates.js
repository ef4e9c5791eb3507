/* SPDX-License-Identifier: MIT */
/*
 * Days and instants as people read them. A day is YYYY-MM-DD and stays that day: it never goes through the zone of the browser.
 */
import { locale } from './text.js';

const DAY_MS = 86400000;
const formats = new Map();

/* Making a format is slow, and a table of a thousand rows uses the same few. */
function formatOf(options, language = locale()) {
    const key = `${language} ${JSON.stringify(options)}`;
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(language, options));
    return formats.get(key);
}

function utcOf(day) {
    const [year, month, date] = day.split('-').map(Number);
    return Date.UTC(year, month - 1, date);
}

/* 31 Dec 2026, 31.12.2026 */
export function dayText(day) {
    return formatOf({ dateStyle: 'medium', timeZone: 'UTC' }).format(utcOf(day));
}

/* 31 December 2026, 31. Dezember 2026 */
export function longDayText(day) {
    return formatOf({ dateStyle: 'long', timeZone: 'UTC' }).format(utcOf(day));
}

function dayOf(utc) {
    return new Date(utc).toISOString().slice(0, 10);
}

export function dayAfter(day, days) {
    return dayOf(utcOf(day) + days * DAY_MS);
}

/* The same day of the next year; 28 February after a 29th. */
export function yearAfter(day) {
    const [year, month, date] = day.split('-').map(Number);
    const last = new Date(Date.UTC(year + 1, month, 0)).getUTCDate();
    return dayOf(Date.UTC(year + 1, month - 1, Math.min(date, last)));
}

/* The business zone if the browser knows it, else UTC. */
export function zoneOrUtc(zone) {
    try {
        formatOf({ timeZone: zone }, 'en');
        return zone;
    } catch {
        return 'UTC';
    }
}

/* 31 Dec 2026, 14:05 CET */
export function instantText(instant, zone = 'UTC') {
    const day = locale() === 'de-DE' ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'short' };
    const time = { hour: '2-digit', minute: '2-digit', timeZone: zone, timeZoneName: 'short' };
    return formatOf({ ...day, year: 'numeric', ...time }).format(new Date(instant));
}

export function dayOfInstant(instant, zone) {
    const options = { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone };
    const parts = formatOf(options, 'en').formatToParts(new Date(instant));
    const part = (type) => parts.find((each) => each.type === type).value;
    return `${part('year')}-${part('month')}-${part('day')}`;
}

export function daysFrom(first, last) {
    return Math.round((utcOf(last) - utcOf(first)) / DAY_MS);
}
