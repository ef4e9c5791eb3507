/* SPDX-License-Identifier: MIT */
/* Asks before unsaved rows, or tokens that can only be copied now, are lost. */
import { ask } from './dialog.js';
import { byId } from './dom.js';
import { allDrafts } from './drafts.js';
import { askToLeaveOffers, hasOffers } from './once.js';

function hasDrafts() {
    return byId('drafts') !== null && allDrafts().length > 0;
}

export function mustAsk() {
    return hasDrafts() || hasOffers();
}

export async function mayLeave() {
    if (hasDrafts()) {
        const count = allDrafts().length;
        if (!await ask({ title: 'leave.title', text: 'leave.text', no: 'leave.no', yes: 'leave.yes' }, { count })) return false;
    }
    return !hasOffers() || askToLeaveOffers();
}

/* When the tab is closed or another page loaded, the browser asks in its own words. */
export function startLeaveGuard() {
    window.addEventListener('beforeunload', (event) => {
        if (!mustAsk()) return;
        event.preventDefault();
        event.returnValue = '';
    });
}
