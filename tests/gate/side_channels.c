/* SPDX-License-Identifier: MIT */
/*
 * Secrets that decide a branch or an address, found by memcheck: secrets are marked as undefined
 * memory, and memcheck reports where such memory decides something (the method of ctgrind, A.
 * Langley, 2010). side_channels.py runs it:
 *
 *     side_channels library    must give no report; prints "case NAME reports N taints N" a line
 *     side_channels controls   must be reported; prints the same
 *
 * A verdict is declassified where it is returned, by the functions __wrap_ below, and nowhere else.
 * The parser treats a text as public (doc/security.md says why), so it gets one that is.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

#include "outside/record_tag.h"
#include "outside/crypto.h"
#include "objects/keyring.h"
#include "lmdb/process/recent.h"
#include "samples.h"
#include "outside/seal.h"
#include "objects/store.h"

#define SECRET_OF(text_len) ((text_len)-ATK_CRC_LEN - ATK_SECRET_LEN)

static void classify(const void *data, size_t len) { (void)VALGRIND_MAKE_MEM_UNDEFINED(data, len); }
static void declassify(const void *data, size_t len) { (void)VALGRIND_MAKE_MEM_DEFINED(data, len); }

/* Bytes of which some bit is secret. */
static size_t tainted(const void *data, size_t len) {
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t bits = 0;
        /* not under valgrind */
        if (VALGRIND_GET_VBITS((const uint8_t *)data + i, &bits, 1) != 1) return 0;
        count += bits != 0;
    }
    return count;
}

static void classify_key(const struct atk_key *key) {
    classify(key->master, sizeof key->master);
    const void *taken_in = memmem(key->begun, sizeof key->begun, key->digest, sizeof key->digest);
    if (!taken_in) abort(); /* then all of it that is no length would have to be secret */
    classify(taken_in, sizeof key->digest);
    classify(key->digest, sizeof key->digest);
    classify(key->tag, sizeof key->tag);
    classify(key->store_tag, sizeof key->store_tag);
    classify(key->seal, sizeof key->seal);
    classify(key->audit, sizeof key->audit);
}

/* The linker puts these before the library's own (--wrap). */
bool __real_atk_digest_equal(const uint8_t *a, const uint8_t *b);
bool __real_atk_tag_equal(const uint8_t *a, const uint8_t *b);
bool __real_atk_aead_open(const uint8_t *key, const void *ad, size_t ad_len, const uint8_t *sealed,
                          size_t len, void *out);
bool __real_atk_recent_is_same_text(const struct atk_recent *recent, const char *id,
                                    const uint64_t tag[2]);
bool __real_atk_text_is_well_formed(const char *id);
bool __wrap_atk_digest_equal(const uint8_t *a, const uint8_t *b);
bool __wrap_atk_tag_equal(const uint8_t *a, const uint8_t *b);
bool __wrap_atk_aead_open(const uint8_t *key, const void *ad, size_t ad_len, const uint8_t *sealed,
                          size_t len, void *out);
bool __wrap_atk_recent_is_same_text(const struct atk_recent *recent, const char *id,
                                    const uint64_t tag[2]);
bool __wrap_atk_text_is_well_formed(const char *id);

/* The verdict on a secret. */
bool __wrap_atk_digest_equal(const uint8_t *a, const uint8_t *b) {
    bool verdict = __real_atk_digest_equal(a, b);
    declassify(&verdict, sizeof verdict);
    return verdict;
}

/* The verdict on a record. */
bool __wrap_atk_tag_equal(const uint8_t *a, const uint8_t *b) {
    bool verdict = __real_atk_tag_equal(a, b);
    declassify(&verdict, sizeof verdict);
    return verdict;
}

/*
 * The verdict on a sealed copy. libsodium looks at it itself before it gives it:
 * side_channels.supp.
 */
bool __wrap_atk_aead_open(const uint8_t *key, const void *ad, size_t ad_len, const uint8_t *sealed,
                          size_t len, void *out) {
    bool verdict = __real_atk_aead_open(key, ad, ad_len, sealed, len, out);
    declassify(&verdict, sizeof verdict);
    return verdict;
}

