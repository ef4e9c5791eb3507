/* SPDX-License-Identifier: MIT */
/*
 * Today's library on a store that version 0.2 made: read_golden DIR, where golden.py has unpacked
 * it. It tests only that old files keep their meaning.
 */
#include "golden_0_2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "fixture.h"

static char keys[256], verify_keys[256], store_path[256], tokens_path[256];
static char ids[GOLDEN_COUNT][APITOKEN_ID_MAX + 1];
static char texts[GOLDEN_COUNT][APITOKEN_TOKEN_MAX + 1];
static char older_texts[GOLDEN_COUNT][APITOKEN_TOKEN_MAX + 1];

/* Each case opens for itself. */
struct opened {
    apitoken_keyring *keyring;
    apitoken_store *store;
    int64_t now_ms;
};

static int clock_cb(int64_t *ret_now_ms, void *ctx) {
    *ret_now_ms = ((const struct opened *)ctx)->now_ms;
    return 0;
}

static void open_as(struct opened *opened, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opened->now_ms = GOLDEN_NOW_MS;
    opts.mode = mode;
    opts.clock = clock_cb;
    opts.clock_ctx = opened;
    const char *path = mode == APITOKEN_MODE_VERIFY_ONLY ? verify_keys : keys;
    assert_code(apitoken_keyring_load(path, NULL, &opened->keyring, NULL), 0);
    assert_code(apitoken_store_open(store_path, opened->keyring, &opts, &opened->store, NULL), 0);
}

static void shut(struct opened *opened) {
    apitoken_store_close(opened->store);
    apitoken_keyring_free(opened->keyring);
}

static int read_tokens(void **state) {
    (void)state;
    char line[512];
    int count = 0;
    FILE *file = fopen(tokens_path, "r");
    if (!file) return -1;
    while (fgets(line, sizeof line, file))
        if (line[0] != '#' && count < GOLDEN_COUNT &&
            sscanf(line, "%31s %128s %128s", ids[count], texts[count], older_texts[count]) >= 2)
            count++;
    (void)fclose(file);
    return count == GOLDEN_COUNT ? 0 : -1;
}

/* ---- the keyrings ---------------------------------------------------------------------------- */

static void test_keyrings(void **state) {
    (void)state;
    apitoken_keyring *full = NULL, *verify = NULL;
    assert_code(apitoken_keyring_load(keys, NULL, &full, NULL), 0);
    assert_code(apitoken_keyring_load(verify_keys, NULL, &verify, NULL), 0);
    assert_int_equal(apitoken_keyring_is_verify_only(full), 0);
    assert_int_equal(apitoken_keyring_is_verify_only(verify), 1);
    assert_int_equal(apitoken_keyring_count(full), 2);
    assert_int_equal(apitoken_keyring_active(full), 2);
    assert_int_equal(apitoken_keyring_active(verify), 2);
    for (uint32_t id = 1; id <= 2; id++)
        assert_string_equal(apitoken_keyring_fingerprint(full, id),
                            apitoken_keyring_fingerprint(verify, id));
    apitoken_keyring_free(full);
    apitoken_keyring_free(verify);
}

/* ---- both modes ------------------------------------------------------------------------------ */

static void check_stat(uint32_t mode) {
    struct opened opened;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    open_as(&opened, mode);
    assert_code(apitoken_store_stat(opened.store, NULL, &info, NULL), 0);
    assert_int_equal(info.schema, 2);
    assert_int_equal(info.copy_policy, APITOKEN_COPY_ALWAYS);
    assert_int_equal(info.mode, mode);
    assert_int_equal(info.active_key, 2);
    assert_true(info.tokens >= GOLDEN_COUNT);
    assert_true(info.revoked >= 1);
    assert_true(info.map_bytes == GOLDEN_MAP_BYTES);
    assert_true(info.created_ms == GOLDEN_MADE_MS);
    assert_string_equal(info.prefix, GOLDEN_PREFIX);
    assert_string_equal(info.zone, "UTC");
    shut(&opened);
}

