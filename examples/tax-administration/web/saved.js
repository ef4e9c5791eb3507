/* SPDX-License-Identifier: MIT */
/*
 * Right after Save, under the copy policy "always": the new tokens, to be copied as they are or as a command of curl. A token is
 * fetched when it is wanted, and is in the page only while it is shown.
 */
import { call } from './call.js';
import { copyText } from './copy.js';
import { byId, fromTemplate } from './dom.js';
import { hush, say } from './messages.js';
import { current } from './session.js';
import { setLabel, setText, translate } from './text.js';
import { addressOf, explain, once } from './token-steps.js';

/* The command reads the token from its input: so it is not among the arguments that every user of the machine can list. */
function curlOf(text) {
    return [
        "curl -K - -H 'Content-Type: text/csv' --data-binary @report.csv \\",
        `    ${current().hub_url}/api/v1/import/INTERFACE <<'END'`,
        `header = "Authorization: Bearer ${text}"`,
        'END',
        '',
    ].join('\n');
}

class Item {
    constructor(token) {
        this.token = token;
        this.element = fromTemplate('saved-item');
        this.field = this.element.querySelector('input');
        translate(this.element);
        setText(this.element.querySelector('.saved-name'), 'saved.name', { name: token.name });
        setLabel(this.field, 'saved.field', { name: token.name });
        this.label('.copy-plain', 'saved.copy');
        this.label('.copy-curl', 'saved.curl');
        this.hide();
        this.onClick('.show', () => (this.isShown ? this.hide() : this.show()));
        this.onClick('.copy-plain', () => this.copy((text) => text, '.copy-plain'));
        this.onClick('.copy-curl', () => this.copy(curlOf, '.copy-curl'));
        this.element.querySelector('.copy-curl').hidden = !current().hub_url;
    }

    label(selector, key) {
        setLabel(this.element.querySelector(selector), key, { name: this.token.name });
    }

    onClick(selector, step) {
        this.element.querySelector(selector).addEventListener('click', () => once(this.token, async () => {
            try {
                await step();
            } catch (failure) {
                await explain(failure, this.token);
            }
        }));
    }

    text() {
        const text = call('POST', addressOf(this.token, '/copy')).then(({ body }) => body.token);
        text.catch(() => {}); /* handled where it is awaited */
        return text;
    }

    async show() {
        this.field.value = await this.text();
        this.isShown = true;
        this.showState();
        this.field.select();
    }

    hide() {
        this.field.value = '••••••••••••';
        this.isShown = false;
        this.showState();
    }

    showState() {
        const key = this.isShown ? 'saved.hide' : 'saved.show';
        setText(this.element.querySelector('.show'), `${key}.button`);
        this.label('.show', key);
    }

    async copy(form, selector) {
        hush();
        if (!await copyText(this.text().then(form))) return;
        say('copy.done', { name: this.token.name });
        this.element.querySelector(selector).classList.add('done');
        setText(this.element.querySelector('.copied-mark'), 'byhand.copied');
    }
}

let items = [];

export function offerSaved(token) {
    const item = new Item(token);
    items.push(item);
    byId('saved-list').append(item.element);
    byId('saved').hidden = false;
}

/* Takes the texts out of the page first. */
export function clearSaved() {
    for (const item of items) item.hide();
    items = [];
    if (!byId('saved')) return;
    byId('saved-list').replaceChildren();
    byId('saved').hidden = true;
}

export function startSaved() {
    clearSaved();
    byId('saved-hub').hidden = !current().hub_url;
    if (current().hub_url) {
        byId('saved-hub-address').textContent = current().hub_url;
        byId('saved-command').textContent = curlOf('TOKEN');
    }
    byId('saved-done').addEventListener('click', () => {
        clearSaved();
        byId('tokens-title').focus();
    });
}
