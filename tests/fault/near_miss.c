/* SPDX-License-Identifier: MIT */
/*
 * Texts that differ from a good token in one character of the alphabet, with the checksum unchanged
 * or corrected.
 */
#include <string.h>

#include "api.h"
#include "cases.h"
#include "figure.h"

static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct misses {
    uint64_t tried, accepted;
};

static void try_miss(apitoken_store *store, const char *text, size_t len, struct misses *misses) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    int rc = apitoken_validate(store, text, len, NULL, &verdict, NULL);
    misses->tried++;
    misses->accepted += rc == 0 || verdict.code == 0 || verdict.owner_len != 0;
    assert_true(rc == APITOKEN_E_MALFORMED || rc == APITOKEN_E_UNKNOWN);
}

static void try_all(apitoken_store *store, const struct made_token *token, struct misses *misses) {
    for (size_t at = TOKEN_BODY; at < token->len; at++) {
        for (const char *digit = digits; *digit; digit++) {
            struct made_token miss = *token;
            if (*digit == token->text[at]) continue;
            miss.text[at] = *digit;
            try_miss(store, miss.text, miss.len, misses);
            if (at >= token->len - TOKEN_CRC_LEN) continue;
            token_put_checksum(miss.text, miss.len);
            try_miss(store, miss.text, miss.len, misses);
        }
    }
}

/* Every second token is one that the handle remembers. */
static void no_near_miss_is_taken_for_the_token(void **state) {
    struct fixture *f = *state;
    struct misses misses = { 0, 0 };
    const uint64_t tokens = figure_rounds(60, 1100);
    for (uint64_t i = 0; i < tokens; i++) {
        struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        for (uint64_t k = 0; k < 1 + i % 2 * 3; k++) assert_code(check(f->store, &token), 0);
        try_all(f->store, &token, &misses);
        assert_code(check(f->store, &token), 0);
    }
    figure_at_least("near-miss tokens", misses.tried, figure_rounds(300000, 6000000));
    figure_at_most("near-miss tokens, accepted", misses.accepted, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { CASE(no_near_miss_is_taken_for_the_token) };
    return run_cases(argc, argv, tests, NULL, NULL);
}
