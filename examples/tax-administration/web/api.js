/* SPDX-License-Identifier: MIT */
/* One request to the host, and what can go wrong with it. */

const PATIENCE_MS = 30000;
const BASE = '/api/v1';

/*
 * kind: 'problem'    the host refused: status, code, errors, retryAfter
 *       'network'    no answer, or half of one: the host may or may not have done it
 *       'cancelled'  the session has ended, and the user did not sign in again
 *       'other-user' somebody else has signed in: the step is not theirs
 */
export class Failure extends Error {
    constructor(kind, details = {}) {
        super(details.code ?? kind);
        this.kind = kind;
        Object.assign(this, { status: 0, code: '', errors: [], retryAfter: 0 }, details);
    }

    /* The host may have done what was asked, or may still be doing it. */
    get uncertain() {
        return this.kind === 'network' || this.status >= 500 || this.code === 'IDEMPOTENCY_RUNNING';
    }
}

async function bodyOf(answer) {
    if (answer.status === 204) return null;
    return answer.json();
}

async function problemOf(answer) {
    const problem = await answer.json().catch(() => ({}));
    return new Failure('problem', {
        status: answer.status,
        code: problem.code ?? '',
        errors: problem.errors ?? [],
        retryAfter: Number(answer.headers.get('Retry-After')) || 0,
    });
}

function requestOf(method, { body, headers, csrf }) {
    const all = { Accept: 'application/json', ...headers };
    if (csrf) all['X-CSRF-Token'] = csrf;
    if (body !== undefined) all['Content-Type'] = 'application/json';
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return { method, headers: all, body, signal, credentials: 'same-origin', cache: 'no-store', redirect: 'error' };
}

export async function send(method, path, options = {}) {
    let answer;
    try {
        answer = await fetch(BASE + path, requestOf(method, options));
        if (answer.ok) return { body: await bodyOf(answer), replayed: answer.headers.get('Idempotency-Replayed') === 'true' };
    } catch {
        throw new Failure('network');
    }
    throw await problemOf(answer);
}
