/* SPDX-License-Identifier: MIT */
/*
 * apitoken_validate(): 0 for a token that is good now and for nothing else; what a verdict says,
 * and to whom.
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define SECRET_AT 17 /* behind "tdh_1" and the id */

/* A verdict that says yes, to see that a call takes that back. */
static apitoken_verdict yes(void) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    verdict.code = 0;
    verdict.expiry_kind = 77;
    verdict.owner_len = 4;
    verdict.expires_ms = INT64_MAX;
    (void)snprintf(verdict.id, sizeof verdict.id, "%s", "somebody");
    (void)snprintf(verdict.owner, sizeof verdict.owner, "%s", "root");
    return verdict;
}

/*
 * What validate says of a text, and what the verdict then holds: id if the text parses, the rest if
 * the secret was right.
 */
static void assert_verdict(apitoken_store *store, const char *text, size_t len, int code,
                           const char *id, const char *owner) {
    apitoken_verdict verdict = yes();
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_validate(store, text, len, NULL, &verdict, &err), code);
    assert_code(verdict.code, code);
    assert_string_equal(verdict.id, id);
    assert_string_equal(verdict.owner, owner);
    assert_int_equal(verdict.owner_len, strlen(owner));
    if (!owner[0]) assert_int_equal(verdict.expires_ms, 0);
    if (!owner[0]) assert_int_equal(verdict.expiry_kind, 0);
    assert_code(err.code, code);
    assert_string_equal(err.id, code == 0 ? "" : id);
    assert_int_equal(err.size, sizeof err);
}

/* ---- the answers ----------------------------------------------------------------------------- */

static void a_good_token_is_good(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = APITOKEN_EXPIRY_DAY;
    opts.expiry_day = 20270115;
    struct made_token never = fixture_create(f->store, "owner", "name", NULL),
                      today = fixture_create(f->store, "Z\xC3\xBCrich", "n", &opts);
    apitoken_verdict verdict = yes();
    assert_verdict(f->store, never.text, never.len, 0, never.id, "owner");
    assert_verdict(f->store, today.text, today.len, 0, today.id, "Z\xC3\xBCrich");
    assert_code(apitoken_validate(f->store, never.text, never.len, NULL, &verdict, NULL), 0);
    assert_int_equal(verdict.expiry_kind, APITOKEN_EXPIRY_NEVER);
    assert_int_equal(verdict.expires_ms, INT64_MAX);
    assert_code(apitoken_validate(f->store, today.text, today.len, NULL, &verdict, NULL), 0);
    assert_int_equal(verdict.expiry_kind, APITOKEN_EXPIRY_INSTANT);
    assert_int_equal(verdict.expires_ms, FIXTURE_NOW + 16 * INT64_C(3600000));
}

static void a_long_owner_is_told_whole(void **state) {
    const struct fixture *f = *state;
    const char *owner = long_text(APITOKEN_OWNER_MAX);
    struct made_token token = fixture_create(f->store, owner, "name", NULL);
    assert_verdict(f->store, token.text, token.len, 0, token.id, owner);
}

static void each_denial_has_its_code_and_tells_what_it_may(void **state) {
    struct fixture *f = *state;
    struct made_token expired = create_until(f->store, "owner", FIXTURE_NOW + 1),
                      revoked = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    f->now_ms = FIXTURE_NOW + 1;
    assert_verdict(f->store, LIT("no token"), APITOKEN_E_MALFORMED, "", "");
    assert_verdict(f->store, expired.text, expired.len, APITOKEN_E_EXPIRED, expired.id, "owner");
    assert_verdict(f->store, revoked.text, revoked.len, APITOKEN_E_REVOKED, revoked.id, "owner");
    char unknown[] = "tdh_1zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz";
    token_put_checksum(unknown, TOKEN_LEN);
    assert_verdict(f->store, unknown, TOKEN_LEN, APITOKEN_E_UNKNOWN, "zzzzzzzzzzzz", "");
}

