/* SPDX-License-Identifier: MIT */
/* An expiry as people write it: YYYY-MM-DD, an RFC 3339 instant, 90d, or never. */
#ifndef EXAMPLE_EXPIRY_H
#define EXAMPLE_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

/* Same meaning as the expiry_* fields of apitoken_create_opts. */
struct expiry {
    uint32_t kind; /* APITOKEN_EXPIRY_ */
    int32_t day;
    int64_t ms;
};

/*
 * `90d` means now_ms + 90 * 24 hours. Returns 0; APITOKEN_E_DAY for text of the form of a day that
 * the calendar does not have; APITOKEN_E_EXPIRY for any other text, even empty, and for an instant
 * after the year 9999. It does not check whether the expiry is in the past: the library does.
 */
int expiry_parse(const char *text, size_t len, int64_t now_ms, struct expiry *ret_expiry);

#endif
