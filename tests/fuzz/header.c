/* SPDX-License-Identifier: MIT */
/*
 * Values of an Authorization header, over an engine that is asked for nothing but the token: what
 * it is asked for is the rest of the value behind the scheme's name and its spaces, to the byte,
 * and the text of a token.
 */
#include "target.h"

#include <string.h>
#include <strings.h>

#include "objects/store.h"
#include "rules/text.h"

static const uint8_t *asked;
static size_t asked_len;
static int counted; /* the code of the call that was counted */

static bool is_own(const struct atk_backend *backend) {
    (void)backend;
    return 1;
}

static bool is_remembered(struct atk_backend *backend, struct atk_presented *token) {
    (void)backend, (void)token;
    return 0;
}

/* Ends every call here: a text that parsed. */
static int load_record(struct atk_backend *backend, const struct atk_presented *token,
                       struct atk_loaded *ret_loaded, struct atk_deadline *deadline,
                       apitoken_error *err) {
    (void)backend, (void)ret_loaded, (void)deadline, (void)err;
    asked = (const uint8_t *)token->text;
    asked_len = token->len;
    return APITOKEN_E_BUSY;
}

static void count_verdict(struct atk_backend *backend, int rc, bool was_remembered) {
    (void)backend;
    MUST(counted == 0 && !was_remembered);
    counted = rc;
}

static int is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

/* RFC 6750, 2.1: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static int is_b64token(const uint8_t *data, size_t size) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~+/";
    size_t at = 0;
    while (at < size && memchr(allowed, data[at], sizeof allowed - 1)) at++;
    if (at == 0) return 0;
    while (at < size && data[at] == '=') at++;
    return at == size;
}

/*
 * The rule once more. The code that is due if the rest of the value is no token of the store: it
 * names no Bearer, or has not the syntax, or another form than tokens have.
 */
static int split(const uint8_t *data, size_t size, const uint8_t **ret_rest, size_t *ret_len) {
    while (size > 0 && is_blank(data[size - 1])) size--;
    while (size > 0 && is_blank(*data)) data++, size--;
    if (size < 6 || strncasecmp((const char *)data, "bearer", 6) != 0) return APITOKEN_E_NO_TOKEN;
    if (size > 6 && !is_blank(data[6])) return APITOKEN_E_NO_TOKEN;
    for (data += 6, size -= 6; size > 0 && *data == ' '; size--) data++;
    if (!is_b64token(data, size)) return APITOKEN_E_HEADER;
    *ret_rest = data;
    *ret_len = size;
    return APITOKEN_E_MALFORMED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct atk_backend_ops ops = { .is_own = is_own,
                                                .is_remembered = is_remembered,
                                                .load_record = load_record,
                                                .count_verdict = count_verdict };
    static struct atk_backend backend = { .ops = &ops };
    static struct apitoken_store store = { .backend = &backend };
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    const uint8_t *rest = NULL;
    size_t rest_len = 0;
    const char *id = NULL;
    if (!backend.config.prefix.len) MUST(atk_prefix_set(&backend.config.prefix, "tdh", 3) == 0);
    asked = NULL;
    counted = 0;
    int due = split(data, size, &rest, &rest_len);
    if (rest && parse_text(&backend.config.prefix, (const char *)rest, rest_len, &id))
        due = APITOKEN_E_BUSY;
    MUST(apitoken_validate_header(&store, (const char *)data, size, NULL, &verdict, NULL) == due);
    MUST(counted == due && verdict.code == due && verdict.owner_len == 0);
    MUST((asked != NULL) == (due == APITOKEN_E_BUSY));
    if (asked)
        MUST(asked == rest && asked_len == rest_len &&
             memcmp(verdict.id, id, APITOKEN_ID_LEN) == 0);
    return 0;
}