/* Nobody without the secret learns whether a token is revoked, expired, or there at all. */
static void a_wrong_secret_is_unknown_in_every_state(void **state) {
    struct fixture *f = *state;
    struct made_token tokens[] = {
        fixture_create(f->store, "owner", "good", NULL),
        create_until(f->store, "owner", FIXTURE_NOW + 1),
        fixture_create(f->store, "owner", "revoked", NULL),
    };
    assert_code(revoke_token(f->store, "owner", tokens[2].id), 0);
    f->now_ms = FIXTURE_NOW + 1;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        tokens[i].text[SECRET_AT] = tokens[i].text[SECRET_AT] == 'x' ? 'y' : 'x';
        token_put_checksum(tokens[i].text, tokens[i].len);
        assert_verdict(f->store, tokens[i].text, tokens[i].len, APITOKEN_E_UNKNOWN, tokens[i].id,
                       "");
    }
}

static void the_token_of_another_store_is_unknown(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = NULL;
    const char *path = in_dir(f->dir, "other");
    assert_code(apitoken_store_create(path, f->keyring, NULL, NULL), 0);
    assert_code(apitoken_store_open(path, f->keyring, NULL, &other, NULL), 0);
    struct made_token token = fixture_create(other, "owner", "name", NULL);
    assert_verdict(f->store, token.text, token.len, APITOKEN_E_UNKNOWN, token.id, "");
    apitoken_store_close(other);
}

/* ---- near misses ----------------------------------------------------------------------------- */

static void every_length_but_the_right_one_is_malformed(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char text[201];
    for (size_t len = 0; len <= 200; len++) {
        for (size_t i = 0; i < len; i++) text[i] = token.text[i % TOKEN_LEN];
        assert_verdict(f->store, text, len, len == TOKEN_LEN ? 0 : APITOKEN_E_MALFORMED,
                       len == TOKEN_LEN ? token.id : "", len == TOKEN_LEN ? "owner" : "");
    }
    assert_verdict(f->store, NULL, 0, APITOKEN_E_MALFORMED, "", "");
}

/* Each character changed into each of these, the checksum left as it was: never even looked up. */
static void every_changed_character_breaks_the_checksum(void **state) {
    const struct fixture *f = *state;
    static const char others[] = "059AMZamz_-+/= \n.\x80\xFF";
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t at = 0; at < TOKEN_LEN; at++)
        for (size_t i = 0; i < sizeof others; i++) { /* with the NUL */
            char kept = token.text[at];
            if (others[i] == kept) continue;
            token.text[at] = others[i];
            assert_verdict(f->store, token.text, token.len, APITOKEN_E_MALFORMED, "", "");
            token.text[at] = kept;
        }
    assert_code(check(f->store, &token), 0);
}

/*
 * The same with the checksum that belongs to it: the alphabet, the version and the secret must hold
 * by themselves.
 */
static void no_changed_character_is_ever_good(void **state) {
    const struct fixture *f = *state;
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char outside[] = "_-+/= \n.\x80\xFF";
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t at = TOKEN_BODY; at < TOKEN_LEN - TOKEN_CRC_LEN; at++) {
        for (size_t i = 0; i < COUNT(alphabet) - 1 + COUNT(outside); i++) {
            char text[TOKEN_LEN + 1], id[APITOKEN_ID_LEN + 1] = "";
            int is_inside = i < COUNT(alphabet) - 1, is_version = at == TOKEN_BODY;
            memcpy(text, token.text, sizeof text);
            text[at] = is_inside ? alphabet[i] : outside[i - (COUNT(alphabet) - 1)];
            if (text[at] == token.text[at]) continue;
            token_put_checksum(text, TOKEN_LEN);
            int code = is_inside && !is_version ? APITOKEN_E_UNKNOWN : APITOKEN_E_MALFORMED;
            if (code == APITOKEN_E_UNKNOWN) memcpy(id, text + TOKEN_BODY + 1, APITOKEN_ID_LEN);
            assert_verdict(f->store, text, TOKEN_LEN, code, id, "");
        }
    }
}

