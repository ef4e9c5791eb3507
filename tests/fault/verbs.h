/* SPDX-License-Identifier: MIT */
/* Every verb as a call that can be repeated, for tests in which the system fails during it. */
#ifndef VERBS_H
#define VERBS_H

#include "api.h"

/*
 * Each store takes the reserve of its map on disk, and who is killed leaves one: so a small one,
 * with room for what a sweep makes.
 */
#define MAP_BYTES (UINT64_C(32) << 20)
#define PATIENCE_MS 20 /* locks that fail look as if others had them */

/*
 * Whoever stands before libc lets calls fail while it is 1. A verb that has to set something up
 * does so while it is 0.
 */
extern int faults_are_on;

struct world {
    struct fixture *f;
    struct made_token good, bad; /* of "owner"; bad was revoked */
    struct made_token next;      /* of "other": the one that revoke is tried on */
    unsigned serial;
};

/* Makes good and bad over a fixture's open store. */
struct world world_make(struct fixture *f);

/* A store anew: one that a sweep has filled takes long to look through. */
void world_renew(struct world *w);

/* With nothing failing meanwhile. */
void remove_tree(const char *path);

/* Removes what calls that were killed have left beside the store. */
void world_tidy(struct world *w);

/*
 * Setup of a test that makes thousands of commits and asks for no disk: in memory, if TEST_DIR does
 * not say otherwise.
 */
int world_setup_in_memory(void **state);
#define CASE_IN_MEMORY(fn) \
    cmocka_unit_test_setup_teardown(fn, world_setup_in_memory, fixture_teardown)

/* One call, whose outputs are freed again. On failure they must be untouched. */
typedef int (*verb_fn)(struct world *w);

extern const struct verb {
    const char *name;
    verb_fn call;
} verbs[];
extern const size_t verb_count;

int verb_create(struct world *w);       /* of a token of "other" */
int verb_create_batch(struct world *w); /* of three */
int verb_revoke(struct world *w);
int verb_revoke_texts(struct world *w); /* of the same token */
int verb_accept_rollback(struct world *w);

/* 1 if the call revokes "next". */
int verb_revokes(verb_fn call);

/* Goes on with a store that was rolled back. */
int world_accept_rollback(struct world *w);

/* Opens the store read-write with little patience. */
apitoken_store *world_open(struct world *w);

/* The open handle answers, and right. */
void world_assert_sound(struct world *w);

#endif
