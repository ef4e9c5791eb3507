/* SPDX-License-Identifier: MIT */
/*
 * Cases in the order in which they were written down, reported as TAP. CASE='PATTERN' in the environment runs those whose names
 * match, with * for any text, and _ for blanks; a pattern that matches none is an error.
 */

const cases = [];

export function test(name, body) {
    cases.push({ name, body });
}

function comment(error) {
    const text = String(error?.stack ?? error);
    console.log(text.split('\n').map((line) => `# ${line}`).join('\n'));
}

/* Whether CASE chooses the case; without CASE, all are chosen. */
function isChosen(name) {
    const pattern = (process.env.CASE ?? '*').split('*').map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, '\\$&')).join('.*');
    return new RegExp(`^(?:${pattern})$`).test(name) || new RegExp(`^(?:${pattern})$`).test(name.replaceAll(' ', '_'));
}

/* `around` is given each body and runs it. Gives the number of cases that failed. */
export async function runAll(around) {
    const chosen = cases.filter((each) => isChosen(each.name));
    if (!chosen.length) throw new Error(`no case has a name like ${process.env.CASE}`);
    let failed = 0;
    console.log(`1..${chosen.length}`);
    for (const [i, { name, body }] of chosen.entries()) {
        const start = Date.now();
        try {
            await around(body, name);
            console.log(`ok ${i + 1} - ${name}`);
        } catch (error) {
            failed++;
            console.log(`not ok ${i + 1} - ${name}`);
            comment(error);
        }
        if (process.env.BROWSER_TEST_TIMES) console.log(`# ${Date.now() - start} ms`);
    }
    return failed;
}
