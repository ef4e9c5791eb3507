/* SPDX-License-Identifier: MIT */
/* What the golden store of version 0.2 contains. Never edited once that version is released. */
#ifndef GOLDEN_0_2_H
#define GOLDEN_0_2_H

#include <apitoken/apitoken.h>

/* 2026-09-21T14:13:20Z: when store and tokens were made */
#define GOLDEN_MADE_MS INT64_C(1790000000000)
#define GOLDEN_REVOKED_MS INT64_C(1795000000000) /* 2026-11-18T11:06:40Z */
#define GOLDEN_CHANGED_MS INT64_C(1799000000000) /* 2027-01-03T18:13:20Z: suspended, rotated */
#define GOLDEN_NOW_MS INT64_C(1800000000000)     /* 2027-01-15T08:00:00Z: the reader's clock */
#define GOLDEN_DAY 20270131
#define GOLDEN_DAY_END_MS INT64_C(1801440000000) /* 2027-02-01T00:00:00Z */
#define GOLDEN_INSTANT_MS INT64_C(1798761600000) /* 2027-01-01T00:00:00Z */

#define GOLDEN_GRACE_MS APITOKEN_GRACE_MAX_MS

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
    uint32_t reason_code;
    uint32_t key_id; /* the active key when it was made */
    int code;        /* what validate says at GOLDEN_NOW_MS, at GOLDEN_INTERFACE from GOLDEN_PEER */
    const char *interfaces, *networks, *data, *actor; /* "": none */
    int is_suspended;                                 /* at GOLDEN_CHANGED_MS */
    int is_rotated;                                   /* then, under the second key */
};

#define GOLDEN_INTERFACE "payroll:read"
#define GOLDEN_PEER "\xC0\x00\x02\x07"

enum {
    GOLDEN_NEVER,
    GOLDEN_BY_DAY,
    GOLDEN_EXPIRED,
    GOLDEN_REVOKED,
    GOLDEN_OTHER_OWNER,
    GOLDEN_NARROW,
    GOLDEN_SUSPENDED,
    GOLDEN_ROTATED,
    GOLDEN_SECOND_KEY,
    GOLDEN_COUNT
};

/* What most of them have in common. */
#define GOLDEN_OF_ALICE .owner = "alice", .description = "", .key_id = 1
#define GOLDEN_FOR_EVER .expiry_kind = APITOKEN_EXPIRY_NEVER, .expires_ms = INT64_MAX
#define GOLDEN_FOR_ALL .interfaces = "", .networks = "", .data = "", .actor = ""
#define GOLDEN_USUAL GOLDEN_OF_ALICE, GOLDEN_FOR_EVER, GOLDEN_FOR_ALL

static const struct golden_token golden_tokens[GOLDEN_COUNT] = {
    [GOLDEN_NEVER] = { GOLDEN_USUAL, .name = "never ends" },
    [GOLDEN_BY_DAY] = { GOLDEN_FOR_ALL, .owner = "alice", .name = "ends with a day",
                        .description = "End of January", .key_id = 1,
                        .expiry_kind = APITOKEN_EXPIRY_DAY, .expiry_day = GOLDEN_DAY,
                        .expires_ms = GOLDEN_DAY_END_MS },
    [GOLDEN_EXPIRED] = { GOLDEN_OF_ALICE, GOLDEN_FOR_ALL, .name = "has ended",
                         .expiry_kind = APITOKEN_EXPIRY_INSTANT, .expires_ms = GOLDEN_INSTANT_MS,
                         .code = APITOKEN_E_EXPIRED },
    [GOLDEN_REVOKED] = { GOLDEN_USUAL, .name = "was revoked", .reason = "laptop lost",
                         .reason_code = APITOKEN_REASON_EXPOSED, .code = APITOKEN_E_REVOKED },
    [GOLDEN_OTHER_OWNER] = { GOLDEN_FOR_EVER, GOLDEN_FOR_ALL, .owner = "b\xc3\xb6rse",
                             .name = "\xe2\x82\xac import", .description = "", .key_id = 1 },
    [GOLDEN_NARROW] = { GOLDEN_OF_ALICE, GOLDEN_FOR_EVER, .name = "for one purpose",
                        .interfaces = "reports,payroll:read",
                        .networks = "2001:db8::/32,192.0.2.0/24", .data = "tenant 7",
                        .actor = "carol" },
    [GOLDEN_SUSPENDED] = { GOLDEN_USUAL, .name = "is suspended", .code = APITOKEN_E_SUSPENDED,
                           .is_suspended = 1 },
    [GOLDEN_ROTATED] = { GOLDEN_USUAL, .name = "has two secrets", .is_rotated = 1 },
    [GOLDEN_SECOND_KEY] = { GOLDEN_FOR_EVER, GOLDEN_FOR_ALL, .owner = "alice",
                            .name = "under the second key", .description = "", .key_id = 2 },
};

#endif
