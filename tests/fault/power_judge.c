/* SPDX-License-Identifier: MIT */
/*
 * Examines what is left of a store in every way a token can be looked up. Nothing here fails a
 * test: the caller counts.
 */
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "power_history.h"

#define TRY(fault)                \
    do {                          \
        const char *said = fault; \
        if (said) return said;    \
    } while (0)

struct view {
    const struct power_history *h;
    struct power_moment moment;
    apitoken_store *store;
    int is_backup;
    int state[POWER_TOKENS]; /* of each token, 0: it is not there */
    uint64_t present, revoked;
};

static int is_done(const struct view *v, uint64_t step) { return step < v->moment.acknowledged; }

static int may_be_done(const struct view *v, uint64_t step) {
    return is_done(v, step) || (v->moment.is_under_way && step == v->moment.acknowledged);
}

/* ---- one token ------------------------------------------------------------------------------- */

static const char *look_at_token(struct view *v, size_t i) {
    const struct power_token *token = &v->h->token[i];
    int rc = check(v->store, &token->made);
    if (rc == APITOKEN_E_UNKNOWN)
        return is_done(v, token->made_in) && !may_be_done(v, token->gone_in)
                   ? "an acknowledged token is lost"
                   : NULL;
    if (rc != 0 && rc != APITOKEN_E_REVOKED) return "a token cannot be validated";
    if (!may_be_done(v, token->made_in)) return "a token is there before its time";
    if (is_done(v, token->gone_in)) return "a token is there that the restored backup had not";
    if (rc == 0 && is_done(v, token->revoked_in)) return "an acknowledged revoke is lost";
    if (rc != 0 && !may_be_done(v, token->revoked_in)) return "a token is revoked before its time";
    v->state[i] = rc == 0 ? APITOKEN_STATE_VALID : APITOKEN_STATE_REVOKED;
    v->present++;
    v->revoked += rc != 0;
    return NULL;
}

/* A backup has its last uses for certain, and so has what was restored of it. */
static const char *look_at_use(const struct view *v, size_t i) {
    const struct power_token *token = &v->h->token[i];
    apitoken_token *row = NULL;
    if (token->made_in >= v->h->backed_up_in) return NULL;
    int rc = apitoken_show(v->store, token->owner, strlen(token->owner), token->made.id,
                           strlen(token->made.id), NULL, &row, NULL);
    if (rc != 0) return "a token of a backup cannot be shown";
    const int64_t used_ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    if (v->is_backup && used_ms > token->backup_used_ms)
        return "a last use is newer than the backup";
    return used_ms >= token->backup_used_ms ? NULL : "a last use is lost that the backup had";
}

/* Before any other look at a token, as each is a use of it. */
static const char *look_at_uses(const struct view *v) {
    if (!v->is_backup && !is_done(v, v->h->restored_in)) return NULL;
    for (size_t i = 0; i < v->h->tokens; i++) TRY(look_at_use(v, i));
    return NULL;
}

static const char *look_at_row(const struct view *v, size_t i, const apitoken_token *row) {
    const struct power_token *token = &v->h->token[i];
    const int64_t used_ms = apitoken_token_last_used_ms(row);
    if (apitoken_token_state(row) != v->state[i])
        return "a row has another state than validate gives";
    if (strcmp(apitoken_token_owner(row), token->owner) != 0) return "a row is of another owner";
    if (strcmp(apitoken_token_name(row), token->name) != 0) return "a row has another name";
    if (strlen(apitoken_token_description(row)) != token->description_len)
        return "a row has another description";
    if ((apitoken_token_revoked_ms(row) != 0) != (v->state[i] == APITOKEN_STATE_REVOKED))
        return "a time of revoking is wrong";
    if (used_ms != 0 && (used_ms < FIXTURE_NOW || used_ms > v->h->f.now_ms))
        return "a last use never was";
    return NULL;
}

