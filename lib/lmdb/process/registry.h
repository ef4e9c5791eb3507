/* SPDX-License-Identifier: MIT */
/*
 * The environments that this process has open, one per store: opening an LMDB file twice in a
 * process loses commits silently. Keyed by device and inode of data.mdb, so that links, renames and
 * mounts lead to the same environment. Opening and closing one store delays no other one. Also
 * tells a process from its forked children.
 */
#ifndef APITOKEN_LMDB_PROCESS_REGISTRY_H
#define APITOKEN_LMDB_PROCESS_REGISTRY_H

#include "lmdb/process/env.h"

/*
 * Identity of this process, which each handle keeps. Differs from that of every ancestor; 0 in a
 * process that has not opened a store yet. No system call.
 */
uint64_t atk_registry_identity(void);

/*
 * Opens or shares the environment of the store at `path`. Waits, until the deadline, for a thread
 * that is opening or closing this store. APITOKEN_E_MODE: read-write is wanted, and this process
 * has it open read-only. Release it with atk_registry_release().
 */
int atk_registry_acquire(const char *path, const struct atk_env_open *how, struct atk_env **ret_env,
                         apitoken_error *err);
/* The last one closes it: see atk_env_close(). */
void atk_registry_release(struct atk_env *env, struct atk_deadline *deadline);

#endif
