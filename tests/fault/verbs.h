/* SPDX-License-Identifier: MIT */
/* Every verb as a call that can be repeated, for tests in which the system fails under it. */
#ifndef VERBS_H
#define VERBS_H

#include "api.h"

/* Whoever stands before libc lets calls fail while it is 1. A verb that has to set something up does so while it is 0. */
extern int faults_are_on;

struct world {
    struct fixture *f;
    struct made_token good, bad; /* of "owner"; bad was revoked */
    struct made_token next;      /* of "other": the one that revoke is tried on */
    unsigned serial;
};

/* Makes good and bad over a fixture's open store. */
struct world world_make(struct fixture *f);

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

/* Opens the store read-write with little patience. */
apitoken_store *world_open(struct world *w);

/* The open handle answers, and right. */
void world_assert_sound(struct world *w);

#endif
