/* SPDX-License-Identifier: MIT */
/*
 * The descriptors of this process that have a store's files open. LMDB tells only of one of its
 * three.
 */
#ifndef APITOKEN_LMDB_PROCESS_OPEN_FILES_H
#define APITOKEN_LMDB_PROCESS_OPEN_FILES_H

#include "apitoken/apitoken.h"

/* After LMDB's open: makes its descriptors close-on-exec and notes them for a forked child. */
int atk_descriptors_note_lmdb(int dir_fd, apitoken_error *err);

/*
 * APITOKEN_E_FOREIGN_OPEN if lock.mdb is open: whoever has it would drop our locks when closing it.
 * Before LMDB's open.
 */
int atk_descriptors_refuse_foreign(int dir_fd, apitoken_error *err);

#endif
