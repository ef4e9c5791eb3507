/* SPDX-License-Identifier: MIT */
/*
 * The environments that this process has open, one per store: two opens of one LMDB file in a
 * process silently lose commits. Keyed by device and inode of data.mdb, so that links, renames and
 * mounts lead to the same one. Also knows whether this process is a forked child of the one that
 * opened a handle.
 */
#ifndef APITOKEN_LMDB_PROCESS_REGISTRY_H
#define APITOKEN_LMDB_PROCESS_REGISTRY_H

#include "lmdb/process/env.h"

/*
 * Identity of this process, for handles to remember: never 0, differs from that of every parent.
 * Costs no system call. atk_registry_identity() is 0 in a child that has not opened a store yet.
 */
uint64_t atk_registry_identity(void);

/*
 * The environment of the store at `path`, opened or shared. APITOKEN_E_MODE if read-write is asked
 * for while it is open read-only. Release it with atk_registry_release().
 */
int atk_registry_acquire(const char *path, int read_only, uint64_t check_max_bytes,
                         struct atk_deadline *deadline, struct atk_env **ret_env,
                         struct atk_backend_news *news, apitoken_error *err);
void atk_registry_release(struct atk_env *env);

#endif
