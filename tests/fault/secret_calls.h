/* SPDX-License-Identifier: MIT */
/*
 * Every public call that handles a secret or a key, including its failures, in an order that gives
 * each call what it needs.
 */
#ifndef SECRET_CALLS_H
#define SECRET_CALLS_H

#include "stage.h"

struct secret_call {
    const char *name;
    int due;
    stage_fn run;
    stage_fn prepare; /* NULL, or what the test does itself before it */
    stage_fn learn;   /* NULL, or after it: what is to be searched for from now on */
    /* NULL, or what makes it possible to repeat it: it is then tried with system calls that fail */
    stage_fn undo;
};

extern const struct secret_call key_calls[]; /* of keyrings and stores */
extern const size_t key_call_count;

extern const struct secret_call token_calls[];
extern const size_t token_call_count;

#endif
