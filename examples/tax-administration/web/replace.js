/* SPDX-License-Identifier: MIT */
/* Replacing a token: it gets a new text now, and the old one stays valid for the time that the user chose. */
import { call } from './call.js';
import { ask } from './dialog.js';
import { addressOf } from './token-steps.js';

/* Ids of tokens whose new text was lost with an answer: the next one takes its place. */
const lost = new Set();

/* True if the old text is to end that the token has beside the newest. */
async function mayDrop(token) {
    if (!token.superseded_until || lost.has(token.id)) return true;
    return ask({ title: 'replace.again.title', text: 'replace.again.text', no: 'cancel', yes: 'replace.button' }, { name: token.name });
}

/* { token, text }, text null unless it is shown this one time; or null if the user does not want to. */
export async function replaceToken(token, grace) {
    if (!await mayDrop(token)) return null;
    const older = lost.has(token.id) ? 'keep' : 'drop';
    try {
        const body = JSON.stringify({ grace, older, revision: token.revision });
        const { token: text = null, ...changed } = (await call('POST', addressOf(token, '/rotate'), { body })).body;
        lost.delete(token.id);
        return { token: changed, text };
    } catch (failure) {
        if (failure.uncertain) lost.add(token.id);
        throw failure;
    }
}

export async function endOlder(token) {
    return (await call('POST', addressOf(token, '/end-older'))).body;
}
