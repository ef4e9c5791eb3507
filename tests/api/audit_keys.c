/* SPDX-License-Identifier: MIT */
/* The audit says under which call a store met a key: the first one that was written under it. */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

/* Record `at` says that the key was added now, by whom, and nothing else. */
static void assert_added(struct fixture *f, size_t at, uint32_t key, const char *actor) {
    apitoken_audit_page *page = NULL;
    char text[16];
    assert_code(apitoken_audit(f->store, NULL, &page, NULL), 0);
    assert_true(at < apitoken_audit_page_count(page));
    const apitoken_audit_record *record = apitoken_audit_page_at(page, at);
    (void)snprintf(text, sizeof text, "%lu", (unsigned long)key);
    assert_int_equal(apitoken_audit_verb(record), APITOKEN_VERB_ADD_KEY);
    assert_int_equal(apitoken_audit_at_ms(record), f->now_ms);
    assert_string_equal(apitoken_audit_actor(record), actor);
    assert_string_equal(apitoken_audit_id(record), "");
    assert_string_equal(apitoken_audit_owner(record), "");
    assert_string_equal(apitoken_audit_reason(record), "");
    assert_int_equal(apitoken_audit_change_count(record), 1);
    assert_int_equal(apitoken_audit_change_field(record, 0), APITOKEN_CHANGE_KEY);
    assert_string_equal(apitoken_audit_change_before(record, 0), "");
    assert_string_equal(apitoken_audit_change_after(record, 0), text);
    apitoken_audit_page_free(page);
}

static size_t count_records(apitoken_store *store) {
    apitoken_audit_page *page = NULL;
    assert_code(apitoken_audit(store, NULL, &page, NULL), 0);
    const size_t count = apitoken_audit_page_count(page);
    apitoken_audit_page_free(page);
    return count;
}

/* ---- each kind of first call ----------------------------------------------------------------- */

static struct made_token first; /* made under key 1 */

static int create(struct fixture *f) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    (void)fixture_create(f->store, "owner", "name", &opts);
    return 0;
}

static int create_many(struct fixture *f) {
    enum { MANY = 300 };
    static apitoken_batch_item items[MANY];
    static const apitoken_batch_item *list[MANY];
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch = NULL;
    opts.actor = "root";
    opts.actor_len = 4;
    for (size_t i = 0; i < MANY; i++) {
        items[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        items[i].owner = "owner";
        items[i].owner_len = 5;
        items[i].name = "name";
        items[i].name_len = 4;
        list[i] = &items[i];
    }
    int rc = apitoken_create_batch(f->store, list, MANY, &opts, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static int revoke(struct fixture *f) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_revoke(f->store, LIT("owner"), first.id, strlen(first.id), &opts, NULL);
}

static int block(struct fixture *f) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_block(f->store, LIT("owner"), &opts, NULL);
}

static int grow(struct fixture *f) {
    static uint64_t size = UINT64_C(1) << 31;
    apitoken_grow_opts opts = APITOKEN_GROW_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    size += 4096;
    return apitoken_store_grow(f->store_path, f->keyring, size, &opts, NULL);
}

static int retire(struct fixture *f) {
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    opts.flags = APITOKEN_RETIRE_END_TOKENS;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_store_retire_key(f->store, 1, &opts, NULL, NULL);
}

static int change_policy(struct fixture *f) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.undo_ms = HOUR + f->now_ms % HOUR;
    return set_policy(f->store, APITOKEN_POLICY_UNDO, &policy);
}

static const struct {
    const char *name;
    int (*call)(struct fixture *f);
} calls[] = { { "create", create }, { "create_many", create_many }, { "revoke", revoke },
              { "grow", grow },     { "policy", change_policy },    { "block", block } };

static void assert_says_so(struct fixture *f, int (*call)(struct fixture *f)) {
    const size_t before = count_records(f->store);
    const uint32_t key = go_over_to_new_key(f);
    f->now_ms += MINUTE;
    assert_int_equal(count_records(f->store), before); /* nothing is written under it yet */
    assert_code(call(f), 0);
    assert_added(f, before, key, "root");
    assert_true(count_records(f->store) > before + 1);
    const size_t after = count_records(f->store);
    assert_code(revoke_token(f->store, "owner", first.id), 0);
    assert_in_range(count_records(f->store), after, after + 1);
    assert_added(f, before, key, "root");
}

static void the_first_call_under_a_key_says_so(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        print_message("# %s\n", calls[i].name);
        first = fixture_create(f->store, "owner", "name", NULL);
        assert_says_so(f, calls[i].call);
    }
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

static void so_does_the_retiring_of_a_key(void **state) {
    struct fixture *f = *state;
    first = fixture_create(f->store, "owner", "name", NULL);
    assert_says_so(f, retire);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* ---- when nothing is recorded ---------------------------------------------------------------- */

static void a_call_that_changes_nothing_adds_no_key(void **state) {
    struct fixture *f = *state;
    first = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke(f), 0);
    const size_t before = count_records(f->store);
    const uint32_t key = go_over_to_new_key(f);
    assert_code(revoke(f), 0);
    assert_int_equal(count_records(f->store), before);
    assert_code(create(f), 0);
    assert_added(f, before, key, "root");
}

static void without_an_audit_the_key_is_added_all_the_same(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    policy.audit_retention_ms = 0;
    assert_code(set_policy(f->store, APITOKEN_POLICY_AUDIT_RETENTION, &policy), 0);
    const size_t before = count_records(f->store);
    (void)go_over_to_new_key(f);
    assert_code(create(f), 0);
    assert_int_equal(count_records(f->store), before);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    policy.audit_retention_ms = DAY;
    assert_code(set_policy(f->store, APITOKEN_POLICY_AUDIT_RETENTION, &policy), 0);
    assert_int_equal(count_records(f->store), before + 1); /* of the policy; the key is known */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(the_first_call_under_a_key_says_so),
        CASE_ADMIN(so_does_the_retiring_of_a_key),
        CASE_ADMIN(a_call_that_changes_nothing_adds_no_key),
        CASE_ADMIN(without_an_audit_the_key_is_added_all_the_same),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
