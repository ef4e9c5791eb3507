/* SPDX-License-Identifier: MIT */
/* Many tokens in one durable transaction. */
#ifndef BATCH_H
#define BATCH_H

#include <apitoken/apitoken.h>
#include <stddef.h>

typedef void (*batch_fn)(void *ctx, const char *text, size_t len);

/* Every hundredth token of an owner has this name of 4 bytes, the others another one. */
#define BATCH_RARE_NAME "rare"
#define BATCH_RARE 100

/*
 * Makes tokens number `first` to `first + count - 1` of a place that has so many owners, who take
 * turns. Gives the nanoseconds that the create took, without what follows: each text to `each`, if
 * that is not NULL.
 */
double batch_create(apitoken_store *store, size_t first, size_t count, size_t owners, batch_fn each,
                    void *ctx);

#endif