/* A text that comes again is known by its tag. */
bool __wrap_atk_recent_is_same_text(const struct atk_recent *recent, const char *id,
                                    const uint64_t tag[2]) {
    bool verdict = __real_atk_recent_is_same_text(recent, id, tag);
    declassify(&verdict, sizeof verdict);
    return verdict;
}

bool __wrap_atk_text_is_well_formed(const char *id) {
    declassify(id - 1, ATK_BODY_LEN);
    bool is_token = __real_atk_text_is_well_formed(id);
    if (is_token) classify(id + APITOKEN_ID_LEN, ATK_SECRET_LEN);
    return is_token;
}

/* ---- the library ----------------------------------------------------------------------------- */

/* Each returns how many bytes of its result are secret still: that the marks went all the way. */

static size_t digest(void) {
    struct atk_keys keys;
    char text[] = VECTOR_TOKEN;
    uint8_t out[ATK_VERIFIER_LEN];
    sample_keys(&keys);
    classify_key(&keys.key[0]);
    classify(text + SECRET_OF(strlen(VECTOR_TOKEN)), ATK_SECRET_LEN);
    atk_digest(&keys.key[0], text, strlen(VECTOR_TOKEN), out);
    return tainted(out, sizeof out);
}

static size_t compare(void) {
    uint8_t verifier[ATK_VERIFIER_LEN] = { 1, 2, 3 }, presented[ATK_VERIFIER_LEN];
    size_t equal = 0;
    for (size_t at = 0; at <= sizeof presented; at++) {
        memcpy(presented, verifier, sizeof presented);
        if (at < sizeof presented) presented[at] ^= 1;
        classify(presented, sizeof presented);
        classify(verifier, sizeof verifier);
        equal += (size_t)atk_digest_equal(verifier, presented);
        declassify(verifier, sizeof verifier);
    }
    return equal == 1 ? tainted(presented, sizeof presented) : 0;
}

static size_t record(void) {
    struct atk_keys keys;
    uint8_t db_key[SAMPLE_BYTES_MAX], bytes[SAMPLE_BYTES_MAX];
    size_t taints = 0;
    sample_keys(&keys);
    classify_key(&keys.key[0]);
    for (size_t i = 0; i < SAMPLE_RECORDS; i++) {
        const size_t key_len = sample_bytes(sample_records[i].db_key, db_key),
                     len = sample_bytes(sample_records[i].frozen, bytes);
        atk_record_tag_write(&keys, db_key, key_len, bytes, len);
        taints += tainted(bytes, len);
        if (atk_record_tag_verify(&keys, db_key, key_len, bytes, len) != 0) return 0;
        bytes[len - 1] ^= 1;
        if (atk_record_tag_verify(&keys, db_key, key_len, bytes, len) != APITOKEN_E_DAMAGED)
            return 0;
    }
    return taints;
}

static size_t seal(void) {
    struct atk_keys keys;
    struct atk_hot hot;
    struct atk_row row;
    struct atk_config config;
    char text[ATK_TOKEN_LEN_MAX] = VECTOR_TOKEN;
    size_t len = strlen(VECTOR_TOKEN);
    sample_keys(&keys);
    sample_hot(&hot);
    sample_row_day(&row);
    sample_config(&config);
    classify_key(&keys.key[0]);
    classify(text + SECRET_OF(len), ATK_SECRET_LEN);
    const struct atk_sealed_for token = { row.id, hot.owner, hot.owner_len };
    row.sealed_key_id = keys.key[0].id;
    row.sealed_len = atk_seal(&token, &config, &keys.key[0], text, len, row.sealed);
    const size_t taints = tainted(row.sealed, row.sealed_len);
    if (!atk_seal_open(&row, &hot, &config, &keys, text, &len)) return 0;
    row.sealed[row.sealed_len - 1] ^= 1;
    if (atk_seal_open(&row, &hot, &config, &keys, text, &len)) return 0;
    return taints;
}

