/* SPDX-License-Identifier: MIT */
/*
 * A token of another version, whose owner, name and description this version would not store, is
 * within reach all the same. --wrap=atk_text_check leads the library here.
 */
#include <stdbool.h>
#include <string.h>

#include "rules/names.h"
#include "cases.h"
#include "samples.h"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup_always, fixture_teardown)
#define OLD_OWNER "\xE3\x85\xA4" /* U+3164, which 0.1.0 took */
#define OLD_NAME " "
#define OLD_DESCRIPTION "a\xE2\x80\x8B"

enum atk_text_rule __real_atk_text_check(const char *text, size_t len, struct atk_text_fault *ret);
enum atk_text_rule __wrap_atk_text_check(const char *text, size_t len, struct atk_text_fault *ret);

static bool is_other_version;

enum atk_text_rule __wrap_atk_text_check(const char *text, size_t len, struct atk_text_fault *ret) {
    return is_other_version ? ATK_TEXT_GOOD : __real_atk_text_check(text, len, ret);
}

static struct made_token old_token(apitoken_store *store) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.description = OLD_DESCRIPTION;
    opts.description_len = strlen(OLD_DESCRIPTION);
    is_other_version = true;
    struct made_token token = fixture_create(store, OLD_OWNER, OLD_NAME, &opts);
    is_other_version = false;
    return token;
}

static void assert_texts(const apitoken_token *token) {
    assert_string_equal(apitoken_token_owner(token), OLD_OWNER);
    assert_string_equal(apitoken_token_name(token), OLD_NAME);
    assert_string_equal(apitoken_token_description(token), OLD_DESCRIPTION);
}

static void test_an_old_token_is_within_reach(void **state) {
    const struct fixture *f = *state;
    const struct made_token made = old_token(f->store);
    apitoken_page *page = NULL;
    apitoken_token *token = NULL;
    char copy[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_code(apitoken_list(f->store, LIT(OLD_OWNER), NULL, &page, NULL), 0);
    assert_int_equal(apitoken_page_count(page), 1);
    assert_texts(apitoken_page_at(page, 0));
    apitoken_page_free(page);
    assert_code(
        apitoken_show(f->store, LIT(OLD_OWNER), made.id, strlen(made.id), NULL, &token, NULL), 0);
    assert_texts(token);
    apitoken_token_free(token);
    assert_code(apitoken_copy(f->store, LIT(OLD_OWNER), made.id, strlen(made.id),
                              APITOKEN_FORMAT_PLAIN, NULL, copy, sizeof copy, &len, NULL),
                0);
    assert_string_equal(copy, made.text);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
}

static void test_an_old_token_is_revoked(void **state) {
    const struct fixture *f = *state;
    const struct made_token made = old_token(f->store);
    assert_code(apitoken_revoke(f->store, LIT(OLD_OWNER), made.id, strlen(made.id), NULL, NULL), 0);
    assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
}

static void test_an_old_store_is_sound(void **state) {
    struct fixture *f = *state;
    (void)old_token(f->store);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

static void test_nothing_new_is_stored_like_it(void **state) {
    const struct fixture *f = *state;
    apitoken_secret *secret = NULL;
    assert_code(apitoken_create(f->store, LIT(OLD_OWNER), LIT("name"), NULL, &secret, NULL),
                APITOKEN_E_OWNER);
    assert_code(apitoken_create(f->store, LIT("owner"), LIT(OLD_NAME), NULL, &secret, NULL),
                APITOKEN_E_NAME);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_an_old_token_is_within_reach),
        CASE(test_an_old_token_is_revoked),
        CASE(test_an_old_store_is_sound),
        CASE(test_nothing_new_is_stored_like_it),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
