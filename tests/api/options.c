/* SPDX-License-Identifier: MIT */
/*
 * Structs of older and newer callers: sizes, unknown tails, flags and reserved fields, for every
 * public struct in every call.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"

#define ROOM 4200 /* more than the largest size a struct may say */
#define STRUCT_MAX 4096
#define ID "0123456789AB"

/*
 * Each call has input that is good up to the options, so that it ends with `due` if they are
 * accepted.
 */
typedef int (*opts_fn)(struct fixture *f, const void *opts);

static int call_keyring_create(struct fixture *f, const void *opts) {
    return apitoken_keyring_create(f->keys, opts, NULL);
}

static int call_keyring_load(struct fixture *f, const void *opts) {
    apitoken_keyring *keyring = NULL;
    int rc = apitoken_keyring_load(f->keys, opts, &keyring, NULL);
    apitoken_keyring_free(keyring);
    return rc;
}

static int call_keyring_add_key(struct fixture *f, const void *opts) {
    return apitoken_keyring_add_key(f->verify_keys, opts, NULL, NULL);
}

static int call_keyring_activate_key(struct fixture *f, const void *opts) {
    return apitoken_keyring_activate_key(f->keys, 1, opts, NULL);
}

/* There is no such key. */
static int call_keyring_remove_key(struct fixture *f, const void *opts) {
    return apitoken_keyring_remove_key(f->keys, opts, 9, NULL);
}

static int call_keyring_export_verify(struct fixture *f, const void *opts) {
    return apitoken_keyring_export_verify(f->keys, f->verify_keys, opts, NULL);
}

static int call_store_create(struct fixture *f, const void *opts) {
    return apitoken_store_create(f->store_path, f->keyring, opts, NULL);
}

static int call_store_open(struct fixture *f, const void *opts) {
    apitoken_store *store = NULL;
    int rc = apitoken_store_open(f->store_path, f->keyring, opts, &store, NULL);
    apitoken_store_close(store);
    return rc;
}

static int call_store_stat(struct fixture *f, const void *opts) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(f->store, opts, &info, NULL);
}

static int call_store_counters(struct fixture *f, const void *opts) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    return apitoken_store_counters(f->store, opts, &counters, NULL);
}

static int call_store_reload_keys(struct fixture *f, const void *opts) {
    return apitoken_store_reload_keys(f->store, f->keyring, opts, NULL);
}

/* An actor must be given. */
static int call_store_retire_key(struct fixture *f, const void *opts) {
    return apitoken_store_retire_key(f->store, 1, opts, NULL, NULL);
}

static int call_store_grow(struct fixture *f, const void *opts) {
    return apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 31, opts, NULL);
}

static int call_store_compact(struct fixture *f, const void *opts) {
    return apitoken_store_compact(f->store_path, f->keyring, opts, NULL);
}

static int call_store_check(struct fixture *f, const void *opts) {
    return apitoken_store_check(f->store_path, f->keyring, opts, NULL);
}

/* To where something stands, as what it would make is not wanted. */
static int call_store_backup(struct fixture *f, const void *opts) {
    return apitoken_store_backup(f->store, f->store_path, opts, NULL);
}

/* From where nothing stands. */
static int call_store_restore(struct fixture *f, const void *opts) {
    return apitoken_store_restore(in_dir(f->dir, "none"), f->store_path, f->keyring, opts, NULL,
                                  NULL);
}

