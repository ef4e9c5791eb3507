/* SPDX-License-Identifier: MIT */
/* Help for a field of the expiration date: the usual terms at a press, and in words what the field says. */
import { dayAfter, longDayText, yearAfter } from './dates.js';
import { current } from './session.js';
import { setText } from './text.js';

const TERMS = {
    30: (today) => dayAfter(today, 30),
    90: (today) => dayAfter(today, 90),
    year: (today) => yearAfter(today),
    never: () => '',
};

/* A field keeps its words in the language of the page, whatever form the browser gives it. */
export function showEnd(field) {
    const { value, validity } = field.querySelector('input');
    const words = field.querySelector('.end-words');
    if (validity.badInput) words.replaceChildren();
    else if (value) setText(words, 'end.until', { date: () => longDayText(value) });
    else setText(words, 'end.never');
}

/* One stop for the Tab key, so that the way on to Save is not longer; the arrow keys move within. */
function makeToolbar(buttons) {
    buttons.forEach((button, at) => {
        button.tabIndex = at === 0 ? 0 : -1;
        button.addEventListener('keydown', (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (!step) return;
            event.preventDefault();
            const next = buttons[(at + step + buttons.length) % buttons.length];
            button.tabIndex = -1;
            next.tabIndex = 0;
            next.focus();
        });
    });
}

/* `field` has an input, buttons with a term, and a place for the words. */
export function helpWithEnd(field) {
    const input = field.querySelector('input');
    const buttons = [...field.querySelectorAll('[data-term]')];
    for (const button of buttons) {
        button.hidden = !current().today && button.dataset.term !== 'never';
        button.addEventListener('click', () => {
            if (input.readOnly) return;
            input.value = TERMS[button.dataset.term](current().today);
            input.dispatchEvent(new Event('input', { bubbles: true }));
        });
    }
    makeToolbar(buttons.filter((button) => !button.hidden));
    for (const event of ['input', 'keyup', 'blur']) input.addEventListener(event, () => showEnd(field));
    showEnd(field);
}
