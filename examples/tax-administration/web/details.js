/* SPDX-License-Identifier: MIT */
/* The details panel of a token: what is known of it, and what can be done besides copying and revoking. */
import { showActivity } from './activity.js';
import { call } from './call.js';
import { copyText } from './copy.js';
import { instantText, zoneOrUtc } from './dates.js';
import { ask, closed, openDialog } from './dialog.js';
import { byId } from './dom.js';
import { fillForm, hasEdits, rebaseForm, saveForm, startForm } from './edit.js';
import { say } from './messages.js';
import { offerOnce } from './once.js';
import { endOlder, replaceToken } from './replace.js';
import { current } from './session.js';
import { badgesOf } from './rows.js';
import { focusRow, putToken, tokenOf } from './table.js';
import { setText } from './text.js';
import { addressOf, explain, once } from './token-steps.js';
import { lastUse } from './validity.js';

const CHANGEABLE = ['valid', 'expired', 'suspended'];

/* ---- what is shown */

function instant(value) {
    return () => instantText(value, zoneOrUtc(current().zone));
}

function showOlder(panel, token) {
    const older = panel.querySelector('.older');
    older.hidden = !token.superseded_until;
    if (older.hidden) return;
    setText(older.querySelector('.until'), 'replace.older', { date: instant(token.superseded_until) });
    if (token.last_used_old) setText(older.querySelector('.used'), 'replace.older.used', { date: instant(token.last_used_old) });
    else setText(older.querySelector('.used'), 'replace.older.unused');
}

function showFacts(panel, token) {
    panel.querySelector('#details-title bdi').textContent = token.name;
    panel.querySelector('.token-id').textContent = token.id;
    panel.querySelector('.states').replaceChildren(...badgesOf(token));
    setText(panel.querySelector('.created'), token.created_by ? 'details.created.by' : 'details.created.at',
        { date: instant(token.created), actor: token.created_by });
    const { key, values } = lastUse(token, current());
    setText(panel.querySelector('.used-at'), key, values);
    panel.querySelector('.reason-row').hidden = !token.reason;
    panel.querySelector('.reason-given').textContent = token.reason ?? '';
    showOlder(panel, token);
}

function showSteps(panel, token) {
    const canChange = CHANGEABLE.includes(token.state);
    panel.querySelector('.edit').hidden = !canChange;
    panel.querySelector('.replace').hidden = !canChange || token.state === 'expired';
    panel.querySelector('.suspend').hidden = !canChange;
    setText(panel.querySelector('.suspend p'), token.suspended ? 'suspend.is' : 'suspend.text');
    setText(panel.querySelector('.suspend button'), token.suspended ? 'suspend.resume' : 'suspend.button');
}

/* ---- the panel */

class Panel {
    constructor(token) {
        this.token = token;
        this.element = openDialog('dialog-details');
        this.form = this.find('form.edit');
        for (const hint of this.form.querySelectorAll('.field-error')) hint.id = `edit-${hint.dataset.error}-error`;
        startForm(this.form);
        fillForm(this.form, token);
        this.show(token);
        this.listen();
    }

    find(selector) {
        return this.element.querySelector(selector);
    }

    show(token) {
        this.token = token;
        if (!this.element.isConnected) return;
        rebaseForm(this.form, token);
        showFacts(this.element, token);
        showSteps(this.element, token);
        showActivity(this.find('.activity ol'), this.find('.activity .note-line'), token);
    }

    adopt(token) {
        putToken(token);
        this.show(token);
    }

    /* A step that fails shows what the store says now. */
    do(step) {
        return once(this.token, async () => {
            try {
                await step();
            } catch (failure) {
                await explain(failure, this.token, () => this.do(step));
                const now = tokenOf(this.token.id);
                if (now) this.show(now);
            }
        });
    }

    async save() {
        const changed = await saveForm(this.form, this.token);
        if (!changed) return;
        this.adopt(changed);
        fillForm(this.form, changed);
        say('edit.done', { name: changed.name });
    }

    async replace() {
        const done = await replaceToken(this.token, Number(this.find('#replace-grace').value));
        if (!done) return;
        this.adopt(done.token);
        this.find('.replaced').hidden = current().copy_policy === 'once';
        say('replace.done', { name: done.token.name });
        if (done.text === null) return;
        offerOnce(done.token, done.text);
        this.element.close('once');
    }

    async copyNew() {
        const text = call('POST', addressOf(this.token, '/copy')).then(({ body }) => body.token);
        text.catch(() => {}); /* handled by do() */
        if (await copyText(text)) say('copy.done', { name: this.token.name });
    }

    async setSuspended(suspended) {
        const body = JSON.stringify({ suspended });
        this.adopt((await call('PATCH', addressOf(this.token), { body })).body);
        say(suspended ? 'suspend.done' : 'suspend.resumed', { name: this.token.name });
    }

    async endOlder() {
        this.adopt(await endOlder(this.token));
        say('replace.older.ended', { name: this.token.name });
        this.find('#details-title').focus(); /* the button has gone */
    }

    async close() {
        const keys = { title: 'edit.leave.title', text: 'edit.leave.text', no: 'leave.no', yes: 'leave.yes' };
        if (!this.form.hidden && hasEdits(this.form) && !await ask(keys)) return;
        this.element.close('');
    }

    listen() {
        const onClick = (selector, step) => this.find(selector).addEventListener('click', () => this.do(step));
        this.form.addEventListener('submit', (event) => {
            event.preventDefault();
            this.do(() => this.save());
        });
        onClick('.replace-now', () => this.replace());
        onClick('.copy-new', () => this.copyNew());
        onClick('.end-older', () => this.endOlder());
        onClick('.suspend button', () => this.setSuspended(!this.token.suspended));
        this.find('.close').addEventListener('click', () => this.close());
        this.element.addEventListener('cancel', (event) => {
            event.preventDefault();
            this.close();
        });
    }
}

export async function openDetails(token) {
    const panel = new Panel(token);
    panel.find('#details-title').focus();
    const how = await closed(panel.element);
    if (how === 'once') byId('once-title')?.focus();
    else if (document.activeElement === document.body) focusRow(token.id);
}
