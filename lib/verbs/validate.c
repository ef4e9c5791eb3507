/* SPDX-License-Identifier: MIT */
/* apitoken_validate() and apitoken_validate_header(): is this token good now, and whose is it? */
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "outside/record_tag.h"
#include "base/error.h"
#include "objects/input.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "rules/state.h"
#include "objects/store.h"
#include "rules/text.h"

/* A text that parsed, and what the store has under its id. Most of it is never cleared. */
struct candidate {
    struct atk_presented token;
    int is_known;
    struct atk_loaded stored;
    struct atk_hot_view hot; /* into it */
};

static int load(const apitoken_store *store, struct candidate *c, struct atk_deadline *deadline,
                apitoken_error *err) {
    int rc = store->backend->ops->load_record(store->backend, &c->token, &c->stored, deadline, err);
    c->is_known = rc == 0;
    if (rc != APITOKEN_E_NOT_FOUND) return rc;
    /* the same work is done on it */
    (void)atk_tagged_hot_set(&c->stored.tagged, c->token.id, store->stand_in, store->stand_in_len);
    return 0;
}

/*
 * 1 if the text is the one that the record was made for. The record is checked before anything in
 * it is believed but for the id of its key. The digest comes first all the same: the copied record
 * has then settled in the cache, and the tag is read out of it without a stall.
 */
static int match(const apitoken_store *store, struct candidate *c, apitoken_error *err) {
    const struct atk_tagged_hot *tagged = &c->stored.tagged;
    const struct atk_key *key = atk_tagged_hot_key(store->keys, tagged);
    uint8_t digest[ATK_DIGEST_LEN];
    if (!key) return atk_fail(err, APITOKEN_E_KEY_MISSING, NULL);
    atk_digest(key, c->token.text, c->token.len, digest);
    int checked = atk_tagged_hot_verify(key, tagged);
    if (c->is_known && checked < 0) return atk_fail(err, checked, NULL);
    if (!atk_hot_look(atk_tagged_hot_record(tagged), atk_tagged_hot_record_len(tagged), &c->hot))
        return atk_fail(err, APITOKEN_E_DAMAGED, NULL);
    return atk_digest_equal(digest, c->hot.verifier) & c->is_known;
}

/* What was found when this text was last seen: its record is still the same. */
static void recall(struct candidate *c) {
    const struct atk_remembered *remembered = &c->stored.remembered;
    c->hot.is_revoked = 0;
    c->hot.end_ms = remembered->end_ms;
    c->hot.slot = remembered->slot;
    c->hot.owner_len = (uint8_t)remembered->owner_len;
    c->hot.owner = remembered->owner;
}

/*
 * 0 if the text is that of a token, APITOKEN_E_UNKNOWN if not: then nothing of c is to be believed.
 */
static int recognise(const apitoken_store *store, struct candidate *c, apitoken_error *err) {
    if (c->stored.is_remembered) {
        recall(c);
        return 0;
    }
    int rc = match(store, c, err);
    if (rc <= 0) return rc < 0 ? rc : atk_fail(err, APITOKEN_E_UNKNOWN, NULL);
    if (c->stored.may_be_remembered && !c->hot.is_revoked)
        store->backend->ops->remember_verdict(store->backend, &c->token, &c->stored, &c->hot);
    return 0;
}

/* Owner and end are told only to who presented the right secret. */
static void tell(apitoken_verdict *verdict, const struct atk_hot_view *hot) {
    verdict->expiry_kind =
        hot->end_ms == ATK_END_NEVER ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT;
    verdict->expires_ms = hot->end_ms;
    verdict->owner_len = hot->owner_len;
    atk_copy_short(verdict->owner, hot->owner, hot->owner_len);
}

/* The state at a rough time is that of the exact one unless the end is near. */
static int judge(const apitoken_store *store, const struct candidate *c, apitoken_error *err) {
    int64_t now_ms = c->token.now_ms;
    int state = atk_state(c->hot.is_revoked, c->hot.end_ms, now_ms);
    if (c->token.is_coarse && state == APITOKEN_STATE_VALID &&
        atk_is_past(c->hot.end_ms, now_ms + ATK_COARSE_CLOCK_MS)) {
        ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
        state = atk_state(c->hot.is_revoked, c->hot.end_ms, now_ms);
    }
    switch (state) {
    case APITOKEN_STATE_VALID: return 0;
    case APITOKEN_STATE_EXPIRED: return atk_fail(err, APITOKEN_E_EXPIRED, NULL);
    default: return atk_fail(err, APITOKEN_E_REVOKED, NULL);
    }
}

/*
 * 1 if the text has the form of a token. One that comes again is known by a tag of it and not read
 * a second time.
 */
