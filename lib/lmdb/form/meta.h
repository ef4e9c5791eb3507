/* SPDX-License-Identifier: MIT */
/*
 * A quick check of data.mdb before LMDB maps it: opening a truncated file, or one with damaged meta
 * pages, would kill the host.
 */
#ifndef APITOKEN_LMDB_FORM_META_H
#define APITOKEN_LMDB_FORM_META_H

#include <stdbool.h>
#include <stdint.h>

#include "lmdb/form/pages.h"
#include "base/limits.h"

#define ATK_DATA_FILE "data.mdb"

/* Reads both meta pages; false if they cannot be read completely. */
bool atk_meta_read_both(int fd, struct atk_meta metas[2], uint32_t *ret_page_size);

/* 0, or APITOKEN_E_DAMAGED. *ret_file_bytes: size of the file. */
int atk_meta_check(int dir_fd, bool any_owner, uint64_t *ret_file_bytes, apitoken_error *err);

#endif
