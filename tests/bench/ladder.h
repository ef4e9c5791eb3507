/* SPDX-License-Identifier: MIT */
/*
 * What each safety property costs: the floor again, written by hand over the library's form of a
 * record, with one more property on each rung. The library cannot switch them off, and should not
 * be able to.
 */
#ifndef LADDER_H
#define LADDER_H

#include "place.h"

enum ladder_rung {
    /* the key is the token's id; the record has the library's form; its owner is copied out */
    LADDER_OWNER,
    LADDER_CHECK,    /* a keyed tag over key and record is checked */
    LADDER_SCRUB,    /* key and text are wiped from the stack */
    LADDER_FORK,     /* a page that the kernel empties on fork is looked at */
    LADDER_LAST_USE, /* the minute is noted in a mapped file */
    LADDER_RUNGS
};

struct ladder; /* one thread at a time */

/* Over the texts of a place, in the directory `dir`, which it makes. */
struct ladder *ladder_make(const struct place *place, const char *dir);
void ladder_free(struct ladder *ladder);

/* 0 if the token is good, with all properties up to that rung. Of the type look_fn. */
extern int (*const ladder_look[LADDER_RUNGS])(void *ladder, const char *text, size_t len);

#endif