static void nothing_is_stripped(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    static const char *const around[][2] = {
        { " ", "" },  { "", " " },       { "", "\n" },   { "", "\r\n" },
        { "\t", "" }, { "Bearer ", "" }, { "\"", "\"" }, { "\xEF\xBB\xBF", "" },
    };
    for (size_t i = 0; i < COUNT(around); i++) {
        char text[128];
        int len = snprintf(text, sizeof text, "%s%s%s", around[i][0], token.text, around[i][1]);
        assert_verdict(f->store, text, (size_t)len, APITOKEN_E_MALFORMED, "", "");
    }
    /* its NUL counted in */
    assert_verdict(f->store, token.text, token.len + 1, APITOKEN_E_MALFORMED, "", "");
    char upper[TOKEN_LEN + 1];
    memcpy(upper, token.text, sizeof upper);
    memcpy(upper, "TDH", 3);
    assert_verdict(f->store, upper, TOKEN_LEN, APITOKEN_E_MALFORMED, "", "");
}

static void very_long_text_is_malformed(void **state) {
    const struct fixture *f = *state;
    assert_verdict(f->store, long_text(2000), 2000, APITOKEN_E_MALFORMED, "", "");
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static void misuse_and_failure_deny_too(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_verdict verdict = yes();
    opts.flags = APITOKEN_VALIDATE_ANY_INTERFACE << 1;
    assert_code(apitoken_validate(f->store, token.text, token.len, &opts, &verdict, NULL),
                APITOKEN_E_ABI);
    assert_code(verdict.code, APITOKEN_E_ABI);
    assert_string_equal(verdict.id, "");
    assert_string_equal(verdict.owner, "");
    verdict = yes();
    assert_code(apitoken_validate(f->store, NULL, 5, NULL, &verdict, NULL), APITOKEN_E_ARGUMENT);
    assert_code(verdict.code, APITOKEN_E_ARGUMENT);
    assert_string_equal(verdict.owner, "");
    f->now_ms = -1;
    assert_verdict(f->store, token.text, token.len, APITOKEN_E_CLOCK, token.id, "");
}

static void a_verdict_of_a_bad_size_is_left_alone(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    static const uint32_t sizes[] = { 0, 4, sizeof(apitoken_verdict) - 1, 4097, UINT32_MAX };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        apitoken_verdict verdict = yes(), before;
        verdict.size = sizes[i];
        before = verdict;
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL),
                    APITOKEN_E_ABI);
        assert_memory_equal(&verdict, &before, sizeof verdict);
        assert_code(apitoken_validate_header(f->store, token.text, token.len, NULL, &verdict, NULL),
                    APITOKEN_E_ABI);
        assert_memory_equal(&verdict, &before, sizeof verdict);
    }
}

static void the_tail_of_a_newer_verdict_is_zeroed(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct {
        apitoken_verdict known;
        unsigned char unknown[8], behind[8];
    } newer;
    memset(&newer, 0xAA, sizeof newer);
    newer.known.size = sizeof newer.known + sizeof newer.unknown;
    assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &newer.known, NULL), 0);
    assert_int_equal(newer.known.size, sizeof newer.known + sizeof newer.unknown);
    assert_string_equal(newer.known.owner, "owner");
    for (size_t i = 0; i < 8; i++) assert_int_equal(newer.unknown[i], 0);
    for (size_t i = 0; i < 8; i++) assert_int_equal(newer.behind[i], 0xAA);
}

static void a_verify_only_handle_says_the_same(void **state) {
    struct fixture *f = *state;
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_verdict(v, token.text, token.len, 0, token.id, "owner");
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_verdict(v, token.text, token.len, APITOKEN_E_REVOKED, token.id, "owner");
    apitoken_store_close(v);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_good_token_is_good),
        CASE(a_long_owner_is_told_whole),
        CASE(each_denial_has_its_code_and_tells_what_it_may),
        CASE(a_wrong_secret_is_unknown_in_every_state),
        CASE(the_token_of_another_store_is_unknown),
        CASE(every_length_but_the_right_one_is_malformed),
        CASE(every_changed_character_breaks_the_checksum),
        CASE(no_changed_character_is_ever_good),
        CASE(nothing_is_stripped),
        CASE(very_long_text_is_malformed),
        CASE(misuse_and_failure_deny_too),
        CASE(a_verdict_of_a_bad_size_is_left_alone),
        CASE(the_tail_of_a_newer_verdict_is_zeroed),
        CASE(a_verify_only_handle_says_the_same),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
