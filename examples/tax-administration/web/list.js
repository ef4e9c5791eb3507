/* SPDX-License-Identifier: MIT */
/* Loads the user's tokens page by page. */
import { call, refreshSession } from './call.js';
import { byId } from './dom.js';
import { warnOf } from './messages.js';
import { addPage, clearRows, putFresh, rowCount, setLoading } from './table.js';

const PAGE = 200;
const AT_ONCE = 5000; /* then the user is asked for more: a table that long is slow to work with */

let run = 0; /* a load that another one has overtaken stops */
let cursor = null;

function pageAt(from) {
    return call('GET', `/tokens?limit=${PAGE}${from ? `&cursor=${encodeURIComponent(from)}` : ''}`);
}

/* False if it was overtaken. */
async function loadPages(mine) {
    const end = rowCount() + AT_ONCE;
    if (!cursor) await refreshSession(); /* a list says nothing of whose it is: another tab may have signed somebody else in */
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

/* The view has gone; what is under way shall not look for it. */
export function stopLoading() {
    run++;
}
