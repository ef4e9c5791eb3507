/* SPDX-License-Identifier: MIT */
/* NULL arguments: where they are allowed, and where they are refused. */
/* the nonnull attributes would let the compiler assume away what is tested here */
#define APITOKEN_BUILDING
#include "api.h"

#include <string.h>

#include "cases.h"

#define ID "0123456789AB"

static void required_arguments_are_not_null(void **state) {
    struct fixture *f = *state;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    apitoken_secret *secret = UNTOUCHED;
    apitoken_page *page = UNTOUCHED;
    apitoken_audit_page *audit = UNTOUCHED;
    apitoken_token *row = UNTOUCHED;
    apitoken_store *store = UNTOUCHED;
    apitoken_batch *batch = UNTOUCHED;
    const apitoken_batch_item *item = NULL;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_purge_opts purge = APITOKEN_PURGE_OPTS_INIT;
    apitoken_erase_opts erase = APITOKEN_ERASE_OPTS_INIT;
    apitoken_retire_opts retire = APITOKEN_RETIRE_OPTS_INIT;
    apitoken_policy_opts set = APITOKEN_POLICY_OPTS_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_owner_info owner = APITOKEN_OWNER_INFO_INIT;
    uint64_t count = 4711;
    uint32_t revision = 4711;
    char buf[8] = "mark";
    size_t len = 4711;
    int32_t day = 4711;
    verdict.code = 0;
    update.flags = APITOKEN_UPDATE_END_OLDER;
    set.mask = APITOKEN_POLICY_UNDO;
    set.actor = block.actor = purge.actor = erase.actor = retire.actor = "root";
    set.actor_len = block.actor_len = purge.actor_len = erase.actor_len = retire.actor_len = 4;
    const int codes[] = {
        apitoken_keyring_load(f->keys, NULL, NULL, NULL),
        apitoken_store_create(in_dir(f->dir, "second"), NULL, NULL, NULL),
        apitoken_store_open(f->store_path, NULL, NULL, &store, NULL),
        apitoken_store_open(f->store_path, f->keyring, NULL, NULL, NULL),
        apitoken_store_grow(f->store_path, NULL, UINT64_C(1) << 31, FIXTURE_GROW, NULL),
        apitoken_store_compact(f->store_path, NULL, FIXTURE_COMPACT, NULL),
        apitoken_store_reload_keys(NULL, f->keyring, NULL, NULL),
        apitoken_store_reload_keys(f->store, NULL, NULL, NULL),
        apitoken_store_retire_key(NULL, 1, &retire, NULL, NULL),
        apitoken_store_stat(NULL, NULL, &info, NULL),
        apitoken_store_stat(f->store, NULL, NULL, NULL),
        apitoken_store_counters(NULL, NULL, &counters, NULL),
        apitoken_store_counters(f->store, NULL, NULL, NULL),
        apitoken_create(NULL, LIT("owner"), LIT("name"), NULL, &secret, NULL),
        apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, NULL, NULL),
        apitoken_create(f->store, NULL, 1, LIT("name"), NULL, &secret, NULL),
        apitoken_create(f->store, LIT("owner"), NULL, 1, NULL, &secret, NULL),
        apitoken_secret_format(NULL, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL),
        apitoken_create_batch(NULL, &item, 1, NULL, &batch, NULL),
        apitoken_create_batch(f->store, NULL, 1, NULL, &batch, NULL),
        apitoken_create_batch(f->store, &item, 1, NULL, &batch, NULL),
        apitoken_create_batch(f->store, &item, 0, NULL, NULL, NULL),
        apitoken_batch_format(NULL, 0, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL),
        apitoken_list(NULL, LIT("owner"), NULL, &page, NULL),
        apitoken_list(f->store, LIT("owner"), NULL, NULL, NULL),
        apitoken_list(f->store, NULL, 1, NULL, &page, NULL),
        apitoken_list_all(NULL, NULL, &page, NULL),
        apitoken_list_all(f->store, NULL, NULL, NULL),
        apitoken_audit(NULL, NULL, &audit, NULL),
        apitoken_audit(f->store, NULL, NULL, NULL),
        apitoken_show(NULL, LIT("owner"), LIT(ID), NULL, &row, NULL),
        apitoken_show(f->store, LIT("owner"), LIT(ID), NULL, NULL, NULL),
        apitoken_show(f->store, LIT("owner"), NULL, 12, NULL, &row, NULL),
        apitoken_revoke(NULL, LIT("owner"), LIT(ID), NULL, NULL),
        apitoken_revoke(f->store, NULL, 5, LIT(ID), NULL, NULL),
        apitoken_revoke(f->store, LIT("owner"), NULL, 12, NULL, NULL),
        apitoken_revoke_all(NULL, LIT("owner"), NULL, 0, NULL, &count, NULL),
        apitoken_revoke_all(f->store, NULL, 5, NULL, 0, NULL, &count, NULL),
        apitoken_revoke_all(f->store, LIT("owner"), NULL, 12, NULL, &count, NULL),
        apitoken_revoke_texts(NULL, NULL, 0, NULL, NULL),
        apitoken_revoke_texts(f->store, NULL, 1, NULL, NULL),
        apitoken_unrevoke(NULL, LIT("owner"), LIT(ID), NULL, NULL),
        apitoken_unrevoke(f->store, NULL, 5, LIT(ID), NULL, NULL),
        apitoken_unrevoke(f->store, LIT("owner"), NULL, 12, NULL, NULL),
        apitoken_owner_block(NULL, LIT("owner"), &block, NULL),
        apitoken_owner_block(f->store, NULL, 5, &block, NULL),
        apitoken_owner_unblock(NULL, LIT("owner"), &block, NULL),
        apitoken_owner_unblock(f->store, NULL, 5, &block, NULL),
        apitoken_purge(NULL, &purge, NULL, NULL),
        apitoken_owner_erase(NULL, LIT("owner"), &erase, NULL, NULL),
        apitoken_owner_erase(f->store, NULL, 5, &erase, NULL, NULL),
        apitoken_owner_stat(NULL, LIT("owner"), NULL, &owner, NULL),
        apitoken_owner_stat(f->store, NULL, 5, NULL, &owner, NULL),
        apitoken_owner_stat(f->store, LIT("owner"), NULL, NULL, NULL),
        apitoken_policy_get(NULL, NULL, &policy, NULL),
        apitoken_policy_get(f->store, NULL, NULL, NULL),
        apitoken_policy_set(NULL, &policy, &set, NULL),
        apitoken_policy_set(f->store, NULL, &set, NULL),
        apitoken_policy_set(f->store, &policy, NULL, NULL),
        apitoken_update(NULL, LIT("owner"), LIT(ID), &update, &revision, NULL),
        apitoken_update(f->store, NULL, 5, LIT(ID), &update, &revision, NULL),
        apitoken_update(f->store, LIT("owner"), NULL, 12, &update, &revision, NULL),
        apitoken_update(f->store, LIT("owner"), LIT(ID), NULL, &revision, NULL),
        apitoken_rotate(NULL, LIT("owner"), LIT(ID), &rotate, &secret, NULL),
        apitoken_rotate(f->store, NULL, 5, LIT(ID), &rotate, &secret, NULL),
        apitoken_rotate(f->store, LIT("owner"), NULL, 12, &rotate, &secret, NULL),
        apitoken_rotate(f->store, LIT("owner"), LIT(ID), NULL, &secret, NULL),
        apitoken_rotate(f->store, LIT("owner"), LIT(ID), &rotate, NULL, NULL),
        apitoken_copy(NULL, LIT("owner"), LIT(ID), APITOKEN_FORMAT_MASKED, NULL, buf, sizeof buf,
                      &len, NULL),
        apitoken_copy(f->store, LIT("owner"), LIT(ID), APITOKEN_FORMAT_MASKED, NULL, buf,
                      sizeof buf, NULL, NULL),
        apitoken_copy(f->store, LIT("owner"), LIT(ID), APITOKEN_FORMAT_MASKED, NULL, NULL, 1, &len,
                      NULL),
        apitoken_validate(NULL, LIT("x"), NULL, &verdict, NULL),
        apitoken_validate_header(NULL, LIT("x"), NULL, &verdict, NULL),
        apitoken_day_parse(NULL, 10, &day, NULL),
        apitoken_day_parse(LIT("2026-12-31"), NULL, NULL),
        apitoken_day_format(20261231, NULL, 11, NULL),
        apitoken_day_at(NULL, 0, &day, NULL),
        apitoken_day_at(f->store, 0, NULL, NULL),
        apitoken_day_today(NULL, &day, NULL),
        apitoken_day_today(f->store, NULL, NULL),
    };
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (codes[i] != APITOKEN_E_ARGUMENT) print_error("call %zu of the list\n", i);
        assert_code(codes[i], APITOKEN_E_ARGUMENT);
    }
    assert_ptr_equal(secret, UNTOUCHED);
    assert_ptr_equal(page, UNTOUCHED);
    assert_ptr_equal(audit, UNTOUCHED);
    assert_ptr_equal(row, UNTOUCHED);
    assert_ptr_equal(store, UNTOUCHED);
    assert_ptr_equal(batch, UNTOUCHED);
    assert_string_equal(buf, "mark");
    assert_int_equal(len, 4711);
    assert_int_equal(day, 4711);
    assert_int_equal(revision, 4711);
    assert_int_equal(count, 4711);
    assert_int_equal(owner.tokens, 0);
    assert_int_equal(policy.max_live, 0);
    assert_code(verdict.code, APITOKEN_E_ARGUMENT);
    assert_int_equal(info_of(f->store).tokens, 0);
}

