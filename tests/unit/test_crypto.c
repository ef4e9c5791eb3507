/* SPDX-License-Identifier: MIT */
#include "outside/crypto.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "outside/files.h"
#include "cases.h"
#include "samples.h"

/*
 * Stands before libsodium's: counts its calls, and gives the bytes 0, 1, 2 ... 255, 0 ... while
 * told to.
 */
static unsigned draws, next_byte;
static int gives_a_series;

void randombytes_buf(void *data, size_t len);
void randombytes_buf(void *data, size_t len) {
    void (*real)(void *, size_t);
    void *found = dlsym(RTLD_NEXT, "randombytes_buf");
    memcpy(&real, &found, sizeof found);
    draws++;
    if (!gives_a_series)
        real(data, len);
    else
        for (size_t i = 0; i < len; i++) ((uint8_t *)data)[i] = (uint8_t)next_byte++;
}

#define VECTOR_TEXT "txa_10123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef4eHSL7"

/* ---- frozen derivations ---------------------------------------------------------------------- */

static void test_frozen_subkeys(void **state) {
    (void)state;
    struct atk_keys keys;
    sample_keys(&keys);
    assert_bytes(keys.key[0].master, ATK_KEY_LEN, VECTOR_MASTER_1);
    assert_bytes(keys.key[0].digest, ATK_KEY_LEN, VECTOR_DIGEST_KEY_1);
    assert_bytes(keys.key[0].tag, ATK_TAG_KEY_LEN, VECTOR_CHECK_KEY_1);
    assert_bytes(keys.key[0].seal, ATK_KEY_LEN, VECTOR_SEAL_KEY_1);
    assert_bytes(keys.key[0].audit, ATK_KEY_LEN, VECTOR_AUDIT_KEY_1);
    assert_bytes(keys.key[1].digest, ATK_KEY_LEN, VECTOR_DIGEST_KEY_7);
    assert_bytes(keys.key[1].tag, ATK_TAG_KEY_LEN, VECTOR_CHECK_KEY_7);
    assert_bytes(keys.key[1].seal, ATK_KEY_LEN, VECTOR_SEAL_KEY_7);
    assert_bytes(keys.key[1].audit, ATK_KEY_LEN, VECTOR_AUDIT_KEY_7);
}

static void test_frozen_fingerprints(void **state) {
    (void)state;
    struct atk_keys keys;
    sample_keys(&keys);
    assert_bytes(keys.key[0].prints.digest, ATK_FP_LEN, VECTOR_DIGEST_PRINT_1);
    assert_bytes(keys.key[0].prints.tag, ATK_FP_LEN, VECTOR_CHECK_PRINT_1);
    assert_bytes(keys.key[0].prints.seal, ATK_FP_LEN, VECTOR_SEAL_PRINT_1);
}

static void test_without_a_seal_key_there_is_no_print_of_it(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t zeros[ATK_FP_LEN] = { 0 };
    sample_keys(&keys);
    memset(&keys.key[0].prints, 0, sizeof keys.key[0].prints);
    atk_key_fingerprint(&keys.key[0], 0);
    assert_bytes(keys.key[0].prints.digest, ATK_FP_LEN, VECTOR_DIGEST_PRINT_1);
    assert_memory_equal(keys.key[0].prints.seal, zeros, ATK_FP_LEN);
}

static void test_frozen_verifier(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t digest[ATK_VERIFIER_LEN];
    sample_keys(&keys);
    atk_digest(&keys.key[0], VECTOR_TEXT, strlen(VECTOR_TEXT), digest);
    assert_bytes(digest, sizeof digest, VECTOR_VERIFIER);
    atk_digest(&keys.key[0], VECTOR_TOKEN, strlen(VECTOR_TOKEN), digest);
    assert_bytes(digest, sizeof digest, VECTOR_VERIFIER_OF_TOKEN);
}

