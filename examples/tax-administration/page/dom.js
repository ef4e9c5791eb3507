/* SPDX-License-Identifier: MIT */
/* Small helpers on the document. Text always goes in as text, never as markup. */

export function byId(id) {
    return document.getElementById(id);
}

export function templateOf(id) {
    return byId(id).content;
}

export function fromTemplate(id) {
    return templateOf(id).firstElementChild.cloneNode(true);
}

export function setIcon(root, name) {
    root.querySelector('use').setAttribute('href', `#icon-${name}`);
}

export function describedBy(element, ...ids) {
    const present = ids.filter(Boolean);
    if (present.length) element.setAttribute('aria-describedby', present.join(' '));
    else element.removeAttribute('aria-describedby');
}
