/* SPDX-License-Identifier: MIT */
/*
 * Runs calls whose traces are searched for on a stack of their own, which stays as the call left it
 * while memory is searched. What the test itself must do in clear runs on a stack that is then
 * released.
 */
#ifndef STAGE_H
#define STAGE_H

#include <pthread.h>

#include "api.h"

/* A token's text under a mask; len 0: none. */
struct hidden {
    uint8_t masked[APITOKEN_FORMAT_MAX];
    size_t len;
    char id[APITOKEN_ID_MAX + 1];
};

/* The calls' world. */
struct stage {
    struct fixture *f;         /* policy always; its store is open read-write */
    apitoken_store *verifier;  /* the same, verify-only */
    apitoken_store *once;      /* policy once */
    apitoken_store *full;      /* policy always, no room */
    apitoken_keyring *keyring; /* what the last call made, until it is freed */
    apitoken_secret *secret;
    apitoken_batch *batch;
    apitoken_store *store;
    struct hidden good, revoked, expired, wrong, unknown, kept_once, damaged;
    uint64_t seed;      /* of the series that was foretold */
    apitoken_error err; /* of the last call, and its verdict */
    apitoken_verdict verdict;
};

/* What a caller presents or is given: the one place for text in clear. */
extern struct clear {
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
} clear;

void hide(struct hidden *hidden, const char *id, const char *text, size_t len);
const char *show_clear(const struct hidden *hidden); /* puts it into `clear` */

/*
 * From now on, until end_series(): the random bytes of a seed, the same each time. Else those of
 * libsodium.
 */
void begin_series(uint64_t seed);
void end_series(void);

typedef int (*stage_fn)(struct stage *s);

/* A call that stands still. */
struct standing {
    stage_fn call;
    struct stage *stage;
    uint8_t *stack;
    pthread_t thread;
    uint32_t is_done, may_end; /* futexes */
    int rc;
};

/*
 * Makes the call on a stack of its own and returns when that has come back; it stands until
 * end_call().
 */
void make_call(struct standing *standing, stage_fn call, struct stage *s);
int end_call(struct standing *standing);

/* The same without a look: for what the test does itself. */
int do_quietly(stage_fn call, struct stage *s);
int nothing(struct stage *s);

/*
 * All below are to be done quietly. A stage over a fixture with policy always: fill it, empty it.
 */
int stage_set(struct stage *s);
int stage_fill(struct stage *s); /* makes the full store */
int stage_strike(struct stage *s);

/* What is searched for from now on: the secrets of what a call just made. */
int learn_created(struct stage *s);
int learn_batch(struct stage *s);

/* ... and what the same call makes of the next seed: one that fails tells nobody. */
int foretell(struct stage *s);
int foretell_keys(struct stage *s);

#endif
