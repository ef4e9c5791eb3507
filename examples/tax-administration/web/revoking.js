/* SPDX-License-Identifier: MIT */
/* Revoking a token, with its reason, and undoing it. */
import { call } from './call.js';
import { closed, openDialog } from './dialog.js';
import { byId } from './dom.js';
import { say } from './messages.js';
import { focusRow, putToken } from './table.js';
import { setText } from './text.js';
import { addressOf, explain, once } from './token-steps.js';
import { offerUndo, withdrawUndo } from './undo.js';

/* The reason, or null if the user does not want to revoke. */
async function askReason(token) {
    const dialog = openDialog('dialog-revoke');
    const chosen = () => dialog.querySelector('input[name=why]:checked').value;
    const showEnd = () => setText(byId('revoke-undo'), chosen() === 'exposed' ? 'revoke.final' : 'revoke.undo');
    setText(byId('ask-revoke-text'), 'revoke.text', { name: token.name });
    dialog.querySelector('fieldset').addEventListener('change', showEnd);
    showEnd();
    if (await closed(dialog) !== 'yes') return null;
    const reason = dialog.querySelector('#revoke-reason').value.trim();
    return { reason: reason || null, reason_code: chosen() || null };
}

async function revokeNow(token, given) {
    const { body } = await call('POST', addressOf(token, '/revoke'), { body: JSON.stringify(given) });
    if (given.reason_code === 'exposed') withdrawUndo(token.id);
    else offerUndo(token.id);
    putToken(body);
    say('revoke.done', { name: token.name });
    focusRow(token.id);
}

export function revokeToken(token) {
    return once(token, async () => {
        const given = await askReason(token);
        if (!given) return;
        try {
            await revokeNow(token, given);
        } catch (failure) {
            await explain(failure, token, () => revokeToken(token));
        }
    });
}

export function undoRevoke(token) {
    return once(token, async () => {
        try {
            const { body } = await call('POST', addressOf(token, '/unrevoke'));
            withdrawUndo(token.id);
            putToken(body);
            say('undo.done', { name: token.name });
            focusRow(token.id);
        } catch (failure) {
            if (failure.status === 409) withdrawUndo(token.id);
            await explain(failure, token, () => undoRevoke(token));
        }
    });
}
