/* SPDX-License-Identifier: MIT */
/* Expiry as people write it: YYYY-MM-DD, an RFC 3339 instant, 90d, or never. */
#ifndef EXAMPLE_EXPIRY_H
#define EXAMPLE_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

/* The fields of apitoken_create_opts with the same meaning. */
struct expiry {
    uint32_t kind; /* APITOKEN_EXPIRY_ */
    int32_t day;
    int64_t ms;
};

/*
 * `90d` is now_ms + 90 * 24 hours. 0; APITOKEN_E_DAY for what looks like a day and is none;
 * APITOKEN_E_EXPIRY for any other text, the empty one included, and for an instant behind the year
 * 9999. Whether it lies in the past is the library's question.
 */
int expiry_parse(const char *text, size_t len, int64_t now_ms, struct expiry *ret_expiry);

#endif
