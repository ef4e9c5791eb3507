/* SPDX-License-Identifier: MIT */
/* The profile menu: a button that opens a list. */
import { byId } from './dom.js';

function entries() {
    return [...byId('profile-menu').querySelectorAll('a, button')];
}

function isOpen() {
    return !byId('profile-menu').hidden;
}

function setOpen(open) {
    byId('profile-menu').hidden = !open;
    byId('profile-button').setAttribute('aria-expanded', String(open));
}

function focusEntry(step) {
    const all = entries();
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
    all[next].focus();
}

function onKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Escape' && isOpen()) {
        setOpen(false);
        byId('profile-button').focus();
    } else if (step) {
        event.preventDefault();
        setOpen(true);
        focusEntry(step);
    }
}

export function startMenu() {
    const nav = byId('nav');
    byId('profile-button').addEventListener('click', () => setOpen(!isOpen()));
    byId('profile-menu').addEventListener('click', () => setOpen(false));
    nav.addEventListener('keydown', onKey);
    nav.addEventListener('focusout', (event) => {
        if (event.relatedTarget && !nav.contains(event.relatedTarget)) setOpen(false);
    });
    document.addEventListener('click', (event) => {
        if (!nav.contains(event.target)) setOpen(false);
    });
}

/* `name` null = nobody is signed in. */
export function showUser(name) {
    setOpen(false);
    byId('nav').hidden = name === null;
    byId('profile-name').textContent = name ?? '';
}
