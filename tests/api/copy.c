/* SPDX-License-Identifier: MIT */
/* apitoken_copy(): exact bytes, for the right owner, as far as the store's copy policy allows. */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

/* Calls copy with a buffer of `cap` bytes; on failure nothing of it may be written. */
static int copy(apitoken_store *store, const char *owner, const char *id, int format,
                char buf[APITOKEN_FORMAT_MAX], size_t cap, size_t *ret_len) {
    char due[APITOKEN_FORMAT_MAX];
    memset(buf, '#', APITOKEN_FORMAT_MAX);
    memset(due, '#', sizeof due);
    *ret_len = 4711;
    int rc = apitoken_copy(store, owner, strlen(owner), id, strlen(id), format, NULL, buf, cap,
                           ret_len, NULL);
    if (rc < 0) assert_memory_equal(buf, due, sizeof due);
    if (rc < 0 && rc != APITOKEN_E_BUFFER) assert_int_equal(*ret_len, 4711);
    return rc;
}

static void assert_copy(apitoken_store *store, const char *owner, const char *id, int format,
                        int code) {
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_code(copy(store, owner, id, format, buf, sizeof buf, &len), code);
}

static void assert_masked(apitoken_store *store, const char *id) {
    char buf[APITOKEN_FORMAT_MAX], due[64];
    size_t len;
    (void)snprintf(due, sizeof due, "tdh_1%s\xE2\x80\xA6", id);
    assert_code(copy(store, "owner", id, APITOKEN_FORMAT_MASKED, buf, sizeof buf, &len), 0);
    assert_string_equal(buf, due);
    assert_int_equal(len, strlen(due));
}

static void every_format_is_exact(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < token_format_count; i++) {
        char buf[APITOKEN_FORMAT_MAX], due[APITOKEN_FORMAT_MAX];
        size_t len;
        (void)snprintf(due, sizeof due, "%s%s%s", token_formats[i].before, token.text,
                       token_formats[i].after);
        assert_code(
            copy(f->store, "owner", token.id, token_formats[i].format, buf, sizeof buf, &len), 0);
        assert_string_equal(buf, due);
        assert_int_equal(len, strlen(due));
    }
    assert_masked(f->store, token.id);
}

static void a_small_buffer_gets_the_needed_length(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i <= token_format_count; i++) {
        int format = i < token_format_count ? token_formats[i].format : APITOKEN_FORMAT_MASKED;
        char buf[APITOKEN_FORMAT_MAX];
        size_t needed = 0, len;
        assert_code(apitoken_copy(f->store, LIT("owner"), token.id, strlen(token.id), format, NULL,
                                  NULL, 0, &needed, NULL),
                    APITOKEN_E_BUFFER);
        for (size_t cap = 0; cap <= needed; cap++) {
            assert_code(copy(f->store, "owner", token.id, format, buf, cap, &len),
                        APITOKEN_E_BUFFER);
            assert_int_equal(len, needed);
        }
        assert_code(copy(f->store, "owner", token.id, format, buf, needed + 1, &len), 0);
        assert_int_equal(len, needed);
        assert_int_equal(buf[needed + 1], '#'); /* nothing behind the NUL */
    }
}

static void unknown_formats_are_refused(void **state) {
    const struct fixture *f = *state;
    static const int unknown[] = { 0, -1, 7, 8, 256 + APITOKEN_FORMAT_PLAIN, INT32_MAX, INT32_MIN };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_copy(f->store, "owner", token.id, unknown[i], APITOKEN_E_FORMAT);
}

static void with_policy_once_only_the_mask_is_given(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < token_format_count; i++)
        assert_copy(f->store, "owner", token.id, token_formats[i].format, APITOKEN_E_NOT_COPYABLE);
    assert_masked(f->store, token.id);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    for (size_t i = 0; i < token_format_count; i++)
        assert_copy(f->store, "owner", token.id, token_formats[i].format, APITOKEN_E_COPY_REVOKED);
    assert_masked(f->store, token.id);
}

static void a_revoked_token_has_no_copy(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    for (size_t i = 0; i < token_format_count; i++)
        assert_copy(f->store, "owner", token.id, token_formats[i].format, APITOKEN_E_COPY_REVOKED);
    assert_masked(f->store, token.id);
}

static void an_expired_token_may_be_copied(void **state) {
    struct fixture *f = *state;
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms = FIXTURE_NOW + 1;
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_code(copy(f->store, "owner", token.id, APITOKEN_FORMAT_PLAIN, buf, sizeof buf, &len), 0);
    assert_string_equal(buf, token.text);
}

static void nobody_copies_for_another_owner(void **state) {
    const struct fixture *f = *state;
    static const char *const others[] = { "o", "owne", "ownerx", "Owner", "other" };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(others); i++)
        for (int format = APITOKEN_FORMAT_PLAIN; format <= APITOKEN_FORMAT_MASKED; format++)
            assert_copy(f->store, others[i], token.id, format, APITOKEN_E_NOT_FOUND);
    assert_copy(f->store, "owner", "0123456789AB", APITOKEN_FORMAT_PLAIN, APITOKEN_E_NOT_FOUND);
    assert_copy(f->store, "owner", "0123456789AB", APITOKEN_FORMAT_MASKED, APITOKEN_E_NOT_FOUND);
}

static void a_verify_only_handle_gives_the_mask_alone(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    for (size_t i = 0; i < token_format_count; i++)
        assert_copy(v, "owner", token.id, token_formats[i].format, APITOKEN_E_VERIFY_ONLY);
    assert_masked(v, token.id);
    apitoken_store_close(v);
}

static void a_copy_survives_close_and_open(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_code(copy(f->store, "owner", token.id, APITOKEN_FORMAT_PLAIN, buf, sizeof buf, &len), 0);
    assert_string_equal(buf, token.text);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ALWAYS(every_format_is_exact),
        CASE_ALWAYS(a_small_buffer_gets_the_needed_length),
        CASE_ALWAYS(unknown_formats_are_refused),
        CASE(with_policy_once_only_the_mask_is_given),
        CASE_ALWAYS(a_revoked_token_has_no_copy),
        CASE_ALWAYS(an_expired_token_may_be_copied),
        CASE_ALWAYS(nobody_copies_for_another_owner),
        CASE_ALWAYS(a_verify_only_handle_gives_the_mask_alone),
        CASE_ALWAYS(a_copy_survives_close_and_open),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
