/* SPDX-License-Identifier: MIT */
/* A folder with keys and a store, made by the tool, and the hosts over it. */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { Account } from './account.mjs';
import { remember } from './secrets.mjs';

const WAIT_MS = 600000; /* for a hang alone */
const SANITIZER = /Sanitizer|runtime error:/;

/* What must not outlive this program, however it ends. */
const running = new Set();
const folders = new Set();
process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
    for (const folder of folders) console.log(`# kept: ${folder}`); // of a run that did not reach its end
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export const programs = {};

function run(program, args, { input = '', env = {} } = {}) {
    return new Promise((resolve) => {
        const options = { env: { ...process.env, ...env }, timeout: WAIT_MS };
        const child = execFile(program, args, options, (error, stdout, stderr) => {
            resolve({ code: error ? error.code ?? error.signal : 0, stdout: stdout.trimEnd(), stderr });
        });
        child.stdin.on('error', () => {}); /* it may end without reading */
        child.stdin.end(input);
    });
}

async function mustRun(program, args, options) {
    const { code, stdout, stderr } = await run(program, args, options);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}: ${stderr}`);
    return stdout;
}

/* A running host. */
class Host {
    constructor(name, program, args, log) {
        this.name = name;
        this.log = log;
        const stderr = openSync(log, 'a');
        this.child = spawn(program, args, { stdio: ['ignore', 'pipe', stderr] });
        closeSync(stderr);
        running.add(this.child);
        this.ended = new Promise((resolve) => {
            this.child.once('exit', (code, signal) => {
                running.delete(this.child);
                resolve(code ?? signal);
            });
        });
    }

    async listen() {
        const lines = createInterface({ input: this.child.stdout });
        const line = await Promise.race([
            new Promise((resolve) => lines.once('line', resolve)),
            this.ended.then((code) => { throw new Error(`${this.name} ended with ${code}: ${this.logText()}`); }),
        ]);
        const match = /^listening on http:\/\/(127\.0\.0\.1:(\d+))$/.exec(line);
        if (!match) throw new Error(`${this.name}: no listening line: ${line}`);
        [, this.address, this.port] = match;
        this.origin = `http://localhost:${this.port}`;
        return this;
    }

    logText() {
        return readFileSync(this.log, 'utf8');
    }

    /* By SIGTERM. What is wrong with how it ended, or nothing. */
    async stop() {
        this.child.kill('SIGTERM');
        const timer = setTimeout(() => this.child.kill('SIGKILL'), WAIT_MS);
        const code = await this.ended;
        clearTimeout(timer);
        if (code !== 0) return [`${this.name} ended with ${code}: ${this.logText().slice(-2000)}`];
        if (SANITIZER.test(this.logText())) return [`${this.name}: ${this.logText().slice(0, 4000)}`];
        return [];
    }
}

export class World {
    constructor() {
        this.dir = mkdtempSync(join(tmpdir(), 'apitoken-browser-'));
        folders.add(this.dir);
        this.hosts = [];
        this.users = 0;
    }

    path(name) {
        return join(this.dir, name);
    }

    /* The tool, with the store and the full keyring. `now` is a Date that it shall take for the present. */
    tool(args, { now, input } = {}) {
        const env = { APITOKEN_STORE: this.path('store'), APITOKEN_KEYS: this.path('keys') };
        if (now) {
            Object.assign(env, {
                ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ? `${process.env.ASAN_OPTIONS}:` : ''}verify_asan_link_order=0`,
                LD_PRELOAD: [programs.fakeClock, process.env.LD_PRELOAD].filter(Boolean).join(':'),
                FAKE_NOW: String(Math.floor(now.getTime() / 1000)),
            });
        }
        return mustRun(programs.tool, args, { env, input });
    }

    async make({ copy = 'always', zone = 'Europe/Berlin' } = {}) {
        Object.assign(this, { copy, zone });
        await this.tool(['keys', 'create', this.path('keys')]);
        await this.tool(['init', '--copy', copy, '--zone', zone]);
        await this.tool(['keys', 'export-verify', this.path('keys'), this.path('keys.verify')]);
        return this;
    }

    async start(name, program, args) {
        const host = new Host(name, program, args, this.path(`${name}.log`));
        this.hosts.push(host);
        return host.listen();
    }

    /* Over port 0, or over that of one that was stopped. */
    async startAdministration(port = 0, options = []) {
        this.administration = await this.start('tax-administration', programs.administration, [
            '--store', this.path('store'), '--keys', this.path('keys'), '--data', this.path('accounts'), '--port', String(port), ...options]);
        return this.administration;
    }

    async startHub() {
        this.hub = await this.start('tax-data-hub', programs.hub, [
            '--store', this.path('store'), '--keys', this.path('keys.verify'), '--data', this.path('imports'), '--port', '0']);
        return this.hub;
    }

    userCommand(args, input) {
        return mustRun(programs.administration, ['user', ...args, '--data', this.path('accounts')], { input });
    }

    /* An account of its own for a case, so that none sees what another has left. */
    async addUser(name = `alice${++this.users}`) {
        const password = remember('password', randomBytes(12).toString('base64url'));
        await this.userCommand(['add', name], password);
        return new Account(this, name, password);
    }

    async ownerOf(name) {
        const lines = (await this.userCommand(['list', '--json'])).split('\n');
        return lines.map((line) => JSON.parse(line)).find((each) => each.name === name).id;
    }

    /* A token that the page cannot make: of the past, or that ends at an instant. Gives its text. */
    async makeToken(account, name, { expires, description, now } = {}) {
        account.owner ??= await this.ownerOf(account.name);
        const args = ['create', '--owner', account.owner, '--name', name];
        if (expires) args.push('--expires', expires);
        if (description) args.push('--description', description);
        return remember('token', await this.tool(args, { now }));
    }

    /* Many at once; nobody gets their texts. */
    async makeTokens(account, tokens) {
        account.owner ??= await this.ownerOf(account.name);
        const lines = tokens.map((token) => JSON.stringify({ owner: account.owner, ...token }));
        await this.tool(['create', '--batch'], { input: `${lines.join('\n')}\n` });
    }

    async revokeToken(account, token, now) {
        await this.tool(['revoke', '--owner', account.owner, '--yes', idOf(token)], { now });
    }

    /* Does the store say that the token is good? */
    async isGood(token) {
        const env = { APITOKEN_STORE: this.path('store'), APITOKEN_KEYS: this.path('keys.verify') };
        const { code } = await run(programs.tool, ['check'], { input: token, env });
        if (code !== 0 && code !== 1) throw new Error(`check: exit ${code}`);
        return code === 0;
    }

    /* Where secrets could have been left. The full keyring is one. */
    places() {
        return [...new Set(this.hosts.map((host) => host.log))].concat(['store', 'accounts'].map((name) => this.path(name)),
            this.hub ? [this.path('imports')] : []);
    }

    async stop() {
        const faults = [];
        for (const host of this.hosts.splice(0)) faults.push(...await host.stop());
        return faults;
    }

    /* After a failed case it stays, and with KEEP=1 always: the end of the process prints where. */
    remove(hasFailed) {
        if (hasFailed || process.env.KEEP === '1') return;
        rmSync(this.dir, { recursive: true, force: true });
        folders.delete(this.dir);
    }
}

export function idOf(token) {
    return token.slice(5, 17);
}
