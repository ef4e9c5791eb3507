/* SPDX-License-Identifier: MIT */
/* apitoken_owner_block(), apitoken_owner_unblock() and apitoken_owner_stat(). */
#include "life.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "cases.h"

#define BLOCKED APITOKEN_E_BLOCKED
#define REFUSED_WRITE APITOKEN_E_OWNER_BLOCKED
#define MANY 200 /* more than three steps */

static apitoken_owner_info stat_of(apitoken_store *store, const char *owner) {
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    assert_code(apitoken_owner_stat(store, owner, strlen(owner), NULL, &info, NULL), 0);
    return info;
}

static int is_blocked(apitoken_store *store, const char *owner) {
    return (int)stat_of(store, owner).is_blocked;
}

/* ---- what a block does ----------------------------------------------------------------------- */

static void every_handle_refuses_at_once(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *second = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store *const stores[] = { verify, second, f->store };
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            other = fixture_create(f->store, "owner2", "name", NULL);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, 0);
        assert_code(block_owner(f->store, "owner"), 0);
        for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, BLOCKED);
        for (size_t i = 0; i < COUNT(stores); i++) assert_code(check(stores[i], &other), 0);
        assert_int_equal(shown_of(second, &token).state, APITOKEN_STATE_BLOCKED);
        assert_int_equal(shown_of(second, &token).is_blocked, 1);
        assert_code(unblock_owner(f->store, "owner"), 0);
    }
    for (size_t i = 0; i < COUNT(stores); i++) assert_answers(stores[i], &token, 0);
    assert_int_equal(shown_of(second, &token).is_blocked, 0);
    apitoken_store_close(verify);
    apitoken_store_close(second);
}

static void both_secrets_are_refused(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    assert_code(block_owner(f->store, "owner"), 0);
    assert_answers(f->store, &older, BLOCKED);
    assert_answers(f->store, &newest, BLOCKED);
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_answers(f->store, &older, 0);
    assert_answers(f->store, &newest, 0);
}

static void many_tokens_are_told_in_steps(void **state) {
    struct fixture *f = *state;
    static struct made_token made[MANY];
    for (size_t i = 0; i < MANY; i++) made[i] = fixture_create(f->store, "owner", "name", NULL);
    assert_code(suspend_token(f->store, &made[50], 1), 0);
    assert_code(revoke_token(f->store, "owner", made[130].id), 0);
    uint64_t before = info_of(f->store).transaction;
    assert_code(block_owner(f->store, "owner"), 0);
    assert_int_equal(info_of(f->store).transaction, before + 1 + 4); /* the owner, 4 steps */
    for (size_t i = 0; i < MANY; i++)
        assert_code(check(f->store, &made[i]), i == 130 ? APITOKEN_E_REVOKED : BLOCKED);
    assert_int_equal(stat_of(f->store, "owner").tokens, MANY);
    assert_int_equal(stat_of(f->store, "owner").live, MANY - 1);
    before = info_of(f->store).transaction;
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_int_equal(info_of(f->store).transaction, before + 1 + 4 + 1);
    for (size_t i = 0; i < MANY; i++)
        assert_code(check(f->store, &made[i]), i == 130  ? APITOKEN_E_REVOKED
                                               : i == 50 ? APITOKEN_E_SUSPENDED
                                                         : 0);
    assert_int_equal(info_of(f->store).revoked, 1);
}

static void only_denials_work_while_an_owner_is_blocked(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = UNTOUCHED;
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    const apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token newest;
    assert_code(block_owner(f->store, "owner"), 0);
    const struct unchanged before = unchanged_of(f->store, &token);
    item.owner = "owner";
    item.owner_len = 5;
    item.name = "name";
    item.name_len = 4;
    update.mask = APITOKEN_UPDATE_NAME;
    update.name = "new";
    update.name_len = 3;
    assert_code(try_create(other, "owner", "name", NULL), REFUSED_WRITE);
    assert_code(apitoken_create_batch(other, &items, 1, NULL, &batch, NULL), REFUSED_WRITE);
    assert_ptr_equal(batch, UNTOUCHED);
    assert_code(update_token(other, &token, &update, NULL), REFUSED_WRITE);
    assert_code(rotate_token(other, &token, &rotate, &newest, NULL), REFUSED_WRITE);
    assert_code(suspend_token(other, &token, 0), REFUSED_WRITE);
    assert_unchanged(f->store, &token, &before);
    assert_int_equal(count_rows(f->store, "owner"), 1);
    assert_code(try_create(other, "other", "name", NULL), 0);
    assert_code(revoke_token(other, "owner", token.id), 0);
    assert_answers(other, &token, APITOKEN_E_REVOKED);
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_answers(other, &token, APITOKEN_E_REVOKED);
    assert_code(try_create(other, "owner", "name", NULL), 0);
    apitoken_store_close(other);
}

