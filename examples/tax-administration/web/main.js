/* SPDX-License-Identifier: MIT */
/* The views, and moving between them: the hash '' is the home view, #profile is My profile. */
import { send } from './api.js';
import { byId, templateOf } from './dom.js';
import { mayLeave, mustAsk, startLeaveGuard } from './leave.js';
import { showUser, startMenu } from './menu.js';
import { hush, say, warnOf } from './messages.js';
import { startProfile, stopProfile } from './profile.js';
import { isSaving } from './save.js';
import { current, forgetSession, onSession, readSession } from './session.js';
import { wireSignIn } from './sign-in.js';
import { followAddress, tableAddress } from './table.js';
import { setText, setTitle, startLanguage, switchLanguage, translate } from './text.js';

const views = {
    'sign-in': { title: 'signin.title', start: () => wireSignIn(byId('sign-in'), enter), stop() {} },
    home: { title: 'app', start: () => setText(byId('home-user'), 'home.user', { name: current().name }), stop() {} },
    profile: { title: 'profile.title', start: startProfile, stop: stopProfile },
};

let shown = null;
let asking = false;

/* ---- views */

function wantedView() {
    if (!current()) return 'sign-in';
    return location.hash.split('?')[0] === '#profile' ? 'profile' : 'home';
}

function hashOf(view) {
    return view === 'profile' ? tableAddress() : '';
}

/* The first view leaves the focus to the browser; later ones focus their heading, so that it is announced. */
function show(name) {
    const first = shown === null;
    if (shown) views[shown].stop();
    for (const dialog of document.querySelectorAll('dialog')) dialog.close(''); /* it asks about the old view */
    shown = name;
    const view = templateOf(`view-${name}`).cloneNode(true);
    translate(view);
    byId('main').replaceChildren(view);
    setTitle(views[name].title);
    views[name].start();
    if (name === 'sign-in') byId('sign-in-name').focus();
    else if (!first) byId('main').querySelector('h1').focus();
}

async function asked() {
    if (asking) return false;
    asking = true;
    try {
        return await mayLeave();
    } finally {
        asking = false;
    }
}

/* The address has already changed; put it back while the user is asked. */
async function onAddress() {
    const wanted = wantedView();
    if (wanted === shown) {
        if (shown === 'profile') followAddress();
        return;
    }
    if (!mustAsk() && !isSaving()) {
        show(wanted);
        return;
    }
    history.pushState(null, '', location.pathname + hashOf(shown));
    if (isSaving() || !await asked()) return;
    views[shown].stop();
    location.hash = hashOf(wanted);
}

/* ---- signing in and out */

function enter() {
    hush();
    showUser(current().name);
    show(wantedView());
}

function leave() {
    forgetSession();
    showUser(null);
    history.replaceState(null, '', location.pathname);
    show('sign-in');
    say('signout.done');
}

/* If another tab has signed in since, the CSRF token here is that of an earlier session. */
async function endSession() {
    try {
        await send('DELETE', '/session', { csrf: current().csrf });
    } catch (failure) {
        if (failure.code !== 'CSRF') throw failure;
        await readSession();
        await send('DELETE', '/session', { csrf: current().csrf });
    }
}

async function signOut() {
    if (isSaving() || !await asked()) return;
    try {
        await endSession();
    } catch (failure) {
        if (failure.status !== 401) {
            warnOf(failure, signOut);
            return;
        }
    }
    leave();
}

/* Another tab may have signed in as somebody else. An ended session is reported at the next action. */
async function lookAgain() {
    if (document.hidden || !current() || asking || isSaving()) return;
    await readSession().catch(() => {});
}

function onOtherUser() {
    showUser(current().name);
    if (shown === 'home') setText(byId('home-user'), 'home.user', { name: current().name });
}

/* ---- start */

function startHeader() {
    startMenu();
    byId('sign-out').addEventListener('click', signOut);
    for (const button of document.querySelectorAll('[data-language]'))
        button.addEventListener('click', () => switchLanguage(button.dataset.language).catch(() => warnOf({ kind: 'network' })));
    document.querySelector('.skip-link').addEventListener('click', (event) => {
        event.preventDefault();
        byId('main').focus();
    });
}

async function firstView() {
    try {
        await readSession();
        enter();
    } catch (failure) {
        show('sign-in');
        if (failure.status !== 401) warnOf(failure, firstView);
    }
}

async function start() {
    await startLanguage();
    startHeader();
    startLeaveGuard();
    onSession('other-user', onOtherUser);
    window.addEventListener('hashchange', onAddress);
    window.addEventListener('pageshow', (event) => event.persisted && lookAgain());
    document.addEventListener('visibilitychange', lookAgain);
    await firstView();
}

start().catch(() => {
    byId('broken').hidden = false;
});