static void test_verifier_depends_on_every_bit_of_key_and_text(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t due[ATK_VERIFIER_LEN], digest[ATK_VERIFIER_LEN];
    char text[] = VECTOR_TEXT;
    sample_keys(&keys);
    struct atk_key *key = &keys.key[0];
    atk_digest(key, text, strlen(VECTOR_TEXT), due);
    for (size_t bit = 0; bit < 8 * (sizeof key->digest + strlen(VECTOR_TEXT)); bit++) {
        uint8_t *byte = bit / 8 < sizeof key->digest
                            ? key->digest + bit / 8
                            : (uint8_t *)text + bit / 8 - sizeof key->digest;
        const uint8_t before = *byte;
        *byte ^= (uint8_t)(1u << bit % 8);
        atk_key_begin_digest(key);
        atk_digest(key, text, strlen(VECTOR_TEXT), digest);
        assert_false(atk_digest_equal(due, digest));
        *byte = before;
    }
    atk_key_begin_digest(key);
    atk_digest(key, text, strlen(VECTOR_TEXT), digest);
    assert_true(atk_digest_equal(due, digest));
}

static void test_frozen_key_of_a_stores_tags(void **state) {
    (void)state;
    struct atk_keys keys;
    bool is_locked;
    sample_keys(&keys);
    assert_bytes(keys.key[0].store_tag, ATK_TAG_KEY_LEN, VECTOR_STORE_TAG_KEY_1);
    const struct atk_keys *bound = atk_keys_bind(&keys, sample_store_id, &is_locked);
    assert_non_null(bound);
    assert_memory_equal(bound, &keys, sizeof keys);
    atk_guarded_free((void *)(uintptr_t)bound);
}

/* The vector of the paper on SipHash, in the form with 128 bits of result. */
static void test_tag_of_a_text(void **state) {
    (void)state;
    uint8_t key[ATK_TAG_KEY_LEN], data[15], tag[ATK_TEXT_TAG_LEN];
    for (uint8_t i = 0; i < sizeof key; i++) key[i] = i;
    for (uint8_t i = 0; i < sizeof data; i++) data[i] = i;
    assert_code(atk_crypto_init(), 0);
    atk_text_tag(key, data, sizeof data, tag);
    assert_bytes(tag, sizeof tag, VECTOR_TEXT_TAG_OF_15);
    /* of the reference's vectors.h */
    assert_bytes(tag, sizeof tag, "5493e99933b0a8117e08ec0f97cfc3d9");
}

/* The same with 64 bits. */
static void test_tag(void **state) {
    (void)state;
    uint8_t key[ATK_TAG_KEY_LEN], data[15], tag[ATK_TAG_LEN], other[ATK_TAG_LEN];
    for (uint8_t i = 0; i < sizeof key; i++) key[i] = i;
    for (uint8_t i = 0; i < sizeof data; i++) data[i] = i;
    assert_code(atk_crypto_init(), 0);
    atk_tag(key, data, sizeof data, tag);
    assert_bytes(tag, sizeof tag, VECTOR_TAG_OF_15);
    assert_bytes(tag, sizeof tag, "e545be4961ca29a1"); /* of the paper */
    for (size_t bit = 0; bit < 8 * sizeof tag; bit++) {
        memcpy(other, tag, sizeof tag);
        assert_true(atk_tag_equal(tag, other));
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(atk_tag_equal(tag, other));
    }
}

/* ---- sealing --------------------------------------------------------------------------------- */

/* A failed open must not write any text: a sentinel in the buffer tells. */
static int opens(const uint8_t *key, const uint8_t *ad, size_t ad_len, const uint8_t *sealed,
                 size_t len) {
    char text[SAMPLE_BYTES_MAX];
    memset(text, 'x', sizeof text);
    if (!atk_aead_open(key, ad, ad_len, sealed, len, text)) {
        assert_null(memmem(text, sizeof text, VECTOR_TOKEN, 16));
        return 0;
    }
    assert_memory_equal(text, VECTOR_TOKEN, strlen(VECTOR_TOKEN));
    return 1;
}

