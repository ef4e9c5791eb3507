/* SPDX-License-Identifier: MIT */
/*
 * Finds what a damaged or rolled-back data.mdb still proves, page by page and without LMDB: every
 * record whose tag is right, also on pages that are no longer in use. Of several records of one
 * token the one with the highest revision counts. Records that LMDB keeps on pages of their own, as
 * those of long texts, are not found; the hot record of a token never is one.
 */
#ifndef APITOKEN_LMDB_STORES_SALVAGE_H
#define APITOKEN_LMDB_STORES_SALVAGE_H

#include "lmdb/stores/proofs.h"

/* 0, even if nothing was found; APITOKEN_E_NOMEM. */
int atk_salvage(struct atk_proofs *proofs, int data_fd, const struct atk_keys *keys,
                apitoken_error *err);

#endif