/* A request for the interface and from the peer of the header. */
static apitoken_validate_opts request(void) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    opts.interface_name = GOLDEN_INTERFACE;
    opts.interface_name_len = (uint32_t)strlen(GOLDEN_INTERFACE);
    opts.peer = GOLDEN_PEER;
    opts.peer_len = 4;
    return opts;
}

static void check_validate(uint32_t mode) {
    struct opened opened;
    const apitoken_validate_opts opts = request();
    open_as(&opened, mode);
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        assert_code(
            apitoken_validate(opened.store, texts[i], strlen(texts[i]), &opts, &verdict, NULL),
            golden_tokens[i].code);
        assert_int_equal(verdict.code, golden_tokens[i].code);
        assert_string_equal(verdict.id, ids[i]);
        assert_string_equal(verdict.owner, golden_tokens[i].owner);
        assert_true(verdict.expires_ms == golden_tokens[i].expires_ms);
        assert_true(verdict.superseded_until_ms == 0);
        assert_int_equal(verdict.data_len, strlen(golden_tokens[i].data));
        assert_memory_equal(verdict.data, golden_tokens[i].data, verdict.data_len);
    }
    shut(&opened);
}

static void check_restrictions(uint32_t mode) {
    struct opened opened;
    const char *text = texts[GOLDEN_NARROW];
    apitoken_validate_opts elsewhere = request(), otherwise = request();
    elsewhere.peer = "\xC0\x00\x03\x07";
    otherwise.interface_name = "reports:read";
    open_as(&opened, mode);
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL),
                APITOKEN_E_WRONG_NETWORK);
    assert_code(apitoken_validate(opened.store, text, strlen(text), &elsewhere, NULL, NULL),
                APITOKEN_E_WRONG_NETWORK);
    assert_code(apitoken_validate(opened.store, text, strlen(text), &otherwise, NULL, NULL),
                APITOKEN_E_WRONG_INTERFACE);
    shut(&opened);
}

/* The secret before the rotate, whose verifier was made with the first key. */
static void check_older(uint32_t mode) {
    struct opened opened;
    const char *text = older_texts[GOLDEN_ROTATED];
    const int64_t until_ms = GOLDEN_CHANGED_MS + GOLDEN_GRACE_MS;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    open_as(&opened, mode);
    assert_string_not_equal(text, "");
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, &verdict, NULL), 0);
    assert_true(verdict.superseded_until_ms == until_ms);
    opened.now_ms = until_ms;
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL),
                APITOKEN_E_UNKNOWN);
    shut(&opened);
}

static void check_day(uint32_t mode) {
    struct opened opened;
    const char *text = texts[GOLDEN_BY_DAY];
    open_as(&opened, mode);
    opened.now_ms = GOLDEN_DAY_END_MS - 1;
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL), 0);
    opened.now_ms = GOLDEN_DAY_END_MS;
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL),
                APITOKEN_E_EXPIRED);
    shut(&opened);
}

static int state_of(const struct golden_token *token) {
    if (token->reason) return APITOKEN_STATE_REVOKED;
    if (token->is_suspended) return APITOKEN_STATE_SUSPENDED;
    return token->code == 0 ? APITOKEN_STATE_VALID : APITOKEN_STATE_EXPIRED;
}

static void check_life(const apitoken_token *row, const struct golden_token *token) {
    size_t len;
    assert_int_equal(apitoken_token_revision(row),
                     token->reason || token->is_suspended || token->is_rotated ? 2 : 1);
    assert_string_equal(apitoken_token_interfaces(row), token->interfaces);
    assert_string_equal(apitoken_token_networks(row), token->networks);
    assert_string_equal(apitoken_token_data(row, &len), token->data);
    assert_int_equal(len, strlen(token->data));
    assert_string_equal(apitoken_token_created_by(row), token->actor);
    assert_int_equal(apitoken_token_is_suspended(row), token->is_suspended);
    assert_int_equal(apitoken_token_is_blocked(row), 0);
    assert_int_equal(apitoken_token_reason_code(row), token->reason_code);
    assert_true(apitoken_token_superseded_until_ms(row) ==
                (token->is_rotated ? GOLDEN_CHANGED_MS + GOLDEN_GRACE_MS : 0));
    assert_true(apitoken_token_secret_made_ms(row) ==
                (token->is_rotated ? GOLDEN_CHANGED_MS : GOLDEN_MADE_MS));
}

