/* SPDX-License-Identifier: MIT */
/* Modal dialogs. A dialog is in the document only while it is open, so that nothing typed or shown in it stays behind. */
import { byId, fromTemplate } from './dom.js';
import { setText, translate } from './text.js';

export function openDialog(template) {
    const dialog = fromTemplate(template);
    translate(dialog);
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}

/* Resolves with the value of the button that closed it, '' for Escape. */
export function closed(dialog) {
    return new Promise((resolve) => {
        dialog.addEventListener('close', () => {
            dialog.remove();
            resolve(dialog.returnValue);
        }, { once: true });
    });
}

/* `keys` are the keys of four texts: title, text, yes, no. True if yes was pressed. */
export async function ask(keys, values = {}) {
    const dialog = openDialog('dialog-ask');
    setText(byId('ask-title'), keys.title, values);
    setText(byId('ask-text'), keys.text, values);
    setText(dialog.querySelector('.no'), keys.no);
    setText(dialog.querySelector('.yes'), keys.yes);
    return await closed(dialog) === 'yes';
}
