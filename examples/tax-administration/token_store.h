/* SPDX-License-Identifier: MIT */
/* Opens the token store with its full keyring, for the host and for `user` commands. */
#ifndef TAX_ADMINISTRATION_TOKEN_STORE_H
#define TAX_ADMINISTRATION_TOKEN_STORE_H

#include <apitoken/apitoken.h>

/* Who changes a token that the host or its operator changes, and not the owner. */
#define TOKEN_STORE_ACTOR "tax-administration"

/*
 * Read-write; `flags` are 0 or APITOKEN_OPEN_ADMIN. Returns EXIT_DONE; or EXIT_STORES after logging
 * why, also for a keyring that can only verify. Close with apitoken_store_close().
 */
int token_store_open(const char *store, const char *keys, uint32_t flags,
                     apitoken_store **ret_store);

#endif
