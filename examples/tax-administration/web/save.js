/* SPDX-License-Identifier: MIT */
/* Save sends each draft on its own, in order. Good ones become tokens, the others stay as they were typed. */
import { Failure } from './api.js';
import { call, refreshSession } from './call.js';
import { byId } from './dom.js';
import {
    allDrafts, checkDraft, contentOf, firstBadField, keyFor, lockDraft, removeDraft, setEarliestDay, setRowMessage, showRefusal,
} from './drafts.js';
import { loadTokens } from './list.js';
import { hush, say, warnOf } from './messages.js';
import { offerOnce } from './once.js';
import { offerSaved } from './saved.js';
import { current } from './session.js';
import { focusRow, putToken } from './table.js';

const RUNNING_TRIES = 5;
const RUNNING_WAIT_MS = 1000;

let saving = false;

function wait(ms) {
    return new Promise((resolve) => {
        setTimeout(resolve, ms);
    });
}

/* The first request with this key may still be running in the host. */
async function create(body, key) {
    for (let left = RUNNING_TRIES; ; left--) {
        try {
            return await call('POST', '/tokens', { body, headers: { 'Idempotency-Key': key } });
        } catch (failure) {
            if (failure.code !== 'IDEMPOTENCY_RUNNING' || left === 0) throw failure;
        }
        await wait(RUNNING_WAIT_MS);
    }
}

function accept(draft, { body, replayed }) {
    const { token: text = null, ...token } = body;
    removeDraft(draft);
    putToken(token);
    if (current().copy_policy !== 'once') offerSaved(token);
    else if (text !== null || replayed) offerOnce(token, text);
    return token;
}

/* Throws if the other drafts should not be tried. A draft whose answer was lost keeps its key, so sending it again is safe. */
function refuse(draft, failure) {
    if (failure.kind === 'other-user' || failure.kind === 'cancelled') throw failure;
    draft.answered = !failure.uncertain;
    draft.uncertain = failure.uncertain;
    if (failure.uncertain) setRowMessage(draft, 'draft.lost');
    if (failure.code === 'INPUT') {
        showRefusal(draft, failure.errors);
        return true;
    }
    if (failure.code === 'IDEMPOTENCY_REUSED') {
        draft.key = null;
        setRowMessage(draft, 'draft.reused');
        loadTokens();
        return true;
    }
    if (failure.status === 413) {
        setRowMessage(draft, 'error.TOO_LARGE');
        return true;
    }
    throw failure;
}

async function saveOne(draft) {
    const content = contentOf(draft);
    try {
        return accept(draft, await create(content, keyFor(draft, content)));
    } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        refuse(draft, failure);
        return null;
    }
}

async function saveAll(drafts, saved) {
    await refreshSession();
    setEarliestDay();
    for (const draft of drafts.filter(checkDraft)) {
        const token = await saveOne(draft);
        if (token) saved.push(token);
    }
}

/* Leaves the focus alone if the user has moved on. */
function mayMoveFocus(drafts) {
    const at = document.activeElement;
    return !at || at === document.body || at === byId('save') || drafts.some((draft) => draft.row.contains(at));
}

function tell(drafts, saved, failed) {
    if (saved.length === 1) say('saved.token', { name: saved[0].name });
    else if (saved.length > 1) say('saved.tokens', { count: saved.length });
    if (!mayMoveFocus(drafts)) return;
    const bad = firstBadField();
    if (bad) bad.focus();
    else if (failed || allDrafts().some((draft) => draft.row.querySelector('.row-message').dataset.text)) byId('save')?.focus();
    else if (!byId('once').hidden) byId('once-title').focus();
    else if (saved.length) focusRow(saved[0].id);
}

function setSaving(now, drafts) {
    saving = now;
    byId('save')?.setAttribute('aria-disabled', String(now));
    for (const draft of drafts) lockDraft(draft, now);
}

/* Does nothing while a save is running. */
export async function save() {
    if (saving || allDrafts().length === 0) return;
    const drafts = [...allDrafts()];
    const saved = [];
    let failed = null;
    hush();
    setSaving(true, drafts);
    try {
        await saveAll(drafts, saved);
    } catch (failure) {
        failed = failure;
        warnOf(failure, save);
    } finally {
        setSaving(false, drafts);
    }
    if (byId('save')) tell(drafts, saved, failed);
}

export function isSaving() {
    return saving;
}