/* The whole verb: right, remembered, wrong and unknown. */
static size_t validate(void) {
    struct fixture f;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    fixture_make_dir(&f);
    fixture_make_keys(&f);
    fixture_make_store(&f, NULL);
    f.store = fixture_open(&f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f.store, "owner", "name", NULL),
                      other = fixture_create(f.store, "owner", "name", NULL);
    const size_t secret_at = SECRET_OF(token.len);
    char wrong[APITOKEN_FORMAT_MAX], unknown[APITOKEN_FORMAT_MAX];
    (void)atk_text_build(&f.store->backend->config.prefix, token.id, other.text + secret_at, wrong);
    (void)atk_text_build(&f.store->backend->config.prefix, "000000000000", other.text + secret_at,
                         unknown);
    struct atk_keys *keys = (struct atk_keys *)(uintptr_t)f.store->keys;
    classify_key(&keys->key[0]);
    size_t taints = 0;
    for (int time = 0; time < 4; time++) {
        if (apitoken_validate(f.store, token.text, token.len, NULL, &verdict, NULL) != 0) return 0;
        if (apitoken_validate(f.store, wrong, token.len, NULL, &verdict, NULL) !=
            APITOKEN_E_UNKNOWN)
            return 0;
        if (apitoken_validate(f.store, unknown, token.len, NULL, &verdict, NULL) !=
            APITOKEN_E_UNKNOWN)
            return 0;
        taints += tainted(token.text, token.len);
        if (tainted(&verdict, sizeof verdict)) return 0; /* nothing of the secret is told */
    }
    declassify(keys, sizeof *keys);
    fixture_remove(&f);
    return taints;
}

/* ---- the controls ---------------------------------------------------------------------------- */

static int (*volatile compare_bytes)(const void *a, const void *b, size_t len) = memcmp;

static size_t early_exit(void) {
    uint8_t verifier[ATK_VERIFIER_LEN] = { 1, 2, 3 }, presented[ATK_VERIFIER_LEN] = { 1, 2, 4 };
    classify(presented, sizeof presented);
    int differ = compare_bytes(verifier, presented, sizeof presented);
    declassify(&differ, sizeof differ);
    return differ ? tainted(presented, sizeof presented) : 0;
}

static size_t branch_on_a_verdict(void) {
    uint8_t verifier[ATK_VERIFIER_LEN] = { 1, 2, 3 }, presented[ATK_VERIFIER_LEN] = { 1, 2, 4 };
    classify(presented, sizeof presented);
    return __real_atk_digest_equal(verifier, presented) ? 0 : tainted(presented, sizeof presented);
}

static size_t table_look_up(void) {
    static const volatile uint8_t table[256] = { 1 };
    uint8_t at = 5, found;
    classify(&at, sizeof at);
    found = table[at];
    declassify(&found, sizeof found);
    return found ? 0 : tainted(&at, sizeof at);
}

/* Which is why it has to be given a public text. */
static size_t parse(void) {
    struct atk_prefix prefix;
    char text[] = VECTOR_TOKEN;
    const char *id = NULL;
    sample_prefix(&prefix, "tdh");
    classify(text + SECRET_OF(strlen(VECTOR_TOKEN)), ATK_SECRET_LEN);
    int is_token = atk_text_find_id(&prefix, text, strlen(VECTOR_TOKEN), &id) &&
                   __real_atk_text_is_well_formed(id);
    declassify(&is_token, sizeof is_token);
    return tainted(text, strlen(VECTOR_TOKEN));
}

struct named_case {
    const char *name;
    size_t (*run)(void);
};

static const struct named_case library[] = {
    { "digest", digest }, { "compare", compare },   { "record", record },
    { "seal", seal },     { "validate", validate },
};
static const struct named_case controls[] = {
    { "early_exit", early_exit },
    { "branch_on_a_verdict", branch_on_a_verdict },
    { "table_look_up", table_look_up },
    { "parse", parse },
};

static void run(const struct named_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const unsigned before = VALGRIND_COUNT_ERRORS;
        const size_t taints = cases[i].run();
        printf("case %s reports %u taints %zu\n", cases[i].name,
               (unsigned)VALGRIND_COUNT_ERRORS - before, taints);
        (void)fflush(stdout);
    }
}

int main(int argc, char **argv) {
    if (argc != 2 || atk_crypto_init() != 0) return 2;
    if (strcmp(argv[1], "library") == 0) run(library, sizeof library / sizeof library[0]);
    if (strcmp(argv[1], "controls") == 0) run(controls, sizeof controls / sizeof controls[0]);
    return 0;
}
