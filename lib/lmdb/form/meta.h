/* SPDX-License-Identifier: MIT */
/*
 * The cheap look at data.mdb before LMDB maps it: a file cut off or with damaged meta pages would
 * kill the host in its open.
 */
#ifndef APITOKEN_LMDB_FORM_META_H
#define APITOKEN_LMDB_FORM_META_H

#include <stdint.h>

#include "lmdb/form/pages.h"
#include "base/limits.h"

#define ATK_DATA_FILE "data.mdb"

/* Reads both meta pages. 1, or 0 if they cannot be read whole. */
int atk_meta_read_both(int fd, struct atk_meta metas[2], uint32_t *ret_page_size);

/* 0, or APITOKEN_E_DAMAGED. *ret_file_bytes gets the size of the file. */
int atk_meta_check(int dir_fd, int any_owner, uint64_t *ret_file_bytes, apitoken_error *err);

#endif