static void a_block_is_weaker_than_a_revoke_and_stronger_than_all_else(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    f->now_ms++;
    assert_answers(f->store, &token, BLOCKED);
    assert_int_equal(shown_of(f->store, &token).is_suspended, 1);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answers(f->store, &token, APITOKEN_E_REVOKED);
    assert_int_equal(apitoken_public_status(BLOCKED), 401);
}

/* ---- what is known of an owner --------------------------------------------------------------- */

static void a_stat_tells_by_whom_and_why(void **state) {
    struct fixture *f = *state;
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    opts.reason = "unpaid";
    opts.reason_len = 6;
    (void)fixture_create(f->store, "owner", "name", NULL);
    (void)create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms++;
    assert_code(apitoken_owner_block(f->store, LIT("owner"), &opts, NULL), 0);
    apitoken_owner_info info = stat_of(f->store, "owner");
    assert_int_equal(info.is_blocked, 1);
    assert_true(info.blocked_ms == FIXTURE_NOW + 1);
    assert_int_equal(info.tokens, 2);
    assert_int_equal(info.live, 1);
    assert_string_equal(info.blocked_by, "root");
    assert_string_equal(info.reason, "unpaid");
    /* a second block keeps what the first one said */
    f->now_ms++;
    assert_code(block_owner(f->store, "owner"), 0);
    const apitoken_owner_info again = stat_of(f->store, "owner");
    assert_memory_equal(&again, &info, sizeof info);
    assert_code(unblock_owner(f->store, "owner"), 0);
    info = stat_of(f->store, "owner");
    assert_int_equal(info.is_blocked, 0);
    assert_true(info.blocked_ms == 0);
    assert_string_equal(info.blocked_by, "");
    assert_string_equal(info.reason, "");
    assert_int_equal(info.tokens, 2);
}

static void texts_of_the_greatest_length_are_kept(void **state) {
    struct fixture *f = *state;
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = opts.reason = long_text(APITOKEN_REASON_MAX);
    opts.actor_len = APITOKEN_ACTOR_MAX;
    opts.reason_len = APITOKEN_REASON_MAX;
    assert_code(apitoken_owner_block(f->store, long_text(APITOKEN_REASON_MAX), APITOKEN_OWNER_MAX,
                                     &opts, NULL),
                0);
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    assert_code(apitoken_owner_stat(f->store, long_text(APITOKEN_OWNER_MAX), APITOKEN_OWNER_MAX,
                                    NULL, &info, NULL),
                0);
    assert_int_equal(strlen(info.reason), APITOKEN_REASON_MAX);
    assert_int_equal(strlen(info.blocked_by), APITOKEN_ACTOR_MAX);
}