static int call_create(struct fixture *f, const void *opts) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(f->store, LIT("owner"), LIT("name"), opts, &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

static int call_create_batch(struct fixture *f, const void *opts) {
    apitoken_batch *batch = NULL;
    int rc = apitoken_create_batch(f->store, NULL, 0, opts, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

/* An item is set up like options, too; its owner is missing. */
static int call_batch_item(struct fixture *f, const void *opts) {
    const apitoken_batch_item *item = opts;
    apitoken_batch *batch = NULL;
    return opts ? apitoken_create_batch(f->store, &item, 1, NULL, &batch, NULL) : APITOKEN_E_OWNER;
}

static int call_batch_format(struct fixture *f, const void *opts) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = NULL;
    size_t len;
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    if (apitoken_create_batch(f->store, &items, 1, NULL, &batch, NULL) != 0) return 1;
    int rc = apitoken_batch_format(batch, 0, APITOKEN_FORMAT_PLAIN, opts, NULL, 0, &len, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static int call_secret_format(struct fixture *f, const void *opts) {
    apitoken_secret *secret = NULL;
    size_t len;
    if (apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL) != 0) return 1;
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, opts, NULL, 0, &len, NULL);
    apitoken_secret_free(secret);
    return rc;
}

static int call_list(struct fixture *f, const void *opts) {
    apitoken_page *page = NULL;
    int rc = apitoken_list(f->store, LIT("owner"), opts, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int call_list_all(struct fixture *f, const void *opts) {
    apitoken_store *admin = fixture_open_admin(f);
    apitoken_page *page = NULL;
    int rc = apitoken_list_all(admin, opts, &page, NULL);
    apitoken_page_free(page);
    apitoken_store_close(admin);
    return rc;
}

static int call_filter(struct fixture *f, const void *filter) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    opts.filter = filter;
    return call_list(f, &opts);
}

static int call_filter_of_all(struct fixture *f, const void *filter) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    opts.filter = filter;
    return call_list_all(f, &opts);
}

static int call_audit(struct fixture *f, const void *opts) {
    apitoken_audit_page *page = NULL;
    int rc = apitoken_audit(f->store, opts, &page, NULL);
    apitoken_audit_page_free(page);
    return rc;
}

static int call_show(struct fixture *f, const void *opts) {
    apitoken_token *row = NULL;
    return apitoken_show(f->store, LIT("owner"), LIT(ID), opts, &row, NULL);
}

static int call_revoke(struct fixture *f, const void *opts) {
    return apitoken_revoke(f->store, LIT("owner"), LIT(ID), opts, NULL);
}

static int call_revoke_all(struct fixture *f, const void *opts) {
    return apitoken_revoke_all(f->store, LIT("owner"), LIT(ID), opts, NULL, NULL);
}

/* An actor must be given. */
static int call_revoke_texts(struct fixture *f, const void *opts) {
    return apitoken_revoke_texts(f->store, NULL, 0, opts, NULL);
}

static int call_unrevoke(struct fixture *f, const void *opts) {
    return apitoken_unrevoke(f->store, LIT("owner"), LIT(ID), opts, NULL);
}

/* An actor must be given. */
static int call_owner_block(struct fixture *f, const void *opts) {
    return apitoken_owner_block(f->store, LIT("owner"), opts, NULL);
}

static int call_owner_unblock(struct fixture *f, const void *opts) {
    return apitoken_owner_unblock(f->store, LIT("owner"), opts, NULL);
}

static int call_purge(struct fixture *f, const void *opts) {
    return apitoken_purge(f->store, opts, NULL, NULL);
}

static int call_owner_erase(struct fixture *f, const void *opts) {
    return apitoken_owner_erase(f->store, LIT("owner"), opts, NULL, NULL);
}

static int call_owner_stat(struct fixture *f, const void *opts) {
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    return apitoken_owner_stat(f->store, LIT("owner"), opts, &info, NULL);
}

static int call_policy_get(struct fixture *f, const void *opts) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    return apitoken_policy_get(f->store, opts, &policy, NULL);
}

/* Without options it changes nothing: null_arguments.c. */
static int call_policy_set(struct fixture *f, const void *opts) {
    const apitoken_policy policy = APITOKEN_POLICY_INIT;
    return opts ? apitoken_policy_set(f->store, &policy, opts, NULL) : APITOKEN_E_ARGUMENT;
}

/* The policy itself is set up like options, too; the handle is no administrator's. */
static int call_policy(struct fixture *f, const void *policy) {
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    opts.mask = APITOKEN_POLICY_UNDO;
    opts.actor = "root";
    opts.actor_len = 4;
    return policy ? apitoken_policy_set(f->store, policy, &opts, NULL) : APITOKEN_E_ADMIN;
}

/* Options that name nothing to change, as no options at all, are refused after their form. */
static int call_update(struct fixture *f, const void *opts) {
    return apitoken_update(f->store, LIT("owner"), LIT(ID), opts, NULL, NULL);
}

/* Without options it does nothing: null_arguments.c. */
static int call_rotate(struct fixture *f, const void *opts) {
    apitoken_secret *secret = NULL;
    return opts ? apitoken_rotate(f->store, LIT("owner"), LIT(ID), opts, &secret, NULL)
                : APITOKEN_E_NOT_FOUND;
}

static int call_copy(struct fixture *f, const void *opts) {
    size_t len;
    return apitoken_copy(f->store, LIT("owner"), LIT(ID), APITOKEN_FORMAT_MASKED, opts, NULL, 0,
                         &len, NULL);
}

static int call_validate(struct fixture *f, const void *opts) {
    return apitoken_validate(f->store, LIT("x"), opts, NULL, NULL);
}

static int call_validate_header(struct fixture *f, const void *opts) {
    return apitoken_validate_header(f->store, LIT("x"), opts, NULL, NULL);
}

#define NO_RESERVED 0
#define AT(type, field) offsetof(type, field)
#define ROW(fn, type, reserved, flags, due) \
    { fn, sizeof(type), reserved, flags, due }

static const struct {
    opts_fn call;
    uint32_t size; /* of this version, which is the first */
    size_t reserved_at;
    uint32_t flags; /* that are known */
    int due;
} calls[] = {
    ROW(call_keyring_create, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved), 0,
        APITOKEN_E_EXISTS),
    ROW(call_keyring_load, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved),
        APITOKEN_KEYRING_REQUIRE_LOCK, 0),
    ROW(call_keyring_add_key, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved), 0,
        APITOKEN_E_KEYS_VERIFY),
    ROW(call_keyring_activate_key, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved), 0,
        0),
    ROW(call_keyring_remove_key, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved), 0,
        APITOKEN_E_KEY_ID),
    ROW(call_keyring_export_verify, apitoken_keyring_opts, AT(apitoken_keyring_opts, reserved), 0,
        APITOKEN_E_EXISTS),
    ROW(call_store_create, apitoken_store_create_opts, AT(apitoken_store_create_opts, reserved),
        APITOKEN_STORE_GROUP | APITOKEN_ANY_FILE_SYSTEM, APITOKEN_E_EXISTS),
    ROW(call_store_open, apitoken_open_opts, NO_RESERVED,
        APITOKEN_OPEN_NO_RECENT | APITOKEN_OPEN_ADMIN | APITOKEN_ANY_FILE_SYSTEM, 0),
    ROW(call_store_stat, apitoken_stat_opts, AT(apitoken_stat_opts, reserved), 0, 0),
    ROW(call_store_counters, apitoken_stat_opts, AT(apitoken_stat_opts, reserved), 0, 0),
    ROW(call_store_reload_keys, apitoken_reload_opts, AT(apitoken_reload_opts, reserved), 0, 0),
    ROW(call_store_retire_key, apitoken_retire_opts, AT(apitoken_retire_opts, reserved),
        APITOKEN_RETIRE_END_TOKENS | APITOKEN_RETIRE_DRY_RUN, APITOKEN_E_ACTOR),
    ROW(call_store_grow, apitoken_grow_opts, NO_RESERVED, APITOKEN_ANY_FILE_SYSTEM,
        APITOKEN_E_ACTOR),
    ROW(call_store_compact, apitoken_compact_opts, NO_RESERVED, APITOKEN_ANY_FILE_SYSTEM,
        APITOKEN_E_ACTOR),
    ROW(call_store_check, apitoken_check_opts, NO_RESERVED,
        APITOKEN_CHECK_ACCEPT_ROLLBACK | APITOKEN_ANY_FILE_SYSTEM, 0),
    ROW(call_store_backup, apitoken_backup_opts, AT(apitoken_backup_opts, reserved),
        APITOKEN_ANY_FILE_SYSTEM, APITOKEN_E_EXISTS),
    ROW(call_store_restore, apitoken_restore_opts, NO_RESERVED,
        APITOKEN_RESTORE_REVOKE_ALL | APITOKEN_RESTORE_ACCEPT_LOST | APITOKEN_ANY_FILE_SYSTEM,
        APITOKEN_E_ACTOR),
    ROW(call_create, apitoken_create_opts, NO_RESERVED, 0, 0),
    ROW(call_create_batch, apitoken_batch_opts, NO_RESERVED, 0, 0),
    ROW(call_batch_item, apitoken_batch_item, AT(apitoken_batch_item, reserved), 0,
        APITOKEN_E_OWNER),
    ROW(call_batch_item, apitoken_batch_item, AT(apitoken_batch_item, reserved2), 0,
        APITOKEN_E_OWNER),
    ROW(call_batch_format, apitoken_format_opts, NO_RESERVED, 0, APITOKEN_E_BUFFER),
    ROW(call_secret_format, apitoken_format_opts, NO_RESERVED, 0, APITOKEN_E_BUFFER),
    ROW(call_list, apitoken_list_opts, NO_RESERVED, 0, 0),
    ROW(call_list_all, apitoken_list_all_opts, NO_RESERVED, 0, 0),
    ROW(call_filter, apitoken_filter, NO_RESERVED,
        APITOKEN_FILTER_NEVER_USED | APITOKEN_FILTER_NEVER_EXPIRES | APITOKEN_FILTER_OUTSIDE_POLICY,
        0),
    ROW(call_filter_of_all, apitoken_filter, NO_RESERVED,
        APITOKEN_FILTER_NEVER_USED | APITOKEN_FILTER_NEVER_EXPIRES | APITOKEN_FILTER_OUTSIDE_POLICY,
        0),
    ROW(call_audit, apitoken_audit_opts, AT(apitoken_audit_opts, reserved), 0, APITOKEN_E_ADMIN),
    ROW(call_show, apitoken_show_opts, AT(apitoken_show_opts, reserved), 0, APITOKEN_E_NOT_FOUND),
    ROW(call_revoke, apitoken_revoke_opts, NO_RESERVED, APITOKEN_REVOKE_FINAL,
        APITOKEN_E_NOT_FOUND),
    ROW(call_revoke_all, apitoken_revoke_opts, NO_RESERVED, APITOKEN_REVOKE_FINAL,
        APITOKEN_E_NOT_FOUND),
    ROW(call_revoke_texts, apitoken_revoke_opts, NO_RESERVED, APITOKEN_REVOKE_FINAL,
        APITOKEN_E_ACTOR),
    ROW(call_unrevoke, apitoken_unrevoke_opts, NO_RESERVED, 0, APITOKEN_E_NOT_FOUND),
    ROW(call_owner_block, apitoken_block_opts, AT(apitoken_block_opts, reserved), 0,
        APITOKEN_E_ACTOR),
    ROW(call_owner_unblock, apitoken_block_opts, AT(apitoken_block_opts, reserved), 0,
        APITOKEN_E_ACTOR),
    ROW(call_purge, apitoken_purge_opts, NO_RESERVED, APITOKEN_PURGE_DRY_RUN, APITOKEN_E_ACTOR),
    ROW(call_owner_erase, apitoken_erase_opts, NO_RESERVED,
        APITOKEN_ERASE_ACTOR | APITOKEN_ERASE_DRY_RUN, APITOKEN_E_ACTOR),
    ROW(call_owner_stat, apitoken_show_opts, AT(apitoken_show_opts, reserved), 0, 0),
    ROW(call_policy_get, apitoken_policy_opts, NO_RESERVED, 0, 0),
    ROW(call_policy_set, apitoken_policy_opts, NO_RESERVED, 0, APITOKEN_E_ARGUMENT),
    ROW(call_policy, apitoken_policy, NO_RESERVED, UINT32_MAX, APITOKEN_E_ADMIN),
    ROW(call_update, apitoken_update_opts, NO_RESERVED,
        APITOKEN_UPDATE_REVIVE | APITOKEN_UPDATE_END_OLDER, APITOKEN_E_ARGUMENT),
    ROW(call_rotate, apitoken_rotate_opts, AT(apitoken_rotate_opts, reserved),
        APITOKEN_ROTATE_DROP_OLDER | APITOKEN_ROTATE_KEEP_OLDER | APITOKEN_ROTATE_REVIVE,
        APITOKEN_E_NOT_FOUND),
    ROW(call_copy, apitoken_copy_opts, AT(apitoken_copy_opts, reserved), 0, APITOKEN_E_NOT_FOUND),
    ROW(call_validate, apitoken_validate_opts, AT(apitoken_validate_opts, reserved),
        APITOKEN_VALIDATE_ANY_INTERFACE, APITOKEN_E_MALFORMED),
    ROW(call_validate_header, apitoken_validate_opts, AT(apitoken_validate_opts, reserved),
        APITOKEN_VALIDATE_ANY_INTERFACE, APITOKEN_E_NO_TOKEN),
};

