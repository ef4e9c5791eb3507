/* SPDX-License-Identifier: MIT */
/* Which revokes this page has made and may undo. One of a token that leaked is never among them. */
const undoable = new Set(); /* ids */

export function offerUndo(id) {
    undoable.add(id);
}

export function withdrawUndo(id) {
    undoable.delete(id);
}

export function canUndo(token) {
    return token.state === 'revoked' && undoable.has(token.id);
}

export function clearUndo() {
    undoable.clear();
}
