/* SPDX-License-Identifier: MIT */
/*
 * apitoken_audit(): what is recorded of each verb, who may read it, pages and filters, how long it
 * is kept, and that no denial fails for its sake.
 */
#include "life.h"
#include "storage.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define MIB (UINT64_C(1) << 20)

/* ---- reading --------------------------------------------------------------------------------- */

#define ADMIN_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_admin, fixture_teardown)

static void reopen_as_admin(struct fixture *f) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store_close(f->store);
    opts.flags = APITOKEN_OPEN_ADMIN;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
}

static apitoken_audit_page *page_of(apitoken_store *store, const apitoken_audit_opts *opts) {
    apitoken_audit_page *page = NULL;
    assert_code(apitoken_audit(store, opts, &page, NULL), 0);
    return page;
}

static size_t count_records(apitoken_store *store, const apitoken_audit_opts *opts) {
    apitoken_audit_page *page = page_of(store, opts);
    const size_t count = apitoken_audit_page_count(page);
    apitoken_audit_page_free(page);
    return count;
}

/* The newest record, whose page the caller frees. */
static const apitoken_audit_record *newest(apitoken_store *store, apitoken_audit_page **ret_page) {
    *ret_page = page_of(store, NULL);
    assert_false(apitoken_audit_page_has_more(*ret_page));
    assert_true(apitoken_audit_page_count(*ret_page) > 0);
    return apitoken_audit_page_at(*ret_page, apitoken_audit_page_count(*ret_page) - 1);
}

/* What the newest record says; `changes` is "field: before -> after; ...". */
struct due {
    int verb;
    const char *id, *owner, *actor, *reason, *changes;
};

static const char *changes_of(const apitoken_audit_record *record) {
    static char text[20000];
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < apitoken_audit_change_count(record); i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%d: %s -> %s", i ? "; " : "",
                               apitoken_audit_change_field(record, i),
                               apitoken_audit_change_before(record, i),
                               apitoken_audit_change_after(record, i));
    return text;
}

static void assert_newest(const struct fixture *f, uint64_t number, const struct due *due) {
    apitoken_audit_page *page;
    const apitoken_audit_record *record = newest(f->store, &page);
    assert_int_equal(apitoken_audit_number(record), number);
    assert_int_equal(apitoken_audit_at_ms(record), f->now_ms);
    assert_int_equal(apitoken_audit_verb(record), due->verb);
    assert_string_equal(apitoken_audit_id(record), due->id);
    assert_string_equal(apitoken_audit_owner(record), due->owner);
    assert_string_equal(apitoken_audit_actor(record), due->actor);
    assert_string_equal(apitoken_audit_reason(record), due->reason);
    assert_string_equal(changes_of(record), due->changes);
    assert_int_equal(apitoken_audit_unrecorded(record), 0);
    assert_int_equal(apitoken_audit_is_erased(record), 0);
    apitoken_audit_page_free(page);
}

static void keep_for(const struct fixture *f, int64_t ms) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.audit_retention_ms = ms;
    assert_code(set_policy(f->store, APITOKEN_POLICY_AUDIT_RETENTION, &policy), 0);
}

static apitoken_block_opts by_admin(void) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "admin";
    opts.actor_len = 5;
    return opts;
}

static int sound(const struct fixture *f) {
    return apitoken_store_check(f->store_path, f->keyring, NULL, NULL);
}

/* ---- each verb ------------------------------------------------------------------------------- */

static void a_create_is_recorded(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.actor = "admin";
    opts.actor_len = 5;
    opts.description = "what for";
    opts.description_len = 8;
    opts.interfaces = "a,b";
    opts.interfaces_len = 3;
    opts.networks = "10.0.0.0/8,2001:db8::/32";
    opts.networks_len = 24;
    opts.data = "\x01\xff";
    opts.data_len = 2;
    opts.expiry_kind = APITOKEN_EXPIRY_DAY;
    opts.expiry_day = 20271231;
    const struct made_token token = fixture_create(f->store, "owner", "name", &opts);
    assert_newest(f, 1,
                  &(struct due){ APITOKEN_VERB_CREATE, token.id, "owner", "admin", "",
                                 "1:  -> name; 2:  -> what for; 3:  -> 2027-12-31 UTC; "
                                 "4:  -> a,b; 5:  -> 10.0.0.0/8,2001:db8::/32; 6:  -> 01ff" });
}