static void check_row(const apitoken_token *row, int i) {
    const struct golden_token *token = &golden_tokens[i];
    int by_day = token->expiry_kind == APITOKEN_EXPIRY_DAY;
    assert_non_null(row);
    assert_string_equal(apitoken_token_id(row), ids[i]);
    assert_string_equal(apitoken_token_owner(row), token->owner);
    assert_string_equal(apitoken_token_name(row), token->name);
    assert_string_equal(apitoken_token_description(row), token->description);
    assert_true(apitoken_token_created_ms(row) == GOLDEN_MADE_MS);
    assert_int_equal(apitoken_token_expiry_kind(row), token->expiry_kind);
    assert_true(apitoken_token_expires_ms(row) == token->expires_ms);
    assert_int_equal(apitoken_token_expires_day(row), token->expiry_day);
    assert_string_equal(apitoken_token_expires_zone(row), by_day ? "UTC" : "");
    assert_int_equal(apitoken_token_state(row), state_of(token));
    assert_true(apitoken_token_revoked_ms(row) == (token->reason ? GOLDEN_REVOKED_MS : 0));
    assert_string_equal(apitoken_token_reason(row), token->reason ? token->reason : "");
    assert_int_equal(apitoken_token_is_copyable(row), token->reason == NULL);
    check_life(row, token);
}

static void check_show(uint32_t mode) {
    struct opened opened;
    open_as(&opened, mode);
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        apitoken_token *row = NULL;
        const char *owner = golden_tokens[i].owner;
        assert_code(apitoken_show(opened.store, owner, strlen(owner), ids[i], strlen(ids[i]), NULL,
                                  &row, NULL),
                    0);
        check_row(row, i);
        apitoken_token_free(row);
    }
    shut(&opened);
}

static void check_list(uint32_t mode) {
    struct opened opened;
    apitoken_page *page = NULL;
    size_t at = 0;
    open_as(&opened, mode);
    assert_code(apitoken_list(opened.store, LIT("alice"), NULL, &page, NULL), 0);
    for (int i = 0; i < GOLDEN_COUNT; i++)
        if (strcmp(golden_tokens[i].owner, "alice") == 0)
            check_row(apitoken_page_at(page, at++), i);
    assert_null(apitoken_page_cursor(page));
    apitoken_page_free(page);
    shut(&opened);
}

#define IN_BOTH_MODES(what)                               \
    static void test_##what##_read_write(void **state) {  \
        (void)state;                                      \
        check_##what(APITOKEN_MODE_READ_WRITE);           \
    }                                                     \
    static void test_##what##_verify_only(void **state) { \
        (void)state;                                      \
        check_##what(APITOKEN_MODE_VERIFY_ONLY);          \
    }

IN_BOTH_MODES(stat)
IN_BOTH_MODES(validate)
IN_BOTH_MODES(restrictions)
IN_BOTH_MODES(older)
IN_BOTH_MODES(day)
IN_BOTH_MODES(show)
IN_BOTH_MODES(list)

/* ---- what only a read-write handle does ------------------------------------------------------ */

static int copy(apitoken_store *store, int i, char *buf, size_t cap) {
    size_t len = 0;
    const char *owner = golden_tokens[i].owner;
    return apitoken_copy(store, owner, strlen(owner), ids[i], strlen(ids[i]), APITOKEN_FORMAT_PLAIN,
                         NULL, buf, cap, &len, NULL);
}

static void test_copy(void **state) {
    (void)state;
    struct opened opened;
    char buf[APITOKEN_FORMAT_MAX];
    open_as(&opened, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < GOLDEN_COUNT; i++) {
        int is_revoked = golden_tokens[i].reason != NULL;
        assert_code(copy(opened.store, i, buf, sizeof buf),
                    is_revoked ? APITOKEN_E_COPY_REVOKED : 0);
        if (!is_revoked) assert_string_equal(buf, texts[i]);
    }
    shut(&opened);
}

