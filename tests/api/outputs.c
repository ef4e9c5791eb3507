/* SPDX-License-Identifier: MIT */
/*
 * What a call leaves behind: outputs untouched on failure, the whole detail or none of it, errno
 * unchanged.
 */
/* the nonnull attributes would let the compiler assume away what is tested here */
#define APITOKEN_BUILDING
#include "life.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define ID "0123456789AB"
#define ERRNO_BEFORE 4711

/* ---- failing calls, each with outputs that hold a mark --------------------------------------- */

/* Fails with `code`; afterwards asserts its own outputs. */
typedef int (*failing_fn)(struct fixture *f, apitoken_error *err);

static int bad_owner_create(struct fixture *f, apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_create(f->store, "", 0, LIT("name"), NULL, &secret, err);
    assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int bad_clock_create(struct fixture *f, apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    f->now_ms = -1;
    int rc = apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, err);
    f->now_ms = FIXTURE_NOW;
    assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int bad_cursor_list(struct fixture *f, apitoken_error *err) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = UNTOUCHED;
    opts.cursor = "x";
    opts.cursor_len = 1;
    int rc = apitoken_list(f->store, LIT("owner"), &opts, &page, err);
    assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

static int no_admin_list_all(struct fixture *f, apitoken_error *err) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list_all(f->store, NULL, &page, err);
    assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

static int bad_filter_list(struct fixture *f, apitoken_error *err) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_filter filter = APITOKEN_FILTER_INIT;
    apitoken_page *page = UNTOUCHED;
    filter.unused_since_ms = -1;
    opts.filter = &filter;
    int rc = apitoken_list(f->store, LIT("owner"), &opts, &page, err);
    assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

static int bad_clock_list(struct fixture *f, apitoken_error *err) {
    apitoken_page *page = UNTOUCHED;
    f->now_ms = -1;
    int rc = apitoken_list(f->store, LIT("owner"), NULL, &page, err);
    f->now_ms = FIXTURE_NOW;
    assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

static int not_found_show(struct fixture *f, apitoken_error *err) {
    apitoken_token *row = UNTOUCHED;
    int rc = apitoken_show(f->store, LIT("owner"), LIT(ID), NULL, &row, err);
    assert_ptr_equal(row, UNTOUCHED);
    return rc;
}

static int not_found_revoke(struct fixture *f, apitoken_error *err) {
    return apitoken_revoke(f->store, LIT("owner"), LIT(ID), NULL, err);
}

static int not_found_copy(struct fixture *f, apitoken_error *err) {
    char buf[APITOKEN_FORMAT_MAX] = "mark";
    size_t len = 4711;
    int rc = apitoken_copy(f->store, LIT("owner"), LIT(ID), APITOKEN_FORMAT_PLAIN, NULL, buf,
                           sizeof buf, &len, err);
    assert_string_equal(buf, "mark");
    assert_int_equal(len, 4711);
    return rc;
}

static int malformed_validate(struct fixture *f, apitoken_error *err) {
    return apitoken_validate(f->store, LIT("x"), NULL, NULL, err);
}

static int no_token_header(struct fixture *f, apitoken_error *err) {
    return apitoken_validate_header(f->store, LIT("Basic x"), NULL, NULL, err);
}

static int wrong_size_stat(struct fixture *f, apitoken_error *err) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    info.size = 1;
    info.tokens = 4711;
    int rc = apitoken_store_stat(f->store, NULL, &info, err);
    assert_int_equal(info.tokens, 4711);
    return rc;
}

static int missing_keyring_load(struct fixture *f, apitoken_error *err) {
    apitoken_keyring *keyring = UNTOUCHED;
    int rc = apitoken_keyring_load(in_dir(f->dir, "none"), NULL, &keyring, err);
    assert_ptr_equal(keyring, UNTOUCHED);
    return rc;
}

static int missing_keyring_add(struct fixture *f, apitoken_error *err) {
    uint32_t id = 4711;
    int rc = apitoken_keyring_add_key(in_dir(f->dir, "none"), NULL, &id, err);
    assert_int_equal(id, 4711);
    return rc;
}

static int missing_store_open(struct fixture *f, apitoken_error *err) {
    apitoken_store *store = UNTOUCHED;
    int rc = apitoken_store_open(in_dir(f->dir, "none"), f->keyring, NULL, &store, err);
    assert_ptr_equal(store, UNTOUCHED);
    return rc;
}

static int existing_store_create(struct fixture *f, apitoken_error *err) {
    return apitoken_store_create(f->store_path, f->keyring, NULL, err);
}

static int existing_keyring_create(struct fixture *f, apitoken_error *err) {
    return apitoken_keyring_create(f->keys, NULL, err);
}

static int store_in_use_grow(struct fixture *f, apitoken_error *err) {
    return apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 40, FIXTURE_GROW, err);
}

