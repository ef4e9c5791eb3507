/* SPDX-License-Identifier: MIT */
/*
 * Texts that no store has issued, with good checksums, each as near as can be to a token of a
 * place: what it takes to find them is in the caches when it is for the token.
 */
#ifndef FORGE_H
#define FORGE_H

#include "place.h"

/* `count` texts that lie evenly over the place: a token's, with other last digits in the id. */
char *forge_unknown_any(const struct place *place, size_t count, uint64_t *random);
/* `count` texts, drawn from `among` different ones: a token's with other last digits in the id. */
char *forge_unknown(const struct place *place, size_t count, size_t among, uint64_t *random);
/* The same with the id of the token, and another secret. */
char *forge_wrong_secret(const struct place *place, size_t count, size_t among, uint64_t *random);

#endif
