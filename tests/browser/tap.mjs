/* SPDX-License-Identifier: MIT */
/* Cases in the order in which they were written down, reported as TAP. BROWSER_TEST_ONLY=PATTERN runs those whose names match. */

const cases = [];

export function test(name, body) {
    cases.push({ name, body });
}

function comment(error) {
    const text = String(error?.stack ?? error);
    console.log(text.split('\n').map((line) => `# ${line}`).join('\n'));
}

/* `around` is given each body and runs it. Gives the number of cases that failed. */
export async function runAll(around) {
    const only = new RegExp(process.env.BROWSER_TEST_ONLY ?? '');
    const chosen = cases.filter((each) => only.test(each.name));
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