static int verify_only_reload_keys(struct fixture *f, apitoken_error *err) {
    return apitoken_store_reload_keys(f->store, f->verify_keyring, NULL, err);
}

static int bad_day_parse(struct fixture *f, apitoken_error *err) {
    int32_t day = 4711;
    (void)f;
    int rc = apitoken_day_parse(LIT("2026-02-30"), &day, err);
    assert_int_equal(day, 4711);
    return rc;
}

static int bad_day_format(struct fixture *f, apitoken_error *err) {
    char buf[16] = "mark";
    (void)f;
    int rc = apitoken_day_format(20260230, buf, sizeof buf, err);
    assert_string_equal(buf, "mark");
    return rc;
}

static int create_store_with(struct fixture *f, const apitoken_store_create_opts *opts,
                             apitoken_error *err) {
    return apitoken_store_create(in_dir(f->dir, "second"), f->keyring, opts, err);
}

static int bad_prefix_create(struct fixture *f, apitoken_error *err) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.prefix = "T";
    opts.prefix_len = 1;
    return create_store_with(f, &opts, err);
}

static int missing_prefix_create(struct fixture *f, apitoken_error *err) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.prefix_len = 3;
    return create_store_with(f, &opts, err);
}

static int bad_zone_create(struct fixture *f, apitoken_error *err) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.zone_id = "/";
    opts.zone_id_len = 1;
    return create_store_with(f, &opts, err);
}

static int missing_zone_create(struct fixture *f, apitoken_error *err) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.zone_id_len = 3;
    return create_store_with(f, &opts, err);
}

static int small_map_create(struct fixture *f, apitoken_error *err) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = 1;
    return create_store_with(f, &opts, err);
}

static int no_map_grow(struct fixture *f, apitoken_error *err) {
    return apitoken_store_grow(f->store_path, f->keyring, 0, FIXTURE_GROW, err);
}

static int bad_mode_open(struct fixture *f, apitoken_error *err) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = UNTOUCHED;
    opts.mode = 99;
    int rc = apitoken_store_open(f->store_path, f->keyring, &opts, &store, err);
    assert_ptr_equal(store, UNTOUCHED);
    return rc;
}

static int reserved_keyring_create(struct fixture *f, apitoken_error *err) {
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    opts.reserved = 1;
    return apitoken_keyring_create(in_dir(f->dir, "second-keys"), &opts, err);
}

static int bad_reason_revoke(struct fixture *f, apitoken_error *err) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = "\n";
    opts.reason_len = 1;
    return apitoken_revoke(f->store, LIT("owner"), LIT(ID), &opts, err);
}

static int missing_reason_revoke(struct fixture *f, apitoken_error *err) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_len = 1;
    return apitoken_revoke(f->store, LIT("owner"), LIT(ID), &opts, err);
}

static int bad_id_revoke(struct fixture *f, apitoken_error *err) {
    return apitoken_revoke(f->store, LIT("owner"), LIT("short"), NULL, err);
}

