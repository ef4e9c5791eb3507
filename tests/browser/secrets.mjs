/* SPDX-License-Identifier: MIT */
/* What must not be found where it does not belong: every token, password, session and CSRF token of the run. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const TOKEN = /tdh_1[0-9A-Za-z]{12,}/;

const known = new Map(); /* text: what it is */

export function remember(what, text) {
    known.set(text, what);
    return text;
}

export function countOf(what) {
    return [...known.values()].filter((each) => each === what).length;
}

function filesBelow(path) {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path).flatMap((name) => filesBelow(join(path, name)));
}

/* 'FILE holds a WHAT' for each that is found in a file at or below one of the paths. */
export function findings(paths) {
    const found = [];
    for (const file of paths.flatMap(filesBelow)) {
        const data = readFileSync(file);
        for (const [text, what] of known)
            if (data.includes(text)) found.push(`${file} holds a ${what}`);
        if (TOKEN.test(data.toString('latin1'))) found.push(`${file} holds what looks like a token`);
    }
    return found;
}