/* More tokens than a page of rows has. */
static void a_stat_counts_all_pages(void **state) {
    struct fixture *f = *state;
    enum { TOKENS = 2100 };
    static apitoken_batch_item items[TOKENS];
    static const apitoken_batch_item *pointers[TOKENS];
    apitoken_batch *batch = NULL;
    for (size_t i = 0; i < TOKENS; i++) {
        items[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        items[i].owner = "owner";
        items[i].owner_len = 5;
        items[i].name = "name";
        items[i].name_len = 4;
        pointers[i] = &items[i];
    }
    assert_code(apitoken_create_batch(f->store, pointers, TOKENS, NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
    assert_int_equal(stat_of(f->store, "owner").tokens, TOKENS);
    assert_int_equal(stat_of(f->store, "owner").live, TOKENS);
}

static void an_unknown_owner_has_a_stat_too(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const apitoken_owner_info info = stat_of(verify, "owner");
    assert_int_equal(info.is_blocked, 0);
    assert_int_equal(info.tokens, 0);
    assert_int_equal(info.live, 0);
    apitoken_store_close(verify);
}

/* ---- repeated and overtaken ------------------------------------------------------------------ */

static void an_owner_without_tokens_can_be_blocked(void **state) {
    struct fixture *f = *state;
    assert_code(block_owner(f->store, "owner"), 0);
    assert_int_equal(is_blocked(f->store, "owner"), 1);
    assert_code(try_create(f->store, "owner", "name", NULL), REFUSED_WRITE);
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_int_equal(is_blocked(f->store, "owner"), 0);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
}

static void a_second_block_or_unblock_writes_nothing(void **state) {
    struct fixture *f = *state;
    (void)fixture_create(f->store, "owner", "name", NULL);
    for (int i = 0; i < 2; i++) {
        assert_code(block_owner(f->store, "owner"), 0);
        uint64_t before = info_of(f->store).transaction;
        assert_code(block_owner(f->store, "owner"), 0);
        assert_int_equal(info_of(f->store).transaction, before);
        assert_code(unblock_owner(f->store, "owner"), 0);
        before = info_of(f->store).transaction;
        assert_code(unblock_owner(f->store, "owner"), 0);
        assert_int_equal(info_of(f->store).transaction, before);
    }
}

static void a_block_survives_that_the_store_is_opened_anew(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(block_owner(f->store, "owner"), 0);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_answers(f->store, &token, BLOCKED);
    assert_int_equal(is_blocked(f->store, "owner"), 1);
    assert_code(try_create(f->store, "owner", "name", NULL), REFUSED_WRITE);
}

/* One of several threads that block and unblock the same owner. */
struct overtaking {
    struct fixture *f;
    int calls, rc;
};

static void *block_and_unblock(void *ctx) {
    struct overtaking *o = ctx;
    for (int i = 0; i < o->calls && (o->rc == 0 || o->rc == APITOKEN_E_REVISION); i++) {
        o->rc = block_owner(o->f->store, "owner");
        if (o->rc == 0 || o->rc == APITOKEN_E_REVISION) o->rc = unblock_owner(o->f->store, "owner");
    }
    return NULL;
}

/* Calls that meet do all or say that another one came between; at the end one call is enough. */
static void calls_at_the_same_time_contradict_nothing(void **state) {
    struct fixture *f = *state;
    static struct made_token made[70];
    pthread_t threads[4];
    struct overtaking overtaking[COUNT(threads)];
    for (size_t i = 0; i < COUNT(made); i++)
        made[i] = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(threads); i++) {
        overtaking[i] = (struct overtaking){ .f = f, .calls = 8 };
        assert_int_equal(pthread_create(&threads[i], NULL, block_and_unblock, &overtaking[i]), 0);
    }
    for (size_t i = 0; i < COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        if (overtaking[i].rc != 0) assert_code(overtaking[i].rc, APITOKEN_E_REVISION);
    }
    assert_code(block_owner(f->store, "owner"), 0);
    for (size_t i = 0; i < COUNT(made); i++) assert_code(check(f->store, &made[i]), BLOCKED);
    assert_code(unblock_owner(f->store, "owner"), 0);
    for (size_t i = 0; i < COUNT(made); i++) assert_code(check(f->store, &made[i]), 0);
    assert_int_equal(is_blocked(f->store, "owner"), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void make_many(struct fixture *f, struct made_token made[MANY]) {
    for (size_t i = 0; i < MANY; i++) made[i] = fixture_create(f->store, "owner", "name", NULL);
}

/* No validate accepts it; its row tells that it was never blocked. */
static void a_damaged_record_keeps_no_other_token(void **state) {
    struct fixture *f = *state;
    enum { damaged = 70 };
    static struct made_token made[MANY];
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    make_many(f, made);
    flip_hot(f, &made[damaged]);
    assert_code(apitoken_owner_block(f->store, LIT("owner"), &opts, &err), APITOKEN_E_DAMAGED);
    assert_string_equal(err.id, made[damaged].id);
    for (size_t i = 0; i < MANY; i++)
        if (i != damaged) assert_code(check(f->store, &made[i]), BLOCKED);
    assert_code(unblock_owner(f->store, "owner"), APITOKEN_E_DAMAGED);
    for (size_t i = 0; i < MANY; i++)
        if (i != damaged) assert_code(check(f->store, &made[i]), 0);
    assert_int_equal(is_blocked(f->store, "owner"), 1);
    flip_hot(f, &made[damaged]); /* whole again */
    assert_code(unblock_owner(f->store, "owner"), 0);
    assert_int_equal(is_blocked(f->store, "owner"), 0);
    assert_code(check(f->store, &made[damaged]), 0);
}

/* A block needs no rows; an unblock gives nothing back to a token whose row cannot be read. */
static void tokens_with_damaged_rows_are_blocked_as_well(void **state) {
    struct fixture *f = *state;
    static struct made_token made[MANY];
    make_many(f, made);
    for (size_t i = 50; i < MANY; i++) flip_row(f, &made[i]);
    assert_code(block_owner(f->store, "owner"), 0);
    for (size_t i = 0; i < MANY; i++) assert_code(check(f->store, &made[i]), BLOCKED);
    assert_code(unblock_owner(f->store, "owner"), APITOKEN_E_DAMAGED);
    for (size_t i = 0; i < MANY; i++) assert_code(check(f->store, &made[i]), i < 50 ? 0 : BLOCKED);
    assert_code(try_create(f->store, "owner", "name", NULL), REFUSED_WRITE);
    assert_code(revoke_token(f->store, "owner", made[50].id), 0);
    assert_code(check(f->store, &made[50]), APITOKEN_E_REVOKED);
}

/* ---- what is refused ------------------------------------------------------------------------- */

typedef int (*block_fn)(apitoken_store *, const char *, size_t, const apitoken_block_opts *,
                        apitoken_error *);
static const block_fn both[] = { apitoken_owner_block, apitoken_owner_unblock };

static void assert_refused(struct fixture *f, const char *owner, size_t owner_len,
                           const apitoken_block_opts *opts, int code, uint32_t field) {
    const uint64_t before = info_of(f->store).transaction;
    for (size_t i = 0; i < COUNT(both); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(both[i](f->store, owner, owner_len, opts, &err), code);
        assert_field(&err, code, field, 0);
    }
    assert_int_equal(info_of(f->store).transaction, before);
}

#define OPTS(...) (&(apitoken_block_opts){ .size = sizeof(apitoken_block_opts), __VA_ARGS__ })
#define BY_ROOT .actor = "root", .actor_len = 4

static void bad_input_blocks_nobody(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_refused(f, "", 0, OPTS(BY_ROOT), APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER);
    assert_refused(f, LIT("\xFF"), OPTS(BY_ROOT), APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER);
    assert_refused(f, LIT("owner"), NULL, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    assert_refused(f, LIT("owner"), OPTS(.actor = ""), APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    assert_refused(f, LIT("owner"), OPTS(.actor = "\n", .actor_len = 1), APITOKEN_E_ACTOR,
                   APITOKEN_FIELD_ACTOR);
    assert_refused(f, LIT("owner"), OPTS(BY_ROOT, .reason = "\n", .reason_len = 1),
                   APITOKEN_E_REASON, APITOKEN_FIELD_REASON);
    assert_refused(f, LIT("owner"), OPTS(BY_ROOT, .flags = 1), APITOKEN_E_ABI, APITOKEN_FIELD_OPTS);
    assert_refused(f, LIT("owner"), OPTS(BY_ROOT, .reserved = 1), APITOKEN_E_ABI,
                   APITOKEN_FIELD_OPTS);
    f->now_ms = -1;
    assert_code(block_owner(f->store, "owner"), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    assert_int_equal(is_blocked(f->store, "owner"), 0);
    assert_code(check(f->store, &token), 0);
}

static void only_an_administrator_blocks(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(block_owner(plain, "owner"), APITOKEN_E_ADMIN);
    assert_code(block_owner(verify, "owner"), APITOKEN_E_VERIFY_ONLY);
    assert_code(check(f->store, &token), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    assert_code(unblock_owner(plain, "owner"), APITOKEN_E_ADMIN);
    assert_code(unblock_owner(verify, "owner"), APITOKEN_E_VERIFY_ONLY);
    assert_code(check(f->store, &token), BLOCKED);
    apitoken_store_close(verify);
    apitoken_store_close(plain);
}

static void a_bad_stat_tells_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    info.tokens = 4711;
    assert_code(apitoken_owner_stat(f->store, "", 0, NULL, &info, &err), APITOKEN_E_OWNER);
    assert_field(&err, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER, 0);
    f->now_ms = -1;
    assert_code(apitoken_owner_stat(f->store, LIT("owner"), NULL, &info, &err), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    info.size--;
    assert_code(apitoken_owner_stat(f->store, LIT("owner"), NULL, &info, &err), APITOKEN_E_ABI);
    assert_int_equal(info.tokens, 4711);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(every_handle_refuses_at_once),
        CASE_ADMIN(both_secrets_are_refused),
        CASE_ADMIN(many_tokens_are_told_in_steps),
        CASE_ADMIN(only_denials_work_while_an_owner_is_blocked),
        CASE_ADMIN(a_block_is_weaker_than_a_revoke_and_stronger_than_all_else),
        CASE_ADMIN(a_stat_tells_by_whom_and_why),
        CASE_ADMIN(texts_of_the_greatest_length_are_kept),
        CASE_ADMIN(a_stat_counts_all_pages),
        CASE(an_unknown_owner_has_a_stat_too),
        CASE_ADMIN(an_owner_without_tokens_can_be_blocked),
        CASE_ADMIN(a_second_block_or_unblock_writes_nothing),
        CASE_ADMIN(a_block_survives_that_the_store_is_opened_anew),
        CASE_ADMIN(calls_at_the_same_time_contradict_nothing),
        CASE_ADMIN(a_damaged_record_keeps_no_other_token),
        CASE_ADMIN(tokens_with_damaged_rows_are_blocked_as_well),
        CASE_ADMIN(bad_input_blocks_nobody),
        CASE_ADMIN(only_an_administrator_blocks),
        CASE(a_bad_stat_tells_nothing),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