static void test_frozen_seal_opens(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t ad[SAMPLE_BYTES_MAX], sealed[SAMPLE_BYTES_MAX];
    sample_keys(&keys);
    size_t ad_len = sample_bytes(VECTOR_SEAL_AD, ad), len = sample_bytes(VECTOR_SEALED, sealed);
    assert_int_equal(len, strlen(VECTOR_TOKEN) + ATK_SEAL_OVERHEAD);
    assert_true(opens(keys.key[0].seal, ad, ad_len, sealed, len));
    assert_false(opens(keys.key[1].seal, ad, ad_len, sealed, len));
    for (size_t cut = 0; cut < len; cut++)
        assert_false(opens(keys.key[0].seal, ad, ad_len, sealed, cut));
    for (size_t cut = 0; cut < ad_len; cut++)
        assert_false(opens(keys.key[0].seal, ad, cut, sealed, len));
    for (size_t bit = 0; bit < 8 * len; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(opens(keys.key[0].seal, ad, ad_len, sealed, len));
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * ad_len; bit++) {
        ad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(opens(keys.key[0].seal, ad, ad_len, sealed, len));
        ad[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void test_seals_have_their_own_nonce(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t first[SAMPLE_BYTES_MAX], second[SAMPLE_BYTES_MAX];
    const size_t len = strlen(VECTOR_TOKEN) + ATK_SEAL_OVERHEAD;
    sample_keys(&keys);
    memset(first, 0x55, sizeof first);
    memset(second, 0x55, sizeof second);
    atk_aead_seal(keys.key[0].seal, "ad", 2, VECTOR_TOKEN, strlen(VECTOR_TOKEN), first);
    atk_aead_seal(keys.key[0].seal, "ad", 2, VECTOR_TOKEN, strlen(VECTOR_TOKEN), second);
    assert_memory_not_equal(first, second, 24);
    assert_memory_not_equal(first + 24, second + 24, strlen(VECTOR_TOKEN));
    assert_int_equal(first[len], 0x55);
    assert_true(opens(keys.key[0].seal, (const uint8_t *)"ad", 2, first, len));
    assert_true(opens(keys.key[0].seal, (const uint8_t *)"ad", 2, second, len));
}

/* An empty text can be sealed, too. */
static void test_an_empty_text_is_sealed_and_opened(void **state) {
    (void)state;
    struct atk_keys keys;
    uint8_t sealed[ATK_SEAL_OVERHEAD];
    sample_keys(&keys);
    atk_aead_seal(keys.key[0].seal, "ad", 2, "", 0, sealed);
    assert_true(atk_aead_open(keys.key[0].seal, "ad", 2, sealed, sizeof sealed, sealed));
    assert_false(atk_aead_open(keys.key[1].seal, "ad", 2, sealed, sizeof sealed, sealed));
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void test_hash_is_unkeyed_blake2b(void **state) {
    (void)state;
    uint8_t hash[16];
    atk_hash("abc", 3, hash, sizeof hash);
    assert_bytes(hash, sizeof hash, "cf4ab791c62b8d2b2109c90275287816");
}

static void test_frozen_keyed_hashes(void **state) {
    (void)state;
    uint8_t key[ATK_KEY_LEN], data[300] = { 0 }, hash[64];
    for (uint8_t i = 0; i < sizeof key; i++) key[i] = i;
    atk_keyed_hash(key, 16, data, sizeof data, hash, sizeof hash);
    assert_bytes(hash, sizeof hash, VECTOR_KEYED_HASH_OF_300);
    for (uint8_t i = 0; i < 15; i++) data[i] = i;
    atk_keyed_hash(key, sizeof key, data, 15, hash, ATK_HASH_LEN);
    assert_bytes(hash, ATK_HASH_LEN, VECTOR_KEYED_HASH_OF_15);
}

static void test_hashes_are_compared_whole(void **state) {
    (void)state;
    uint8_t hash[ATK_HASH_LEN], other[ATK_HASH_LEN];
    for (size_t bit = 0; bit < 8 * sizeof hash; bit++) {
        memset(hash, 0xA5, sizeof hash);
        memcpy(other, hash, sizeof hash);
        assert_true(atk_hash_equal(hash, other));
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(atk_hash_equal(hash, other));
    }
}

static void test_hexadecimal(void **state) {
    (void)state;
    static const char *const bad[] = { "0g", "g0",  "0",  "000", "",   " 0", "0 ", "0x",
                                       "-1", "\n0", "0:", "A0",  "0A", "F0", "0F", "0ag" };
    uint8_t bytes[2] = { 0x0A, 0xF0 }, back[2] = { 9, 9 };
    char digits[5];
    atk_hex(bytes, sizeof bytes, digits);
    assert_string_equal(digits, "0af0");
    assert_true(atk_unhex(digits, 4, back, 2));
    assert_memory_equal(back, bytes, 2);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(atk_unhex(bad[i], strlen(bad[i]), back, 1));
    assert_false(atk_unhex("0\0", 2, back, 1));
    assert_false(atk_unhex("0a", 2, back, 2));
    assert_true(atk_unhex("0aB", 2, back, 1)); /* the bytes behind it belong to others */
}

/*
 * 12,400 draws of 62 characters: each is expected 200 times; below 100 or above 300 is one in
 * 10^11.
 */
static void test_random_text_uses_the_whole_alphabet(void **state) {
    (void)state;
    unsigned counts[62] = { 0 };
    char text[12400];
    assert_code(atk_crypto_init(), 0);
    atk_random_text(atk_base62, sizeof atk_base62, text, sizeof text);
    for (size_t i = 0; i < sizeof text; i++) {
        const char *at = memchr(atk_base62, text[i], sizeof atk_base62);
        assert_non_null(at);
        counts[at - atk_base62]++;
    }
    for (size_t i = 0; i < 62; i++) assert_in_range(counts[i], 100, 300);
}

/* Of 256 bytes each of the 62 characters has four, and eight bytes have none. */
static void test_random_text_prefers_no_character(void **state) {
    (void)state;
    unsigned counts[128] = { 0 };
    char text[4 * 62];
    gives_a_series = 1;
    next_byte = 248; /* those eight first */
    atk_random_text(atk_base62, sizeof atk_base62, text, sizeof text);
    gives_a_series = 0;
    for (size_t i = 0; i < sizeof text; i++) counts[(unsigned char)text[i]]++;
    for (size_t i = 0; i < sizeof atk_base62; i++)
        assert_int_equal(counts[(unsigned char)atk_base62[i]], 4);
}

static void test_random_text_is_drawn_in_one_go(void **state) {
    (void)state;
    char text[APITOKEN_ID_LEN + ATK_SECRET_LEN];
    assert_code(atk_crypto_init(), 0);
    draws = 0;
    atk_random_text(atk_base62, sizeof atk_base62, text, sizeof text);
    assert_int_equal(draws, 1);
}

static void test_random_text_ends_where_it_should(void **state) {
    (void)state;
    char text[3] = { 0 };
    for (int i = 0; i < 100; i++) {
        atk_random_text(atk_base62, sizeof atk_base62, text, 2);
        assert_int_equal(text[2], 0);
    }
}

static void test_guarded_memory_begins_zeroed(void **state) {
    (void)state;
    bool is_locked = 7;
    assert_code(atk_crypto_init(), 0);
    uint8_t *data = atk_guarded_alloc(100, &is_locked);
    assert_non_null(data);
    assert_true(is_locked == 0 || is_locked == 1);
    for (size_t i = 0; i < 100; i++) assert_int_equal(data[i], 0);
    data[99] = 1;
    ATK_SCOPED_FD zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(zeros, data, 1), 1);
    atk_guarded_read_only(data);
    assert_int_equal(read(zeros, data, 1), -1); /* the kernel cannot write there, either */
    assert_int_equal(errno, EFAULT);
    assert_int_equal(data[99], 1);
    atk_guarded_free(data);
    atk_guarded_free(NULL);
}

static void test_keys_are_found_by_id(void **state) {
    (void)state;
    struct atk_keys keys;
    sample_keys(&keys);
    assert_ptr_equal(atk_keys_find(&keys, 1), &keys.key[0]);
    assert_ptr_equal(atk_keys_find(&keys, 7), &keys.key[1]);
    assert_null(atk_keys_find(&keys, 2));
    assert_null(atk_keys_find(&keys, 0)); /* the id of an entry that is not used */
    keys.count = 0;
    assert_null(atk_keys_find(&keys, 1));
}

static void test_wipe(void **state) {
    (void)state;
    char data[5] = "abcd";
    atk_wipe(data, 3);
    assert_memory_equal(data, "\0\0\0d", 5);
}

/* ---- the dead stack -------------------------------------------------------------------------- */

#define STACK ((size_t)256 << 10)
#define PIECE 8

/*
 * A thread with a stack of ours, so that it can be looked at while the thread stands still after a
 * digest.
 */
struct digester {
    uint8_t key[ATK_KEY_LEN], text[ATK_TOKEN_LEN_MAX], out[ATK_VERIFIER_LEN];
    struct atk_key begun; /* with that key */
    size_t len;
    void (*run)(struct digester *d);
    uint8_t *stack;
    uint32_t is_done, may_end; /* atomic */
};

static void run_ours(struct digester *d) {
    atk_digest(&d->begun, (const char *)d->text, d->len, d->out);
}

/* The control, without a scrub: the test must find the secret. */
static void run_bare(struct digester *d) {
    uint8_t block[ATK_KEY_LEN + ATK_TOKEN_LEN_MAX];
    memcpy(block, d->key, ATK_KEY_LEN);
    memcpy(block + ATK_KEY_LEN, d->text, d->len);
    atk_hash(block, ATK_KEY_LEN + d->len, d->out, ATK_VERIFIER_LEN);
}

/* Loading a keyring: the master key, and a subkey in place of the text. */
static void run_derive(struct digester *d) {
    static struct atk_key key;
    memcpy(key.master, d->key, sizeof key.master);
    atk_key_derive(&key);
    memcpy(d->text, key.seal, d->len = sizeof key.seal);
}

static void run_begin(struct digester *d) { atk_key_begin_digest(&d->begun); }

static void run_fingerprint(struct digester *d) {
    static struct atk_key key;
    memcpy(key.digest, d->key, sizeof key.digest);
    memcpy(key.seal, d->text, sizeof key.seal);
    atk_key_fingerprint(&key, 1);
}

static void run_derive_audit(struct digester *d) {
    static struct atk_key key;
    memcpy(key.master, d->key, sizeof key.master);
    atk_key_derive(&key);
    memcpy(d->text, key.audit, d->len = sizeof key.audit);
}

static void run_keyed_hash(struct digester *d) {
    atk_keyed_hash(d->key, sizeof d->key, d->text, d->len, d->out, ATK_HASH_LEN);
}

static void run_hash(struct digester *d) { atk_hash(d->text, d->len, d->out, sizeof d->out); }

static void *digest_and_wait(void *arg) {
    struct digester *d = arg;
    d->run(d);
    __atomic_store_n(&d->is_done, 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&d->may_end, __ATOMIC_ACQUIRE)) {}
    return NULL;
}

/* 1 if eight bytes in a row of a secret are anywhere on the stack. */
__attribute__((no_sanitize("address"))) static int is_left(const uint8_t *stack,
                                                           const uint8_t *secret, size_t len) {
    uint8_t begins[UINT8_MAX + 1] = { 0 };
    for (size_t at = 0; at + PIECE <= len; at++) begins[secret[at]] = 1;
    for (size_t i = 0; i + PIECE <= STACK; i++) {
        if (!begins[stack[i]]) continue;
        for (size_t at = 0; at + PIECE <= len; at++) {
            size_t same = 0;
            while (same < PIECE && stack[i + same] == secret[at + same]) same++;
            if (same == PIECE) return 1;
        }
    }
    return 0;
}

/* Which of the two is left on the stack: 1 for the key, 2 for the text. */
static int what_is_left(struct digester *d) {
    pthread_attr_t attr;
    pthread_t thread;
    memset(d->stack, 0xA5, STACK);
    d->is_done = d->may_end = 0;
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstack(&attr, d->stack, STACK), 0);
    assert_int_equal(pthread_create(&thread, &attr, digest_and_wait, d), 0);
    while (!__atomic_load_n(&d->is_done, __ATOMIC_ACQUIRE)) {}
    int left = is_left(d->stack, d->key, sizeof d->key) | is_left(d->stack, d->text, d->len) << 1;
    __atomic_store_n(&d->may_end, 1, __ATOMIC_RELEASE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)pthread_attr_destroy(&attr);
    return left;
}

static void draw_secrets(struct digester *d) {
    atk_random(d->key, sizeof d->key);
    atk_random(d->text, sizeof d->text);
    memcpy(d->begun.digest, d->key, sizeof d->key);
    atk_key_begin_digest(&d->begun);
}

static void test_a_digest_leaves_nothing_on_the_stack(void **state) {
    (void)state;
    struct digester d = { .stack = aligned_alloc(4096, STACK) };
    assert_non_null(d.stack);
    for (d.len = ATK_PREFIX_MIN + 1 + ATK_BODY_LEN; d.len <= ATK_TOKEN_LEN_MAX; d.len++) {
        draw_secrets(&d);
        d.run = run_ours;
        assert_int_equal(what_is_left(&d), 0);
        d.run = run_bare;
        assert_int_equal(what_is_left(&d), 3);
    }
    free(d.stack);
}

static void test_a_keyring_leaves_nothing_on_the_stack(void **state) {
    (void)state;
    struct digester d = { .stack = aligned_alloc(4096, STACK), .len = ATK_TOKEN_LEN_MAX };
    assert_non_null(d.stack);
    draw_secrets(&d);
    d.run = run_hash;
    assert_int_equal(what_is_left(&d), 0);
    d.run = run_begin;
    assert_int_equal(what_is_left(&d), 0);
    d.run = run_fingerprint;
    assert_int_equal(what_is_left(&d), 0);
    d.run = run_keyed_hash;
    assert_int_equal(what_is_left(&d), 0);
    d.run = run_derive;
    assert_int_equal(what_is_left(&d), 0);
    d.run = run_derive_audit;
    assert_int_equal(what_is_left(&d), 0);
    free(d.stack);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frozen_subkeys),
        cmocka_unit_test(test_frozen_fingerprints),
        cmocka_unit_test(test_without_a_seal_key_there_is_no_print_of_it),
        cmocka_unit_test(test_frozen_verifier),
        cmocka_unit_test(test_verifier_depends_on_every_bit_of_key_and_text),
        cmocka_unit_test(test_frozen_key_of_a_stores_tags),
        cmocka_unit_test(test_tag_of_a_text),
        cmocka_unit_test(test_tag),
        cmocka_unit_test(test_frozen_seal_opens),
        cmocka_unit_test(test_seals_have_their_own_nonce),
        cmocka_unit_test(test_an_empty_text_is_sealed_and_opened),
        cmocka_unit_test(test_hash_is_unkeyed_blake2b),
        cmocka_unit_test(test_frozen_keyed_hashes),
        cmocka_unit_test(test_hashes_are_compared_whole),
        cmocka_unit_test(test_hexadecimal),
        cmocka_unit_test(test_random_text_uses_the_whole_alphabet),
        cmocka_unit_test(test_random_text_prefers_no_character),
        cmocka_unit_test(test_random_text_is_drawn_in_one_go),
        cmocka_unit_test(test_random_text_ends_where_it_should),
        cmocka_unit_test(test_guarded_memory_begins_zeroed),
        cmocka_unit_test(test_keys_are_found_by_id),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_a_digest_leaves_nothing_on_the_stack),
        cmocka_unit_test(test_a_keyring_leaves_nothing_on_the_stack),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