static void an_update_is_recorded_with_what_was_before(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_NAME | APITOKEN_UPDATE_EXPIRY | APITOKEN_UPDATE_SUSPENDED;
    opts.name = "other";
    opts.name_len = 5;
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = FIXTURE_NOW + DAY;
    opts.is_suspended = 1;
    f->now_ms += MINUTE;
    assert_code(update_token(f->store, &token, &opts, NULL), 0);
    assert_newest(f, 2,
                  &(struct due){ APITOKEN_VERB_UPDATE, token.id, "owner", "", "",
                                 "1: name -> other; 3: never -> 1800086400000; 7: no -> yes" });
    assert_code(update_token(f->store, &token, &opts, NULL), 0); /* changes nothing */
    assert_int_equal(count_records(f->store, NULL), 2);
}

static void a_rotate_is_recorded_without_the_secret(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    (void)rotate_for(f->store, &token, HOUR, 0);
    assert_newest(f, 2,
                  &(struct due){ APITOKEN_VERB_ROTATE, token.id, "owner", "", "",
                                 "8:  -> ; 9:  -> 1800003600000" });
}

static void a_revoke_and_its_undo_are_recorded(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_unrevoke_opts undo = APITOKEN_UNREVOKE_OPTS_INIT;
    opts.reason = "lost it";
    opts.reason_len = 7;
    opts.reason_code = APITOKEN_REASON_SUPERSEDED;
    opts.actor = undo.actor = "admin";
    opts.actor_len = undo.actor_len = 5;
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, &opts, NULL), 0);
    assert_newest(
        f, 2,
        &(struct due){ APITOKEN_VERB_REVOKE, token.id, "owner", "admin", "lost it", "10:  -> 1" });
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, &opts, NULL), 0);
    assert_int_equal(count_records(f->store, NULL), 2); /* it was revoked already */
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, &undo, NULL),
                0);
    assert_newest(
        f, 3, &(struct due){ APITOKEN_VERB_UNREVOKE, token.id, "owner", "admin", "", "10: 1 -> " });
}

