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
#include "objects/candidate.h"
#include "objects/input.h"
#include "rules/bearer.h"
#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/older_secret.h"
#include "rules/text.h"
#include "rules/token_parts.h"
#include "rules/token_state.h"

/* What the host says of the request, as far as options were given. */
struct request {
    uint32_t timeout_ms;
    bool is_any_interface;
    const char *interface;
    size_t interface_len;
    const uint8_t *peer;
    size_t peer_len;
};

static int load_record(const apitoken_store *store, struct atk_candidate *c,
                       struct atk_deadline *deadline, apitoken_error *err) {
    const struct atk_backend_ops *ops = store->backend->ops;
    if (c->token.was_accepted &&
        ops->find_verdict(store->backend, &c->token, &c->stored.remembered)) {
        c->stored.is_remembered = true;
        return 0;
    }
    return atk_candidate_load(store, c, deadline, err);
}

/* Takes over what an earlier validate of the same text found: its record has not changed. */
static void take_remembered(struct atk_candidate *c) {
    const struct atk_remembered *remembered = &c->stored.remembered;
    c->hot.flags = 0; /* see may_remember() */
    c->hot.parts_len = 0;
    c->hot.is_newer = false;
    c->hot.end_ms = remembered->end_ms;
    c->use = remembered->use;
    c->hot.owner_len = (uint8_t)remembered->owner_len;
    c->hot.owner = remembered->owner;
}

/* Its uses are noted in the other word of the slot. */
static struct atk_use older_use_of(const struct atk_candidate *c) {
    struct atk_older_secret older = { .mark = 0 };
    (void)atk_older_secret_get(c->hot.parts, c->hot.parts_len, &older);
    return atk_use_of(c->hot.slot, c->hot.flags ^ ATK_FLAG_WORD, older.mark);
}

/* What is remembered of a verdict says nothing of these. */
static bool may_remember(const struct atk_hot_view *hot) {
    return !(hot->flags & ATK_FLAGS_DENYING) && !hot->is_newer && hot->parts_len == 0;
}

/* APITOKEN_E_UNKNOWN if the store has no such token; then nothing in c->hot may be trusted. */
static int authenticate(const apitoken_store *store, struct atk_candidate *c, apitoken_error *err) {
    if (c->stored.is_remembered) {
        take_remembered(c);
        return 0;
    }
    bool is_match = false;
    ATK_TRY(atk_candidate_match(store, c, &is_match, err));
    if (!is_match) return atk_fail(err, APITOKEN_E_UNKNOWN, NULL);
    c->use = atk_use_of(c->hot.slot, c->hot.flags, atk_mark_of(c->hot.verifier));
    if (c->older_until_ms) c->use = older_use_of(c);
    if (c->stored.may_be_remembered && may_remember(&c->hot))
        store->backend->ops->remember_verdict(store->backend, &c->token, &c->stored, &c->hot);
    return 0;
}

/* Not inlined: most tokens have no parts. */
__attribute__((noinline)) static void reveal_parts(apitoken_verdict *verdict,
                                                   const struct atk_candidate *c) {
    struct atk_part data;
    verdict->superseded_until_ms = c->older_until_ms;
    if (!atk_parts_find(c->hot.parts, c->hot.parts_len, ATK_PART_DATA, &data)) return;
    if (!atk_token_part_is_known(&data, true)) return;
    verdict->data_len = data.len;
    memcpy(verdict->data, data.value, data.len);
}

/* Only a caller with the right secret learns the owner and the expiry. */
static void reveal_token(apitoken_verdict *verdict, const struct atk_candidate *c) {
    const struct atk_hot_view *hot = &c->hot;
    verdict->expiry_kind =
        hot->end_ms == ATK_END_NEVER ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_INSTANT;
    verdict->expires_ms = hot->end_ms;
    verdict->owner_len = hot->owner_len;
    atk_copy_short(verdict->owner, hot->owner, hot->owner_len);
    verdict->owner[hot->owner_len] = '\0';
    if (hot->parts_len > 0) reveal_parts(verdict, c);
}

static int code_of(int state) {
    switch (state) {
    case APITOKEN_STATE_EXPIRED: return APITOKEN_E_EXPIRED;
    case APITOKEN_STATE_NEWER: return APITOKEN_E_NEWER;
    case APITOKEN_STATE_BLOCKED: return APITOKEN_E_BLOCKED;
    case APITOKEN_STATE_SUSPENDED: return APITOKEN_E_SUSPENDED;
    default: return APITOKEN_E_REVOKED;
    }
}

