/* SPDX-License-Identifier: MIT */
/*
 * Every cap of the library in one place, each with its reason. The public ones stand in apitoken.h.
 */
#ifndef APITOKEN_BASE_LIMITS_H
#define APITOKEN_BASE_LIMITS_H

#include "apitoken/apitoken.h"

/* 9999-12-31T23:59:59.999Z: four-digit years, so that text forms stay fixed */
#define ATK_MS_MAX INT64_C(253402300799999)
/* stored end of a token without expiry: `now < end` needs no second case */
#define ATK_END_NEVER INT64_MAX
#define ATK_DAY_MIN 19700101
#define ATK_DAY_MAX 99991231
/* no civil zone is further from UTC; guards against a callback in seconds */
#define ATK_ZONE_SLACK_MS (48 * 3600000)

#define ATK_PREFIX_MIN 2
#define ATK_PREFIX_DEFAULT "tdh"
#define ATK_ZONE_DEFAULT "UTC"
#define ATK_SECRET_LEN 30 /* 178 bits: beyond guessing, as long as GitHub's */
#define ATK_CRC_LEN 6     /* 62^6 > 2^32 */
#define ATK_CURSOR_LEN 16
#define ATK_TOKEN_LEN_MAX (APITOKEN_PREFIX_MAX + 1 + ATK_BODY_LEN)
#define ATK_STRUCT_MAX 4096 /* no public struct is larger: a size above it was never set */
#define ATK_BODY_LEN (1 + APITOKEN_ID_LEN + ATK_SECRET_LEN + ATK_CRC_LEN)

#define ATK_KEY_LEN 32     /* master, digest and seal keys: 256 bits */
#define ATK_TAG_KEY_LEN 16 /* SipHash-2-4-128 */
#define ATK_TAG_LEN 16
#define ATK_DIGEST_LEN 32
#define ATK_FP_LEN 16               /* a fingerprint tells keys apart; 128 bits are plenty */
#define ATK_SEAL_OVERHEAD (24 + 16) /* XChaCha20-Poly1305: nonce and tag */
/* regions of freed secrets that are used again: as many as threads are likely to create at once */
#define ATK_SECRETS_KEPT 16
#define ATK_KEYS_MAX 32           /* a key a year, and the guarded region stays a few pages */
#define ATK_KEYRING_FILE_MAX 8192 /* 32 lines of at most 180 bytes and the head */

/* a rough time is a tick late, or as long as a virtual machine stood still: far less than this */
#define ATK_COARSE_CLOCK_MS 60000

#define ATK_TIMEOUT_DEFAULT_MS 5000
/* to find out what became of a failed commit, beside the verb's own time */
#define ATK_SETTLE_MS 2000
#define ATK_LIST_DEFAULT 100
/* bytes of memory for rows of a page: any row fits, a page takes few */
#define ATK_PAGE_PIECE 32768
/* rows a list call looks at: bounds the time a snapshot is held */
#define ATK_LIST_EXAMINE_MAX 5000

/* about 1.2 million tokens at 860 bytes; fits every address space */
#define ATK_MAP_DEFAULT (UINT64_C(1) << 30)
#define ATK_MAP_MIN (UINT64_C(1) << 24) /* the revoke reserve alone is 4 MiB */
#define ATK_MAP_MAX (UINT64_C(1) << 40)
/* with a pinned reader 64 pages last for 11 revokes (measured), so many more */
#define ATK_RESERVE_PAGES 1024
#define ATK_RESERVE_SHARE 50 /* ... or a fiftieth of the map, if that is more */
/* disk space is taken in steps of this size, not a page a commit */
#define ATK_ALLOC_STEP (UINT64_C(4) << 20)
/* structure check: 1.7 ms a MiB (measured), so at most 2 s at open */
#define ATK_CHECK_DEFAULT (UINT64_C(1) << 30)

/* more than a change can take: two leaves and branches, split, and a long row */
#define ATK_CHANGE_PAGES 16
/* changes of several threads in one transaction: all a commit can gain, and small */
#define ATK_GROUP_MAX 64
/* of a write's time a quarter may be spent on waiting for those who will share it */
#define ATK_GATHER_SHARE 4
#define ATK_GROUP_PAGES (ATK_GROUP_MAX * ATK_CHANGE_PAGES)

#define ATK_READERS_MAX 4096 /* 64 entries a process for 64 processes; 256 KiB of lock.mdb */
#define ATK_POOL_OPEN 16     /* entries made at open: a usual thread pool needs no more */
#define ATK_POOL_MAX 64      /* entries at most: 64 processes must fit the reader table */
/* 1,024 recent verdicts an entry: 312 KiB, of which only what is used is in memory */
#define ATK_RECENT_SETS 256
/* longest owner that is remembered: a verdict fills two cache lines */
#define ATK_RECENT_OWNER_MAX 80
/* how often a handle looks whether its store is still the one at the path */
#define ATK_REPLACED_CHECK_MS 1000
#define ATK_POLL_MIN_US 50 /* waits begin short, a commit takes about 300 microseconds */
#define ATK_POLL_MAX_US 2000

#define ATK_SLOT_BYTES 8         /* a last-use slot */
#define ATK_SLOT_NONE UINT32_MAX /* a token without a slot */
#define ATK_SLOT_SHARE 128       /* one slot per 128 bytes of map: more than tokens that fit */
#define ATK_LAST_USE_HEAD 4096   /* the header has a page of its own */

/* findings of a check that are told: enough to see what happened, half a megabyte */
#define ATK_FINDINGS_MAX 1000
#define ATK_STORE_COPY_BATCH 10000 /* records a transaction of a copy: pages in memory stay few */

#define ATK_PATH_MAX 3072 /* leaves room for names in the directory below PATH_MAX */

#endif
