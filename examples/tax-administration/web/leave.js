/* SPDX-License-Identifier: MIT */
/* Nothing typed and no token offered once goes away unasked. */
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

/* Closing the tab or loading another page: the browser asks, in its own words. */
export function startLeaveGuard() {
    window.addEventListener('beforeunload', (event) => {
        if (!mustAsk()) return;
        event.preventDefault();
        event.returnValue = '';
    });
}
