/* SPDX-License-Identifier: MIT */
/* Checks that say what they saw. */
import { isDeepStrictEqual } from 'node:util';

const PATIENCE_MS = 300000; /* for what never comes */
const STEP_MS = 20;

export function equal(got, due, what = 'value') {
    if (!isDeepStrictEqual(got, due)) throw new Error(`${what}: got ${JSON.stringify(got)}, due ${JSON.stringify(due)}`);
}

export function truth(got, what) {
    if (!got) throw new Error(`not so: ${what}`);
}

export function matches(got, pattern, what = 'text') {
    if (!pattern.test(got)) throw new Error(`${what}: ${JSON.stringify(got)} does not match ${pattern}`);
}

/* Waits until it holds; its value. */
export async function until(condition, what) {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
        const value = await condition();
        if (value) return value;
        if (Date.now() > end) throw new Error(`does not come: ${what}`);
        await new Promise((resolve) => { setTimeout(resolve, STEP_MS); });
    }
}

/* Waits until the condition gives that; waiting for what must not come is no use, so wait for what must. */
export async function becomes(condition, due, what) {
    let got;
    await until(async () => isDeepStrictEqual(got = await condition(), due), what).catch(() => equal(got, due, what));
}

/* The value of the promise, if it comes in time. */
export function within(ms, promise, what) {
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