static int missing_id_revoke(struct fixture *f, apitoken_error *err) {
    return apitoken_revoke(f->store, LIT("owner"), NULL, 12, NULL, err);
}

static int create_with(struct fixture *f, const apitoken_create_opts *opts, apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_create(f->store, LIT("owner"), LIT("name"), opts, &secret, err);
    assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int create_expiring(struct fixture *f, uint32_t kind, int32_t day, int64_t ms,
                           apitoken_error *err) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = kind;
    opts.expiry_day = day;
    opts.expiry_ms = ms;
    return create_with(f, &opts, err);
}

static int day_of_no_kind(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_NEVER, 20280101, 0, err);
}

static int instant_beside_a_day(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_DAY, 20280101, 1, err);
}

static int day_beside_an_instant(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_INSTANT, 20280101, FIXTURE_NOW + 1, err);
}

static int bad_instant(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_INSTANT, 0, -1, err);
}
static int bad_day(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_DAY, 20280230, 0, err);
}
static int past_day(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, APITOKEN_EXPIRY_DAY, 20270114, 0, err);
}
static int unknown_kind(struct fixture *f, apitoken_error *err) {
    return create_expiring(f, 99, 0, 0, err);
}

static int empty_interface(struct fixture *f, apitoken_error *err) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.interfaces = ",a";
    opts.interfaces_len = 2;
    return create_with(f, &opts, err);
}

static int update_with(struct fixture *f, const apitoken_update_opts *opts, apitoken_error *err) {
    uint32_t revision = 4711;
    int rc = apitoken_update(f->store, LIT("owner"), LIT(ID), opts, &revision, err);
    assert_int_equal(revision, 4711);
    return rc;
}

static int no_change_update(struct fixture *f, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    return update_with(f, &opts, err);
}

static int not_found_update(struct fixture *f, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    return update_with(f, &opts, err);
}

static int rotate_with(struct fixture *f, const apitoken_rotate_opts *opts, apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_rotate(f->store, LIT("owner"), LIT(ID), opts, &secret, err);
    assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int bad_grace_rotate(struct fixture *f, apitoken_error *err) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    opts.grace_ms = -1;
    return rotate_with(f, &opts, err);
}

static int reserved_rotate(struct fixture *f, apitoken_error *err) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    opts.reserved = 1;
    return rotate_with(f, &opts, err);
}

static int not_found_rotate(struct fixture *f, apitoken_error *err) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    return rotate_with(f, &opts, err);
}

static int not_found_revoke_all(struct fixture *f, apitoken_error *err) {
    uint64_t count = 4711;
    int rc = apitoken_revoke_all(f->store, LIT("owner"), LIT(ID), NULL, &count, err);
    assert_int_equal(count, 4711);
    return rc;
}

static int not_found_unrevoke(struct fixture *f, apitoken_error *err) {
    return apitoken_unrevoke(f->store, LIT("owner"), LIT(ID), NULL, err);
}

static int no_actor_retire(struct fixture *f, apitoken_error *err) {
    return apitoken_store_retire_key(f->store, 1, NULL, NULL, err);
}

static int no_key_retire(struct fixture *f, apitoken_error *err) {
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    result.tokens = 4711;
    int rc = apitoken_store_retire_key(f->store, 0, &opts, &result, err);
    assert_int_equal(result.tokens, 4711);
    return rc;
}

static int active_key_remove(struct fixture *f, apitoken_error *err) {
    return apitoken_keyring_remove_key(f->keys, NULL, 1, err);
}

static int no_actor_block(struct fixture *f, apitoken_error *err) {
    return apitoken_owner_block(f->store, LIT("owner"), NULL, err);
}

static int no_administrator_unblock(struct fixture *f, apitoken_error *err) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_unblock(f->store, LIT("owner"), &opts, err);
}

static int future_purge(struct fixture *f, apitoken_error *err) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    opts.ended_before_ms = FIXTURE_NOW + 1;
    apitoken_store *admin = fixture_open_admin(f);
    int rc = apitoken_purge(admin, &opts, NULL, err);
    apitoken_store_close(admin);
    return rc;
}

