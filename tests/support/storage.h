/* SPDX-License-Identifier: MIT */
/* Where the stores of a test stand, and how long their commits take. */
#ifndef STORAGE_H
#define STORAGE_H

#include <stdint.h>

/*
 * For tests that make many commits and do not ask whether a disk keeps them: from here on stores
 * stand in memory, unless TEST_DIR names another folder or the memory has no room for `bytes` more.
 */
void storage_in_memory(uint64_t bytes);
#define STORAGE_USUAL (UINT64_C(256) << 20) /* more than most tests fill */

/*
 * The same for tests that look or kill while a commit is under way: each sync of a file in memory
 * takes PACED_SYNC_US, so that commits last as long on every machine. The program must be linked
 * with export_dynamic.
 */
void storage_pace_syncs(void);
#define PACED_SYNC_US 100

#endif
