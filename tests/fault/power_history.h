/* SPDX-License-Identifier: MIT */
/* The life of a store as a log of its writes, and what must hold of what a power loss at some record leaves of it. */
#ifndef POWER_HISTORY_H
#define POWER_HISTORY_H

#include "fixture.h"
#include "record_writes.h"

enum { POWER_TOKENS = 128, POWER_STEPS = 64, POWER_NEVER = 1000 };
#define POWER_STORE "store" /* its name in the root of the log */

struct power_token {
    struct made_token made;
    const char *owner;
    char name[APITOKEN_NAME_MAX + 1];
    size_t description_len;
    uint64_t made_in, revoked_in; /* steps; POWER_NEVER */
};

/* One verb each; the first makes the store. */
struct power_step {
    const char *verb;
    uint64_t map_bytes; /* of the store after it */
};

struct power_history {
    struct fixture f;
    uint64_t seed;
    struct power_token token[POWER_TOKENS];
    size_t tokens;
    struct power_step step[POWER_STEPS];
    uint64_t steps;
    const struct record *records;
    size_t count;
};

/* Lives through it; fails the test if the log is not all that was written. The same seed gives the same log; one at a time. */
struct power_history *power_history_make(uint64_t seed);
void power_history_free(struct power_history *history);

/* Where a power loss came: all of the first `acknowledged` steps, and perhaps the next one, which was under way. */
struct power_moment {
    uint64_t acknowledged;
    int is_under_way;
};
struct power_moment power_moment_of(const struct power_history *history, size_t position);

/*
 * Opens what is left of the store at `path`, if it is there, with the full check, and looks at all that it says of its tokens.
 * Gives what is wrong, or NULL. `goes_on`: makes and revokes a token, too.
 */
const char *power_judge(const struct power_history *history, struct power_moment moment, const char *path, int is_there,
                        int goes_on);

#endif