/* Zeros of a said size; a struct is set up when all its fields are zero but the size. */
static unsigned char *zeros(uint32_t size) {
    unsigned char *bytes = calloc(1, ROOM);
    assert_non_null(bytes);
    memcpy(bytes, &size, sizeof size);
    return bytes;
}

static void assert_call(struct fixture *f, size_t i, const unsigned char *bytes, int due) {
    int rc = calls[i].call(f, bytes);
    if (rc != due) print_error("call %zu of the table\n", i);
    assert_code(rc, due);
}

static void sizes_are_negotiated(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        const struct {
            uint32_t size;
            int is_good;
        } cases[] = {
            { 0, 0 },
            { 4, 0 },
            { calls[i].size - 1, 0 },
            { calls[i].size, 1 },
            { calls[i].size + 1, 1 },
            { calls[i].size + 8, 1 },
            { STRUCT_MAX, 1 },
            { STRUCT_MAX + 1, 0 },
            { UINT32_MAX, 0 },
        };
        for (size_t c = 0; c < COUNT(cases); c++) {
            unsigned char *bytes = zeros(cases[c].size);
            assert_call(f, i, bytes, cases[c].is_good ? calls[i].due : APITOKEN_E_ABI);
            free(bytes);
        }
        assert_code(calls[i].call(f, NULL), calls[i].due); /* no options at all */
    }
}

