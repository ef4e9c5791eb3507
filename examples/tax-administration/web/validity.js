/* SPDX-License-Identifier: MIT */
/* The texts of the columns Expiration date, Validity and Last used. The state comes from the store, with the row. */
import { dayOfInstant, dayText, daysFrom, instantText, zoneOrUtc } from './dates.js';

/* A token expires soon in the last fifth of its life, but not earlier than that many days before its end. */
const SOON_DAYS = 30;
const SOON_PART = 5;

/* An end that is not a day in the business zone is an instant, shown in UTC. */
function endText(token) {
    return token.expires_day ? dayText(token.expires_day) : instantText(token.expires);
}

function revokedText(token, zone) {
    return dayText(dayOfInstant(token.revoked, zoneOrUtc(zone)));
}

export function endsSoon(token, session) {
    if (token.state !== 'valid' || !token.expires || !session.today) return false;
    const end = token.expires_day ?? dayOfInstant(token.expires, 'UTC');
    const life = daysFrom(token.created.slice(0, 10), end);
    return daysFrom(session.today, end) <= Math.min(SOON_DAYS, Math.max(1, life / SOON_PART));
}

export function expiration(token) {
    if (!token.expires) return { key: 'expires.never', values: {} };
    return { key: 'expires.day', values: { date: () => endText(token) } };
}

export function validity(token, session) {
    if (token.state === 'revoked')
        return { key: 'validity.revoked', icon: 'stop', values: { date: () => revokedText(token, session.zone) } };
    if (token.state === 'suspended') return { key: 'validity.suspended', icon: 'stop', values: {} };
    if (token.state === 'blocked') return { key: 'validity.blocked', icon: 'stop', values: {} };
    const date = () => endText(token);
    if (token.state === 'expired') return { key: 'validity.expired', icon: 'clock', values: { date } };
    /* newer, or a state that this page does not know: it is not valid either */
    if (token.state !== 'valid') return { key: 'validity.newer', icon: 'stop', values: {} };
    if (!token.expires) return { key: 'validity.forever', icon: 'done', values: {} };
    return { key: 'validity.until', icon: 'done', values: { date } };
}

export function lastUse(token, session) {
    if (!token.last_used) return { key: 'used.never', values: {} };
    return { key: 'used.at', values: { date: () => instantText(token.last_used, zoneOrUtc(session.zone)) } };
}