/* A coarse time gives the same state as the exact one unless the end is near. */
static int require_valid_state(const apitoken_store *store, struct atk_candidate *c,
                               apitoken_error *err) {
    int state = atk_token_state(c->hot.flags, c->hot.is_newer, c->hot.end_ms, c->token.now_ms);
    if (c->token.is_coarse && state == APITOKEN_STATE_VALID &&
        atk_end_is_past(c->hot.end_ms, c->token.now_ms + ATK_COARSE_CLOCK_MS)) {
        ATK_TRY(atk_candidate_read_exact_time(store, &c->token, err));
        state = atk_token_state(c->hot.flags, c->hot.is_newer, c->hot.end_ms, c->token.now_ms);
    }
    return state == APITOKEN_STATE_VALID ? 0 : atk_fail(err, code_of(state), NULL);
}

/* The restrictions of a token that is valid; the network first, as it tells a thief nothing. */
__attribute__((noinline)) static int require_allowed(const struct atk_candidate *c,
                                                     const struct request *request,
                                                     apitoken_error *err) {
    struct atk_part part;
    const uint8_t *parts = c->hot.parts;
    const size_t len = c->hot.parts_len;
    if (atk_parts_find(parts, len, ATK_PART_NETWORKS, &part) &&
        !atk_networks_allow(part.value, part.len, request->peer, request->peer_len))
        return atk_fail(err, APITOKEN_E_WRONG_NETWORK, NULL);
    if (!request->is_any_interface && atk_parts_find(parts, len, ATK_PART_INTERFACES, &part) &&
        !atk_interfaces_allow(part.value, part.len, request->interface, request->interface_len))
        return atk_fail(err, APITOKEN_E_WRONG_INTERFACE, NULL);
    return 0;
}

/* Whether the text has the form of a token. A text that was found valid before is not parsed. */
static bool parse_text(const apitoken_store *store, const char *text, size_t len,
                       struct atk_candidate *c) {
    c->token.text = text;
    c->token.len = len;
    if (!atk_text_find_id(&store->backend->config.prefix, text, len, &c->token.id)) return false;
    c->token.was_accepted = store->backend->ops->is_remembered(store->backend, &c->token);
    return c->token.was_accepted || atk_text_is_well_formed(c->token.id);
}

/* Always inlined, and the next one: each has one caller, and they share a large frame. */
__attribute__((always_inline)) static inline int judge(apitoken_store *store,
                                                       struct atk_candidate *c,
                                                       const struct request *request,
                                                       apitoken_verdict *verdict,
                                                       apitoken_error *err) {
    memcpy(verdict->id, c->token.id, APITOKEN_ID_LEN);
    c->older_until_ms = 0;
    ATK_TRY(atk_clock_read_coarse(&store->clock, &c->token.now_ms, &c->token.is_coarse, err));
    struct atk_deadline deadline = atk_store_deadline(store, request->timeout_ms);
    ATK_TRY(load_record(store, c, &deadline, err));
    ATK_TRY(authenticate(store, c, err));
    reveal_token(verdict, c);
    ATK_TRY(require_valid_state(store, c, err));
    if (c->hot.parts_len > 0) ATK_TRY(require_allowed(c, request, err));
    if (c->use.slot != ATK_SLOT_NONE)
        store->backend->ops->note_use(store->backend, &c->use, c->token.now_ms);
    return 0;
}

__attribute__((always_inline)) static inline int validate(apitoken_store *store, const char *text,
                                                          size_t len, const struct request *request,
                                                          apitoken_verdict *verdict,
                                                          apitoken_error *err) {
    struct atk_candidate c;
    int rc;
    c.stored.is_remembered = false;
    if (!text && len > 0)
        rc = atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_TOKEN, 0, NULL);
    else if (!parse_text(store, text, len, &c))
        rc = atk_fail(err, APITOKEN_E_MALFORMED, NULL);
    else
        rc = judge(store, &c, request, verdict, err);
    if (!(c.stored.is_remembered && c.stored.remembered.is_accepted))
        store->backend->ops->count_verdict(store->backend, rc, c.stored.is_remembered);
    return rc;
}

static int load_request(const apitoken_validate_opts *opts, struct request *ret,
                        apitoken_error *err) {
    apitoken_validate_opts full;
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_VALIDATE_OPTS,
                          APITOKEN_VALIDATE_ANY_INTERFACE, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    ATK_TRY(atk_input_present(full.interface_name, full.interface_name_len,
                              APITOKEN_FIELD_INTERFACES, err));
    ATK_TRY(atk_input_present(full.peer, full.peer_len, APITOKEN_FIELD_PEER, err));
    if (full.peer_len != 0 && full.peer_len != 4 && full.peer_len != 16)
        return atk_fail_field(err, APITOKEN_E_PEER, APITOKEN_FIELD_PEER, full.peer_len, NULL);
    *ret = (struct request){ .timeout_ms = full.timeout_ms,
                             .is_any_interface = full.flags & APITOKEN_VALIDATE_ANY_INTERFACE,
                             .interface = full.interface_name,
                             .interface_len = full.interface_name_len,
                             .peer = full.peer,
                             .peer_len = full.peer_len };
    return 0;
}

