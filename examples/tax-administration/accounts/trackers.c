/* SPDX-License-Identifier: MIT */
#include "accounts/trackers.h"

#include <stddef.h>

#define DELAY_FIRST_MS 250
#define DELAY_MAX_MS 8000
#define FORGET_MS (INT64_C(3600) * 1000)
#define FORGIVE_MS (INT64_C(300) * 1000)
#define FAILURES_MAX 64 /* are forgiven within some five hours */

static struct tracker *set_of(struct tracker_table *table, uint64_t hash) {
    return table->trackers[hash % TRACKER_SETS];
}

struct tracker *tracker_find(struct tracker_table *table, uint64_t hash) {
    struct tracker *set = set_of(table, hash);
    for (size_t i = 0; i < TRACKER_WAYS; i++)
        if (set[i].hash == hash) return &set[i];
    return NULL;
}

struct tracker *tracker_find_or_add(struct tracker_table *table, uint64_t hash, int64_t now_ms) {
    struct tracker *set = set_of(table, hash), *found = tracker_find(table, hash);
    if (!found) {
        for (size_t i = 0; i < TRACKER_WAYS; i++)
            if (set[i].present == 0 && (!found || set[i].used_ms < found->used_ms)) found = &set[i];
        if (!found) return NULL;
        *found = (struct tracker){ .hash = hash };
    }
    if (found->present == 0 && now_ms - found->used_ms >= FORGET_MS) tracker_clear_delay(found);
    found->used_ms = now_ms;
    return found;
}

int64_t tracker_pending_ms(const struct tracker *tracker, int64_t now_ms) {
    bool is_forgotten = tracker->present == 0 && now_ms - tracker->used_ms >= FORGET_MS;
    return is_forgotten || tracker->ready_ms <= now_ms ? 0 : tracker->ready_ms - now_ms;
}

void tracker_delay(struct tracker *tracker, int64_t now_ms) {
    int64_t longer = tracker->delay_ms ? tracker->delay_ms * 2 : DELAY_FIRST_MS;
    tracker->delay_ms = longer < DELAY_MAX_MS ? longer : DELAY_MAX_MS;
    tracker->ready_ms = now_ms + tracker->delay_ms;
}

void tracker_clear_delay(struct tracker *tracker) { tracker->delay_ms = tracker->ready_ms = 0; }

unsigned tracker_failures(const struct tracker *tracker, int64_t now_ms) {
    int64_t forgiven = (now_ms - tracker->failed_ms) / FORGIVE_MS;
    return forgiven >= tracker->failures ? 0 : tracker->failures - (unsigned)forgiven;
}

void tracker_count_failure(struct tracker *tracker, int64_t now_ms) {
    unsigned failures = tracker_failures(tracker, now_ms);
    tracker->failures = failures < FAILURES_MAX ? failures + 1 : failures;
    tracker->failed_ms = now_ms;
}