static const char *look_at_shown(const struct view *v, size_t i) {
    const struct power_token *token = &v->h->token[i];
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    apitoken_token *row = NULL;
    int rc = apitoken_show(v->store, token->owner, strlen(token->owner), token->made.id,
                           strlen(token->made.id), NULL, &row, NULL);
    if (rc != 0)
        return v->state[i] || rc != APITOKEN_E_NOT_FOUND ? "a token cannot be shown" : NULL;
    const char *fault = v->state[i] ? look_at_row(v, i, row) : "a token is shown that is not there";
    apitoken_token_free(row);
    TRY(fault);
    rc = apitoken_copy(v->store, token->owner, strlen(token->owner), token->made.id,
                       strlen(token->made.id), APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                       NULL);
    if (v->state[i] == APITOKEN_STATE_REVOKED)
        return rc == 0 ? "a revoked token can be copied" : NULL;
    return rc == 0 && strcmp(text, token->made.text) == 0 ? NULL : "a token cannot be copied";
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* Those of the verb under way are there together or not at all. */
static const char *look_at_step(const struct view *v) {
    size_t made = 0, present = 0;
    for (size_t i = 0; i < v->h->tokens; i++) {
        if (v->h->token[i].made_in != v->moment.acknowledged) continue;
        made++;
        present += v->state[i] != 0;
    }
    return present == 0 || present == made ? NULL : "a batch is there in part";
}

static const char *look_at_page(const struct view *v, const apitoken_page *page, uint64_t *rows) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *row = apitoken_page_at(page, i);
        size_t which = 0;
        while (which < v->h->tokens &&
               strcmp(v->h->token[which].made.id, apitoken_token_id(row)) != 0)
            which++;
        if (which == v->h->tokens || !v->state[which]) return "a row of no token is listed";
        TRY(look_at_row(v, which, row));
        ++*rows;
    }
    return NULL;
}

static const char *look_at_list(const struct view *v, const char *owner, uint64_t *rows) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    opts.limit = POWER_TOKENS + 1;
    if (apitoken_list(v->store, owner, strlen(owner), &opts, &page, NULL) != 0)
        return "a list cannot be read";
    const char *fault = look_at_page(v, page, rows);
    apitoken_page_free(page);
    return fault;
}

static const char *look_at_lists(const struct view *v) {
    uint64_t rows = 0;
    for (size_t i = 0; i < v->h->tokens; i++) {
        size_t first = 0;
        while (strcmp(v->h->token[first].owner, v->h->token[i].owner) != 0) first++;
        if (first == i) TRY(look_at_list(v, v->h->token[i].owner, &rows));
    }
    return rows == v->present ? NULL : "lists and validate differ";
}

static const char *look_at_counts(const struct view *v) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    const uint64_t next = v->moment.acknowledged;
    if (apitoken_store_stat(v->store, NULL, &info, NULL) != 0)
        return "there are no facts about the store";
    if (info.tokens != v->present || info.revoked != v->revoked)
        return "the store counts otherwise";
    if (next > 0 && info.map_bytes == v->h->step[next - 1].map_bytes) return NULL;
    return may_be_done(v, next) && info.map_bytes == v->h->step[next].map_bytes
               ? NULL
               : "the map has another size";
}

static const char *look_at_all(struct view *v) {
    TRY(look_at_uses(v));
    for (size_t i = 0; i < v->h->tokens; i++) TRY(look_at_token(v, i));
    TRY(look_at_step(v));
    for (size_t i = 0; i < v->h->tokens; i++) TRY(look_at_shown(v, i));
    TRY(look_at_lists(v));
    return look_at_counts(v);
}

