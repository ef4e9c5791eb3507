/* SPDX-License-Identifier: MIT */
/* What the golden store of version 0.2 contains. Never edited once that version is released. */
#ifndef GOLDEN_0_2_H
#define GOLDEN_0_2_H

#include <apitoken/apitoken.h>

/* 2026-09-21T14:13:20Z: when store and tokens were made */
#define GOLDEN_MADE_MS INT64_C(1790000000000)
#define GOLDEN_REVOKED_MS INT64_C(1795000000000) /* 2026-11-18T11:06:40Z */
#define GOLDEN_NOW_MS INT64_C(1800000000000)     /* 2027-01-15T08:00:00Z: the reader's clock */
#define GOLDEN_DAY 20270131
#define GOLDEN_DAY_END_MS INT64_C(1801440000000) /* 2027-02-01T00:00:00Z */
#define GOLDEN_INSTANT_MS INT64_C(1798761600000) /* 2027-01-01T00:00:00Z */

#define GOLDEN_PREFIX "gold"
#define GOLDEN_MAP_BYTES (UINT64_C(16) << 20)

struct golden_token {
    const char *owner;
    const char *name;
    const char *description;
    uint32_t expiry_kind;
    int32_t expiry_day;
    int64_t expires_ms;
    const char *reason; /* NULL: not revoked */
    uint32_t key_id;    /* the active key when it was made */
    int code;           /* what validate says at GOLDEN_NOW_MS */
};

enum {
    GOLDEN_NEVER,
    GOLDEN_BY_DAY,
    GOLDEN_EXPIRED,
    GOLDEN_REVOKED,
    GOLDEN_OTHER_OWNER,
    GOLDEN_SECOND_KEY,
    GOLDEN_COUNT
};

static const struct golden_token golden_tokens[GOLDEN_COUNT] = {
    [GOLDEN_NEVER] = { "alice", "never ends", "", APITOKEN_EXPIRY_NEVER, 0, INT64_MAX, NULL, 1, 0 },
    [GOLDEN_BY_DAY] = { "alice", "ends with a day", "End of January", APITOKEN_EXPIRY_DAY,
                        GOLDEN_DAY, GOLDEN_DAY_END_MS, NULL, 1, 0 },
    [GOLDEN_EXPIRED] = { "alice", "has ended", "", APITOKEN_EXPIRY_INSTANT, 0, GOLDEN_INSTANT_MS,
                         NULL, 1, APITOKEN_E_EXPIRED },
    [GOLDEN_REVOKED] = { "alice", "was revoked", "", APITOKEN_EXPIRY_NEVER, 0, INT64_MAX,
                         "laptop lost", 1, APITOKEN_E_REVOKED },
    [GOLDEN_OTHER_OWNER] = { "b\xc3\xb6rse", "\xe2\x82\xac import", "", APITOKEN_EXPIRY_NEVER, 0,
                             INT64_MAX, NULL, 1, 0 },
    [GOLDEN_SECOND_KEY] = { "alice", "under the second key", "", APITOKEN_EXPIRY_NEVER, 0,
                            INT64_MAX, NULL, 2, 0 },
};

#endif