/*
 * What a newer caller asks for and this library does not know must not be passed over in silence.
 */
static void an_unknown_tail_must_be_zero(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        unsigned char *bytes = zeros(calls[i].size + 8);
        for (size_t at = calls[i].size; at < calls[i].size + 8; at++) {
            bytes[at] = 1;
            assert_call(f, i, bytes, APITOKEN_E_ABI);
            bytes[at] = 0;
        }
        bytes[calls[i].size + 8] = 1; /* behind the struct: nobody's business */
        assert_call(f, i, bytes, calls[i].due);
        free(bytes);
    }
}

static void unknown_flags_are_refused(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        unsigned char *bytes = zeros(calls[i].size);
        for (unsigned bit = 0; bit < 32; bit++) {
            uint32_t flag = UINT32_C(1) << bit;
            memcpy(bytes + sizeof(uint32_t), &flag, sizeof flag);
            if (!(flag & calls[i].flags)) assert_call(f, i, bytes, APITOKEN_E_ABI);
        }
        free(bytes);
    }
}

static void reserved_fields_are_zero(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (calls[i].reserved_at == NO_RESERVED) continue;
        unsigned char *bytes = zeros(calls[i].size);
        bytes[calls[i].reserved_at] = 1;
        assert_call(f, i, bytes, APITOKEN_E_ABI);
        free(bytes);
    }
}

