/* SPDX-License-Identifier: MIT */
#include "counters_text.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

#define COUNTER(name) \
    { #name, offsetof(apitoken_counters, name) }

static const struct {
    const char *name;
    size_t offset;
} values[] = {
    COUNTER(open_ms),       COUNTER(accepted),
    COUNTER(malformed),     COUNTER(unknown),
    COUNTER(expired),       COUNTER(revoked),
    COUNTER(no_token),      COUNTER(newer),
    COUNTER(suspended),     COUNTER(blocked),
    COUNTER(wrong_network), COUNTER(wrong_interface),
    COUNTER(bad_header),    COUNTER(failed),
    COUNTER(clock_failed),  COUNTER(remembered),
    COUNTER(writes),        COUNTER(writes_failed),
    COUNTER(transactions),  COUNTER(tokens_changed),
    COUNTER(shared_writes), COUNTER(largest_group),
    COUNTER(queued_writes), COUNTER(lock_waits),
    COUNTER(lock_wait_us),  COUNTER(longest_lock_wait_us),
};
#define VALUE_COUNT (sizeof values / sizeof *values)

static int64_t number_at(const apitoken_counters *counters, size_t i) {
    int64_t number;
    memcpy(&number, (const char *)counters + values[i].offset, sizeof number);
    return number;
}

void counters_print_text(const apitoken_counters *counters) {
    for (size_t i = 0; i < VALUE_COUNT; i++)
        printf("%-21s%" PRId64 "\n", values[i].name, number_at(counters, i));
}

enum exit_code counters_print_json(const apitoken_counters *counters) {
    json_t *object = json_object();
    bool is_made = object != NULL;
    for (size_t i = 0; i < VALUE_COUNT && is_made; i++)
        is_made =
            json_object_set_new(object, values[i].name, json_integer(number_at(counters, i))) == 0;
    /* output_finish() detects a failed write. */
    if (is_made) (void)json_dumpf(object, stdout, JSON_COMPACT);
    if (is_made) printf("\n");
    json_decref(object);
    return is_made ? EXIT_DONE : report_no_memory();
}
