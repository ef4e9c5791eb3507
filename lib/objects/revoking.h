/* SPDX-License-Identifier: MIT */
/* What the functions that revoke have in common: their options and the change that they make. */
#ifndef APITOKEN_OBJECTS_REVOKING_H
#define APITOKEN_OBJECTS_REVOKING_H

#include "objects/store.h"
#include "rules/edit_revoke.h"

struct atk_revoking {
    apitoken_revoke_opts opts;
    struct atk_revocation revocation;
    struct atk_change change; /* without id and owner; refers to the revocation */
};

/* Reads and checks the options. The handle must be one that may write. */
int atk_revoking_load(struct atk_revoking *revoking, const apitoken_store *store,
                      const apitoken_revoke_opts *opts, apitoken_error *err);

/* When it is done; after everything that the call checks without the store. */
int atk_revoking_read_clock(struct atk_revoking *revoking, const apitoken_store *store,
                            apitoken_error *err);

/* Both of them. */
int atk_revoking_begin(struct atk_revoking *revoking, const apitoken_store *store,
                       const apitoken_revoke_opts *opts, apitoken_error *err);

#endif
