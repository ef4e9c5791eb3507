/* SPDX-License-Identifier: MIT */
/* apitoken_validate() and apitoken_validate_header() */
#include <stdbool.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"
#include "outside/record_tag.h"
#include "rules/text.h"
#include "rules/token_state.h"

/* A text with the form of a token, and what the store has for its id. Never cleared as a whole. */
struct candidate {
    struct atk_presented token;
    bool is_known; /* the store has this id */
    struct atk_loaded stored;
    struct atk_hot_view hot; /* points into `stored` */
    struct atk_use use;
};

static int load_record(const apitoken_store *store, struct candidate *c,
                       struct atk_deadline *deadline, apitoken_error *err) {
    int rc = store->backend->ops->load_record(store->backend, &c->token, &c->stored, deadline, err);
    c->is_known = rc == 0;
    if (rc != APITOKEN_E_NOT_FOUND) return rc;
    /* an unknown id gets the stand-in, so that the same work is done for it */
    (void)atk_tagged_hot_set(&c->stored.tagged, c->token.id, store->stand_in,
                             sizeof store->stand_in);
    return 0;
}

/*
 * Compares the secret with the verifier. The tag is verified before anything in the record is
 * trusted, except the id of its key. Still, the digest is computed before that: meanwhile the copy
 * of the record reaches the cache, so reading it does not stall.
 */
static int match_secret(const apitoken_store *store, struct candidate *c, bool *ret_is_match,
                        apitoken_error *err) {
    const struct atk_tagged_hot *tagged = &c->stored.tagged;
    const struct atk_key *key = atk_tagged_hot_key(store->keys, tagged);
    uint8_t digest[ATK_VERIFIER_LEN];
    if (!key) return atk_fail(err, APITOKEN_E_KEY_MISSING, NULL);
    atk_digest(key, c->token.text, c->token.len, digest);
    int rc = atk_tagged_hot_verify(key, tagged);
    if (c->is_known && rc < 0) return atk_fail(err, rc, NULL);
    rc = atk_hot_parse_view(atk_tagged_hot_record(tagged), atk_tagged_hot_record_len(tagged),
                            &c->hot);
    /* a record that only a newer version can read: for anyone an unknown token */
    if (rc == APITOKEN_E_NEWER) return 0;
    if (rc < 0) return atk_fail(err, rc, NULL);
    *ret_is_match = atk_digest_equal(digest, c->hot.verifier) & c->is_known;
    return 0;
}

/* Takes over what an earlier validate of the same text found: its record has not changed. */
static void take_remembered(struct candidate *c) {
    const struct atk_remembered *remembered = &c->stored.remembered;
    c->hot.flags = 0; /* a verdict on a revoked token, or on a newer one, is never remembered */
    c->hot.is_newer = false;
    c->hot.end_ms = remembered->end_ms;
    c->use = remembered->use;
    c->hot.owner_len = (uint8_t)remembered->owner_len;
    c->hot.owner = remembered->owner;
}

/* APITOKEN_E_UNKNOWN if the store has no such token; then nothing in c->hot may be trusted. */
static int authenticate(const apitoken_store *store, struct candidate *c, apitoken_error *err) {
    if (c->stored.is_remembered) {
        take_remembered(c);
        return 0;
    }
    bool is_match = false;
    ATK_TRY(match_secret(store, c, &is_match, err));
    if (!is_match) return atk_fail(err, APITOKEN_E_UNKNOWN, NULL);
    c->use = atk_use_of(c->hot.slot, c->hot.flags, atk_mark_of(c->hot.verifier));
    if (c->stored.may_be_remembered && !(c->hot.flags & ATK_FLAG_REVOKED) && !c->hot.is_newer)
        store->backend->ops->remember_verdict(store->backend, &c->token, &c->stored, &c->hot);
    return 0;
}

/* Only a caller with the right secret learns the owner and the expiry. */
static void reveal_token(apitoken_verdict *verdict, const struct atk_hot_view *hot) {
    verdict->expiry_kind =
        hot->end_ms == ATK_END_NEVER ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT;
    verdict->expires_ms = hot->end_ms;
    verdict->owner_len = hot->owner_len;
    atk_copy_short(verdict->owner, hot->owner, hot->owner_len);
}

/* A coarse time gives the same state as the exact one unless the end is near. */
static int require_valid_state(const apitoken_store *store, const struct candidate *c,
                               apitoken_error *err) {
    int64_t now_ms = c->token.now_ms;
    int state = atk_token_state(c->hot.flags, c->hot.is_newer, c->hot.end_ms, now_ms);
    if (c->token.is_coarse && state == APITOKEN_STATE_VALID &&
        atk_end_is_past(c->hot.end_ms, now_ms + ATK_COARSE_CLOCK_MS)) {
        ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
        state = atk_token_state(c->hot.flags, c->hot.is_newer, c->hot.end_ms, now_ms);
    }
    switch (state) {
    case APITOKEN_STATE_VALID: return 0;
    case APITOKEN_STATE_EXPIRED: return atk_fail(err, APITOKEN_E_EXPIRED, NULL);
    case APITOKEN_STATE_NEWER: return atk_fail(err, APITOKEN_E_NEWER, NULL);
    default: return atk_fail(err, APITOKEN_E_REVOKED, NULL);
    }
}