static void nothing_came_of_refused_options(void **state) {
    struct fixture *f = *state;
    uint64_t before = info_of(f->store).transaction;
    size_t entries = count_entries(f->dir);
    unknown_flags_are_refused(state);
    reserved_fields_are_zero(state);
    /* two of the calls make a token to have a secret, for every flag */
    assert_int_equal(info_of(f->store).transaction, before + 64);
    assert_int_equal(count_entries(f->dir), entries);
}

/* ---- what the library writes ----------------------------------------------------------------- */

typedef int (*out_fn)(apitoken_store *store, void *out);

static int get_stat(apitoken_store *store, void *out) {
    return apitoken_store_stat(store, NULL, out, NULL);
}

static int get_owner_stat(apitoken_store *store, void *out) {
    return apitoken_owner_stat(store, LIT("owner"), NULL, out, NULL);
}

static int get_policy(apitoken_store *store, void *out) {
    return apitoken_policy_get(store, NULL, out, NULL);
}

static int get_counters(apitoken_store *store, void *out) {
    return apitoken_store_counters(store, NULL, out, NULL);
}

static int get_purge_result(apitoken_store *store, void *out) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_purge(store, &opts, out, NULL);
}

static int get_erase_result(apitoken_store *store, void *out) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_erase(store, LIT("nobody"), &opts, out, NULL);
}

