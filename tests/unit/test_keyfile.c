/* SPDX-License-Identifier: MIT */
#include "outside/keyfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "samples.h"

#define FULL VECTOR_KEYFILE_FULL
#define VERIFY VECTOR_KEYFILE_VERIFY
#define MASTER VECTOR_MASTER_1
#define MAGIC_LEN strlen("apitoken-keyring ")
#define CHECK_LEN strlen("check 00112233445566778899aabbccddeeff\n")

static int parse(const char *text, size_t len) {
    struct atk_keys keys;
    memset(&keys, 0x55, sizeof keys); /* the result must not depend on earlier contents */
    return atk_keyfile_parse(text, len, &keys);
}

/* Parses the text with the right hash line added. */
static int parse_checked(const char *text) {
    char file[ATK_KEYRING_FILE_MAX];
    uint8_t hash[16];
    char digits[33];
    assert_code(atk_crypto_init(), 0);
    atk_hash(text, strlen(text), hash, sizeof hash);
    atk_hex(hash, sizeof hash, digits);
    int len = snprintf(file, sizeof file, "%scheck %s\n", text, digits);
    assert_true(len > 0 && (size_t)len < sizeof file);
    return parse(file, (size_t)len);
}

/* ---- the frozen form ------------------------------------------------------------------------- */

static void test_golden_texts_are_written(void **state) {
    (void)state;
    struct atk_keys keys;
    char text[ATK_KEYRING_FILE_MAX];
    sample_keys(&keys);
    assert_int_equal(atk_keyfile_write(&keys, 0, text), strlen(FULL));
    assert_memory_equal(text, FULL, strlen(FULL));
    assert_int_equal(atk_keyfile_write(&keys, 1, text), strlen(VERIFY));
    assert_memory_equal(text, VERIFY, strlen(VERIFY));
}

static void test_golden_full_text_is_read(void **state) {
    (void)state;
    struct atk_keys keys, due;
    sample_keys(&due);
    for (uint32_t i = 0; i < due.count; i++)
        memset(due.key[i].store_tag, 0, sizeof due.key[i].store_tag); /* of no store yet */
    assert_code(atk_keyfile_parse(FULL, strlen(FULL), &keys), 0);
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.active, 7);
    assert_false(keys.verify_only);
    for (uint32_t i = 0; i < keys.count; i++) {
        atk_key_derive(&keys.key[i]); /* parsing leaves that to its caller */
        atk_key_begin_digest(&keys.key[i]);
        atk_key_fingerprint(&keys.key[i], 1);
    }
    assert_memory_equal(&keys, &due, sizeof keys);
}

static void test_golden_verify_text_is_read(void **state) {
    (void)state;
    struct atk_keys keys, full;
    uint8_t zeros[ATK_KEY_LEN] = { 0 };
    sample_keys(&full);
    assert_code(atk_keyfile_parse(VERIFY, strlen(VERIFY), &keys), 0);
    assert_int_equal(keys.count, 2);
    assert_int_equal(keys.active, 7);
    assert_true(keys.verify_only);
    for (uint32_t i = 0; i < keys.count; i++) {
        assert_int_equal(keys.key[i].id, full.key[i].id);
        assert_memory_equal(keys.key[i].digest, full.key[i].digest, ATK_KEY_LEN);
        assert_memory_equal(keys.key[i].tag, full.key[i].tag, ATK_TAG_KEY_LEN);
        assert_memory_equal(keys.key[i].master, zeros, ATK_KEY_LEN);
        assert_memory_equal(keys.key[i].seal, zeros, ATK_KEY_LEN);
        assert_memory_equal(keys.key[i].audit, zeros, ATK_KEY_LEN);
    }
}

/* Whoever gets the verify-only text must be unable to open a sealed token. */
static void test_verify_text_holds_no_master_seal_and_audit_key(void **state) {
    (void)state;
    assert_null(strstr(VERIFY, VECTOR_MASTER_1));
    assert_null(strstr(VERIFY, VECTOR_MASTER_7));
    assert_null(strstr(VERIFY, VECTOR_SEAL_KEY_1));
    assert_null(strstr(VERIFY, VECTOR_SEAL_KEY_7));
    assert_null(strstr(VERIFY, VECTOR_AUDIT_KEY_1));
    assert_null(strstr(VERIFY, VECTOR_AUDIT_KEY_7));
    assert_non_null(strstr(VERIFY, VECTOR_DIGEST_KEY_1));
}

