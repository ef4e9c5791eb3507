/* SPDX-License-Identifier: MIT */
/* A user with a thousand tokens. */
import { equal, truth } from './expect.mjs';
import { add, button, cell, copied, field, make, profileOf, revoke, rows } from './page.mjs';
import { test } from './tap.mjs';

const MANY = 1000;
const AT_ONCE = 8;

async function makeMany(account) {
    let next = 0;
    const worker = async () => {
        while (next < MANY) {
            const number = next++;
            const expires = number % 2 ? '2099-12-31' : null;
            await account.create(`system ${number}`, { description: `number ${number}`, expires });
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

test('1,000 tokens of one user: all rows are there and reachable, sorting, typing, copy and revoke work', async (stage) => {
    const account = await (await stage.world.addUser()).signIn();
    await makeMany(account);
    const page = await profileOf(stage, account);
    equal(await rows(page).count(), MANY);
    equal(await page.locator('#count').innerText(), '1000 tokens');

    const sort = page.getByRole('columnheader').getByRole('button', { name: 'Name', exact: true });
    await sort.click();
    const first = () => rows(page).first().getByRole('rowheader').innerText();
    equal(await first(), 'system 0');
    equal(await rows(page).nth(999).getByRole('rowheader').innerText(), 'system 999');
    await sort.click();
    equal(await first(), 'system 999');

    await add(page, 'typed with many rows');
    equal(await field(page, 'Name').inputValue(), 'typed with many rows');
    await button(page, 'Remove row').click();
    await make(page, 'one more');
    equal(await cell(page, 'one more', 'validity'), 'valid indefinitely');
    equal(await page.locator('#count').innerText(), '1001 tokens');

    await copied(stage, page, 'system 500');
    await revoke(page, 'system 500');
    await rows(page).last().scrollIntoViewIfNeeded();
    truth(await rows(page).last().isVisible(), 'the last row can be reached');
    await page.getByLabel('Hide revoked').check();
    equal(await page.locator('#count').innerText(), '1000 of 1001 tokens');
    await stage.screenshot(page, 'many');
});