static void a_block_has_one_record_however_many_tokens(void **state) {
    struct fixture *f = *state;
    apitoken_block_opts opts = by_admin();
    for (int i = 0; i < 3; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    opts.reason = "left";
    opts.reason_len = 4;
    assert_code(apitoken_owner_block(f->store, LIT("owner"), &opts, NULL), 0);
    assert_newest(f, 4, &(struct due){ APITOKEN_VERB_BLOCK, "", "owner", "admin", "left", "" });
    assert_code(apitoken_owner_block(f->store, LIT("owner"), &opts, NULL), 0);
    assert_int_equal(count_records(f->store, NULL), 4);
    opts.reason_len = 0;
    opts.reason = NULL;
    assert_code(apitoken_owner_unblock(f->store, LIT("owner"), &opts, NULL), 0);
    assert_newest(f, 5, &(struct due){ APITOKEN_VERB_UNBLOCK, "", "owner", "admin", "", "" });
    assert_code(sound(f), 0);
}

static void a_policy_is_recorded_for_no_owner(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.max_live = 5;
    policy.max_lifetime_ms = DAY;
    policy.is_never_forbidden = 1;
    assert_code(set_policy(f->store,
                           APITOKEN_POLICY_MAX_LIVE | APITOKEN_POLICY_MAX_LIFETIME |
                               APITOKEN_POLICY_NEVER_FORBIDDEN,
                           &policy),
                0);
    assert_newest(f, 1,
                  &(struct due){ APITOKEN_VERB_POLICY, "", "", "root", "",
                                 "32: no -> yes; 33: none -> 5; 34: none -> 86400000" });
}

/* ---- several tokens in one record ------------------------------------------------------------ */

static void make_batch(const struct fixture *f, const char *const *owners, size_t count,
                       char (*ids)[APITOKEN_ID_MAX + 1]) {
    apitoken_batch_item items[3] = { APITOKEN_BATCH_ITEM_INIT, APITOKEN_BATCH_ITEM_INIT,
                                     APITOKEN_BATCH_ITEM_INIT };
    const apitoken_batch_item *list[3] = { &items[0], &items[1], &items[2] };
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch = NULL;
    opts.actor = "import";
    opts.actor_len = 6;
    for (size_t i = 0; i < count; i++) {
        items[i].owner = owners[i];
        items[i].owner_len = (uint32_t)strlen(owners[i]);
        items[i].name = "name";
        items[i].name_len = 4;
    }
    assert_code(apitoken_create_batch(f->store, list, count, &opts, &batch, NULL), 0);
    for (size_t i = 0; i < count; i++)
        (void)snprintf(ids[i], sizeof ids[i], "%s", apitoken_batch_id(batch, i));
    apitoken_batch_free(batch);
}

static void tokens_of_one_owner_share_a_record(void **state) {
    struct fixture *f = *state;
    static const char *const owners[] = { "one", "one", "two" };
    char ids[3][APITOKEN_ID_MAX + 1], changes[128];
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    make_batch(f, owners, COUNT(owners), ids);
    (void)snprintf(changes, sizeof changes, "50:  -> %s", ids[2]);
    assert_newest(f, 2, &(struct due){ APITOKEN_VERB_CREATE, "", "two", "import", "", changes });
    opts.id = ids[1];
    opts.id_len = APITOKEN_ID_LEN;
    apitoken_audit_page *page = page_of(f->store, &opts);
    assert_int_equal(apitoken_audit_page_count(page), 1);
    (void)snprintf(changes, sizeof changes, "50:  -> %s,%s", ids[0], ids[1]);
    assert_string_equal(changes_of(apitoken_audit_page_at(page, 0)), changes);
    assert_string_equal(apitoken_audit_owner(apitoken_audit_page_at(page, 0)), "one");
    apitoken_audit_page_free(page);
    assert_code(sound(f), 0);
}

/* A record for each durable step. */
static void a_revoke_of_all_is_recorded_by_steps(void **state) {
    enum { TOKENS = 300 };
    struct fixture *f = *state;
    uint64_t count = 0;
    size_t told = 0;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    for (int i = 0; i < TOKENS; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += HOUR;
    opts.since_ms = f->now_ms;
    assert_int_equal(count_records(f->store, &opts), 0);
    assert_code(apitoken_revoke_all(f->store, LIT("owner"), NULL, 0, NULL, &count, NULL), 0);
    assert_int_equal(count, TOKENS);
    apitoken_audit_page *page = page_of(f->store, &opts);
    assert_int_equal(apitoken_audit_page_count(page), (TOKENS + 63) / 64);
    for (size_t i = 0; i < apitoken_audit_page_count(page); i++) {
        const apitoken_audit_record *record = apitoken_audit_page_at(page, i);
        assert_int_equal(apitoken_audit_verb(record), APITOKEN_VERB_REVOKE);
        assert_int_equal(apitoken_audit_change_count(record), 1);
        told += (strlen(apitoken_audit_change_after(record, 0)) + 1) / (APITOKEN_ID_LEN + 1);
    }
    assert_int_equal(told, TOKENS);
    apitoken_audit_page_free(page);
    assert_code(sound(f), 0);
}

/* ---- calls that share a transaction ---------------------------------------------------------- */

enum { THREADS = 8, CALLS = 30 };

static void *create_and_revoke(void *ctx) {
    const struct fixture *f = ctx;
    intptr_t failed = 0;
    for (int i = 0; i < CALLS; i++) {
        apitoken_secret *secret = NULL;
        failed += apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL) != 0;
        if (!secret) continue;
        failed += apitoken_revoke(f->store, LIT("owner"), apitoken_secret_id(secret),
                                  APITOKEN_ID_LEN, NULL, NULL) != 0;
        apitoken_secret_free(secret);
    }
    return (void *)failed;
}

static void each_call_of_a_group_has_its_record(void **state) {
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, create_and_revoke, f), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    opts.limit = APITOKEN_LIST_MAX;
    apitoken_audit_page *page = page_of(f->store, &opts);
    assert_int_equal(apitoken_audit_page_count(page), 2 * THREADS * CALLS);
    for (size_t i = 0; i < 2 * THREADS * CALLS; i++)
        assert_int_equal(apitoken_audit_number(apitoken_audit_page_at(page, i)), i + 1);
    apitoken_audit_page_free(page);
    assert_code(sound(f), 0);
}

