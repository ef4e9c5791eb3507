/* SPDX-License-Identifier: MIT */
/* Started by run.py: node main.mjs PLACE APITOKEN TAX-ADMINISTRATION TAX-DATA-HUB FAKE-CLOCK.SO REPORTS.CSV */
import { resolve } from 'node:path';

import { within } from './expect.mjs';
import { closeConnections } from './http.mjs';
import { countOf, findings } from './secrets.mjs';
import { Stage, startBrowser } from './stage.mjs';
import { runAll, test } from './tap.mjs';
import { World, programs } from './world.mjs';

import './cases-main-job.mjs';
import './cases-sign-in.mjs';
import './cases-adding.mjs';
import './cases-names.mjs';
import './cases-days.mjs';
import './cases-table.mjs';
import './cases-copy.mjs';
import './cases-revoke.mjs';
import './cases-details.mjs';
import './cases-owners.mjs';
import './cases-session.mjs';
import './cases-repeat.mjs';
import './cases-language.mjs';
import './cases-layout.mjs';
import './cases-axe.mjs';
import './cases-many.mjs';
import './cases-saved.mjs';
import './cases-once.mjs';

[programs.tool, programs.administration, programs.hub, programs.fakeClock, programs.reports] =
    process.argv.slice(3).map((path) => resolve(path));

const CASE_MS = 1200000; /* for a hang alone */

/* Each secret that the cases above have met is looked for where the hosts have written. */
test('no log and no data file holds a token, a password, a session or a CSRF token', async (stage) => {
    if (!process.env.CASE && countOf('token') < 20) throw new Error(`only ${countOf('token')} tokens were met`);
    const found = findings(stage.world.places());
    if (found.length) throw new Error(found.join('\n'));
});

test('both hosts stop on SIGTERM with exit code 0, and no sanitizer has complained', async (stage) => {
    const faults = await stage.world.stop();
    if (faults.length) throw new Error(faults.join('\n'));
});

async function main() {
    const world = await new World().make();
    await world.startAdministration();
    await world.startHub();
    const browser = await startBrowser();

    const failed = await runAll(async (body) => {
        const stage = new Stage(browser, world);
        try {
            await within(CASE_MS, body(stage), 'the case');
        } catch (error) {
            stage.faults.unshift(error.stack);
        }
        await stage.close();
        stage.check();
    });

    await browser.close();
    closeConnections();
    await world.stop();
    world.remove(failed > 0);
    return failed ? 1 : 0;
}

main().then((code) => process.exit(code), (error) => {
    console.log(`Bail out! ${error.stack}`.split('\n').join('\n# '));
    process.exit(1);
});
