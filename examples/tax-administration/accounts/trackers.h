/* SPDX-License-Identifier: MIT */
/*
 * What a host remembers of the attempts to sign in, in a table of fixed size: how many failed, and
 * when the next may begin. The table holds only a keyed hash of a name or an address. A full set of
 * the table loses its least recently used entry.
 */
#ifndef TAX_ADMINISTRATION_TRACKERS_H
#define TAX_ADMINISTRATION_TRACKERS_H

#include <stdbool.h>
#include <stdint.h>

#define TRACKER_SETS 512
#define TRACKER_WAYS 8

struct tracker {
    uint64_t hash; /* 0 = free */
    int64_t used_ms;
    int64_t failed_ms; /* when `failures` was last raised */
    int64_t delay_ms;  /* after the last wrong password; 0 after a right one */
    int64_t ready_ms;  /* when the next attempt may verify its password */
    uint64_t served;   /* the number of its last turn */
    unsigned failures;
    unsigned present; /* attempts that wait or verify */
    bool is_busy;     /* an attempt that takes turns with others is verifying */
};

struct tracker_table {
    struct tracker trackers[TRACKER_SETS][TRACKER_WAYS];
};

/* NULL if there is none, or no room because every entry of its set has an attempt present. */
struct tracker *tracker_find(struct tracker_table *table, uint64_t hash);
struct tracker *tracker_find_or_add(struct tracker_table *table, uint64_t hash, int64_t now_ms);

/* How long the next attempt must still wait. An hour without attempts clears the delay. */
int64_t tracker_pending_ms(const struct tracker *tracker, int64_t now_ms);
/* Doubles the delay: 0.25, 0.5, 1, 2, 4, and then always 8 seconds. */
void tracker_delay(struct tracker *tracker, int64_t now_ms);
void tracker_clear_delay(struct tracker *tracker);

/* Wrong passwords that are not forgiven yet: one every five minutes. */
unsigned tracker_failures(const struct tracker *tracker, int64_t now_ms);
void tracker_count_failure(struct tracker *tracker, int64_t now_ms);

#endif