/* ---- pages and filters ----------------------------------------------------------------------- */

static void pages_follow_each_other(void **state) {
    struct fixture *f = *state;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    uint64_t number = 0;
    int has_more = 1;
    for (int i = 0; i < 10; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    opts.limit = 3;
    for (int pages = 1; has_more; pages++) {
        apitoken_audit_page *page = page_of(f->store, &opts);
        has_more = apitoken_audit_page_has_more(page);
        assert_int_equal(apitoken_audit_page_count(page), has_more ? 3 : 1);
        assert_int_equal(has_more, pages < 4);
        for (size_t i = 0; i < apitoken_audit_page_count(page); i++)
            assert_int_equal(apitoken_audit_number(apitoken_audit_page_at(page, i)), ++number);
        assert_null(apitoken_audit_page_at(page, apitoken_audit_page_count(page)));
        (void)snprintf(cursor, sizeof cursor, "%s", apitoken_audit_page_cursor(page));
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
        apitoken_audit_page_free(page);
    }
    assert_int_equal(number, 10);
    assert_int_equal(count_records(f->store, &opts), 0);
    (void)fixture_create(f->store, "owner", "name",
                         NULL); /* the last cursor gives what came since */
    assert_int_equal(count_records(f->store, &opts), 1);
}

/* Those that the filter leaves out are looked at, too, but not without end. */
static void a_call_looks_at_a_limited_number(void **state) {
    struct fixture *f = *state;
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    int pages = 0, has_more = 1;
    size_t count = 0;
    for (int i = 0; i < 5001; i++) (void)fixture_create(f->store, "many", "name", NULL);
    (void)fixture_create(f->store, "one", "name", NULL);
    opts.owner = "one";
    opts.owner_len = 3;
    for (; has_more; pages++) {
        apitoken_audit_page *page = page_of(f->store, &opts);
        count += apitoken_audit_page_count(page);
        has_more = apitoken_audit_page_has_more(page);
        (void)snprintf(cursor, sizeof cursor, "%s", apitoken_audit_page_cursor(page));
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
        apitoken_audit_page_free(page);
    }
    assert_int_equal(pages, 2);
    assert_int_equal(count, 1);
}

static void filters_leave_out_the_rest(void **state) {
    struct fixture *f = *state;
    apitoken_audit_opts owner = APITOKEN_AUDIT_OPTS_INIT, id = owner, both, span = owner;
    const struct made_token mine = fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += HOUR;
    (void)fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += HOUR;
    (void)fixture_create(f->store, "own", "name", NULL);
    assert_code(revoke_token(f->store, "owner", mine.id), 0);
    owner.owner = "owner";
    owner.owner_len = 5;
    id.id = mine.id;
    id.id_len = APITOKEN_ID_LEN;
    both = owner;
    both.id = mine.id;
    both.id_len = APITOKEN_ID_LEN;
    assert_int_equal(count_records(f->store, NULL), 4);
    assert_int_equal(count_records(f->store, &owner), 3);
    assert_int_equal(count_records(f->store, &id), 2);
    assert_int_equal(count_records(f->store, &both), 2);
    both.owner = "own";
    both.owner_len = 3;
    assert_int_equal(count_records(f->store, &both), 0);
    span.since_ms = FIXTURE_NOW + HOUR;
    assert_int_equal(count_records(f->store, &span), 3);
    span.until_ms = FIXTURE_NOW + 2 * HOUR;
    assert_int_equal(count_records(f->store, &span), 1);
    span.since_ms = 0;
    assert_int_equal(count_records(f->store, &span), 2);
}

/* ---- who may read ---------------------------------------------------------------------------- */

static void all_owners_are_for_an_administrator(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page = UNTOUCHED;
    assert_code(apitoken_audit(store, NULL, &page, NULL), APITOKEN_E_ADMIN);
    opts.id = token.id;
    opts.id_len = APITOKEN_ID_LEN;
    assert_code(apitoken_audit(store, &opts, &page, NULL), APITOKEN_E_ADMIN);
    assert_ptr_equal(page, UNTOUCHED);
    opts.owner = "owner";
    opts.owner_len = 5;
    assert_int_equal(count_records(store, &opts), 1);
    apitoken_store_close(store);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_int_equal(count_records(f->store, &opts), 1);
    assert_code(apitoken_audit(f->store, NULL, &page, NULL), APITOKEN_E_ADMIN);
}

static void bad_input_is_refused(void **state) {
    struct fixture *f = *state;
    const apitoken_audit_opts good = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page = UNTOUCHED;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_audit_opts opts = good;
    opts.owner = "";
    assert_code(apitoken_audit(f->store, &opts, &page, &err), APITOKEN_E_OWNER);
    assert_field(&err, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER, 0);
    opts = good;
    opts.owner_len = 1;
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), APITOKEN_E_ARGUMENT);
    opts = good;
    opts.id = "short";
    opts.id_len = 5;
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), APITOKEN_E_ID);
    opts = good;
    opts.limit = APITOKEN_LIST_MAX + 1;
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), APITOKEN_E_LIMIT);
    opts = good;
    opts.cursor = "a000000000000000";
    opts.cursor_len = 15;
    assert_code(apitoken_audit(f->store, &opts, &page, &err), APITOKEN_E_CURSOR);
    assert_field(&err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0);
    opts = good;
    opts.reserved = 1;
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), APITOKEN_E_ABI);
    opts = good;
    opts.flags = 1;
    assert_code(apitoken_audit(f->store, &opts, &page, NULL), APITOKEN_E_ABI);
    assert_ptr_equal(page, UNTOUCHED);
}