static void test_as_many_keys_as_there_may_be(void **state) {
    (void)state;
    struct atk_keys keys, read_back;
    char text[ATK_KEYRING_FILE_MAX];
    memset(&keys, 0, sizeof keys);
    assert_code(atk_crypto_init(), 0);
    keys.count = ATK_KEYS_MAX;
    /* the longest numbers */
    for (uint32_t i = 0; i < ATK_KEYS_MAX; i++) keys.key[i].id = UINT32_MAX - ATK_KEYS_MAX + 1 + i;
    keys.active = UINT32_MAX;
    for (int verify_only = 0; verify_only <= 1; verify_only++) {
        size_t len = atk_keyfile_write(&keys, verify_only, text);
        assert_true(len < ATK_KEYRING_FILE_MAX);
        assert_code(atk_keyfile_parse(text, len, &read_back), 0);
        keys.verify_only = verify_only;
        assert_memory_equal(&read_back, &keys, sizeof keys);
    }
}

/* ---- damage ---------------------------------------------------------------------------------- */

static void test_every_truncation_is_short(void **state) {
    (void)state;
    assert_code(atk_crypto_init(), 0);
    for (size_t len = 0; len < strlen(FULL); len++)
        if (parse(FULL, len) != APITOKEN_E_KEYS_SHORT)
            fail_msg("%zu bytes: %s", len, apitoken_error_name(parse(FULL, len)));
    for (size_t len = 0; len < strlen(VERIFY); len++)
        assert_code(parse(VERIFY, len), APITOKEN_E_KEYS_SHORT);
}

static void flip_every_bit(const char *golden) {
    size_t len = strlen(golden), keys_at = (size_t)(strchr(golden, '\n') - golden) + 1;
    char text[ATK_KEYRING_FILE_MAX];
    for (size_t at = 0; at < len; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(text, golden, len);
            text[at] = (char)(text[at] ^ 1 << bit);
            int rc = parse(text, len);
            if (rc == 0) fail_msg("byte %zu, '%c' for '%c' is read", at, text[at], golden[at]);
            if (at < MAGIC_LEN) assert_code(rc, APITOKEN_E_KEYS_FOREIGN);
            if (at >= keys_at && at < len - CHECK_LEN) assert_code(rc, APITOKEN_E_KEYS_DAMAGED);
        }
    }
}

static void test_every_flipped_bit_is_refused(void **state) {
    (void)state;
    assert_code(atk_crypto_init(), 0);
    flip_every_bit(FULL);
    flip_every_bit(VERIFY);
}

static void test_anything_after_the_check_is_refused(void **state) {
    (void)state;
    static const char *const extras[] = { "\n", "\r\n", " ", "key 8 added ",
                                          "check 00112233445566778899aabbccddeeff\n" };
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        char text[ATK_KEYRING_FILE_MAX];
        (void)snprintf(text, sizeof text, FULL "%s", extras[i]);
        /* what does not end a line may be a line cut off */
        int is_line = extras[i][strlen(extras[i]) - 1] == '\n';
        assert_code(parse(text, strlen(text)),
                    is_line ? APITOKEN_E_KEYS_DAMAGED : APITOKEN_E_KEYS_SHORT);
    }
}