static int owner_is_actor_erase(struct fixture *f, apitoken_error *err) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    opts.actor = "owner";
    opts.actor_len = 5;
    return apitoken_owner_erase(f->store, LIT("owner"), &opts, NULL, err);
}

static int bad_owner_stat(struct fixture *f, apitoken_error *err) {
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    info.tokens = 4711;
    int rc = apitoken_owner_stat(f->store, "", 0, NULL, &info, err);
    assert_int_equal(info.tokens, 4711);
    return rc;
}

static int mask_of_policy_get(struct fixture *f, apitoken_error *err) {
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    opts.mask = APITOKEN_POLICY_UNDO;
    int rc = apitoken_policy_get(f->store, &opts, &policy, err);
    assert_int_equal(policy.max_live, 0);
    return rc;
}

static int no_actor_policy_set(struct fixture *f, apitoken_error *err) {
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    const apitoken_policy policy = APITOKEN_POLICY_INIT;
    opts.mask = APITOKEN_POLICY_UNDO;
    return apitoken_policy_set(f->store, &policy, &opts, err);
}

static int existing_store_backup(struct fixture *f, apitoken_error *err) {
    return apitoken_store_backup(f->store, f->keys, NULL, err);
}

static int missing_store_check(struct fixture *f, apitoken_error *err) {
    return apitoken_store_check(in_dir(f->dir, "none"), f->keyring, NULL, err);
}

static int missing_backup_restore(struct fixture *f, apitoken_error *err) {
    return apitoken_store_restore(in_dir(f->dir, "none"), in_dir(f->dir, "second"), f->keyring,
                                  FIXTURE_RESTORE, NULL, err);
}

static int contradictory_restore(struct fixture *f, apitoken_error *err) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.flags = APITOKEN_RESTORE_REVOKE_ALL | APITOKEN_RESTORE_ACCEPT_LOST;
    return apitoken_store_restore(in_dir(f->dir, "none"), in_dir(f->dir, "second"), f->keyring,
                                  &opts, NULL, err);
}

