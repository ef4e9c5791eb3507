/* SPDX-License-Identifier: MIT */
/*
 * What can be read of a damaged or rolled-back data.mdb, page by page and without LMDB: every
 * revoked token whose record passes its check, also on pages that are no longer used. A revocation
 * is never undone, so any record of one proves it.
 */
#ifndef APITOKEN_LMDB_STORES_SALVAGE_H
#define APITOKEN_LMDB_STORES_SALVAGE_H

#include "lmdb/stores/revocations.h"

/* 0 however little was found; APITOKEN_E_NOMEM. */
int atk_salvage(struct atk_revocations *known, int data_fd, const struct atk_keys *keys,
                apitoken_error *err);

#endif
