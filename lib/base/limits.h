/* SPDX-License-Identifier: MIT */
/* The limits of the library in one place, each with its reason. Public limits are in apitoken.h. */
#ifndef APITOKEN_BASE_LIMITS_H
#define APITOKEN_BASE_LIMITS_H

#include <stdint.h>

#include "apitoken/apitoken.h"

/* 9999-12-31T23:59:59.999Z: years have four digits, so texts have a fixed length */
#define ATK_MS_MAX INT64_C(253402300799999)
/* the stored end of a token that never expires: `now < end` covers it as well */
#define ATK_END_NEVER INT64_MAX
#define ATK_DAY_MS INT64_C(86400000)
#define ATK_MINUTE_MS 60000 /* uses are noted to the minute: its number takes half a word */
#define ATK_DAY_MIN 19700101
#define ATK_DAY_MAX 99991231
/* no time zone is further from UTC; detects a callback that returns seconds */
#define ATK_ZONE_SLACK_MS (48 * 3600000)
/* the largest zone file has 4 KiB today; a larger one is not read into memory */
#define ATK_ZONE_FILE_MAX 65536

#define ATK_PREFIX_MIN 2
#define ATK_PREFIX_DEFAULT "tdh"
#define ATK_ZONE_DEFAULT "UTC"
#define ATK_ID_TICK_LEN 8 /* the first characters of an id: when it was drawn */
#define ATK_TICK_MAX UINT64_C(218340105584895) /* 62^8 - 1: in 2130 */
#define ATK_SECRET_LEN 30 /* 178 bits: cannot be guessed; GitHub's have the same length */
#define ATK_CRC_LEN 6     /* 62^6 > 2^32 */
#define ATK_CURSOR_LEN (1 + APITOKEN_ID_LEN + 3)
/* 8 bytes of an owner as digits of base62: 62^11 > 2^64 */
#define ATK_OWNER_CHUNK 8
#define ATK_OWNER_CHUNK_DIGITS 11
#define ATK_ALL_CURSOR_MAX \
    (ATK_CURSOR_LEN + 2 + APITOKEN_OWNER_MAX / ATK_OWNER_CHUNK * ATK_OWNER_CHUNK_DIGITS)
#define ATK_AUDIT_CURSOR_LEN (1 + 11 + 3) /* 62^11 > 2^64 */
/* stored: their number, then a byte of length before each; two bytes before each address */
#define ATK_INTERFACES_VALUE_MAX (1 + APITOKEN_INTERFACES_MAX * (1 + APITOKEN_INTERFACE_MAX))
#define ATK_NETWORKS_VALUE_MAX (APITOKEN_NETWORKS_MAX * (2 + 16))
#define ATK_TOKEN_LEN_MAX (APITOKEN_PREFIX_MAX + 1 + ATK_BODY_LEN)
#define ATK_STRUCT_MAX 4096 /* no public struct is larger: a larger size is garbage */
#define ATK_BODY_LEN (1 + APITOKEN_ID_LEN + ATK_SECRET_LEN + ATK_CRC_LEN)

#define ATK_KEY_LEN 32      /* master, digest and seal keys: 256 bits */
#define ATK_TAG_KEY_LEN 16  /* SipHash-2-4 */
#define ATK_TAG_LEN 8       /* a forger needs write access and 2^64 tries in a running host */
#define ATK_VERIFIER_LEN 24 /* 192 bits: more than the secret has */
#define ATK_STORE_ID_LEN 16
#define ATK_ENVIRONMENT_LEN 16
#define ATK_FP_LEN 16               /* 128 bits are plenty to tell keys apart */
#define ATK_SEAL_OVERHEAD (24 + 16) /* XChaCha20-Poly1305: nonce and tag */
/* spare regions for secrets: as many as threads are likely to create tokens at once */
#define ATK_SECRETS_SPARE 16
#define ATK_KEYS_MAX 32 /* enough for a key a year; the guarded region stays at a few pages */
#define ATK_KEYRING_FILE_MAX 8192 /* 32 lines of at most 180 bytes, and the first and last line */

/* a coarse time is a tick late, or as late as a virtual machine was paused: far less than this */
#define ATK_COARSE_CLOCK_MS 60000

/* a span of time without a limit: longer than any between two instants */
#define ATK_NO_LIMIT INT64_MAX
#define ATK_ANY_NUMBER UINT32_MAX    /* of tokens */
#define ATK_POLICY_SPAN_MIN_MS 60000 /* a shorter life is of no use: another unit was meant */
#define ATK_UNDO_DEFAULT_MS 3600000
#define ATK_UNDO_MAX_MS (30 * ATK_DAY_MS) /* a revoke that can be undone for long is a suspension */
#define ATK_GRACE_MAX_MS (30 * ATK_DAY_MS) /* two secrets are twice as easy to lose */
#define ATK_AUDIT_RETENTION_DEFAULT_MS (400 * ATK_DAY_MS) /* a year, and a month to look at it */
/* no zone has had a longer day since 1995: Antarctica/Casey was set back by 3 hours */
#define ATK_DAY_LONGEST_MS (27 * 3600000)

