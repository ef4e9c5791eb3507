/* SPDX-License-Identifier: MIT */
/* Many tokens in one durable transaction, if the library can. */
#ifndef BATCH_H
#define BATCH_H

#include <apitoken/apitoken.h>

#define BATCH_TOKENS 1000

typedef void (*batch_fn)(void *ctx, const char *text, size_t len);

/*
 * Makes `count` tokens of the owner (PLACE_OWNER_LEN bytes) and gives each text to `each`, if not NULL. 0; -1 if the library has
 * no batch create.
 */
int batch_create(apitoken_store *store, const char *owner, size_t count, batch_fn each, void *ctx);

#endif