/* The beginning of both functions: the handle and the options, if any are given, in `loaded`. */
static inline int enter(const apitoken_store *store, const apitoken_validate_opts *opts,
                        struct request *loaded, const struct request **ret, apitoken_error *err) {
    static const struct request defaults = { .timeout_ms = 0 };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    *ret = opts ? loaded : &defaults;
    return opts ? load_request(opts, loaded, err) : 0;
}

/* Field by field: what is behind the end of a text, or of the data, is not part of a verdict. */
static void deny(apitoken_verdict *verdict) {
    verdict->size = sizeof *verdict;
    verdict->code = APITOKEN_E_ARGUMENT;
    verdict->expiry_kind = verdict->owner_len = verdict->data_len = verdict->reserved = 0;
    verdict->expires_ms = verdict->superseded_until_ms = 0;
    memset(verdict->id, 0, APITOKEN_ID_LEN + 4); /* the id is put in without a NUL */
    verdict->owner[0] = '\0';
}

/*
 * Initialises the verdict as denied: in the caller's struct, if that has the current size, else in
 * `spare`, all of which is then copied to the caller.
 */
static apitoken_verdict *init_verdict(apitoken_verdict *ret_verdict, apitoken_verdict *spare) {
    apitoken_verdict *verdict = ret_verdict;
    if (!ret_verdict || ret_verdict->size != sizeof *spare) {
        verdict = spare;
        memset(spare, 0, sizeof *spare);
    }
    deny(verdict);
    return verdict;
}

static int finish_verdict(apitoken_verdict *ret_verdict, apitoken_verdict *verdict, int rc,
                          apitoken_error *err) {
    verdict->code = rc;
    if (rc < 0 && verdict->id[0]) atk_fail_add_id(err, verdict->id);
    if (ret_verdict && ret_verdict != verdict) atk_out_store(ret_verdict, verdict, sizeof *verdict);
    return rc;
}

/* Not inlined: one copy serves both functions. */
__attribute__((noinline)) static int validate_text(apitoken_store *store, const char *text,
                                                   size_t len, const apitoken_validate_opts *opts,
                                                   apitoken_verdict *ret_verdict,
                                                   apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_verdict spare, *verdict;
    struct request loaded;
    const struct request *request;
    ATK_TRY(atk_out_require_size(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = init_verdict(ret_verdict, &spare);
    int rc = enter(store, opts, &loaded, &request, err);
    if (rc == 0) rc = validate(store, text, len, request, verdict, err);
    return finish_verdict(ret_verdict, verdict, rc, err);
}

int apitoken_validate(apitoken_store *store, const char *text, size_t text_len,
                      const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                      apitoken_error *err) {
    return validate_text(store, text, text_len, opts, ret_verdict, err);
}

/* ---- the header value ------------------------------------------------------------------------ */

/* Denies a value without a token with `code`, unless what is checked before the value is wrong. */
static int deny_value(const apitoken_store *store, const apitoken_validate_opts *opts, int code,
                      apitoken_verdict *ret_verdict, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    apitoken_verdict spare, *verdict;
    struct request loaded;
    const struct request *request;
    ATK_TRY(atk_out_require_size(ret_verdict, ATK_SIZE_VERDICT, err));
    verdict = init_verdict(ret_verdict, &spare);
    int rc = enter(store, opts, &loaded, &request, err);
    if (rc == 0) {
        rc = atk_fail(err, code, NULL);
        store->backend->ops->count_verdict(store->backend, rc, false);
    }
    return finish_verdict(ret_verdict, verdict, rc, err);
}

int apitoken_validate_header(apitoken_store *store, const char *value, size_t value_len,
                             const apitoken_validate_opts *opts, apitoken_verdict *ret_verdict,
                             apitoken_error *err) {
    const char *text = NULL;
    size_t text_len = value_len;
    if (value) {
        int rc = atk_bearer_find(value, value_len, &text, &text_len);
        if (rc < 0) return deny_value(store, opts, rc, ret_verdict, err);
    } else if (value_len == 0) {
        return deny_value(store, opts, APITOKEN_E_NO_TOKEN, ret_verdict, err);
    }
    return validate_text(store, text, text_len, opts, ret_verdict, err);
}
