/* SPDX-License-Identifier: MIT */
/* What an external system does with a token: imports a file into the Tax Data Hub. */
import { readFileSync } from 'node:fs';

import { request } from './http.mjs';
import { programs } from './world.mjs';

export function importReports(world, interface_, token) {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'text/csv' };
    return request(world.hub.address, 'POST', `/api/v1/import/${interface_}`, { headers, body: readFileSync(programs.reports) });
}
