/* SPDX-License-Identifier: MIT */
#include "objects/secret.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "outside/crypto.h"
#include "cases.h"
#include "samples.h"

/* Interposed before libsodium's functions: they count the regions of guarded memory. */
static int regions, regions_made;

void *sodium_malloc(size_t size);
void *sodium_malloc(size_t size) {
    void *(*real)(size_t);
    void *found = dlsym(RTLD_NEXT, "sodium_malloc");
    memcpy(&real, &found, sizeof found);
    regions++;
    regions_made++;
    return real(size);
}

void sodium_free(void *data);
void sodium_free(void *data) {
    void (*real)(void *);
    void *found = dlsym(RTLD_NEXT, "sodium_free");
    memcpy(&real, &found, sizeof found);
    regions -= data != NULL;
    real(data);
}

static apitoken_secret *make(const char *prefix_text) {
    struct atk_prefix prefix;
    sample_prefix(&prefix, prefix_text);
    assert_code(atk_crypto_init(), 0);
    apitoken_secret *secret = atk_secret_new(&prefix);
    assert_non_null(secret);
    assert_code(atk_secret_draw(secret, 0, NULL), 0);
    return secret;
}

static void test_a_drawn_secret_is_a_token(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        apitoken_secret *secret = make("tdh");
        const char *id;
        assert_true(parse_text(&secret->prefix, secret->text, secret->len, &id));
        assert_memory_equal(id, apitoken_secret_id(secret), APITOKEN_ID_LEN);
        assert_int_equal(strlen(apitoken_secret_id(secret)), APITOKEN_ID_LEN);
        apitoken_secret_free(secret);
    }
}

static void test_drawing_anew_changes_all(void **state) {
    (void)state;
    apitoken_secret *secret = make("tdh");
    char text[ATK_TOKEN_LEN_MAX], id[APITOKEN_ID_LEN + 1];
    memcpy(text, secret->text, secret->len);
    memcpy(id, secret->id, sizeof id);
    assert_code(atk_secret_draw(secret, 0, NULL), 0);
    assert_string_not_equal(secret->id, id);
    assert_memory_not_equal(secret->text + 4 + 1 + APITOKEN_ID_LEN, text + 4 + 1 + APITOKEN_ID_LEN,
                            ATK_SECRET_LEN);
    apitoken_secret_free(secret);
}

static void test_drawing_another_secret_keeps_the_id(void **state) {
    (void)state;
    apitoken_secret *secret = make("tdh");
    char text[ATK_TOKEN_LEN_MAX];
    const char *id;
    const size_t len = secret->len;
    memcpy(text, secret->text, len);
    atk_secret_redraw(secret);
    assert_int_equal(secret->len, len);
    assert_true(parse_text(&secret->prefix, secret->text, secret->len, &id));
    assert_memory_equal(id, secret->id, APITOKEN_ID_LEN);
    assert_memory_equal(secret->text, text, 4 + 1 + APITOKEN_ID_LEN);
    assert_memory_not_equal(secret->text + 4 + 1 + APITOKEN_ID_LEN, text + 4 + 1 + APITOKEN_ID_LEN,
                            ATK_SECRET_LEN);
    apitoken_secret_free(secret);
}

/* Mappings of this process; a guarded region adds three or more. */
static unsigned count_mappings(void) {
    unsigned lines = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    assert_non_null(maps);
    for (int c; (c = fgetc(maps)) != EOF;) lines += c == '\n';
    (void)fclose(maps);
    return lines;
}

/*
 * Spare regions of freed secrets are used again. Each secret still has a region of its own, without
 * remains of another secret.
 */
static void test_many_secrets_at_once_are_apart(void **state) {
    (void)state;
    apitoken_secret *secrets[2 * ATK_SECRETS_SPARE];
    unsigned mappings = 0;
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ATK_LEN(secrets); i++) {
            const char *id;
            secrets[i] = make(i % 2 ? "tdh" : "abcdefghij");
            assert_true(parse_text(&secrets[i]->prefix, secrets[i]->text, secrets[i]->len, &id));
            for (size_t other = 0; other < i; other++) {
                assert_ptr_not_equal(secrets[other], secrets[i]);
                assert_string_not_equal(apitoken_secret_id(secrets[other]),
                                        apitoken_secret_id(secrets[i]));
            }
        }
        for (size_t i = 0; i < ATK_LEN(secrets); i++) apitoken_secret_free(secrets[i]);
        if (round == 0) mappings = count_mappings();
    }
    /* the other regions are freed */
    assert_true(count_mappings() < mappings + ATK_SECRETS_SPARE);
}

/* Not inlined: the compiler would notice the misuse. */
__attribute__((noinline)) static int format(const apitoken_secret *secret, int form, char *buf,
                                            size_t cap, size_t *ret_len) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = apitoken_secret_format(secret, form, NULL, buf, cap, ret_len, &err);
    assert_int_equal(err.code, rc);
    return rc;
}

static void test_every_format_fits_exactly_or_not_at_all(void **state) {
    (void)state;
    apitoken_secret *secret = make("abcdefghij");
    for (int form = APITOKEN_FORMAT_PLAIN; form <= APITOKEN_FORMAT_MASKED; form++) {
        char buf[APITOKEN_FORMAT_MAX] = "untouched";
        size_t need = 0, len = 0;
        assert_code(format(secret, form, NULL, 0, &need), APITOKEN_E_BUFFER);
        assert_in_range(need, APITOKEN_ID_LEN, APITOKEN_FORMAT_MAX - 1);
        assert_code(format(secret, form, buf, need, &len), APITOKEN_E_BUFFER);
        assert_string_equal(buf, "untouched");
        assert_int_equal(len, need);
        assert_code(format(secret, form, buf, need + 1, &len), 0);
        assert_int_equal(len, need);
        assert_int_equal(strlen(buf), need);
        int has_text = memmem(buf, len, secret->text, secret->len) != NULL;
        assert_int_equal(has_text, form != APITOKEN_FORMAT_MASKED);
    }
    apitoken_secret_free(secret);
}

