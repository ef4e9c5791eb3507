/* SPDX-License-Identifier: MIT */
/* What is said of a text that is not a token, and of a header that names none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cases.h>

#include <token_hint.h>

#define TOKEN "tdh_1AbCdEfGh0123456789xyz"
#define MARK "\xEF\xBB\xBF"
/* A text with its length, since it may hold NUL. */
#define TEXT(text, hint) \
    { text, sizeof text - 1, hint }

struct row {
    const char *text;
    size_t len;
    const char *hint; /* words of it; NULL for none */
};

static void check_rows(const struct row *rows, size_t count,
                       const char *(*hint_of)(const char *, size_t)) {
    for (size_t i = 0; i < count; i++) {
        const char *hint = hint_of(rows[i].text, rows[i].len);
        if (!hint != !rows[i].hint || (hint && !strstr(hint, rows[i].hint)))
            fail_msg("row %zu: %s, not %s", i, hint ? hint : "no hint",
                     rows[i].hint ? rows[i].hint : "no hint");
        if (hint) assert_null(strstr(hint, "AbCd"));
    }
}

static void what_may_be_a_token_gets_no_hint(void **state) {
    static const struct row rows[] = { TEXT(TOKEN, NULL),          TEXT("x", NULL),
                                       TEXT("YTpi==", NULL),       TEXT("a-._~+/Z9", NULL),
                                       TEXT("bearerless_1", NULL), TEXT("BearerX", NULL) };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0], token_hint);
}

static void a_token_with_more_around_it_is_explained(void **state) {
    static const struct row rows[] = {
        TEXT("", "empty"),
        TEXT("  ", "empty"),
        TEXT("\"" TOKEN "\"", "quote"),
        TEXT("'" TOKEN "'", "quote"),
        TEXT("\xE2\x80\x9C" TOKEN "\xE2\x80\x9D", "quote"),
        TEXT(TOKEN "`", "quote"),
        TEXT("Bearer " TOKEN, "word Bearer"),
        TEXT("bearer\t" TOKEN, "word Bearer"),
        TEXT("BEARER:" TOKEN, "word Bearer"),
        TEXT("Authorization: Bearer " TOKEN, "name of the header"),
        TEXT(MARK TOKEN, "byte order mark"),
        TEXT(TOKEN MARK, "byte order mark"),
        TEXT("tdh_1Ab\nCd", "line end"),
        TEXT("tdh_1Ab\r\nCd", "line end"),
        TEXT(TOKEN "\r", "line end"),
        TEXT(" " TOKEN, "before or after"),
        TEXT(TOKEN " ", "before or after"),
        TEXT("tdh_1Ab Cd", "blank"),
        TEXT("tdh_1Ab\tCd", "tab"),
        TEXT(TOKEN "\xC2\xA0", "no-break space"),
        TEXT("\xE2\x80\x8B" TOKEN, "invisible"),
        TEXT("<" TOKEN ">", "angle"),
        TEXT(TOKEN ",", "comma"),
        TEXT("tdh_1\0x", "no token has"),
        TEXT("tdh=1", "no token has"),
        TEXT("===", "no token has"),
        TEXT("t\xC3\xA4h_1", "no token has"),
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0], token_hint);
}

static void a_header_that_is_in_order_gets_no_hint(void **state) {
    static const struct row rows[] = { TEXT("Bearer " TOKEN, NULL),
                                       TEXT("bearer   " TOKEN, NULL),
                                       TEXT(" BEARER x= \t", NULL),
                                       TEXT("", NULL),
                                       TEXT(" \t", NULL),
                                       TEXT("Basic YTpi", NULL),
                                       TEXT("Negotiate", NULL),
                                       TEXT("Token " TOKEN, NULL),
                                       TEXT("Digest a=\"b\", c", NULL),
                                       TEXT("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=c",
                                            NULL) };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0], bearer_hint);
}

static void a_header_that_is_not_in_order_is_explained(void **state) {
    static const struct row rows[] = {
        TEXT("Bearer", "no token follows"),
        TEXT("Bearer \t ", "no token follows"),
        TEXT("Bearer \"" TOKEN "\"", "quote"),
        TEXT("Bearer '" TOKEN "'", "quote"),
        TEXT("Bearer \xE2\x80\x9E" TOKEN, "quote"),
        TEXT("\"Bearer " TOKEN "\"", "quote"),
        TEXT("'Bearer", "quote"),
        TEXT("Bearer Bearer " TOKEN, "twice"),
        TEXT("bearer  BEARER\t" TOKEN, "twice"),
        TEXT("Bearer bearer", "twice"),
        TEXT("Bearer: " TOKEN, "colon"),
        TEXT("Bearer:" TOKEN, "colon"),
        TEXT("Bearer" TOKEN, "no space follows"),
        TEXT("Bearer\t" TOKEN, "tab"),
        TEXT("Bearer \t" TOKEN, "tab"),
        TEXT("Bearer tdh_1 AbCd", "blank"),
        TEXT("Bearer a\tb", "tab"),
        TEXT("Bearer " TOKEN ", Basic YTpi", "blank"),
        TEXT("Bearer " TOKEN ",", "comma"),
        TEXT(MARK "Bearer " TOKEN, "byte order mark"),
        TEXT("Bearer " MARK TOKEN, "byte order mark"),
        TEXT("Bearer" MARK " " TOKEN, "byte order mark"),
        TEXT("Bearer tdh_1\r\n AbCd", "line end"),
        TEXT("Bearer " TOKEN "\r", "line end"),
        TEXT("Bearer\n" TOKEN, "line end"),
        TEXT("Bearer\xC2\xA0" TOKEN, "no-break space"),
        TEXT("Bearer =", "no token has"),
        TEXT("Bearer=" TOKEN, "no token has"),
        TEXT("Bearer a\0b", "no token has"),
        TEXT("Authorization: Bearer " TOKEN, "name of the header"),
        TEXT(TOKEN, "is missing"),
    };
    (void)state;
    check_rows(rows, sizeof rows / sizeof rows[0], bearer_hint);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_a_token_gets_no_hint),
        cmocka_unit_test(a_token_with_more_around_it_is_explained),
        cmocka_unit_test(a_header_that_is_in_order_gets_no_hint),
        cmocka_unit_test(a_header_that_is_not_in_order_is_explained),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
