/* SPDX-License-Identifier: MIT */
/* What the buttons of a token's row do. */
import { call } from './call.js';
import { copyText } from './copy.js';
import { openDetails } from './details.js';
import { setIcon } from './dom.js';
import { say } from './messages.js';
import { revokeToken, undoRevoke } from './revoking.js';
import { tokenOf } from './table.js';
import { addressOf, explain, once } from './token-steps.js';

const DONE_MS = 2000;

function showDone(button) {
    setIcon(button, 'done');
    button.classList.add('done');
    setTimeout(() => {
        setIcon(button, 'copy');
        button.classList.remove('done');
    }, DONE_MS);
}

function copyToken(button, token) {
    return once(token, async () => {
        const text = call('POST', addressOf(token, '/copy')).then(({ body }) => body.token);
        text.catch(() => {}); /* handled below, but it may fail before that */
        try {
            if (!await copyText(text)) return;
            say('copy.done', { name: token.name });
            showDone(button);
        } catch (failure) {
            await explain(failure, token, () => copyToken(button, token));
        }
    });
}

/* One listener for all rows. */
export function onRowClick(event) {
    const button = event.target.closest('button');
    const token = button && tokenOf(button.dataset.id);
    if (!token) return;
    if (button.classList.contains('copy-token')) copyToken(button, token);
    if (button.classList.contains('revoke-token')) revokeToken(token);
    if (button.classList.contains('undo-revoke')) undoRevoke(token);
    if (button.classList.contains('show-details')) openDetails(token);
}