static const struct {
    out_fn get;
    uint32_t size, first; /* of now, and of the version that had it first */
} outs[] = {
    { get_stat, sizeof(apitoken_store_info), offsetof(apitoken_store_info, oldest_reader) },
    { get_owner_stat, sizeof(apitoken_owner_info), sizeof(apitoken_owner_info) },
    { get_policy, sizeof(apitoken_policy), sizeof(apitoken_policy) },
    { get_counters, sizeof(apitoken_counters), sizeof(apitoken_counters) },
    { get_purge_result, sizeof(apitoken_purge_result), sizeof(apitoken_purge_result) },
    { get_erase_result, sizeof(apitoken_purge_result), sizeof(apitoken_purge_result) },
};

/* Bytes that nobody wrote, in a struct that says it has this size. */
static void mark_out(unsigned char *bytes, uint32_t size) {
    memset(bytes, 0xAA, ROOM);
    memcpy(bytes, &size, sizeof size);
}

static void assert_marked(const unsigned char *bytes, size_t from) {
    for (size_t at = from; at < ROOM; at++) assert_int_equal(bytes[at], 0xAA);
}

static void an_out_struct_is_negotiated_too(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    unsigned char *bytes = malloc(ROOM);
    for (size_t o = 0; o < COUNT(outs); o++) {
        const uint32_t bad[] = { 0, 4, outs[o].first - 1, STRUCT_MAX + 1, UINT32_MAX };
        const uint32_t newer = outs[o].size + 8;
        for (size_t i = 0; i < COUNT(bad); i++) {
            mark_out(bytes, bad[i]);
            assert_code(outs[o].get(f->store, bytes), APITOKEN_E_ABI);
            assert_marked(bytes, sizeof(uint32_t));
        }
        mark_out(bytes, newer);
        assert_code(outs[o].get(f->store, bytes), 0);
        assert_memory_equal(bytes, &newer, sizeof newer); /* the caller's size stays */
        for (size_t at = outs[o].size; at < newer; at++) assert_int_equal(bytes[at], 0);
        assert_marked(bytes, newer);
        mark_out(bytes, outs[o].first);
        assert_code(outs[o].get(f->store, bytes), 0);
        assert_int_not_equal(bytes[outs[o].first - 1], 0xAA);
        assert_marked(bytes, outs[o].first);
    }
    free(bytes);
}