/* Nor is the place for a length, of a text that is there. */
static void a_length_is_asked_for(void **state) {
    const struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = NULL;
    apitoken_secret *secret = NULL;
    char buf[APITOKEN_FORMAT_MAX] = "mark";
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    assert_code(apitoken_create_batch(f->store, &items, 1, NULL, &batch, NULL), 0);
    assert_code(
        apitoken_batch_format(batch, 0, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, NULL, NULL),
        APITOKEN_E_ARGUMENT);
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL), 0);
    assert_code(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, NULL, NULL),
        APITOKEN_E_ARGUMENT);
    assert_string_equal(buf, "mark");
    apitoken_secret_free(secret);
    apitoken_batch_free(batch);
    apitoken_batch_free(NULL);
}

/* A missing path is no path. */
static void a_null_path_is_refused(void **state) {
    struct fixture *f = *state;
    apitoken_keyring *keyring = UNTOUCHED;
    apitoken_store *store = UNTOUCHED;
    assert_code(apitoken_keyring_create(NULL, NULL, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_keyring_load(NULL, NULL, &keyring, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_keyring_export_verify(f->keys, NULL, NULL, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_create(NULL, f->keyring, NULL, NULL), APITOKEN_E_PATH);
    assert_code(apitoken_store_open(NULL, f->keyring, NULL, &store, NULL), APITOKEN_E_PATH);
    assert_ptr_equal(keyring, UNTOUCHED);
    assert_ptr_equal(store, UNTOUCHED);
}

/* Text given as NULL with length 0 is the empty text. */
static void null_with_length_0_is_the_empty_text(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = UNTOUCHED;
    apitoken_token *row = UNTOUCHED;
    assert_code(apitoken_create(f->store, NULL, 0, LIT("name"), NULL, &secret, NULL),
                APITOKEN_E_OWNER);
    assert_code(apitoken_create(f->store, LIT("owner"), NULL, 0, NULL, &secret, NULL),
                APITOKEN_E_NAME);
    assert_code(apitoken_show(f->store, LIT("owner"), NULL, 0, NULL, &row, NULL), APITOKEN_E_ID);
    assert_code(apitoken_validate(f->store, NULL, 0, NULL, NULL, NULL), APITOKEN_E_MALFORMED);
    for (size_t len = 1; len < 3; len++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_validate(f->store, NULL, len, NULL, NULL, &err), APITOKEN_E_ARGUMENT);
        assert_field(&err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0);
        assert_code(apitoken_validate_header(f->store, NULL, len, NULL, NULL, &err),
                    APITOKEN_E_ARGUMENT);
        assert_field(&err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0);
    }
    assert_ptr_equal(secret, UNTOUCHED);
    assert_ptr_equal(row, UNTOUCHED);
    create.description = NULL;
    assert_code(try_create(f->store, "owner", "name", &create), 0);
    create.description_len = 1;
    assert_code(try_create(f->store, "owner", "name", &create), APITOKEN_E_ARGUMENT);
    apitoken_store_create_opts store = APITOKEN_STORE_CREATE_OPTS_INIT;
    store.prefix_len = 1;
    assert_code(apitoken_store_create(in_dir(f->dir, "second"), f->keyring, &store, NULL),
                APITOKEN_E_ARGUMENT);
    store.prefix_len = 0;
    store.zone_id_len = 1;
    assert_code(apitoken_store_create(in_dir(f->dir, "second"), f->keyring, &store, NULL),
                APITOKEN_E_ARGUMENT);
}

static void getters_take_null(void **state) {
    (void)state;
    assert_int_equal(apitoken_keyring_count(NULL), 0);
    assert_int_equal(apitoken_keyring_key_at(NULL, 0), 0);
    assert_int_equal(apitoken_keyring_active(NULL), 0);
    assert_int_equal(apitoken_keyring_is_verify_only(NULL), 0);
    assert_int_equal(apitoken_keyring_is_locked(NULL), 0);
    assert_null(apitoken_keyring_fingerprint(NULL, 1));
    assert_string_equal(apitoken_secret_id(NULL), "");
    assert_int_equal(apitoken_batch_count(NULL), 0);
    assert_null(apitoken_batch_id(NULL, 0));
    apitoken_batch_free(NULL);
    assert_int_equal(apitoken_page_count(NULL), 0);
    assert_null(apitoken_page_at(NULL, 0));
    assert_null(apitoken_page_cursor(NULL));
    assert_int_equal(apitoken_audit_page_count(NULL), 0);
    assert_null(apitoken_audit_page_at(NULL, 0));
    assert_int_equal(apitoken_audit_page_has_more(NULL), 0);
    assert_string_equal(apitoken_audit_page_cursor(NULL), "");
    apitoken_audit_page_free(NULL);
    assert_true(apitoken_audit_number(NULL) == 0);
    assert_true(apitoken_audit_at_ms(NULL) == 0);
    assert_int_equal(apitoken_audit_verb(NULL), 0);
    assert_string_equal(apitoken_audit_id(NULL), "");
    assert_string_equal(apitoken_audit_owner(NULL), "");
    assert_string_equal(apitoken_audit_actor(NULL), "");
    assert_string_equal(apitoken_audit_reason(NULL), "");
    assert_true(apitoken_audit_unrecorded(NULL) == 0);
    assert_int_equal(apitoken_audit_is_erased(NULL), 0);
    assert_int_equal(apitoken_audit_change_count(NULL), 0);
    assert_int_equal(apitoken_audit_change_field(NULL, 0), 0);
    assert_string_equal(apitoken_audit_change_before(NULL, 0), "");
    assert_string_equal(apitoken_audit_change_after(NULL, 0), "");
    assert_string_equal(apitoken_token_id(NULL), "");
    assert_int_equal(apitoken_token_state(NULL), 0); /* no state that is valid */
    assert_int_equal(apitoken_token_is_copyable(NULL), 0);
    assert_true(apitoken_token_last_used_ms(NULL) == 0);
    assert_string_equal(apitoken_token_owner(NULL), "");
    assert_string_equal(apitoken_token_name(NULL), "");
    assert_string_equal(apitoken_token_description(NULL), "");
    assert_string_equal(apitoken_token_reason(NULL), "");
    assert_string_equal(apitoken_token_expires_zone(NULL), "");
    assert_int_equal(apitoken_token_expiry_kind(NULL), 0);
    assert_int_equal(apitoken_token_expires_day(NULL), 0);
    assert_true(apitoken_token_created_ms(NULL) == 0);
    assert_true(apitoken_token_expires_ms(NULL) == 0);
    assert_true(apitoken_token_revoked_ms(NULL) == 0);
    size_t len = 4711;
    assert_non_null(apitoken_token_data(NULL, &len));
    assert_int_equal(len, 0);
    assert_int_equal(apitoken_token_revision(NULL), 0);
    assert_string_equal(apitoken_token_interfaces(NULL), "");
    assert_string_equal(apitoken_token_networks(NULL), "");
    assert_string_equal(apitoken_token_created_by(NULL), "");
    assert_int_equal(apitoken_token_is_suspended(NULL), 0);
    assert_int_equal(apitoken_token_is_blocked(NULL), 0);
    assert_int_equal(apitoken_token_reason_code(NULL), 0);
    assert_true(apitoken_token_superseded_until_ms(NULL) == 0);
    assert_true(apitoken_token_last_used_older_ms(NULL) == 0);
    assert_true(apitoken_token_secret_made_ms(NULL) == 0);
    apitoken_keyring_free(NULL);
    apitoken_store_close(NULL);
    apitoken_secret_free(NULL);
    apitoken_page_free(NULL);
    apitoken_token_free(NULL);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(required_arguments_are_not_null), CASE(a_length_is_asked_for),
        CASE(a_null_path_is_refused),          CASE(null_with_length_0_is_the_empty_text),
        cmocka_unit_test(getters_take_null),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
