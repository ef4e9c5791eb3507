/* SPDX-License-Identifier: MIT */
/*
 * A place: a directory with a keyring, a store, the floor's store over the same tokens, and the
 * texts of the tokens. fill.c makes it once; the programs that measure open it.
 */
#ifndef PLACE_H
#define PLACE_H

#include <apitoken/apitoken.h>
#include <stddef.h>
#include <stdint.h>

#include "floor.h"

#define PLACE_PATH 512
#define PLACE_OWNER_LEN 16
#define PLACE_STRIDE 64 /* of texts that were drawn */

struct place {
    char dir[PLACE_PATH];
    size_t tokens;
    size_t owners; /* token i belongs to owner i % owners */
    size_t len;    /* of each text */
    char *texts;   /* mapped; a line each */
    apitoken_keyring *keyring;
    apitoken_store *store;
    apitoken_store *forgetful; /* the same store by a handle that remembers no verdict */
    struct floor *floor;       /* NULL = it was made without one */
};

extern const uint8_t place_floor_key[FLOOR_KEY_LEN];

/* DIR/name in one of a few buffers that take turns. */
const char *place_path(const char *dir, const char *name);
void place_owner(size_t number, char out[PLACE_OWNER_LEN + 1]);
size_t place_floor_map(size_t tokens);

void place_open(struct place *place, const char *dir, uint32_t mode);
void place_close(struct place *place);

const char *place_text(const struct place *place, size_t i);

/*
 * Texts of the place in one piece, PLACE_STRIDE apart, to be freed, so that what is measured reads
 * them one after the other. A set is `among` tokens that lie evenly over the place; `which` tells
 * disjoint sets apart.
 */
/* any, with repetitions */
char *place_draw(const struct place *place, size_t count, uint64_t *random);
char *place_draw_hot(const struct place *place, size_t count, size_t among, size_t which,
                     uint64_t *random);
/* each once, in random order */
char *place_set(const struct place *place, size_t among, size_t which, uint64_t *random);

#endif