/* The next writer goes on. */
static const char *write_on(const struct view *v) {
    struct made_token made = { .len = 0 };
    apitoken_secret *secret = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    if (apitoken_create(v->store, LIT("owner"), LIT("next"), NULL, &secret, NULL) != 0)
        return "the next create fails";
    (void)snprintf(made.id, sizeof made.id, "%s", apitoken_secret_id(secret));
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made.text,
                                    sizeof made.text, &made.len, NULL);
    apitoken_secret_free(secret);
    if (rc != 0 || check(v->store, &made) != 0) return "the next token is not valid";
    if (revoke_token(v->store, "owner", made.id) != 0) return "the next revoke fails";
    if (check(v->store, &made) != APITOKEN_E_REVOKED) return "the next token is not revoked";
    if (apitoken_store_stat(v->store, NULL, &info, NULL) != 0)
        return "there are no facts about the next store";
    return info.tokens == v->present + 1 && info.revoked == v->revoked + 1
               ? NULL
               : "the next token is not counted";
}

static const char *look_at_keys(const struct view *v, const apitoken_keyring *keyring) {
    const uint64_t next = v->moment.acknowledged;
    for (uint64_t i = next > 0 ? next - 1 : 0; may_be_done(v, i); i++) {
        const struct power_step *step = &v->h->step[i];
        if (apitoken_keyring_count(keyring) == step->keys &&
            apitoken_keyring_active(keyring) == step->active_key)
            return NULL;
    }
    return "the keyring has other keys";
}

/* ---- the store, and what stands beside it ---------------------------------------------------- */

/* A token that goes with a restore tells whether it has taken place; then all must be so. */
static struct power_moment settle_restore(const struct view *v) {
    struct power_moment moment = v->moment;
    size_t i = 0;
    if (!moment.is_under_way || moment.acknowledged != v->h->restored_in) return moment;
    while (v->h->token[i].gone_in != v->h->restored_in) i++;
    moment.acknowledged += check(v->store, &v->h->token[i].made) == APITOKEN_E_UNKNOWN;
    moment.is_under_way = 0;
    return moment;
}

static const char *look_into(struct view *v, const char *path, const apitoken_keyring *keyring,
                             int goes_on) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.clock = fixture_clock;
    opts.clock_ctx = (void *)(uintptr_t)&v->h->f;
    int rc = apitoken_store_open(path, keyring, &opts, &v->store, NULL);
    if (rc != 0) return apitoken_error_name(rc);
    v->moment = settle_restore(v);
    const char *fault = look_at_all(v);
    if (!fault && goes_on) fault = write_on(v);
    apitoken_store_close(v->store);
    return fault;
}

const char *power_judge(const struct power_history *h, struct power_moment moment,
                        const struct power_remains *remains, struct power_moment *ret_as_of) {
    const uint64_t next = moment.acknowledged;
    struct view v = { .h = h, .moment = moment };
    *ret_as_of = moment;
    if (!remains->keys) return next > 0 ? "the keyring is lost" : NULL;
    if (!remains->keyring) return "the keyring cannot be loaded";
    TRY(look_at_keys(&v, remains->keyring));
    if (!remains->store)
        return next > 0 && h->step[next - 1].map_bytes ? "the store is lost" : NULL;
    const char *fault = look_into(&v, remains->store, remains->keyring, remains->goes_on);
    *ret_as_of = v.moment;
    return fault;
}

struct power_due power_due_backup(const struct power_history *h, struct power_moment moment) {
    const int is_done = h->backed_up_in < moment.acknowledged;
    const int is_under_way = moment.is_under_way && h->backed_up_in == moment.acknowledged;
    return (struct power_due){ is_done || is_under_way, is_done, h->backed_up_in, 1 };
}

/* Until both have changed places the one that is to come may stand there. */
struct power_due power_due_replaced(const struct power_history *h, struct power_moment moment,
                                    struct power_moment live) {
    const int is_done = h->restored_in < live.acknowledged;
    const int is_under_way = moment.is_under_way && h->restored_in == moment.acknowledged;
    return (struct power_due){ is_done || is_under_way, is_done,
                               is_done ? h->restored_in : h->restored_in + 1, 0 };
}

const char *power_judge_copy(const struct power_history *h, struct power_due due,
                             const apitoken_keyring *keyring, const char *path) {
    struct view v = { .h = h, .moment = { due.as_of, 0 }, .is_backup = due.is_backup };
    return look_into(&v, path, keyring, 0);
}