static void test_masked_shows_nothing_of_the_secret(void **state) {
    (void)state;
    apitoken_secret *secret = make("tdh");
    char buf[APITOKEN_FORMAT_MAX], due[APITOKEN_FORMAT_MAX];
    size_t len;
    assert_code(format(secret, APITOKEN_FORMAT_MASKED, buf, sizeof buf, &len), 0);
    (void)snprintf(due, sizeof due, "tdh_1%s\xE2\x80\xA6", secret->id);
    assert_string_equal(buf, due);
    apitoken_secret_free(secret);
}

static void test_misuse_leaves_the_outputs(void **state) {
    (void)state;
    apitoken_secret *secret = make("tdh");
    apitoken_format_opts opts = APITOKEN_FORMAT_OPTS_INIT;
    char buf[APITOKEN_FORMAT_MAX] = "untouched";
    size_t len = 77;
    assert_code(format(secret, 0, buf, sizeof buf, &len), APITOKEN_E_FORMAT);
    assert_code(format(secret, 7, buf, sizeof buf, &len), APITOKEN_E_FORMAT);
    assert_code(format(secret, -1, buf, sizeof buf, &len), APITOKEN_E_FORMAT);
    assert_code(format(secret, 1, NULL, 10, &len), APITOKEN_E_ARGUMENT);
    assert_code(format(secret, 1, buf, sizeof buf, NULL), APITOKEN_E_ARGUMENT);
    assert_code(format(NULL, 1, buf, sizeof buf, &len), APITOKEN_E_ARGUMENT);
    assert_code(format(secret, 1, NULL, 1, &len), APITOKEN_E_ARGUMENT);
    opts.flags = 1;
    assert_code(apitoken_secret_format(secret, 1, &opts, buf, sizeof buf, &len, NULL),
                APITOKEN_E_ABI);
    opts.flags = 0;
    opts.size = 7;
    assert_code(apitoken_secret_format(secret, 1, &opts, buf, sizeof buf, &len, NULL),
                APITOKEN_E_ABI);
    assert_int_equal(len, 77);
    assert_string_equal(buf, "untouched");
    apitoken_secret_free(secret);
}

static void test_errno_is_kept(void **state) {
    (void)state;
    apitoken_secret *secret = make("tdh");
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    errno = 123;
    assert_code(format(secret, 1, buf, sizeof buf, &len), 0);
    apitoken_secret_free(secret);
    apitoken_secret_free(NULL);
    assert_int_equal(errno, 123);
}

static void test_an_id_that_is_drawn_ends(void **state) {
    (void)state;
    struct atk_prefix prefix;
    char id[APITOKEN_ID_LEN + 1], text[ATK_TOKEN_LEN_MAX];
    sample_prefix(&prefix, "tdh");
    memset(id, 'x', sizeof id);
    size_t len = 0;
    assert_code(atk_token_draw_text(&prefix, 0, id, text, &len, NULL), 0);
    assert_int_equal(len, 53);
    assert_int_equal(id[APITOKEN_ID_LEN], '\0');
    assert_memory_equal(id, text + 5, APITOKEN_ID_LEN);
}

/* A freed secret is wiped although its region is kept for the next one. */
static void test_a_freed_secret_is_wiped(void **state) {
    (void)state;
    static const apitoken_secret zeros;
    apitoken_secret *secret = make("tdh");
    apitoken_secret_free(secret);
    assert_memory_equal(secret, &zeros, sizeof zeros);
}

static void make_and_free(apitoken_secret **secrets, size_t count) {
    for (size_t i = 0; i < count; i++) {
        secrets[i] = make("tdh");
        for (size_t j = 0; j < i; j++) assert_ptr_not_equal(secrets[i], secrets[j]);
    }
    for (size_t i = 0; i < count; i++) apitoken_secret_free(secrets[i]);
}

/* Spare regions are used again before new ones are made; further ones are freed at once. */
static void test_memory_of_freed_secrets_is_used_again(void **state) {
    (void)state;
    apitoken_secret *secrets[ATK_SECRETS_SPARE + 3];
    make_and_free(secrets, ATK_SECRETS_SPARE + 3);
    assert_int_equal(regions, ATK_SECRETS_SPARE);
    regions_made = 0;
    make_and_free(secrets, ATK_SECRETS_SPARE);
    assert_int_equal(regions_made, 0);
    make_and_free(secrets, ATK_SECRETS_SPARE + 3);
    assert_int_equal(regions_made, 3);
    assert_int_equal(regions, ATK_SECRETS_SPARE);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_drawn_secret_is_a_token),
        cmocka_unit_test(test_drawing_anew_changes_all),
        cmocka_unit_test(test_drawing_another_secret_keeps_the_id),
        cmocka_unit_test(test_many_secrets_at_once_are_apart),
        cmocka_unit_test(test_every_format_fits_exactly_or_not_at_all),
        cmocka_unit_test(test_masked_shows_nothing_of_the_secret),
        cmocka_unit_test(test_misuse_leaves_the_outputs),
        cmocka_unit_test(test_errno_is_kept),
        cmocka_unit_test(test_an_id_that_is_drawn_ends),
        cmocka_unit_test(test_a_freed_secret_is_wiped),
        cmocka_unit_test(test_memory_of_freed_secrets_is_used_again),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