static const struct {
    failing_fn call;
    int code;
    uint32_t field;
} failures[] = {
    { bad_owner_create, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER },
    { bad_clock_create, APITOKEN_E_CLOCK, APITOKEN_FIELD_NONE },
    { bad_cursor_list, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR },
    { bad_clock_list, APITOKEN_E_CLOCK, APITOKEN_FIELD_NONE },
    { no_admin_list_all, APITOKEN_E_ADMIN, APITOKEN_FIELD_NONE },
    { bad_filter_list, APITOKEN_E_FILTER, APITOKEN_FIELD_FILTER },
    { not_found_show, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { not_found_revoke, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { not_found_copy, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { malformed_validate, APITOKEN_E_MALFORMED, APITOKEN_FIELD_NONE },
    { no_token_header, APITOKEN_E_NO_TOKEN, APITOKEN_FIELD_NONE },
    { wrong_size_stat, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS },
    { missing_keyring_load, APITOKEN_E_KEYS_MISSING, APITOKEN_FIELD_NONE },
    { missing_keyring_add, APITOKEN_E_KEYS_MISSING, APITOKEN_FIELD_NONE },
    { missing_store_open, APITOKEN_E_NO_STORE, APITOKEN_FIELD_NONE },
    { existing_store_create, APITOKEN_E_EXISTS, APITOKEN_FIELD_NONE },
    { existing_keyring_create, APITOKEN_E_EXISTS, APITOKEN_FIELD_NONE },
    { store_in_use_grow, APITOKEN_E_IN_USE, APITOKEN_FIELD_NONE },
    { verify_only_reload_keys, APITOKEN_E_KEYS_VERIFY, APITOKEN_FIELD_NONE },
    { no_actor_retire, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR },
    { no_key_retire, APITOKEN_E_KEY_ID, APITOKEN_FIELD_KEY },
    { active_key_remove, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY },
    { bad_day_parse, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY },
    { bad_day_format, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY },
    { bad_prefix_create, APITOKEN_E_PREFIX, APITOKEN_FIELD_PREFIX },
    { missing_prefix_create, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_PREFIX },
    { bad_zone_create, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE },
    { missing_zone_create, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ZONE },
    { small_map_create, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE },
    { no_map_grow, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE },
    { bad_mode_open, APITOKEN_E_MODE, APITOKEN_FIELD_OPTS },
    { reserved_keyring_create, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS },
    { bad_reason_revoke, APITOKEN_E_REASON, APITOKEN_FIELD_REASON },
    { missing_reason_revoke, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_REASON },
    { bad_id_revoke, APITOKEN_E_ID, APITOKEN_FIELD_ID },
    { missing_id_revoke, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ID },
    { day_of_no_kind, APITOKEN_E_EXPIRY, APITOKEN_FIELD_EXPIRY },
    { instant_beside_a_day, APITOKEN_E_EXPIRY, APITOKEN_FIELD_EXPIRY },
    { day_beside_an_instant, APITOKEN_E_EXPIRY, APITOKEN_FIELD_EXPIRY },
    { bad_instant, APITOKEN_E_EXPIRY, APITOKEN_FIELD_EXPIRY },
    { bad_day, APITOKEN_E_DAY, APITOKEN_FIELD_EXPIRY },
    { past_day, APITOKEN_E_EXPIRY_PAST, APITOKEN_FIELD_EXPIRY },
    { unknown_kind, APITOKEN_E_EXPIRY, APITOKEN_FIELD_EXPIRY },
    { empty_interface, APITOKEN_E_INTERFACES, APITOKEN_FIELD_INTERFACES },
    { no_change_update, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS },
    { not_found_update, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { bad_grace_rotate, APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE },
    { reserved_rotate, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS },
    { not_found_rotate, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { not_found_revoke_all, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { not_found_unrevoke, APITOKEN_E_NOT_FOUND, APITOKEN_FIELD_NONE },
    { no_actor_block, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR },
    { no_administrator_unblock, APITOKEN_E_ADMIN, APITOKEN_FIELD_NONE },
    { future_purge, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS },
    { owner_is_actor_erase, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR },
    { bad_owner_stat, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER },
    { mask_of_policy_get, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS },
    { no_actor_policy_set, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR },
    { existing_store_backup, APITOKEN_E_EXISTS, APITOKEN_FIELD_NONE },
    { missing_store_check, APITOKEN_E_NO_STORE, APITOKEN_FIELD_NONE },
    { missing_backup_restore, APITOKEN_E_NO_STORE, APITOKEN_FIELD_NONE },
    { contradictory_restore, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS },
};

/* A detail that is full of marks. */
static apitoken_error marked(void) {
    apitoken_error err;
    memset(&err, 0xAA, sizeof err);
    err.size = sizeof err;
    return err;
}

static void a_failure_writes_every_field_of_the_detail(void **state) {
    for (size_t i = 0; i < COUNT(failures); i++) {
        apitoken_error err = marked();
        assert_code(failures[i].call(*state, &err), failures[i].code);
        assert_int_equal(err.size, sizeof err);
        assert_field(&err, failures[i].code, failures[i].field, 0);
        assert_true(err.os_code >= 0 && err.os_code < 200);
        assert_int_equal(err.item, UINT32_MAX);
        assert_string_equal(err.id, "");
        assert_in_range(strnlen(err.text, sizeof err.text), 5, sizeof err.text - 1);
        assert_code(failures[i].call(*state, NULL), failures[i].code);
    }
}

static void a_failure_keeps_errno(void **state) {
    for (size_t i = 0; i < COUNT(failures); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        errno = ERRNO_BEFORE;
        assert_code(failures[i].call(*state, &err), failures[i].code);
        assert_int_equal(errno, ERRNO_BEFORE);
    }
}

/* ---- good calls ------------------------------------------------------------------------------ */

/* The whole life of a token; after each call errno and the detail must be as they were. */
#define GOOD(call)                                      \
    do {                                                \
        errno = ERRNO_BEFORE;                           \
        assert_code((call), 0);                         \
        assert_int_equal(errno, ERRNO_BEFORE);          \
        assert_memory_equal(&err, &before, sizeof err); \
    } while (0)

static void an_administrators_success_leaves_them_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = marked(), before = err;
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_policy_opts set = APITOKEN_POLICY_OPTS_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_owner_info owner = APITOKEN_OWNER_INFO_INIT;
    apitoken_purge_opts purge = APITOKEN_PURGE_OPTS_INIT;
    apitoken_erase_opts erase = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result removed = APITOKEN_PURGE_RESULT_INIT;
    uint64_t count = 0;
    set.mask = APITOKEN_POLICY_MAX_LIVE;
    set.actor = block.actor = purge.actor = erase.actor = "root";
    set.actor_len = block.actor_len = purge.actor_len = erase.actor_len = 4;
    GOOD(apitoken_policy_get(f->store, NULL, &policy, &err));
    policy.max_live = 9;
    GOOD(apitoken_policy_set(f->store, &policy, &set, &err));
    GOOD(apitoken_revoke_all(f->store, LIT("owner"), NULL, 0, NULL, &count, &err));
    GOOD(apitoken_unrevoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, NULL, &err));
    GOOD(apitoken_owner_block(f->store, LIT("owner"), &block, &err));
    GOOD(apitoken_owner_stat(f->store, LIT("owner"), NULL, &owner, &err));
    GOOD(apitoken_owner_unblock(f->store, LIT("owner"), &block, &err));
    GOOD(apitoken_purge(f->store, &purge, &removed, &err));
    GOOD(apitoken_owner_erase(f->store, LIT("owner"), &erase, &removed, &err));
    assert_int_equal(removed.tokens, 1);
}

static void a_success_leaves_errno_and_detail_alone(void **state) {
    struct fixture *f = *state;
    apitoken_error err = marked(), before = err;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL, *newest = NULL;
    apitoken_page *page = NULL;
    apitoken_token *row = NULL;
    char text[APITOKEN_FORMAT_MAX], buf[APITOKEN_FORMAT_MAX];
    const char *other = in_dir(f->dir, "other"), *path = in_dir(f->dir, "second");
    char backup[96];
    size_t len = 0;
    uint32_t key = 0;
    apitoken_restore_opts lost = FIXTURE_RESTORE_OPTS;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    int32_t day = 0;
    apitoken_store_create_opts always = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item };
    apitoken_batch *batch = NULL;
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_open_opts admin = APITOKEN_OPEN_OPTS_INIT;
    uint32_t revision = 0;
    update.mask = APITOKEN_UPDATE_NAME;
    update.name = "other";
    update.name_len = 5;
    always.copy_policy = APITOKEN_COPY_ALWAYS;
    lost.flags = APITOKEN_RESTORE_ACCEPT_LOST;
    admin.flags = APITOKEN_OPEN_ADMIN;
    (void)snprintf(backup, sizeof backup, "%s/backup", f->dir);
    item.owner = item.name = "owner";
    item.owner_len = item.name_len = 5;
    GOOD(apitoken_keyring_create(other, NULL, &err));
    GOOD(apitoken_keyring_add_key(other, NULL, &key, &err));
    GOOD(apitoken_keyring_activate_key(other, key, NULL, &err));
    GOOD(apitoken_keyring_export_verify(other, in_dir(f->dir, "exported"), NULL, &err));
    GOOD(apitoken_keyring_load(other, NULL, &keyring, &err));
    GOOD(apitoken_store_create(path, keyring, &always, &err));
    GOOD(apitoken_store_grow(path, keyring, UINT64_C(1) << 31, FIXTURE_GROW, &err));
    GOOD(apitoken_store_open(path, keyring, &admin, &store, &err));
    GOOD(apitoken_create(store, LIT("owner"), LIT("name"), NULL, &secret, &err));
    GOOD(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, &err));
    const char *id = apitoken_secret_id(secret);
    GOOD(apitoken_validate(store, text, len, NULL, &verdict, &err));
    GOOD(apitoken_list(store, LIT("owner"), NULL, &page, &err));
    GOOD((apitoken_page_free(page), 0));
    GOOD(apitoken_list_all(store, NULL, &page, &err));
    GOOD(apitoken_show(store, LIT("owner"), id, APITOKEN_ID_LEN, NULL, &row, &err));
    GOOD(apitoken_copy(store, LIT("owner"), id, APITOKEN_ID_LEN, APITOKEN_FORMAT_MASKED, NULL, buf,
                       sizeof buf, &len, &err));
    GOOD(apitoken_copy(store, LIT("owner"), id, APITOKEN_ID_LEN, APITOKEN_FORMAT_PLAIN, NULL, buf,
                       sizeof buf, &len, &err));
    GOOD(apitoken_update(store, LIT("owner"), id, APITOKEN_ID_LEN, &update, &revision, &err));
    GOOD(apitoken_update(store, LIT("owner"), id, APITOKEN_ID_LEN, &update, NULL, &err));
    GOOD(apitoken_rotate(store, LIT("owner"), id, APITOKEN_ID_LEN, &rotate, &newest, &err));
    GOOD((apitoken_secret_free(newest), 0));
    GOOD(apitoken_create_batch(store, items, 1, NULL, &batch, &err));
    GOOD(apitoken_batch_format(batch, 0, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, &err));
    GOOD((apitoken_batch_free(batch), 0));
    GOOD(apitoken_revoke(store, LIT("owner"), id, APITOKEN_ID_LEN, NULL, &err));
    GOOD(apitoken_revoke(store, LIT("owner"), id, APITOKEN_ID_LEN, NULL, &err));
    GOOD(apitoken_store_stat(store, NULL, &info, &err));
    GOOD(apitoken_store_reload_keys(store, keyring, NULL, &err));
    GOOD(apitoken_store_backup(store, backup, NULL, &err));
    GOOD(apitoken_store_check(backup, keyring, NULL, &err));
    GOOD(apitoken_store_restore(backup, in_dir(f->dir, "third"), keyring, &lost, &result, &err));
    GOOD(apitoken_day_parse(LIT("2026-12-31"), &day, &err));
    GOOD(apitoken_day_format(day, buf, sizeof buf, &err));
    GOOD((apitoken_token_free(row), apitoken_page_free(page), apitoken_secret_free(secret),
          apitoken_store_close(store), apitoken_keyring_free(keyring), 0));
#undef GOOD
}

/* The detail of a failure never holds what was presented as a token. */
static void no_detail_holds_token_text(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t at = TOKEN_BODY; at < TOKEN_LEN; at += 7) {
        char text[TOKEN_LEN + 1];
        apitoken_error err = APITOKEN_ERROR_INIT;
        memcpy(text, token.text, sizeof text);
        text[at] = text[at] == 'x' ? 'y' : 'x';
        if (at % 2) token_put_checksum(text, TOKEN_LEN);
        assert_true(apitoken_validate(f->store, text, TOKEN_LEN, NULL, NULL, &err) < 0);
        assert_null(memmem(&err, sizeof err, token.text + 20, 6));
        assert_null(memmem(&err, sizeof err, token.text + 35, 6));
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_failure_writes_every_field_of_the_detail),
        CASE(a_failure_keeps_errno),
        CASE(a_success_leaves_errno_and_detail_alone),
        CASE_ADMIN(an_administrators_success_leaves_them_alone),
        CASE(no_detail_holds_token_text),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
