/* SPDX-License-Identifier: MIT */
/* apitoken_show() and the getters of a row. */
#include "api.h"

#include <string.h>

#include "cases.h"

static int show_code(apitoken_store *store, const char *owner, const char *id, size_t id_len,
                     apitoken_error *err) {
    apitoken_token *row = UNTOUCHED;
    int rc = apitoken_show(store, owner, strlen(owner), id, id_len, NULL, &row, err);
    if (rc == 0) apitoken_token_free(row);
    if (rc < 0) assert_ptr_equal(row, UNTOUCHED);
    return rc;
}

static apitoken_token *show(apitoken_store *store, const char *id) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("owner"), id, strlen(id), NULL, &row, NULL), 0);
    return row;
}

static void a_plain_token_has_empty_facts(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_token *row = show(f->store, token.id);
    assert_string_equal(apitoken_token_id(row), token.id);
    assert_string_equal(apitoken_token_owner(row), "owner");
    assert_string_equal(apitoken_token_name(row), "name");
    assert_string_equal(apitoken_token_description(row), "");
    assert_int_equal(apitoken_token_created_ms(row), FIXTURE_NOW);
    assert_int_equal(apitoken_token_expiry_kind(row), APITOKEN_EXPIRY_NEVER);
    assert_int_equal(apitoken_token_expires_ms(row), INT64_MAX);
    assert_int_equal(apitoken_token_expires_day(row), 0);
    assert_string_equal(apitoken_token_expires_zone(row), "");
    assert_int_equal(apitoken_token_state(row), APITOKEN_STATE_VALID);
    assert_int_equal(apitoken_token_revoked_ms(row), 0);
    assert_string_equal(apitoken_token_reason(row), "");
    assert_int_equal(apitoken_token_is_copyable(row), 0);
    apitoken_token_free(row);
    apitoken_token_free(NULL);
}

static void a_full_token_has_all_facts(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_revoke_opts revoke_opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.description = "described";
    opts.description_len = 9;
    opts.expiry_kind = APITOKEN_EXPIRY_DAY;
    opts.expiry_day = 20270131;
    struct made_token token = fixture_create(f->store, "owner", "name", &opts);
    revoke_opts.reason = "lost";
    revoke_opts.reason_len = 4;
    f->now_ms = FIXTURE_NOW + 7;
    assert_code(
        apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), &revoke_opts, NULL), 0);
    apitoken_token *row = show(f->store, token.id);
    assert_string_equal(apitoken_token_description(row), "described");
    assert_int_equal(apitoken_token_created_ms(row), FIXTURE_NOW);
    assert_int_equal(apitoken_token_expiry_kind(row), APITOKEN_EXPIRY_DAY);
    /* 2027-02-01T00:00:00Z */
    assert_int_equal(apitoken_token_expires_ms(row), INT64_C(1801440000000));
    assert_int_equal(apitoken_token_expires_day(row), 20270131);
    assert_string_equal(apitoken_token_expires_zone(row), "UTC");
    assert_int_equal(apitoken_token_state(row), APITOKEN_STATE_REVOKED);
    assert_int_equal(apitoken_token_revoked_ms(row), FIXTURE_NOW + 7);
    assert_string_equal(apitoken_token_reason(row), "lost");
    apitoken_token_free(row);
}

static void a_kept_copy_is_said_until_the_token_is_revoked(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_token *before = show(f->store, token.id);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    apitoken_token *after = show(f->store, token.id);
    assert_int_equal(apitoken_token_is_copyable(before), 1);
    assert_int_equal(apitoken_token_is_copyable(after), 0);
    /* a row is what it was when it was got */
    assert_int_equal(apitoken_token_state(before), APITOKEN_STATE_VALID);
    apitoken_token_free(before);
    apitoken_token_free(after);
}

static void every_owner_finds_their_own_alone(void **state) {
    const struct fixture *f = *state;
    static const char *const others[] = { "o", "owne", "ownerx", "Owner", "owner ", "other" };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(show_code(f->store, "owner", token.id, APITOKEN_ID_LEN, NULL), 0);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_code(show_code(f->store, others[i], token.id, APITOKEN_ID_LEN, NULL),
                    APITOKEN_E_NOT_FOUND);
}

static void unknown_ids_are_not_found(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t at = 0; at < APITOKEN_ID_LEN; at++) {
        char kept = token.id[at];
        token.id[at] = kept == 'x' ? 'y' : 'x';
        assert_code(show_code(f->store, "owner", token.id, APITOKEN_ID_LEN, NULL),
                    APITOKEN_E_NOT_FOUND);
        token.id[at] = kept;
    }
}

/* The names of the store's own records are no ids either. */
static void what_is_no_id_is_refused(void **state) {
    const struct fixture *f = *state;
    static const struct {
        const char *id;
        size_t len;
    } ids[] = {
        { "", 0 },
        { "0", 1 },
        { "0123456789A", 11 },
        { "0123456789ABC", 13 },
        { "0123456789A-", 12 },
        { "0123456789A ", 12 },
        { "!config", 7 },
        { "!state      ", 12 },
        { "0123456789\0B", 12 },
        { "0123456789\xC3\xA4", 12 },
        { "tdh_10123456789AB", 17 },
    };
    for (size_t i = 0; i < COUNT(ids); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        size_t len = 4711;
        assert_code(show_code(f->store, "owner", ids[i].id, ids[i].len, &err), APITOKEN_E_ID);
        assert_field(&err, APITOKEN_E_ID, APITOKEN_FIELD_ID, 0);
        assert_code(apitoken_revoke(f->store, LIT("owner"), ids[i].id, ids[i].len, NULL, NULL),
                    APITOKEN_E_ID);
        assert_code(apitoken_copy(f->store, LIT("owner"), ids[i].id, ids[i].len,
                                  APITOKEN_FORMAT_MASKED, NULL, NULL, 0, &len, NULL),
                    APITOKEN_E_ID);
        assert_int_equal(len, 4711);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_plain_token_has_empty_facts),
        CASE(a_full_token_has_all_facts),
        CASE_ALWAYS(a_kept_copy_is_said_until_the_token_is_revoked),
        CASE(every_owner_finds_their_own_alone),
        CASE(unknown_ids_are_not_found),
        CASE(what_is_no_id_is_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