/* A page is plain memory. */
static void a_page_outlives_the_store(void **state) {
    struct fixture *f = *state;
    apitoken_audit_page *page;
    (void)fixture_create(f->store, "owner", "name", NULL);
    const apitoken_audit_record *record = newest(f->store, &page);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_string_equal(changes_of(record), "1:  -> name; 3:  -> never");
    assert_int_equal(apitoken_audit_change_field(record, 2), 0);
    assert_string_equal(apitoken_audit_change_before(record, 2), "");
    apitoken_audit_page_free(page);
}

/* ---- how long it is kept --------------------------------------------------------------------- */

static void retention_0_writes_none_and_lets_go_of_the_rest(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    keep_for(f, 0);
    for (int i = 0; i < 3; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(count_records(f->store, NULL), 0);
    assert_code(sound(f), 0);
    keep_for(f, APITOKEN_NO_LIMIT);
    assert_newest(f, 6, &(struct due){ APITOKEN_VERB_POLICY, "", "", "root", "", "38: 0 -> none" });
    assert_code(sound(f), 0);
}

static void old_records_go_as_new_ones_come(void **state) {
    struct fixture *f = *state;
    keep_for(f, HOUR);
    for (int i = 0; i < 5; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += HOUR + 1;
    for (int i = 0; i < 4; i++) {
        (void)fixture_create(f->store, "owner", "name", NULL);
        assert_int_equal(count_records(f->store, NULL), i < 3 ? 6 - i - 1 : 4);
        assert_code(sound(f), 0);
    }
    apitoken_audit_page *page = page_of(f->store, NULL);
    assert_int_equal(apitoken_audit_number(apitoken_audit_page_at(page, 0)), 7);
    apitoken_audit_page_free(page);
    assert_int_equal(count_rows(f->store, "owner"), 9);
}

/* ---- a full store ---------------------------------------------------------------------------- */

static int setup_small(void **state) {
    storage_in_memory(STORAGE_USUAL);
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.map_bytes = 16 * MIB;
    fixture_make_store(f, &opts);
    f->store = NULL;
    reopen_as_admin(f);
    *state = f;
    return 0;
}
#define SMALL_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_small, fixture_teardown)

static void fill(const struct fixture *f) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    int rc = 0;
    opts.description = long_text(APITOKEN_DESCRIPTION_MAX);
    opts.description_len = APITOKEN_DESCRIPTION_MAX;
    for (int i = 0; i < 20000 && rc == 0; i++) rc = try_create(f->store, "many", "name", &opts);
    assert_code(rc, APITOKEN_E_FULL);
}

static int grow(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
    int rc = apitoken_store_grow(f->store_path, f->keyring, 32 * MIB, FIXTURE_GROW, NULL);
    reopen_as_admin(f);
    return rc;
}

static void a_full_store_counts_its_denials(void **state) {
    struct fixture *f = *state;
    const struct made_token revoked = fixture_create(f->store, "owner", "name", NULL),
                            suspended = fixture_create(f->store, "owner", "name", NULL);
    const apitoken_block_opts block = by_admin();
    apitoken_audit_opts mine = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page;
    uint64_t count = 0;
    mine.owner = "owner";
    mine.owner_len = 5;
    fill(f);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    assert_code(suspend_token(f->store, &suspended, 1), 0);
    assert_code(apitoken_owner_block(f->store, LIT("owner"), &block, NULL), 0);
    assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
    assert_code(check(f->store, &suspended), APITOKEN_E_BLOCKED);
    assert_code(apitoken_revoke_all(f->store, LIT("many"), NULL, 0, NULL, &count, NULL), 0);
    assert_true(count > 1000);
    assert_int_equal(count_records(f->store, &mine), 2); /* their creates */
    assert_code(sound(f), 0);
    assert_code(grow(f), 0);
    /* the grow has the next record, the last one of all */
    mine.owner = NULL;
    mine.owner_len = 0;
    for (int has_more = 1; has_more;) {
        static char cursor[APITOKEN_CURSOR_MAX + 1];
        page = page_of(f->store, &mine);
        has_more = apitoken_audit_page_has_more(page);
        (void)snprintf(cursor, sizeof cursor, "%s", apitoken_audit_page_cursor(page));
        mine.cursor = cursor;
        mine.cursor_len = (uint32_t)strlen(cursor);
        if (has_more) apitoken_audit_page_free(page);
    }
    const apitoken_audit_record *last =
        apitoken_audit_page_at(page, apitoken_audit_page_count(page) - 1);
    assert_int_equal(apitoken_audit_verb(last), APITOKEN_VERB_GROW);
    assert_int_equal(apitoken_audit_unrecorded(last), 3 + count);
    apitoken_audit_page_free(page);
    assert_code(sound(f), 0);
}

/* ---- what is done to the store as a whole ---------------------------------------------------- */

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

#define ACT .actor = "operator", .actor_len = 8, .clock = fixture_clock, .clock_ctx = f

/* A size that it has already is no change. */
static void a_grow_is_recorded(void **state) {
    struct fixture *f = *state;
    const apitoken_grow_opts opts = { .size = sizeof opts, ACT };
    for (int i = 0; i < 2; i++) {
        close_store(f);
        assert_code(apitoken_store_grow(f->store_path, f->keyring, 32 * MIB, &opts, NULL), 0);
        reopen_as_admin(f);
        assert_newest(f, 1,
                      &(struct due){ APITOKEN_VERB_GROW, "", "", "operator", "",
                                     "48: 1073741824 -> 33554432" });
        assert_int_equal(count_records(f->store, NULL), 1);
    }
    assert_code(sound(f), 0);
}

static int restore(struct fixture *f, uint32_t flags) {
    const apitoken_restore_opts opts = { .size = sizeof opts, .flags = flags, ACT };
    return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring, &opts, NULL,
                                  NULL);
}

