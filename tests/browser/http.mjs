/* SPDX-License-Identifier: MIT */
/* Requests without a browser: nothing is added to what is given. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
const PATIENCE_MS = 300000;

function jsonOf(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/* `host` has a port. Resolves with { status, headers, text, json }. */
export function request(host, method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const [hostname, port] = host.split(':');
        const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) };
        const options = { hostname, port, method, path, agent, timeout: PATIENCE_MS, headers: { ...headers, ...length } };
        const call = http.request(options, (answer) => {
            const pieces = [];
            answer.on('data', (piece) => pieces.push(piece));
            answer.on('error', reject);
            answer.on('end', () => {
                const text = Buffer.concat(pieces).toString('utf8');
                resolve({ status: answer.statusCode, headers: answer.headers, text, json: jsonOf(text) });
            });
        });
        call.on('timeout', () => call.destroy(new Error(`${method} ${path}: no answer`)));
        call.on('error', reject);
        call.end(body);
    });
}

export function closeConnections() {
    agent.destroy();
}