static void test_foreign_files(void **state) {
    (void)state;
    static const char *const texts[] = {
        "x",
        "\n",
        "hello",
        "-----BEGIN PRIVATE KEY-----\n",
        "\x7F"
        "ELF\x02\x01\x01",
        "apitoken_keyring 1 full\n",
        "apitoken-keyrings 1\n",
        " apitoken-keyring 1 full\n",
        "APITOKEN-KEYRING 1 full\n",
        "\xEF\xBB\xBF" FULL,
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_code(parse(texts[i], strlen(texts[i])), APITOKEN_E_KEYS_FOREIGN);
    assert_code(parse("\0\0\0\0", 4), APITOKEN_E_KEYS_FOREIGN);
    /* neither full nor verify */
    assert_code(parse(LIT("apitoken-keyring 1 sealed\n")), APITOKEN_E_KEYS_DAMAGED);
}

static void test_newer_versions(void **state) {
    (void)state;
    static const char *const texts[] = { "apitoken-keyring 2 full\n", "apitoken-keyring 10 full\n",
                                         "apitoken-keyring 99 whatever\n" };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_code(parse(texts[i], strlen(texts[i])), APITOKEN_E_KEYS_VERSION);
        assert_code(parse_checked(texts[i]), APITOKEN_E_KEYS_VERSION);
        /* even cut off within its first line */
        assert_code(parse(texts[i], strlen(texts[i]) - 1), APITOKEN_E_KEYS_VERSION);
    }
    assert_code(parse(LIT("apitoken-keyring 2\n")), APITOKEN_E_KEYS_VERSION);
    /* it might have been 20 */
    assert_code(parse(LIT("apitoken-keyring 2")), APITOKEN_E_KEYS_SHORT);
}

/* ---- texts whose check is right and whose content is not ------------------------------------- */

#define HEAD "apitoken-keyring 1 full\n"
#define VERIFY_HEAD "apitoken-keyring 1 verify\n"
#define CHECK_KEY "00112233445566778899aabbccddeeff"
#define KEY(id, word) "key " id " " word " " MASTER "\n"

static const struct {
    const char *text;
    int is_good;
} contents[] = {
    { HEAD KEY("1", "active"), 1 },
    { HEAD KEY("1", "active") KEY("2", "added"), 1 },
    { HEAD KEY("4294967295", "active"), 1 },
    { HEAD, 0 },
    { HEAD KEY("1", "added"), 0 },
    { HEAD KEY("1", "active") KEY("2", "active"), 0 },
    { HEAD KEY("2", "active") KEY("1", "added"), 0 },
    { HEAD KEY("1", "active") KEY("1", "added"), 0 },
    { HEAD KEY("0", "active"), 0 },
    { HEAD KEY("01", "active"), 0 },
    { HEAD KEY("4294967296", "active"), 0 },
    { HEAD KEY("18446744073709551617", "active"), 0 },
    { HEAD KEY("-1", "active"), 0 },
    { HEAD KEY("+1", "active"), 0 },
    { HEAD KEY("0x1", "active"), 0 },
    { HEAD KEY("", "active"), 0 },
    { HEAD KEY("1", "Active"), 0 },
    { HEAD KEY("1", "retired"), 0 },
    { HEAD KEY(" 1", "active"), 0 },
    { HEAD KEY("1 ", "active"), 0 },
    { HEAD " " KEY("1", "active"), 0 },
    { HEAD "\n" KEY("1", "active"), 0 },
    { HEAD KEY("1", "active") "\n", 0 },
    { HEAD KEY("1", "active") "# comment\n", 0 },
    { HEAD "key 1 active " MASTER "00\n", 0 },
    { HEAD "key 1 active 0001\n", 0 },
    { HEAD "key 1 active " MASTER " " MASTER "\n", 0 },
    { HEAD "key 1 active " MASTER "\r\n", 0 },
    { HEAD "key 1 active " MASTER, 0 },
    { HEAD KEY("1", "active") "key", 0 },
    { HEAD KEY("1", "active") "key ", 0 },
    { HEAD KEY("1", "active") "key 2", 0 },
    { HEAD KEY("1", "active") "key 2 ", 0 },
    { HEAD KEY("1", "active") "key 2 added ", 0 },
    { "apitoken-keyring 1 full\r\n" KEY("1", "active"), 0 },
    { "apitoken-keyring 1 verify\n" KEY("1", "active"), 0 },
    { VERIFY_HEAD "key 1 active " MASTER " " CHECK_KEY "\n", 1 },
    { VERIFY_HEAD "key 1 active " MASTER " " CHECK_KEY, 0 },
    { VERIFY_HEAD "key 1 active " MASTER " " CHECK_KEY " ", 0 },
    { VERIFY_HEAD "key 1 active " MASTER " 0011\n", 0 },
    { VERIFY_HEAD "key 1 active " MASTER "\n", 0 },
    { VERIFY_HEAD "key 1 active 0011 " CHECK_KEY "\n", 0 },
    { "apitoken-keyring 1 sealed\n" KEY("1", "active"), 0 },
    { "apitoken-keyring 1  full\n" KEY("1", "active"), 0 },
    /* an incomplete line before a good one */
    { HEAD "key 0" KEY("1", "active"), 0 },
    { HEAD "key 1 " KEY("2", "active"), 0 },
    { HEAD "key added " MASTER "\n" KEY("1", "active"), 0 },
    { HEAD KEY("2", "active") "key 1 " KEY("3", "added"), 0 },
    { HEAD KEY("1", "active") "key 2 active " KEY("3", "added"), 0 },
};

