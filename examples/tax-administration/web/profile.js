/* SPDX-License-Identifier: MIT */
/* My profile, with its area API-Tokens. */
import { onRowClick } from './actions.js';
import { byId } from './dom.js';
import { addDraft, forgetKeys, setEarliestDay, startDrafts } from './drafts.js';
import { loadMore, loadTokens, stopLoading } from './list.js';
import { hush, warn } from './messages.js';
import { clearOffers, startOnce } from './once.js';
import { save } from './save.js';
import { clearSaved, startSaved } from './saved.js';
import { current, onSession } from './session.js';
import { clearRows, filterRows, startTable } from './table.js';
import { setText } from './text.js';
import { clearUndo } from './undo.js';

function isShown() {
    return byId('tokens') !== null;
}

function showSession() {
    const once = current().copy_policy === 'once';
    setText(byId('profile-lead'), 'home.user', { name: current().name });
    byId('advice-once').hidden = !once;
    byId('token-table').classList.toggle('without-copy', once);
}

/* A row whose answer was lost may have been saved all the same. */
function onDraftRemoved(draft) {
    if (draft.uncertain) loadTokens();
}

export function startProfile() {
    startTable();
    startDrafts(onDraftRemoved);
    startOnce();
    startSaved();
    showSession();
    filterRows();
    byId('add').addEventListener('click', addDraft);
    byId('more').addEventListener('click', loadMore);
    byId('rows').addEventListener('click', onRowClick);
    byId('token-form').addEventListener('submit', (event) => {
        event.preventDefault();
        save();
    });
    loadTokens();
}

export function stopProfile() {
    stopLoading();
    startDrafts(() => {});
    clearOffers();
    clearSaved();
    hush();
}

function onOtherUser() {
    if (!isShown()) return;
    clearOffers();
    clearSaved();
    clearUndo();
    byId('details')?.close('');
    clearRows();
    forgetKeys();
    showSession();
    setEarliestDay();
    warn('session.other', { name: current().name });
    loadTokens();
}

/* A token that was valid yesterday may have expired. */
function onNewDay() {
    if (!isShown()) return;
    setEarliestDay();
    loadTokens();
}

onSession('other-user', onOtherUser);
onSession('new-day', onNewDay);