static int parse(const apitoken_store *store, const char *text, size_t len, struct candidate *c) {
    c->token.text = text;
    c->token.len = len;
    c->token.has_tag = false;
    if (!atk_text_locate(&store->backend->config.prefix, text, len, &c->token.id)) return 0;
    return store->backend->ops->is_remembered(store->backend, &c->token) ||
           atk_text_is_formed(c->token.id);
}

static int validate(apitoken_store *store, const char *text, size_t len, uint32_t timeout_ms,
                    apitoken_verdict *verdict, apitoken_error *err) {
    struct candidate c;
    if (!text && len > 0)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0, NULL);
    if (!parse(store, text, len, &c)) return atk_fail(err, APITOKEN_E_MALFORMED, NULL);
    memcpy(verdict->id, c.token.id, APITOKEN_ID_LEN);
    ATK_TRY(atk_clock_read_coarse(&store->clock, &c.token.now_ms, &c.token.is_coarse, err));
    struct atk_deadline deadline = atk_store_deadline(store, timeout_ms);
    ATK_TRY(load(store, &c, &deadline, err));
    ATK_TRY(recognise(store, &c, err));
    tell(verdict, &c.hot);
    ATK_TRY(judge(store, &c, err));
    if (c.hot.slot != ATK_SLOT_NONE)
        store->backend->ops->note_use(store->backend, c.hot.slot, c.token.id, c.token.now_ms);
    return 0;
}

/* What a validate does before it looks at the token. */
static int begin(const apitoken_store *store, const apitoken_validate_opts *opts,
                 uint32_t *ret_timeout_ms, apitoken_error *err) {
    apitoken_validate_opts full;
    *ret_timeout_ms = 0;
    ATK_TRY(atk_store_enter(store, err));
    if (!opts) return 0;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_VALIDATE_OPTS, 0, opts, err));
    *ret_timeout_ms = full.timeout_ms;
    return atk_input_reserved(full.reserved, err);
}

/*
 * Where the verdict is written: into the caller's struct at once if it has today's size. It is
 * denied from here on.
 */
static apitoken_verdict *deny(apitoken_verdict *ret_verdict, apitoken_verdict *spare) {
    static const apitoken_verdict denied = APITOKEN_VERDICT_INIT;
    apitoken_verdict *verdict =
        ret_verdict && ret_verdict->size == sizeof *spare ? ret_verdict : spare;
    *verdict = denied;
    return verdict;
}

static int finish(apitoken_verdict *ret_verdict, apitoken_verdict *verdict, int rc,
                  apitoken_error *err) {
    verdict->code = rc;
    if (rc < 0 && verdict->id[0]) atk_fail_id(err, verdict->id);
    if (ret_verdict && ret_verdict != verdict) atk_out_store(ret_verdict, verdict, sizeof *verdict);
    return rc;
}

int apitoken_validate(apitoken_store *store, const char *text, size_t text_len,
                      const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                      apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_verdict spare, *verdict;
    uint32_t timeout_ms;
    ATK_TRY(atk_out_check(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = deny(ret_verdict, &spare);
    int rc = begin(store, opts, &timeout_ms, err);
    if (rc == 0) rc = validate(store, text, text_len, timeout_ms, verdict, err);
    return finish(ret_verdict, verdict, rc, err);
}

/* ---- the header value ------------------------------------------------------------------------ */

static int is_space(char c) { return c == ' ' || c == '\t'; }

/*
 * The token inside the value of an Authorization header: the scheme's name in any case, spaces, and
 * all the rest. APITOKEN_E_NO_TOKEN if it is another scheme. What is no token is found out later.
 */
static int cut_token(const char *value, size_t len, const char **ret_text, size_t *ret_len) {
    static const char scheme[] = "bearer";
    const size_t scheme_len = sizeof scheme - 1;
    while (len > 0 && is_space(value[len - 1])) len--;
    while (len > 0 && is_space(value[0])) value++, len--;
    if (len <= scheme_len) return APITOKEN_E_NO_TOKEN; /* or the scheme alone */
    for (size_t i = 0; i < scheme_len; i++) {
        char c = value[i] >= 'A' && value[i] <= 'Z' ? (char)(value[i] + ('a' - 'A')) : value[i];
        if (c != scheme[i]) return APITOKEN_E_NO_TOKEN;
    }
    size_t at = scheme_len;
    /* the last character is none */
    while (value[at] == ' ') at++;
    /* a longer name: "BearerX" */
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
    ATK_TRY(atk_out_check(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = deny(ret_verdict, &spare);
    int rc = begin(store, opts, &timeout_ms, err);
    if (rc == 0 && !value && value_len > 0)
        rc = atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0, NULL);
    if (rc == 0) {
        rc = cut_token(value, value_len, &text, &text_len);
        if (rc < 0) atk_fail(err, rc, NULL);
    }
    if (rc == 0) rc = validate(store, text, text_len, timeout_ms, verdict, err);
    return finish(ret_verdict, verdict, rc, err);
}
