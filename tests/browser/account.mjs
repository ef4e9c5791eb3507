/* SPDX-License-Identifier: MIT */
/* An account of the Tax Administration, used over its JSON interface: what a case needs beside the page. */
import { request } from './http.mjs';
import { remember } from './secrets.mjs';

export class Account {
    constructor(world, name, password) {
        Object.assign(this, { world, name, password, cookie: '', session: null });
    }

    async signIn() {
        const body = JSON.stringify({ name: this.name, password: this.password });
        const answer = await this.call('POST', '/session', { body });
        if (answer.status !== 200) throw new Error(`sign-in of ${this.name}: ${answer.status} ${answer.text}`);
        this.session = answer.json;
        this.cookie = remember('session', /^session=([^;]+)/.exec(answer.headers['set-cookie'][0])[1]);
        remember('CSRF token', this.session.csrf);
        return this;
    }

    call(method, path, { body, headers = {} } = {}) {
        const all = { ...headers };
        if (this.cookie) all.Cookie = `session=${this.cookie}`;
        if (this.session && method !== 'GET') all['X-CSRF-Token'] = this.session.csrf;
        if (body !== undefined) all['Content-Type'] = 'application/json';
        return request(this.world.administration.address, method, `/api/v1${path}`, { body, headers: all });
    }

    async due(status, method, path, options) {
        if (!this.session) await this.signIn();
        const answer = await this.call(method, path, options);
        if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
        return answer.json;
    }

    create(name, { description = null, expires = null } = {}) {
        return this.due(201, 'POST', '/tokens', { body: JSON.stringify({ name, description, expires }) });
    }

    revoke(id) {
        return this.due(200, 'POST', `/tokens/${id}/revoke`);
    }

    async copy(id) {
        return remember('token', (await this.due(200, 'POST', `/tokens/${id}/copy`)).token);
    }

    async list() {
        const { tokens, next } = await this.due(200, 'GET', '/tokens?limit=1000');
        if (next) throw new Error('more than a page of tokens');
        return tokens;
    }

    async names() {
        return (await this.list()).map((token) => token.name);
    }

    /* Ends the session behind the page's back. */
    async signOut() {
        await this.due(204, 'DELETE', '/session');
        Object.assign(this, { cookie: '', session: null });
    }
}
