/* SPDX-License-Identifier: MIT */
/* Loads the user's tokens page by page. */
import { call, refreshSession } from './call.js';
import { byId } from './dom.js';
import { warnOf } from './messages.js';
import { addPage, clearRows, putFresh, rowCount, setLoading } from './table.js';

const PAGE = 1000;
const AT_ONCE = 20000; /* then the user has to ask for more: they take memory, and a search takes longer */

let run = 0; /* number of the latest load; an older one stops */
let cursor = null;

function pageAt(from) {
    return call('GET', `/tokens?limit=${PAGE}${from ? `&cursor=${encodeURIComponent(from)}` : ''}`);
}

/* False if a newer load has started. */
async function loadPages(mine) {
    const end = rowCount() + AT_ONCE;
    if (!cursor) await refreshSession(); /* another tab may have signed somebody else in, and a list does not say whose it is */
    do {
        const { body } = await pageAt(cursor);
        if (mine !== run) return false;
        if (!cursor) clearRows();
        addPage(body.tokens);
        putFresh();
        cursor = body.next;
    } while (cursor && rowCount() < end);
    return true;
}

async function load(again) {
    const mine = ++run;
    setLoading(true);
    byId('more').hidden = true;
    try {
        if (!await loadPages(mine)) return;
    } catch (failure) {
        if (mine !== run) return;
        setLoading(false);
        warnOf(failure, again);
        return;
    }
    setLoading(false, true);
    byId('more').hidden = cursor === null || rowCount() === 0;
}

export function loadTokens() {
    cursor = null;
    return load(loadTokens);
}

export function loadMore() {
    return load(loadMore);
}

/* Stops a running load: its view is gone. */
export function stopLoading() {
    run++;
}
