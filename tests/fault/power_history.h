/* SPDX-License-Identifier: MIT */
/*
 * The life of a store as a log of its writes, and what must hold of the remains after a power loss
 * at any record.
 */
#ifndef POWER_HISTORY_H
#define POWER_HISTORY_H

#include "fixture.h"
#include "record_writes.h"

enum { POWER_TOKENS = 128, POWER_STEPS = 64, POWER_NEVER = 1000 };
#define POWER_STORE "store" /* names in the root of the log */
#define POWER_KEYS "keys"
#define POWER_BACKUP "backup"
#define POWER_REPLACED "store.replaced"

struct power_token {
    struct made_token made;
    const char *owner;
    char name[APITOKEN_NAME_MAX + 1];
    size_t description_len;
    uint64_t made_in, revoked_in, gone_in; /* steps; POWER_NEVER */
    int64_t used_ms, backup_used_ms;       /* last use now and in the backup; 0: never */
};

/* One verb each, and how things are after it; the first ones make the keyring and the store. */
struct power_step {
    const char *verb;
    uint64_t map_bytes; /* 0: there is no store yet */
    size_t keys;        /* in the keyring file */
    uint32_t active_key;
};

struct power_history {
    struct fixture f;
    uint64_t seed;
    struct power_token token[POWER_TOKENS];
    size_t tokens;
    struct power_step step[POWER_STEPS];
    uint64_t steps;
    uint64_t backed_up_in, restored_in; /* POWER_NEVER */
    const struct record *records;
    size_t count;
};

/*
 * Lives through it; fails the test if the log is not all that was written. The same seed gives the
 * same log; one at a time.
 */
struct power_history *power_history_make(uint64_t seed);
void power_history_free(struct power_history *history);

/*
 * Where a power loss came: all of the first `acknowledged` steps, and perhaps the next one, which
 * was under way.
 */
struct power_moment {
    uint64_t acknowledged;
    int is_under_way;
};
struct power_moment power_moment_of(const struct power_history *history, size_t position);

/* Steps: what stands between these two is one. */
void power_begin(struct power_history *history, const char *verb);
void power_acknowledge(struct power_history *history);
void power_back_up(struct power_history *history);
void power_restore(struct power_history *history); /* closes the store, and opens the other one */

/* What is left. */
struct power_remains {
    const char *keys;                /* path of the keyring file; NULL: there is none */
    const apitoken_keyring *keyring; /* loaded from it; NULL: it could not be */
    const char *store;               /* path; NULL: there is none */
    int goes_on;                     /* a token shall be made and revoked, too */
};

/*
 * Opens the store with the full check and looks at all that it says of its tokens. Gives what is
 * wrong, or NULL. Either side of a restore that was under way will do, as a whole; *ret_as_of is
 * which one it is.
 */
const char *power_judge(const struct power_history *history, struct power_moment moment,
                        const struct power_remains *remains, struct power_moment *ret_as_of);

/*
 * What a directory beside the store is due to be: a store as it was after the first `as_of` steps.
 */
struct power_due {
    int may_be_there, must_be_there;
    uint64_t as_of;
    int is_backup;
};
/* `live` is which one the store is. */
struct power_due power_due_backup(const struct power_history *history, struct power_moment moment);
struct power_due power_due_replaced(const struct power_history *history, struct power_moment moment,
                                    struct power_moment live);

/* Gives what is wrong with it, or NULL. */
const char *power_judge_copy(const struct power_history *history, struct power_due due,
                             const apitoken_keyring *keyring, const char *path);

#endif