/* Every function that takes a detail, with arguments that are good otherwise. */
static void assert_all_refuse(struct fixture *f, const struct made_token *token, void *err) {
    apitoken_keyring *keyring = UNTOUCHED;
    apitoken_store *store = UNTOUCHED;
    apitoken_secret *secret = UNTOUCHED;
    apitoken_batch *batch = UNTOUCHED;
    apitoken_page *page = UNTOUCHED;
    apitoken_token *row = UNTOUCHED;
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    char buf[APITOKEN_FORMAT_MAX] = "mark", path[2][256];
    size_t len = 4711;
    int32_t day = 4711;
    uint32_t key = 4711, revision = 4711;
    uint64_t count = 4711;
    apitoken_owner_info owner = APITOKEN_OWNER_INFO_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts set = APITOKEN_POLICY_OPTS_INIT;
    apitoken_block_opts block = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_purge_opts purge = APITOKEN_PURGE_OPTS_INIT;
    apitoken_erase_opts erase = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result removed = APITOKEN_PURGE_RESULT_INIT;
    set.mask = APITOKEN_POLICY_UNDO;
    set.actor = block.actor = purge.actor = erase.actor = "root";
    set.actor_len = block.actor_len = purge.actor_len = erase.actor_len = 4;
    removed.tokens = 4711;
    update.mask = APITOKEN_UPDATE_SUSPENDED;
    update.is_suspended = 1;
    (void)snprintf(path[0], sizeof path[0], "%s", in_dir(f->dir, "new-one"));
    (void)snprintf(path[1], sizeof path[1], "%s", in_dir(f->dir, "new-two"));
    verdict.code = 0;
    const int codes[] = {
        apitoken_keyring_create(path[0], NULL, err),
        apitoken_keyring_load(f->keys, NULL, &keyring, err),
        apitoken_keyring_add_key(f->keys, NULL, &key, err),
        apitoken_keyring_activate_key(f->keys, 1, NULL, err),
        apitoken_keyring_export_verify(f->keys, path[0], NULL, err),
        apitoken_store_create(path[0], f->keyring, NULL, err),
        apitoken_store_open(f->store_path, f->keyring, NULL, &store, err),
        apitoken_store_stat(f->store, NULL, &info, err),
        apitoken_store_counters(f->store, NULL, &counters, err),
        apitoken_store_grow(f->store_path, f->keyring, UINT64_C(1) << 40, FIXTURE_GROW, err),
        apitoken_store_compact(f->store_path, f->keyring, FIXTURE_COMPACT, err),
        apitoken_store_check(f->store_path, f->keyring, NULL, err),
        apitoken_store_backup(f->store, path[0], NULL, err),
        apitoken_store_restore(f->store_path, path[1], f->keyring, FIXTURE_RESTORE, NULL, err),
        apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, err),
        apitoken_create_batch(f->store, NULL, 0, NULL, &batch, err),
        apitoken_list(f->store, LIT("owner"), NULL, &page, err),
        apitoken_list_all(f->store, NULL, &page, err),
        apitoken_show(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, NULL, &row, err),
        apitoken_update(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, &update, &revision,
                        err),
        apitoken_rotate(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, &rotate, &secret, err),
        apitoken_revoke(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, NULL, err),
        apitoken_revoke_all(f->store, LIT("owner"), NULL, 0, NULL, &count, err),
        apitoken_revoke_texts(f->store, NULL, 0, NULL, err),
        apitoken_unrevoke(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, NULL, err),
        apitoken_owner_block(f->store, LIT("owner"), &block, err),
        apitoken_owner_unblock(f->store, LIT("owner"), &block, err),
        apitoken_purge(f->store, &purge, &removed, err),
        apitoken_owner_erase(f->store, LIT("owner"), &erase, &removed, err),
        apitoken_owner_stat(f->store, LIT("owner"), NULL, &owner, err),
        apitoken_policy_get(f->store, NULL, &policy, err),
        apitoken_policy_set(f->store, &policy, &set, err),
        apitoken_copy(f->store, LIT("owner"), token->id, APITOKEN_ID_LEN, APITOKEN_FORMAT_MASKED,
                      NULL, buf, sizeof buf, &len, err),
        apitoken_validate_header(f->store, LIT("Bearer x"), NULL, NULL, err),
        apitoken_validate(f->store, token->text, token->len, NULL, &verdict, err),
        apitoken_day_parse(LIT("2026-12-31"), &day, err),
        apitoken_day_format(20261231, buf, sizeof buf, err),
        apitoken_day_at(f->store, 0, &day, err),
        apitoken_day_today(f->store, &day, err),
    };
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (codes[i] != APITOKEN_E_ABI) print_error("call %zu of the list\n", i);
        assert_code(codes[i], APITOKEN_E_ABI);
    }
    assert_ptr_equal(keyring, UNTOUCHED);
    assert_ptr_equal(store, UNTOUCHED);
    assert_ptr_equal(secret, UNTOUCHED);
    assert_ptr_equal(batch, UNTOUCHED);
    assert_ptr_equal(page, UNTOUCHED);
    assert_ptr_equal(row, UNTOUCHED);
    assert_string_equal(buf, "mark");
    assert_int_equal(len, 4711);
    assert_int_equal(day, 4711);
    assert_int_equal(key, 4711);
    assert_int_equal(revision, 4711);
    assert_int_equal(count, 4711);
    assert_int_equal(owner.tokens, 0);
    assert_int_equal(removed.tokens, 4711);
    assert_int_equal(policy.max_live, 0);
    assert_int_equal(info.schema, 0);
    assert_code(verdict.code, APITOKEN_E_ABI); /* denied all the same */
    assert_int_equal(access(path[0], F_OK), -1);
    assert_int_equal(access(path[1], F_OK), -1);
}

