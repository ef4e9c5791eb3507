/* SPDX-License-Identifier: MIT */
/*
 * What a case works with: browser contexts of its own, all of which are watched. After the case it is an error if a request has
 * left the page's origin, a page has logged an error, or a token is where it does not belong.
 */
import { mkdirSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

import { within } from './expect.mjs';
import { chromium, place } from './modules.mjs';
import { TOKEN, findings, remember } from './secrets.mjs';

const PATIENCE_MS = 300000; /* for what never comes */
const SCREENSHOTS = join(place, 'screenshots');
/* The browser itself logs each answer that is no 2xx. Those of the interface are for the page to handle. */
const REFUSAL = /^Failed to load resource: the server responded with a status of 4\d\d/;

export function startBrowser() {
    mkdirSync(SCREENSHOTS, { recursive: true });
    return chromium.launch({
        executablePath: process.env.CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync',
            '--host-resolver-rules=MAP 192.0.2.1 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost'],
    });
}

/*
 * In the page: what it shows for some seconds stays longer, and it waits longer for answers, so that a busy machine misses
 * nothing. No case waits for such a time to be over.
 */
function lengthen({ from, times }) {
    const later = window.setTimeout;
    const abortLater = AbortSignal.timeout;
    window.setTimeout = (run, ms = 0, ...more) => later(run, ms < from ? ms : ms * times, ...more);
    AbortSignal.timeout = (ms) => abortLater.call(AbortSignal, ms * times);
}

export class Stage {
    constructor(browser, world) {
        Object.assign(this, { browser, world, faults: [], excused: [], requests: [], watching: [] });
        Object.assign(this, { contexts: [], ownWorlds: [], servers: [] });
        this.origins = new Set();
        this.allow(world.administration.origin);
    }

    get origin() {
        return this.world.administration.origin;
    }

    /* A world of its own, which ends with the case. */
    use(world) {
        this.world = world;
        this.ownWorlds.push(world);
        this.allow(world.administration.origin);
    }

    /* Requests may go there, too. */
    allow(origin) {
        this.origins.add(origin);
    }

    /* A page of another origin, served until the case ends. Gives that origin. */
    async serve(html) {
        const server = http.createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end(html));
        this.servers.push(server);
        await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
        const origin = `http://localhost:${server.address().port}`;
        this.allow(origin);
        return origin;
    }

    /* An error that the case is about: a page may log it. */
    excuse(pattern) {
        this.excused.push(pattern);
    }

    async context(options = {}) {
        const context = await this.browser.newContext({
            locale: 'en-GB', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
        context.setDefaultTimeout(PATIENCE_MS);
        await context.addInitScript(lengthen, { from: 2000, times: 30 });
        context.on('request', (request) => this.sawRequest(request));
        context.on('response', (response) => this.watching.push(this.sawResponse(response)));
        context.on('console', (message) => this.sawMessage(message));
        context.on('weberror', (error) => this.faults.push(`uncaught: ${error.error()?.stack ?? error.error()}`));
        this.contexts.push(context);
        return context;
    }

    async page(options) {
        return (await this.context(options)).newPage();
    }

    /* A context in which the account is signed in already. */
    async contextOf(account, options = {}) {
        if (!account.session) await account.signIn();
        const context = await this.context(options);
        const url = options.origin ?? this.origin;
        await context.addCookies([{ name: 'session', value: account.cookie, url, httpOnly: true, sameSite: 'Strict' }]);
        return context;
    }

    sawRequest(request) {
        const url = request.url();
        this.requests.push(request);
        if (!this.origins.has(new URL(url).origin)) this.faults.push(`a request left the origin: ${url}`);
        if (TOKEN.test(decodeURIComponent(url))) this.faults.push('a token is in an address');
    }

    async sawResponse(response) {
        const path = new URL(response.url()).pathname;
        const text = await response.text().catch(() => ''); /* gone with its page */
        const isCopy = /^\/api\/v1\/tokens\/[0-9A-Za-z]+\/copy$/.test(path);
        const isNew = /^\/api\/v1\/tokens(\/[0-9A-Za-z]+\/rotate)?$/.test(path) && response.request().method() === 'POST';
        if (TOKEN.test(text) && !isCopy && !(isNew && this.world.copy === 'once')) this.faults.push(`an answer holds a token: ${path}`);
        for (const found of text.match(new RegExp(TOKEN, 'g')) ?? []) remember('token', found);
        if (path === '/api/v1/session') {
            const csrf = /"csrf": ?"([^"]+)"/.exec(text);
            if (csrf) remember('CSRF token', csrf[1]);
        }
    }

    sawMessage(message) {
        const { url } = message.location();
        const text = message.text();
        if (message.type() !== 'error' && message.type() !== 'warning') return;
        if (REFUSAL.test(text) && new URL(url).pathname.startsWith('/api/v1/')) return;
        if (this.excused.some((pattern) => pattern.test(text))) return;
        this.faults.push(`console: ${text} (${url})`);
    }

    /* Nothing of a page that is left at the end of a case, and nothing it has kept, holds a token. */
    async searchPage(page) {
        if (!this.origins.has(new URL(page.url()).origin)) return;
        const texts = await page.evaluate(async () => ({
            document: document.documentElement.outerHTML,
            fields: [...document.querySelectorAll('input, textarea')].map((field) => field.value).join('\n'),
            address: location.href,
            history: JSON.stringify(history.state) ?? '',
            cookies: document.cookie,
            localStorage: JSON.stringify(localStorage),
            sessionStorage: JSON.stringify(sessionStorage),
            databases: JSON.stringify(await indexedDB.databases()),
            caches: globalThis.caches ? (await caches.keys()).join() : '',
            name: window.name,
        }));
        for (const [where, text] of Object.entries(texts))
            if (TOKEN.test(text)) this.faults.push(`a token is left in the page: ${where}`);
        if (/session=/.test(texts.cookies)) this.faults.push('scripts can read the session cookie');
        if (texts.databases !== '[]' || texts.caches !== '') this.faults.push('the page keeps a database or a cache');
    }

    async close() {
        for (const context of this.contexts) {
            /* What a case has put between page and host may still be at a request that nobody waits for. */
            for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
            for (const page of context.pages()) await this.searchPage(page).catch((error) => this.faults.push(String(error)));
            const kept = await context.cookies();
            for (const { name, value } of kept) if (name.endsWith('session') && value) remember('session', value);
        }
        const seen = within(PATIENCE_MS, Promise.all(this.watching), 'the end of all answers');
        await seen.catch((error) => this.faults.push(error.message));
        for (const context of this.contexts) await context.close();
        for (const server of this.servers) {
            server.close();
            server.closeAllConnections();
        }
        for (const world of this.ownWorlds) await this.endWorld(world);
    }

    async endWorld(world) {
        this.faults.push(...findings(world.places()), ...await world.stop());
        world.remove();
    }

    check() {
        if (this.faults.length) throw new Error([...new Set(this.faults)].join('\n'));
    }

    screenshot(page, name, options = {}) {
        return page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), ...options });
    }
}
