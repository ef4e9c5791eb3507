/* SPDX-License-Identifier: MIT */
/* Timed lookups of tokens, done in the same way by the library and by the floor. */
#ifndef LOOK_H
#define LOOK_H

#include "place.h"

/* Who looks: gives 0 or another code for a text. */
typedef int (*look_fn)(void *ctx, const char *text, size_t len);

/* ctx: a struct place, as for the next two */
int look_library(void *ctx, const char *text, size_t len);
int look_forgetful(void *ctx, const char *text, size_t len);
int look_floor(void *ctx, const char *text, size_t len);

struct look {
    look_fn fn;
    void *ctx;
    const char *texts; /* PLACE_STRIDE apart */
    size_t count;
    size_t len;
    int due; /* the code of every look; LOOK_FAILS: any but 0 */
};
#define LOOK_FAILS 1

/* Nanoseconds a look, of this thread's processor time or of the wall clock. */
double look_cpu_ns(const struct look *look);
double look_wall_ns(const struct look *look);

/*
 * Nanoseconds a look at hot tokens of a place, each looked at once after a commit: at first sight,
 * as the handle remembers none of them, or renewed, as it found them good in the state before. The
 * commit leaves cold caches behind; so looks by a handle that remembers nothing come next, and
 * records, pages and code are at hand again. The floor does the same right after. The medians of
 * many such bursts are a round's value.
 *
 * What is looked at once in each state is not remembered, so the tokens at first sight are the same
 * in all bursts: a set that nothing else looks at.
 */
struct after_commit {
    double ours;
    double floor; /* 0 in a place without one */
};
struct after_commit look_first(struct place *place, size_t hot, size_t bursts, uint64_t *random);
struct after_commit look_renewed(struct place *place, size_t hot, size_t bursts, uint64_t *random);

/* The commit in it, by another handle than looks: a new token of an owner of its own. */
void look_commit(const struct place *place);

#endif