static void test_copy_verify_only(void **state) {
    (void)state;
    struct opened opened;
    char buf[APITOKEN_FORMAT_MAX] = "as it was";
    open_as(&opened, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(copy(opened.store, GOLDEN_NEVER, buf, sizeof buf), APITOKEN_E_VERIFY_ONLY);
    assert_string_equal(buf, "as it was");
    shut(&opened);
}

/*
 * These write into the old store, so they stand last; none of the golden tokens is touched before
 * them.
 */
static void test_rotate_and_update(void **state) {
    (void)state;
    struct opened opened;
    const char *older = older_texts[GOLDEN_ROTATED], *newest = texts[GOLDEN_ROTATED];
    const char *id = ids[GOLDEN_ROTATED];
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    uint32_t revision = 0;
    open_as(&opened, APITOKEN_MODE_READ_WRITE);
    rotate.flags = APITOKEN_ROTATE_KEEP_OLDER;
    assert_code(apitoken_rotate(opened.store, LIT("alice"), id, strlen(id), &rotate, &secret, NULL),
                0);
    apitoken_secret_free(secret);
    assert_code(apitoken_validate(opened.store, newest, strlen(newest), NULL, NULL, NULL),
                APITOKEN_E_UNKNOWN);
    assert_code(apitoken_validate(opened.store, older, strlen(older), NULL, NULL, NULL), 0);
    update.flags = APITOKEN_UPDATE_END_OLDER;
    assert_code(
        apitoken_update(opened.store, LIT("alice"), id, strlen(id), &update, &revision, NULL), 0);
    assert_int_equal(revision, 4);
    assert_code(apitoken_validate(opened.store, older, strlen(older), NULL, NULL, NULL),
                APITOKEN_E_UNKNOWN);
    shut(&opened);
}

static void test_create_and_revoke(void **state) {
    (void)state;
    struct opened opened;
    open_as(&opened, APITOKEN_MODE_READ_WRITE);
    struct made_token made = fixture_create(opened.store, "carol", "new in an old store", NULL);
    assert_code(apitoken_validate(opened.store, made.text, made.len, NULL, NULL, NULL), 0);
    const char *text = texts[GOLDEN_NEVER], *id = ids[GOLDEN_NEVER];
    assert_code(apitoken_revoke(opened.store, LIT("alice"), id, strlen(id), NULL, NULL), 0);
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    shut(&opened);
    open_as(&opened, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(apitoken_validate(opened.store, made.text, made.len, NULL, NULL, NULL), 0);
    assert_code(apitoken_validate(opened.store, text, strlen(text), NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    shut(&opened);
}

/* read_golden DIRECTORY [CASE...] */
int main(int argc, char **argv) {
    if (argc < 2) return EXIT_FAILURE;
    (void)snprintf(keys, sizeof keys, "%s/keys", argv[1]);
    (void)snprintf(verify_keys, sizeof verify_keys, "%s/verify-keys", argv[1]);
    (void)snprintf(store_path, sizeof store_path, "%s/store", argv[1]);
    (void)snprintf(tokens_path, sizeof tokens_path, "%s/tokens.txt", argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keyrings),
        cmocka_unit_test(test_stat_read_write),
        cmocka_unit_test(test_stat_verify_only),
        cmocka_unit_test(test_validate_read_write),
        cmocka_unit_test(test_validate_verify_only),
        cmocka_unit_test(test_restrictions_read_write),
        cmocka_unit_test(test_restrictions_verify_only),
        cmocka_unit_test(test_older_read_write),
        cmocka_unit_test(test_older_verify_only),
        cmocka_unit_test(test_day_read_write),
        cmocka_unit_test(test_day_verify_only),
        cmocka_unit_test(test_show_read_write),
        cmocka_unit_test(test_show_verify_only),
        cmocka_unit_test(test_list_read_write),
        cmocka_unit_test(test_list_verify_only),
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_copy_verify_only),
        cmocka_unit_test(test_rotate_and_update),
        cmocka_unit_test(test_create_and_revoke),
    };
    return run_cases(argc - 1, argv + 1, tests, read_tokens, NULL);
}