/* Whether the text has the form of a token. A text that was found valid before is not parsed. */
static bool parse_text(const apitoken_store *store, const char *text, size_t len,
                       struct candidate *c) {
    c->token.text = text;
    c->token.len = len;
    c->token.has_tag = false;
    if (!atk_text_find_id(&store->backend->config.prefix, text, len, &c->token.id)) return false;
    return store->backend->ops->is_remembered(store->backend, &c->token) ||
           atk_text_is_well_formed(c->token.id);
}

static int validate(apitoken_store *store, const char *text, size_t len, uint32_t timeout_ms,
                    apitoken_verdict *verdict, apitoken_error *err) {
    struct candidate c;
    if (!text && len > 0)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0, NULL);
    if (!parse_text(store, text, len, &c)) return atk_fail(err, APITOKEN_E_MALFORMED, NULL);
    memcpy(verdict->id, c.token.id, APITOKEN_ID_LEN);
    ATK_TRY(atk_clock_read_coarse(&store->clock, &c.token.now_ms, &c.token.is_coarse, err));
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    ATK_TRY(load_record(store, &c, &deadline, err));
    ATK_TRY(authenticate(store, &c, err));
    reveal_token(verdict, &c.hot);
    ATK_TRY(require_valid_state(store, &c, err));
    if (c.use.slot != ATK_SLOT_NONE)
        store->backend->ops->note_use(store->backend, c.use, c.token.now_ms);
    return 0;
}

static int load_timeout(const apitoken_validate_opts *opts, uint32_t *ret_timeout_ms,
                        apitoken_error *err) {
    apitoken_validate_opts full;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_VALIDATE_OPTS, 0, opts, err));
    *ret_timeout_ms = full.timeout_ms;
    return atk_input_reserved(full.reserved, err);
}

/* The beginning of both functions: the handle and the options, which are rare. */
static inline int enter(const apitoken_store *store, const apitoken_validate_opts *opts,
                        uint32_t *ret_timeout_ms, apitoken_error *err) {
    *ret_timeout_ms = 0;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    return opts ? load_timeout(opts, ret_timeout_ms, err) : 0;
}

/*
 * Initialises the verdict as denied: in the caller's struct, if that has the current size, else in
 * `spare`.
 */
static apitoken_verdict *init_verdict(apitoken_verdict *ret_verdict, apitoken_verdict *spare) {
    static const apitoken_verdict denied = APITOKEN_VERDICT_INIT;
    apitoken_verdict *verdict =
        ret_verdict && ret_verdict->size == sizeof *spare ? ret_verdict : spare;
    *verdict = denied;
    return verdict;
}

static int finish_verdict(apitoken_verdict *ret_verdict, apitoken_verdict *verdict, int rc,
                          apitoken_error *err) {
    verdict->code = rc;
    if (rc < 0 && verdict->id[0]) atk_fail_add_id(err, verdict->id);
    if (ret_verdict && ret_verdict != verdict) atk_out_store(ret_verdict, verdict, sizeof *verdict);
    return rc;
}

int apitoken_validate(apitoken_store *store, const char *text, size_t text_len,
                      const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                      apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_verdict spare, *verdict;
    uint32_t timeout_ms;
    ATK_TRY(atk_out_require_size(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = init_verdict(ret_verdict, &spare);
    int rc = enter(store, opts, &timeout_ms, err);
    if (rc == 0) rc = validate(store, text, text_len, timeout_ms, verdict, err);
    return finish_verdict(ret_verdict, verdict, rc, err);
}

/* ---- the header value ------------------------------------------------------------------------ */

static bool is_space(char c) { return c == ' ' || c == '\t'; }

/*
 * Finds the token in the value of an Authorization header: it is all that follows the name of the
 * scheme, in upper or lower case, and spaces. APITOKEN_E_NO_TOKEN for another scheme. Whether it
 * has the form of a token is not checked here.
 */
static int cut_token(const char *value, size_t len, const char **ret_text, size_t *ret_len) {
    static const char scheme[] = "bearer";
    const size_t scheme_len = sizeof scheme - 1;
    while (len > 0 && is_space(value[len - 1])) len--;
    while (len > 0 && is_space(value[0])) value++, len--;
    if (len <= scheme_len) return APITOKEN_E_NO_TOKEN; /* at most the scheme alone */
    for (size_t i = 0; i < scheme_len; i++) {
        char c = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] + ('a' - 'A')) : value[i];
        if (c != scheme[i]) return APITOKEN_E_NO_TOKEN;
    }
    size_t at = scheme_len;
    /* this ends: the last character is not a space */
    while (value[at] == ' ') at++;
    /* another scheme with a longer name: "BearerX" */
    if (at == scheme_len && value[at] != '\t') return APITOKEN_E_NO_TOKEN;
    *ret_text = value + at;
    *ret_len = len - at;
    return 0;
}

int apitoken_validate_header(apitoken_store *store, const char *value, size_t value_len,
                             const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                             apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_verdict spare, *verdict;
    const char *text = NULL;
    size_t text_len = 0;
    uint32_t timeout_ms;
    ATK_TRY(atk_out_require_size(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = init_verdict(ret_verdict, &spare);
    int rc = enter(store, opts, &timeout_ms, err);
    if (rc == 0 && !value && value_len > 0)
        rc = atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0, NULL);
    if (rc == 0) {
        rc = cut_token(value, value_len, &text, &text_len);
        if (rc < 0) atk_fail(err, rc, NULL);
    }
    if (rc == 0) rc = validate(store, text, text_len, timeout_ms, verdict, err);
    return finish_verdict(ret_verdict, verdict, rc, err);
}