/* One whose store proved everything, and one that took what could be found. */
static void a_restore_is_recorded(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    close_store(f);
    f->now_ms += MINUTE;
    assert_code(restore(f, 0), 0);
    reopen_as_admin(f);
    assert_newest(
        f, 3,
        &(struct due){ APITOKEN_VERB_RESTORE, "", "", "operator", "", "51:  -> 2; 52:  -> 1" });
    assert_code(sound(f), 0);
    close_store(f);
    assert_int_equal(rename(f->store_path, in_dir(f->dir, "away")), 0);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST), 0);
    reopen_as_admin(f);
    assert_newest(f, 3,
                  &(struct due){ APITOKEN_VERB_SALVAGE, "", "", "operator", "", "51:  -> 2" });
    assert_code(sound(f), 0);
}

/* A finding says from when on nothing is known, and the record who accepted that. */
static void an_accepted_rollback_is_recorded(void **state) {
    struct fixture *f = *state;
    const char *data = in_dir(f->store_path, "data.mdb"), *kept = in_dir(f->dir, "kept");
    apitoken_check_opts opts = { .size = sizeof opts, ACT };
    apitoken_error err = APITOKEN_ERROR_INIT;
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    file_copy(data, kept);
    f->now_ms += MINUTE;
    reopen_as_admin(f);
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    file_copy(kept, data);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, &err),
                APITOKEN_E_ROLLED_BACK);
    assert_non_null(strstr(err.text, "denied after 2027-01-15T08:00:00Z is lost"));
    opts.flags = APITOKEN_CHECK_ACCEPT_ROLLBACK;
    assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), 0);
    reopen_as_admin(f);
    assert_newest(f, 2, &(struct due){ APITOKEN_VERB_ACCEPT_ROLLBACK, "", "", "operator", "", "" });
    assert_code(sound(f), 0);
}

