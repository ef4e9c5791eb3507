/* SPDX-License-Identifier: MIT */
/* Small helpers on the document. Text always goes in as text, never as markup. */

export function byId(id) {
    return document.getElementById(id);
}

export function templateOf(id) {
    return byId(id).content;
}

/* The white space between the elements of a template would double the nodes of a thousand rows. */
function withoutBlanks(root) {
    const blanks = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) if (walker.currentNode.data.trim() === '') blanks.push(walker.currentNode);
    for (const blank of blanks) blank.remove();
    return root;
}

const models = new Map();

export function fromTemplate(id) {
    if (!models.has(id)) models.set(id, withoutBlanks(templateOf(id).firstElementChild));
    return models.get(id).cloneNode(true);
}

export function setIcon(root, name) {
    root.querySelector('use').setAttribute('href', `#icon-${name}`);
}

export function describedBy(element, ...ids) {
    const present = ids.filter(Boolean);
    if (present.length) element.setAttribute('aria-describedby', present.join(' '));
    else element.removeAttribute('aria-describedby');
}