/* A size that nobody set: the caller would wait for details in vain. */
static void an_error_of_a_bad_size_is_refused(void **state) {
    struct fixture *f = *state;
    const uint32_t bad[] = { 0, 4, sizeof(apitoken_error) - 1, STRUCT_MAX + 1, UINT32_MAX };
    unsigned char *bytes = malloc(ROOM);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(bad); i++) {
        memset(bytes, 0xAA, ROOM);
        memcpy(bytes, &bad[i], sizeof bad[i]);
        assert_all_refuse(f, &token, bytes);
        for (size_t at = sizeof(uint32_t); at < ROOM; at++) assert_int_equal(bytes[at], 0xAA);
    }
    assert_int_equal(info_of(f->store).tokens, 1);
    assert_code(check(f->store, &token), 0); /* nor was it revoked, suspended or rotated */
    free(bytes);
}

/* The functions that write what create gave out. */
static void formats_refuse_such_an_error_too(void **state) {
    const struct fixture *f = *state;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_error unset = { 0 };
    apitoken_batch *batch = NULL;
    apitoken_secret *secret = NULL;
    char buf[APITOKEN_FORMAT_MAX] = "mark";
    size_t len = 4711;
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    assert_code(apitoken_create_batch(f->store, &items, 1, NULL, &batch, NULL), 0);
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL), 0);
    assert_code(
        apitoken_batch_format(batch, 0, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, &unset),
        APITOKEN_E_ABI);
    assert_code(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, &unset),
        APITOKEN_E_ABI);
    assert_string_equal(buf, "mark");
    assert_int_equal(len, 4711);
    apitoken_secret_free(secret);
    apitoken_batch_free(batch);
}

/* What a function sets up is of the caller's size, which need not be the library's. */
static void initialisers_stay_within_the_size_that_is_given(void **state) {
    (void)state;
    unsigned char bytes[sizeof(apitoken_verdict) + 8];
    for (uint32_t size = 0; size <= sizeof bytes; size++) {
        memset(bytes, 0xAA, sizeof bytes);
        apitoken_verdict_init((void *)bytes, size);
        uint32_t stored;
        int32_t code;
        memcpy(&stored, bytes, sizeof stored);
        memcpy(&code, bytes + 4, sizeof code);
        assert_int_equal(stored, size < 4 ? 0xAAAAAAAA : size);
        if (size >= 8) assert_int_equal(code, APITOKEN_E_ARGUMENT);
        for (uint32_t at = 8; at < sizeof bytes; at++)
            assert_int_equal(bytes[at], size >= 8 && at < size ? 0 : 0xAA);
    }
}

static void the_tail_of_a_newer_error_is_zeroed(void **state) {
    const struct fixture *f = *state;
    struct {
        apitoken_error known;
        unsigned char unknown[8], behind[8];
    } newer;
    memset(&newer, 0xAA, sizeof newer);
    newer.known.size = sizeof newer.known + sizeof newer.unknown;
    assert_code(apitoken_revoke(f->store, LIT("owner"), LIT("no id"), NULL, &newer.known),
                APITOKEN_E_ID);
    assert_int_equal(newer.known.size, sizeof newer.known + sizeof newer.unknown);
    assert_field(&newer.known, APITOKEN_E_ID, APITOKEN_FIELD_ID, 0);
    for (size_t i = 0; i < 8; i++) assert_int_equal(newer.unknown[i], 0);
    for (size_t i = 0; i < 8; i++) assert_int_equal(newer.behind[i], 0xAA);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(sizes_are_negotiated),
        CASE(an_unknown_tail_must_be_zero),
        CASE(unknown_flags_are_refused),
        CASE(reserved_fields_are_zero),
        CASE(nothing_came_of_refused_options),
        CASE(an_out_struct_is_negotiated_too),
        CASE(an_error_of_a_bad_size_is_refused),
        CASE(formats_refuse_such_an_error_too),
        cmocka_unit_test(initialisers_stay_within_the_size_that_is_given),
        CASE(the_tail_of_a_newer_error_is_zeroed),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
