/* SPDX-License-Identifier: MIT */
/*
 * What the tests of a token's life share: all that is shown of a token, and calls that change it.
 * The owner is always "owner".
 */
#ifndef LIFE_H
#define LIFE_H

#include "api.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* A case whose handle is an administrator's. */
#define CASE_ADMIN(fn) cmocka_unit_test_setup_teardown(fn, setup_admin, fixture_teardown)
int setup_admin(void **state);
apitoken_store *open_admin(struct fixture *f);

/* Loads the keyring of the fixture anew; gives it to the open handle as well. */
void load_keys_again(struct fixture *f);
int reload_keys_again(struct fixture *f);

/* Adds a key, makes it the active one, and gives it to the handle. Returns its number. */
uint32_t go_over_to_new_key(struct fixture *f);

/* All that list and show tell of a token; what is not set is 0. */
struct shown {
    char id[APITOKEN_ID_MAX + 1];
    char name[APITOKEN_NAME_MAX + 1];
    char description[APITOKEN_DESCRIPTION_MAX + 1];
    char zone[APITOKEN_ZONE_MAX + 1];
    char reason[APITOKEN_REASON_MAX + 1];
    char interfaces[APITOKEN_INTERFACES_TEXT_MAX + 1];
    char networks[APITOKEN_NETWORKS_TEXT_MAX + 1];
    char created_by[APITOKEN_ACTOR_MAX + 1];
    char data[APITOKEN_DATA_MAX];
    size_t data_len;
    int64_t created_ms, expires_ms, revoked_ms, secret_made_ms, superseded_until_ms;
    int64_t last_used_ms, last_used_older_ms;
    int32_t expires_day;
    uint32_t revision;
    int expiry_kind, state, reason_code, is_copyable, is_suspended, is_blocked;
};

/* By show; the row of a list must tell the same. */
struct shown shown_of(apitoken_store *store, const struct made_token *token);

/* The token is shown like this. */
#define assert_shown(store, token, due) assert_shown_at((store), (token), (due), __FILE__, __LINE__)
void assert_shown_at(apitoken_store *store, const struct made_token *token, const struct shown *due,
                     const char *file, int line);

/* Before a call that must change nothing, and after it. */
struct unchanged {
    struct shown shown;
    uint64_t transaction; /* of the store */
};
struct unchanged unchanged_of(apitoken_store *store, const struct made_token *token);
#define assert_unchanged(store, token, before)                                 \
    do {                                                                       \
        assert_shown((store), (token), &(before)->shown);                      \
        assert_int_equal(info_of((store)).transaction, (before)->transaction); \
    } while (0)

/* apitoken_update() and apitoken_rotate(); outputs must be left alone by a failure. */
/* Gives the text another secret, with a right checksum. */
void spoil_secret(struct made_token *token);

int update_token(apitoken_store *store, const struct made_token *token,
                 const apitoken_update_opts *opts, apitoken_error *err);
int rotate_token(apitoken_store *store, const struct made_token *token,
                 const apitoken_rotate_opts *opts, struct made_token *ret_made,
                 apitoken_error *err);
/* A rotate that must succeed: the token with its new text. */
struct made_token rotate_for(apitoken_store *store, const struct made_token *token,
                             int64_t grace_ms, uint32_t flags);
int suspend_token(apitoken_store *store, const struct made_token *token, int is_suspended);
int end_token(apitoken_store *store, const struct made_token *token, int64_t end_ms);

/* Blocks or unblocks an owner as "root". */
int block_owner(apitoken_store *store, const char *owner);
int unblock_owner(apitoken_store *store, const char *owner);
/* Sets the values of the policy that the mask names, as "root". */
int set_policy(apitoken_store *store, uint32_t mask, const apitoken_policy *policy);

/* Breaks the row or the hot record of a token of "owner" in the file of the store; again: mends. */
void flip_row(const struct fixture *f, const struct made_token *token);
void flip_hot(const struct fixture *f, const struct made_token *token);

/*
 * Validates four times, which a handle remembers if it remembers anything, and gets this code each
 * time, with the verdict that belongs to it.
 */
#define assert_answers(store, token, code) \
    assert_answers_at((store), (token), (code), __FILE__, __LINE__)
void assert_answers_at(apitoken_store *store, const struct made_token *token, int code,
                       const char *file, int line);

/* Until when this text of a token is valid as its older secret; 0 if it is the newest. */
int64_t superseded_until(apitoken_store *store, const struct made_token *token);

#endif
