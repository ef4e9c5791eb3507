/* SPDX-License-Identifier: MIT */
/*
 * What the table shows is kept in the address, after #profile?, so that a reload, a bookmark and the way back find it again.
 * The part behind # is not sent to the host.
 */
import { COLUMNS, withoutSecret } from './order.js';

const NOTHING = { search: '', column: null, descending: false, hidden: [], soon: false, page: 0 };
const STATES = ['expired', 'revoked'];

/* '' or '?…' */
export function queryOf(shown) {
    const query = new URLSearchParams();
    if (shown.search) query.set('q', shown.search);
    if (shown.column) query.set('sort', shown.column);
    if (shown.column && shown.descending) query.set('order', 'desc');
    if (shown.hidden.length) query.set('hide', shown.hidden.join(' '));
    if (shown.soon) query.set('soon', 'only');
    if (shown.page) query.set('page', shown.page + 1);
    const text = query.toString();
    return text && `?${text}`;
}

/* What of it makes no sense is left out. */
export function readAddress() {
    const at = location.hash.indexOf('?');
    if (at < 0) return { ...NOTHING };
    const query = new URLSearchParams(location.hash.slice(at + 1));
    const column = query.get('sort');
    const page = Number(query.get('page'));
    return {
        search: withoutSecret(query.get('q') ?? ''),
        column: COLUMNS.includes(column) ? column : null,
        descending: query.get('order') === 'desc',
        hidden: STATES.filter((state) => (query.get('hide') ?? '').split(' ').includes(state)),
        soon: query.get('soon') === 'only',
        page: Number.isInteger(page) && page > 0 ? page - 1 : 0,
    };
}

export function writeAddress(shown) {
    const wanted = `#profile${queryOf(shown)}`;
    if (location.hash !== wanted) history.replaceState(history.state, '', location.pathname + wanted);
}