#define ATK_TIMEOUT_DEFAULT_MS 5000
/* extra time, after a failed commit, to find out whether it took effect */
#define ATK_SETTLE_MS 2000
#define ATK_LIST_DEFAULT 100
/* bytes of one piece of memory for rows: any row fits, and a list page takes few pieces */
#define ATK_PAGE_PIECE 32768
/* rows that one list call examines, and for how long: limits how long it holds a snapshot */
#define ATK_LIST_EXAMINE_MAX 5000
/* of all owners; fifty times what so many rows take in memory: only a slow disk gets there */
#define ATK_LIST_EXAMINE_US 50000
/* rows between two looks at the clock, which takes as long as half a row */
#define ATK_LIST_LOOK_ROWS 32

/* what a store may fill: about 1.5 million tokens of 700 bytes */
#define ATK_MAP_DEFAULT (UINT64_C(1) << 30)
#define ATK_MAP_MIN (UINT64_C(1) << 24) /* the revoke reserve alone is 4 MiB */
#define ATK_MAP_MAX (UINT64_C(1) << 40)
/*
 * address space for data.mdb: so many times what the store may fill, so that it can be allowed
 * more while processes have it open; for a small store as much as one of the default size may fill
 */
#define ATK_SPACE_TIMES 16
#define ATK_SPACE_MIN ATK_MAP_DEFAULT
/* while a reader pins a snapshot, 64 pages last for 11 revokes (measured): take many more */
#define ATK_RESERVE_PAGES 1024
#define ATK_RESERVE_SHARE 50 /* ... or a fiftieth of the limit, if that is larger */
/* disk space is allocated in steps of this size, not page by page */
#define ATK_ALLOC_STEP (UINT64_C(4) << 20)
/*
 * zeros are written ahead of the last used page in steps of this size, when less than half a step
 * is left: a commit of 64 creates takes 15 to 121 pages (measured)
 */
#define ATK_WRITE_AHEAD_STEP (UINT64_C(256) << 10)
/* up to this size open checks the structure: 1.7 ms per MiB (measured), so at most 2 s */
#define ATK_STRUCTURE_CHECK_DEFAULT (UINT64_C(1) << 30)

/* what a handle holds for a write that finds no memory: a change takes up to 16 pages */
#define ATK_WRITE_MEMORY ((size_t)1 << 20)
/* more than any change needs: two leaves and their branches, all split, a long row, the audit */
#define ATK_CHANGE_PAGES 24
#define ATK_REVOKE_PAGES 16 /* and more than a revoke needs, without its audit record */
/* changes of a batch between two looks at what they take: some MiB, in milliseconds */
#define ATK_BATCH_STEP 1000
/* changes that share a commit: more would gain nothing, and the transaction stays small */
#define ATK_GROUP_MAX 64
/* tokens, texts or records of a step of a change of many: others wait no longer than for a group */
#define ATK_TOKEN_STEP ATK_GROUP_MAX
/* a write may spend a quarter of its time waiting for others to share its commit */
#define ATK_GATHER_SHARE 4
#define ATK_GROUP_PAGES (ATK_GROUP_MAX * ATK_CHANGE_PAGES)

#define ATK_TREES_MAX 16     /* besides the main tree: those of later versions, too */
#define ATK_READERS_MAX 4096 /* a reader for each thread of all processes; 256 KiB of lock.mdb */
#define ATK_POOL_MAX 64      /* most readers of a process: 64 such processes fit in the table */
/* looking for dead readers takes a second among 4,000 (measured), below a millisecond among 128 */
#define ATK_READERS_FEW 128
/* among more only if one reads a snapshot that so many commits have made old */
#define ATK_READERS_LAG 64
#define ATK_READERS_CHECK_SHARE 20 /* a twentieth of the time at most */
/* how long a close waits for others that add readers, which takes them milliseconds */
#define ATK_CLOSE_WAIT_MS 100
/* for which an open or close gives way to a fork() that waits */
#define ATK_FORK_WAIT_MS 20
/* 1,024 recent verdicts for each entry: 360 KiB, in memory only as far as they are used */
#define ATK_RECENT_SETS 256
/* longest owner in a remembered verdict, which then fills two cache lines */
#define ATK_RECENT_OWNER_MAX 80
/* longest record that a verdict is remembered for: one with parts, if they are short */
#define ATK_RECENT_RECORD_MAX 208
/* how often a handle checks that the path still leads to its store */
#define ATK_REPLACED_INTERVAL_MS 1000
#define ATK_POLL_MIN_US 50 /* waits begin short: a commit takes about 300 microseconds */
#define ATK_POLL_MAX_US 2000

#define ATK_SLOT_BYTES 16        /* of a last-use slot: two words */
#define ATK_SLOT_NONE UINT32_MAX /* of a token without a slot */
#define ATK_SLOT_SHARE 128     /* one slot for each 128 bytes: more than tokens that fit in them */
#define ATK_LAST_USE_HEAD 4096 /* the header has a page to itself */

/* findings that fsck reports: enough to see what happened, and half a megabyte */
#define ATK_FINDINGS_MAX 1000
/* records between two looks whether a scan is in the way of writers: some milliseconds */
#define ATK_SCAN_STEP 1000
/* how often it may be: each time, the writers have used up a third of what was spare */
#define ATK_SCAN_TRIES 4
/* records in each transaction of a copy: few pages stay in memory */
#define ATK_STORE_COPY_BATCH 10000

#define ATK_PATH_MAX 3072 /* shorter than PATH_MAX: leaves room for the names of files in a store */

#endif
