/* SPDX-License-Identifier: MIT */
/* The packages are installed in the build directory, where an import from here would not look. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const place = process.argv[2];

const require = createRequire(join(place, 'package.json'));

export const { chromium } = require('playwright-core');
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