static void test_contents(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        int rc = parse_checked(contents[i].text);
        if ((rc == 0) != contents[i].is_good)
            fail_msg("row %zu gave %s", i, apitoken_error_name(rc));
        if (!contents[i].is_good && strncmp(contents[i].text, HEAD, strlen(HEAD)) == 0)
            assert_code(rc, APITOKEN_E_KEYS_DAMAGED);
    }
}

static void test_keys_are_counted(void **state) {
    (void)state;
    for (int count = 31; count <= 34; count++) {
        char text[ATK_KEYRING_FILE_MAX] = HEAD;
        size_t at = strlen(text);
        for (int id = 1; id <= count; id++)
            at += (size_t)snprintf(text + at, sizeof text - at, "key %d %s " MASTER "\n", id,
                                   id == 1 ? "active" : "added");
        assert_code(parse_checked(text), count <= ATK_KEYS_MAX ? 0 : APITOKEN_E_KEYS_DAMAGED);
    }
}

/* Each content has one text only: files can be compared, and every flipped bit is found. */
/* Ids only grow, so that none is ever used for two keys; after the highest there are none left. */
static void test_no_key_follows_the_highest_id(void **state) {
    (void)state;
    struct fixture f;
    struct atk_keys keys;
    char text[ATK_KEYRING_FILE_MAX];
    uint32_t id = 77;
    memset(&keys, 0, sizeof keys);
    fixture_make_dir(&f);
    assert_code(atk_crypto_init(), 0);
    keys.count = 1;
    keys.key[0].id = keys.active = UINT32_MAX - 1;
    const size_t len = atk_keyfile_write(&keys, 0, text);
    int fd = open(f.keys, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), len);
    assert_int_equal(close(fd), 0);
    assert_code(apitoken_keyring_add_key(f.keys, NULL, &id, NULL), 0);
    assert_int_equal(id, UINT32_MAX);
    assert_code(apitoken_keyring_add_key(f.keys, NULL, &id, NULL), APITOKEN_E_KEY_LIMIT);
    assert_int_equal(id, UINT32_MAX);
    fixture_remove(&f);
}

static void test_upper_case_digits_are_refused(void **state) {
    (void)state;
    static const char digits[] = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    char text[ATK_KEYRING_FILE_MAX];
    (void)snprintf(text, sizeof text, HEAD "key 1 active %s\n", digits);
    assert_code(parse_checked(text), APITOKEN_E_KEYS_DAMAGED);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_texts_are_written),
        cmocka_unit_test(test_golden_full_text_is_read),
        cmocka_unit_test(test_golden_verify_text_is_read),
        cmocka_unit_test(test_verify_text_holds_no_master_seal_and_audit_key),
        cmocka_unit_test(test_as_many_keys_as_there_may_be),
        cmocka_unit_test(test_every_truncation_is_short),
        cmocka_unit_test(test_every_flipped_bit_is_refused),
        cmocka_unit_test(test_anything_after_the_check_is_refused),
        cmocka_unit_test(test_foreign_files),
        cmocka_unit_test(test_newer_versions),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_keys_are_counted),
        cmocka_unit_test(test_no_key_follows_the_highest_id),
        cmocka_unit_test(test_upper_case_digits_are_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
