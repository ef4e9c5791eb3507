/* SPDX-License-Identifier: MIT */
/*
 * apitoken_validate_header(): the value of an Authorization header, RFC 9110 section 11 and RFC
 * 6750 section 2.1.
 */
#include "api.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define MALFORMED APITOKEN_E_MALFORMED
#define NO_TOKEN APITOKEN_E_NO_TOKEN
#define HEADER APITOKEN_E_HEADER

/* In `value` an @ stands for a token that is good. */
static const struct {
    const char *value;
    int code;
} variants[] = {
    /* the scheme in any case, any number of spaces, blanks around the value */
    { "Bearer @", 0 },
    { "bearer @", 0 },
    { "BEARER @", 0 },
    { "bEaReR @", 0 },
    { "Bearer  @", 0 },
    { "Bearer      @", 0 },
    { " Bearer @", 0 },
    { "\tBearer @", 0 },
    { " \t Bearer @ \t ", 0 },
    { "Bearer @ ", 0 },
    { "Bearer @\t", 0 },
    /* Bearer, and then no b64token */
    { "Bearer", HEADER },
    { "Bearer ", HEADER },
    { "bearer \t ", HEADER },
    { "Bearer\t@", HEADER },
    { "Bearer \t@", HEADER },
    { "Bearer\t @", HEADER },
    { "Bearer @ @", HEADER },
    { "Bearer @,@", HEADER },
    { "Bearer @, Bearer @", HEADER },
    { "Bearer @;", HEADER },
    { "Bearer @\n", HEADER },
    { "Bearer @\r\n", HEADER },
    { "Bearer @\v", HEADER },
    { "Bearer \xC2\xA0@", HEADER },
    { "Bearer \"@\"", HEADER },
    { "Bearer token=@", HEADER },
    { "Bearer =@", HEADER },
    { "Bearer =", HEADER },
    { "Bearer Bearer @", HEADER },
    { "Bearer @%20", HEADER },
    /* a b64token, but no token of ours */
    { "Bearer @=", MALFORMED },
    { "Bearer @==", MALFORMED },
    { "Bearer x", MALFORMED },
    { "Bearer -._~+/", MALFORMED },
    { "Bearer Bearer", MALFORMED },
    /* nothing, or another scheme */
    { "", NO_TOKEN },
    { " ", NO_TOKEN },
    { "\t \t", NO_TOKEN },
    { "@", NO_TOKEN },
    { "Bea", NO_TOKEN },
    { "Beare", NO_TOKEN },
    { "Beare @", NO_TOKEN },
    { "Bearer\xC2\xA0@", NO_TOKEN }, /* a no-break space is no blank of HTTP: another name */
    { "BearerX", NO_TOKEN },
    { "BearerX @", NO_TOKEN },
    { "Bearer@", NO_TOKEN },
    { "Bearer:@", NO_TOKEN },
    { "Bearer,@", NO_TOKEN },
    { "Bearer=@", NO_TOKEN },
    { "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", NO_TOKEN },
    { "Basic @", NO_TOKEN },
    { "Digest @", NO_TOKEN },
    { "Token @", NO_TOKEN },
    { "\nBearer @", NO_TOKEN },
    { "Authorization: Bearer @", NO_TOKEN },
    { "Basic x, Bearer @", NO_TOKEN },
};

static size_t fill(char *out, size_t cap, const char *pattern, const char *token) {
    size_t len = 0;
    for (; *pattern; pattern++) {
        int wrote = *pattern == '@' ? snprintf(out + len, cap - len, "%s", token)
                                    : snprintf(out + len, cap - len, "%c", *pattern);
        len += (size_t)wrote;
        assert_true(len < cap);
    }
    return len;
}

static void the_variants_of_a_header(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(variants); i++) {
        char value[512] = "";
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        verdict.code = 0;
        size_t len = fill(value, sizeof value, variants[i].value, token.text);
        int rc = apitoken_validate_header(f->store, value, len, NULL, &verdict, NULL);
        if (rc != variants[i].code) print_error("the header is '%s'\n", variants[i].value);
        assert_code(rc, variants[i].code);
        assert_code(verdict.code, variants[i].code);
        assert_string_equal(verdict.owner, rc == 0 ? "owner" : "");
        assert_string_equal(verdict.id, rc == 0 ? token.id : "");
    }
}

static void no_header_is_no_token(void **state) {
    const struct fixture *f = *state;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    verdict.code = 0;
    assert_code(apitoken_validate_header(f->store, NULL, 0, NULL, &verdict, NULL), NO_TOKEN);
    assert_code(verdict.code, NO_TOKEN);
    assert_code(apitoken_validate_header(f->store, NULL, 1, NULL, &verdict, NULL),
                APITOKEN_E_ARGUMENT);
    assert_code(verdict.code, APITOKEN_E_ARGUMENT);
}

/* The value need not end in NUL, and a NUL inside is no end. */
static void the_length_counts(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char value[128];
    int len = snprintf(value, sizeof value, "Bearer %sX", token.text);
    assert_code(apitoken_validate_header(f->store, value, (size_t)len - 1, NULL, NULL, NULL), 0);
    assert_code(apitoken_validate_header(f->store, value, (size_t)len, NULL, NULL, NULL),
                MALFORMED);
    value[len - 1] = '\0';
    assert_code(apitoken_validate_header(f->store, value, (size_t)len, NULL, NULL, NULL), HEADER);
    const size_t scheme_len = strlen("Bearer");
    for (size_t cut = 0; cut < (size_t)len - 1; cut++)
        assert_code(apitoken_validate_header(f->store, value, cut, NULL, NULL, NULL),
                    cut < scheme_len        ? NO_TOKEN
                    : cut <= scheme_len + 1 ? HEADER
                                            : MALFORMED);
}

static void denials_are_those_of_validate(void **state) {
    struct fixture *f = *state;
    struct made_token expired = create_until(f->store, "owner", FIXTURE_NOW + 1),
                      revoked = fixture_create(f->store, "owner", "name", NULL),
                      unknown = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    unknown.text[TOKEN_BODY + 20] = unknown.text[TOKEN_BODY + 20] == 'x' ? 'y' : 'x';
    token_put_checksum(unknown.text, unknown.len);
    f->now_ms = FIXTURE_NOW + 1;
    const struct {
        const struct made_token *token;
        int code;
        const char *owner;
    } cases[] = {
        { &expired, APITOKEN_E_EXPIRED, "owner" },
        { &revoked, APITOKEN_E_REVOKED, "owner" },
        { &unknown, APITOKEN_E_UNKNOWN, "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[128];
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        int len = snprintf(value, sizeof value, "Bearer %s", cases[i].token->text);
        assert_code(apitoken_validate_header(f->store, value, (size_t)len, NULL, &verdict, NULL),
                    cases[i].code);
        assert_code(verdict.code, cases[i].code);
        assert_string_equal(verdict.id, cases[i].token->id);
        assert_string_equal(verdict.owner, cases[i].owner);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(the_variants_of_a_header),
        CASE(no_header_is_no_token),
        CASE(the_length_counts),
        CASE(denials_are_those_of_validate),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