static void a_compaction_is_recorded(void **state) {
    struct fixture *f = *state;
    const apitoken_compact_opts opts = { .size = sizeof opts, ACT };
    (void)fixture_create(f->store, "owner", "name", NULL);
    close_store(f);
    assert_code(apitoken_store_compact(f->store_path, f->keyring, &opts, NULL), 0);
    reopen_as_admin(f);
    assert_newest(f, 2,
                  &(struct due){ APITOKEN_VERB_COMPACT, "", "", "operator", "", "51:  -> 1" });
    assert_code(sound(f), 0);
}

/* With a keyring whose active key the store has not met, it meets it by this. */
static void the_active_key_becomes_known(void **state) {
    struct fixture *f = *state;
    const apitoken_compact_opts opts = { .size = sizeof opts, ACT };
    apitoken_keyring *keyring = NULL;
    uint32_t key = 0;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &key, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, key, NULL, NULL), 0);
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), 0);
    close_store(f);
    assert_code(apitoken_store_compact(f->store_path, keyring, &opts, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, keyring, NULL, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL),
                APITOKEN_E_KEY_MISSING);
    apitoken_keyring_free(f->keyring);
    f->keyring = keyring;
    reopen_as_admin(f);
    assert_newest(f, 2,
                  &(struct due){ APITOKEN_VERB_COMPACT, "", "", "operator", "", "51:  -> 0" });
}

static void without_an_audit_nothing_is_recorded(void **state) {
    struct fixture *f = *state;
    keep_for(f, 0);
    assert_int_equal(count_records(f->store, NULL), 0);
    close_store(f);
    assert_code(apitoken_store_compact(f->store_path, f->keyring, FIXTURE_COMPACT, NULL), 0);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, 32 * MIB, FIXTURE_GROW, NULL), 0);
    reopen_as_admin(f);
    assert_int_equal(count_records(f->store, NULL), 0);
    assert_code(sound(f), 0);
}

static void assert_no_actor(int rc, const apitoken_error *err) {
    assert_code(rc, APITOKEN_E_ACTOR);
    assert_int_equal(err->field, APITOKEN_FIELD_ACTOR);
}

/* None of these is done for an owner, who could be meant. */
static void who_does_it_must_be_named(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *actor;
        uint32_t len;
    } bad[] = { { NULL, 0 }, { "x", 0 }, { "a\nb", 3 } };
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    close_store(f);
    const size_t entries = count_entries(f->dir);
    for (size_t i = 0; i < COUNT(bad); i++) {
        apitoken_grow_opts grow = { .size = sizeof grow, 0, 0, bad[i].len, bad[i].actor };
        apitoken_compact_opts compact = { .size = sizeof compact, 0, 0, bad[i].len, bad[i].actor };
        apitoken_restore_opts restoring = { .size = sizeof restoring, .actor_len = bad[i].len };
        apitoken_check_opts accept = { .size = sizeof accept, APITOKEN_CHECK_ACCEPT_ROLLBACK };
        apitoken_error err = APITOKEN_ERROR_INIT;
        const char *path = f->store_path;
        restoring.actor = accept.actor = bad[i].actor;
        accept.actor_len = bad[i].len;
        assert_no_actor(apitoken_store_grow(path, f->keyring, 32 * MIB, &grow, &err), &err);
        assert_no_actor(apitoken_store_compact(path, f->keyring, &compact, &err), &err);
        assert_no_actor(apitoken_store_check(path, f->keyring, &accept, &err), &err);
        assert_no_actor(apitoken_store_restore(in_dir(f->dir, "backup"), path, f->keyring,
                                               &restoring, NULL, &err),
                        &err);
    }
    apitoken_check_opts check_only = { .size = sizeof check_only, .actor = "x", .actor_len = 1 };
    assert_code(apitoken_store_check(f->store_path, f->keyring, &check_only, NULL),
                APITOKEN_E_ARGUMENT);
    assert_int_equal(count_entries(f->dir), entries);
    reopen_as_admin(f);
    assert_int_equal(count_records(f->store, NULL), 0);
}

