/* SPDX-License-Identifier: MIT */
/* Under the copy policy "once" a new token can be copied here, right after Save, and never again. */
import { copyText } from './copy.js';
import { ask } from './dialog.js';
import { byId, fromTemplate } from './dom.js';
import { hush, say } from './messages.js';
import { setLabel, setText } from './text.js';

let offers = []; /* { name, text, copied }; text null = lost with an answer */

function copyButton(offer) {
    const button = fromTemplate('copy-button');
    setLabel(button, 'copy.button', { name: offer.name });
    button.addEventListener('click', async () => {
        hush();
        if (!await copyText(Promise.resolve(offer.text))) return;
        offer.copied = true;
        setText(button.parentElement.querySelector('.copied-mark'), 'byhand.copied');
        say('copy.done', { name: offer.name });
    });
    return button;
}

function itemOf(offer) {
    const item = document.createElement('li');
    const words = document.createElement('span');
    const mark = document.createElement('span');
    mark.className = 'copied-mark';
    item.append(words);
    setText(words, offer.text === null ? 'once.lost' : 'once.token', { name: offer.name });
    if (offer.text !== null) item.append(mark, copyButton(offer));
    return item;
}

export function offerOnce(token, text) {
    const offer = { name: token.name, text, copied: false };
    offers.push(offer);
    byId('once-list').append(itemOf(offer));
    byId('once').hidden = false;
}

export function hasOffers() {
    return offers.length > 0;
}

/* Wipes the texts as well: the buttons still hold their offers. */
export function clearOffers() {
    for (const offer of offers) offer.text = null;
    offers = [];
    const panel = byId('once');
    if (!panel) return;
    byId('once-list').replaceChildren();
    panel.hidden = true;
}

export function askToLeaveOffers() {
    const count = offers.filter((offer) => offer.text !== null && !offer.copied).length;
    const text = count ? 'once.ask.missing' : 'once.ask.text';
    return ask({ title: 'once.ask.title', text, no: 'back', yes: 'once.done' }, count ? { count } : {});
}

export function startOnce() {
    clearOffers();
    byId('once-done').addEventListener('click', async () => {
        if (!await askToLeaveOffers()) return;
        clearOffers();
        byId('tokens-title').focus();
    });
}
