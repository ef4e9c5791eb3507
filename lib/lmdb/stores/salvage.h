/* SPDX-License-Identifier: MIT */
/*
 * Finds tokens in a damaged or rolled-back data.mdb, page by page and without LMDB: every record
 * whose tag is right, also on pages that are no longer in use. Of several records of one token the
 * one with the highest revision tells whether it is revoked.
 */
#ifndef APITOKEN_LMDB_STORES_SALVAGE_H
#define APITOKEN_LMDB_STORES_SALVAGE_H

#include "lmdb/stores/revocations.h"

/* 0, even if nothing was found; APITOKEN_E_NOMEM. */
int atk_salvage(struct atk_revocations *revocations, int data_fd, const struct atk_keys *keys,
                apitoken_error *err);

#endif