static void a_clock_that_fails_changes_nothing(void **state) {
    struct fixture *f = *state;
    const apitoken_grow_opts grow = { .size = sizeof grow, ACT };
    const apitoken_compact_opts compact = { .size = sizeof compact, ACT };
    const apitoken_check_opts accept = { .size = sizeof accept,
                                         .flags = APITOKEN_CHECK_ACCEPT_ROLLBACK,
                                         ACT };
    close_store(f);
    f->now_ms = -1;
    assert_code(apitoken_store_grow(f->store_path, f->keyring, 32 * MIB, &grow, NULL),
                APITOKEN_E_CLOCK);
    assert_code(apitoken_store_compact(f->store_path, f->keyring, &compact, NULL),
                APITOKEN_E_CLOCK);
    assert_code(apitoken_store_check(f->store_path, f->keyring, &accept, NULL), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    reopen_as_admin(f);
    assert_int_equal(count_records(f->store, NULL), 0);
}

/* ---- a store that goes on -------------------------------------------------------------------- */

static void the_chain_goes_on_in_another_handle(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        (void)fixture_create(f->store, "owner", "name", NULL);
        reopen_as_admin(f);
    }
    assert_int_equal(count_records(f->store, NULL), 3);
    assert_code(sound(f), 0);
}

static void a_backup_keeps_it(void **state) {
    struct fixture *f = *state;
    char backup[256];
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    keep_for(f, HOUR);
    (void)fixture_create(f->store, "owner", "name", NULL);
    f->now_ms += 2 * HOUR;
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(count_records(f->store, NULL), 1);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    assert_code(apitoken_store_check(backup, f->keyring, NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    assert_code(sound(f), 0);
    reopen_as_admin(f);
    assert_int_equal(count_records(f->store, NULL), 2); /* and that of the restore */
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_code(sound(f), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        ADMIN_CASE(a_create_is_recorded),
        ADMIN_CASE(an_update_is_recorded_with_what_was_before),
        ADMIN_CASE(a_rotate_is_recorded_without_the_secret),
        ADMIN_CASE(a_revoke_and_its_undo_are_recorded),
        ADMIN_CASE(a_block_has_one_record_however_many_tokens),
        ADMIN_CASE(a_policy_is_recorded_for_no_owner),
        ADMIN_CASE(tokens_of_one_owner_share_a_record),
        ADMIN_CASE(a_revoke_of_all_is_recorded_by_steps),
        ADMIN_CASE(each_call_of_a_group_has_its_record),
        ADMIN_CASE(pages_follow_each_other),
        ADMIN_CASE(a_grow_is_recorded),
        ADMIN_CASE(a_restore_is_recorded),
        ADMIN_CASE(an_accepted_rollback_is_recorded),
        ADMIN_CASE(a_compaction_is_recorded),
        ADMIN_CASE(the_active_key_becomes_known),
        ADMIN_CASE(without_an_audit_nothing_is_recorded),
        ADMIN_CASE(who_does_it_must_be_named),
        ADMIN_CASE(a_clock_that_fails_changes_nothing),
        SMALL_CASE(a_call_looks_at_a_limited_number),
        ADMIN_CASE(filters_leave_out_the_rest),
        ADMIN_CASE(all_owners_are_for_an_administrator),
        ADMIN_CASE(bad_input_is_refused),
        ADMIN_CASE(a_page_outlives_the_store),
        ADMIN_CASE(retention_0_writes_none_and_lets_go_of_the_rest),
        ADMIN_CASE(old_records_go_as_new_ones_come),
        SMALL_CASE(a_full_store_counts_its_denials),
        ADMIN_CASE(the_chain_goes_on_in_another_handle),
        ADMIN_CASE(a_backup_keeps_it),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
