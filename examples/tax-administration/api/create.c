/* SPDX-License-Identifier: MIT */
#include "api/create.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "accounts/creations.h"
#include "api/create_input.h"
#include "api/tokens_api.h"
#include "clocks.h"
#include "http/access.h"
#include "http/problem.h"
#include "http_log.h"
#include "token_json.h"
#include "token_store.h"

#define TOKENS_PATH "/api/v1/tokens/"
#define BEGIN_TRIES 3 /* of one key in one request, if another request frees the key meanwhile */

/* ---- answers --------------------------------------------------------------------------------- */

static void answer_created(struct request *request, json_t *body, bool is_replay) {
    char location[sizeof TOKENS_PATH + APITOKEN_ID_MAX];
    snprintf(location, sizeof location, TOKENS_PATH "%s", request->token_id);
    http_answer_json(&request->answer, MHD_HTTP_CREATED, body);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_LOCATION, location);
    if (is_replay) http_answer_header(&request->answer, "Idempotency-Replayed", "true");
}

static void answer_replay(struct request *request, const char *id) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (tokens_find(request, id, &token, &err) != 0) {
        problem_library(request, &err);
        return;
    }
    answer_created(request, token_to_json(token), true);
    apitoken_token_free(token);
}

static void answer_new_token(struct request *request, const apitoken_secret *secret) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;
    if (tokens_find(request, apitoken_secret_id(secret), &token, &err) != 0) {
        /* The token exists all the same; a repeat with the same key shows it. */
        problem_library(request, &err);
        return;
    }
    answer_created(request, tokens_add_text(token_to_json(token), request, secret), false);
    apitoken_token_free(token);
}

static void answer_running(struct request *request) {
    problem(request, MHD_HTTP_CONFLICT, "IDEMPOTENCY_RUNNING",
            "A request with this key is still running.");
}

/* ---- create ---------------------------------------------------------------------------------- */

/*
 * The account may have been removed, or its password changed, since the request was checked. A
 * `user remove` that has already revoked the account's tokens cannot know of this one, so it is
 * revoked here.
 */
static bool keep_or_revoke(struct request *request, const char *id) {
    const char *owner = request->session.account;
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    enum db_result result = access_find_account(request);
    if (result == DB_OK) return true;
    opts.actor = TOKEN_STORE_ACTOR;
    opts.actor_len = sizeof TOKEN_STORE_ACTOR - 1;
    if (apitoken_revoke(request->admin->tokens, owner, strlen(owner), id, strlen(id), &opts,
                        &err) != 0)
        http_log("token %s of account %s was created, not delivered, and could not be revoked: "
                 "revoke it with the tool: %s: %s",
                 id, owner, apitoken_error_name(err.code), err.text);
    access_end_session(request);
    if (result == DB_NOT_FOUND)
        problem_no_session(request);
    else
        problem_unavailable(request);
    return false;
}

enum outcome { CREATED, NOT_CREATED, MAYBE_CREATED };

/* Sets the answer; `ret_id` is the id of the token that was created, or may have been. */
static enum outcome create_in_store(struct request *request, const struct create_input *input,
                                    char ret_id[APITOKEN_ID_MAX + 1]) {
    const char *owner = request->session.account;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = NULL;
    opts.expiry_kind = input->expiry_kind;
    opts.expiry_day = input->day;
    opts.description = input->description.bytes;
    opts.description_len = (uint32_t)input->description.length;
    opts.actor = request->session.name;
    opts.actor_len = (uint32_t)strlen(request->session.name);
    int rc = apitoken_create(request->admin->tokens, owner, strlen(owner), input->name.bytes,
                             input->name.length, &opts, &secret, &err);
    snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", rc == 0 ? apitoken_secret_id(secret) : err.id);
    if (rc != 0) {
        problem_library(request, &err);
        return rc == APITOKEN_E_MAYBE ? MAYBE_CREATED : NOT_CREATED;
    }
    bool is_kept = keep_or_revoke(request, ret_id);
    if (is_kept) answer_new_token(request, secret);
    apitoken_secret_free(secret);
    return is_kept ? CREATED : NOT_CREATED;
}

/* ---- was it created? ------------------------------------------------------------------------- */

enum { FIND_UNAVAILABLE = 1 }; /* the host's own database cannot be read */

static int find_by_id(struct request *request, const char *id, apitoken_error *err) {
    const char *owner = request->session.account;
    apitoken_token *token = NULL;
    int rc = apitoken_show(request->admin->tokens, owner, strlen(owner), id, strlen(id), NULL,
                           &token, err);
    if (rc == 0) apitoken_token_free(token);
    return rc;
}

static bool text_equals(const char *stored, const struct token_text *asked) {
    return strlen(stored) == asked->length &&
           (asked->length == 0 || memcmp(stored, asked->bytes, asked->length) == 0);
}

static bool token_equals(const apitoken_token *token, const struct create_input *input,
                         int64_t since_ms) {
    return apitoken_token_created_ms(token) >= since_ms &&
           (uint32_t)apitoken_token_expiry_kind(token) == input->expiry_kind &&
           apitoken_token_expires_day(token) == input->day &&
           text_equals(apitoken_token_name(token), &input->name) &&
           text_equals(apitoken_token_description(token), &input->description);
}

static int find_on_page(struct request *request, const struct create_input *input, int64_t since_ms,
                        const apitoken_page *page, char ret_id[APITOKEN_ID_MAX + 1]) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *token = apitoken_page_at(page, i);
        if (!token_equals(token, input, since_ms)) continue;
        enum db_result result = creation_find_token(request->admin->db, request->session.account,
                                                    apitoken_token_id(token));
        if (result == DB_OK) continue;
        if (result != DB_NOT_FOUND) return FIND_UNAVAILABLE;
        snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", apitoken_token_id(token));
        return 0;
    }
    return APITOKEN_E_NOT_FOUND;
}

static int find_by_content(struct request *request, const struct create_input *input,
                           int64_t since_ms, char ret_id[APITOKEN_ID_MAX + 1],
                           apitoken_error *err) {
    const char *owner = request->session.account;
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1] = "";
    opts.limit = APITOKEN_LIST_MAX;
    do {
        apitoken_page *page = NULL;
        if (*cursor) {
            opts.cursor = cursor;
            opts.cursor_len = (uint32_t)strlen(cursor);
        }
        int rc = apitoken_list(request->admin->tokens, owner, strlen(owner), &opts, &page, err);
        if (rc != 0) return rc;
        rc = find_on_page(request, input, since_ms, page, ret_id);
        const char *next = apitoken_page_cursor(page);
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        apitoken_page_free(page);
        if (rc != APITOKEN_E_NOT_FOUND) return rc;
    } while (*cursor);
    return APITOKEN_E_NOT_FOUND;
}

/*
 * Finds the token of a creation whose outcome nobody saw: 0 with its id, APITOKEN_E_NOT_FOUND if
 * none was created, anything else if that is unknown for now. If the creation has the id its token
 * would have, the id decides. If not, the process died in between; then it is the first token
 * created since that equals the request and was not created under another key.
 */
static int find_created(struct request *request, const struct create_input *input,
                        const struct creation *creation, char ret_id[APITOKEN_ID_MAX + 1],
                        apitoken_error *err) {
    if (!*creation->id) return find_by_content(request, input, creation->begun_ms, ret_id, err);
    snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", creation->id);
    return find_by_id(request, creation->id, err);
}

/* ---- under a key ----------------------------------------------------------------------------- */

static void record_outcome(struct request *request, const char *key, enum outcome outcome,
                           const char *id) {
    struct admin_db *db = request->admin->db;
    const char *account = request->session.account;
    enum db_result result = DB_OK;
    switch (outcome) {
    case CREATED: result = creation_set_done(db, account, key, id); break;
    case MAYBE_CREATED: result = creation_set_maybe(db, account, key, id); break;
    case NOT_CREATED: result = creation_forget(db, account, key); break;
    }
    if (result != DB_OK && result != DB_NOT_FOUND)
        http_log("could not record the outcome of a request to create a token");
}

static void create_and_record(struct request *request, const struct create_input *input) {
    char id[APITOKEN_ID_MAX + 1];
    enum outcome outcome = create_in_store(request, input, id);
    record_outcome(request, input->key, outcome, id);
}

/* True with the answer set; false if no token had been created, and the key is free again. */
static bool resolve_maybe(struct request *request, const struct create_input *input,
                          const struct creation *creation) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    char id[APITOKEN_ID_MAX + 1];
    int rc = find_created(request, input, creation, id, &err);
    if (rc == 0) {
        record_outcome(request, input->key, CREATED, id);
        answer_replay(request, id);
        return true;
    }
    if (rc == APITOKEN_E_NOT_FOUND) {
        record_outcome(request, input->key, NOT_CREATED, "");
        return false;
    }
    record_outcome(request, input->key, MAYBE_CREATED, creation->id);
    if (rc == FIND_UNAVAILABLE)
        problem_unavailable(request);
    else
        problem_library(request, &err);
    return true;
}

/* True with the answer set; false if the key must be begun anew. */
static bool continue_creation(struct request *request, const struct create_input *input,
                              const struct creation *creation) {
    bool is_answered = true;
    switch (creation->state) {
    case CREATION_NEW:
    case CREATION_MAYBE:
        pthread_mutex_lock(&request->admin->creation_lock);
        if (creation->state == CREATION_NEW)
            create_and_record(request, input);
        else
            is_answered = resolve_maybe(request, input, creation);
        pthread_mutex_unlock(&request->admin->creation_lock);
        return is_answered;
    case CREATION_DONE: answer_replay(request, creation->id); return true;
    case CREATION_RUNNING: answer_running(request); return true;
    case CREATION_OTHER: break;
    }
    problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "IDEMPOTENCY_REUSED",
            "This key was used for a different request.");
    return true;
}

static void create_under_key(struct request *request, const struct create_input *input) {
    unsigned char digest[CREATION_DIGEST_LEN];
    struct creation creation;
    create_input_digest(input, digest);
    for (int i = 0; i < BEGIN_TRIES; i++) {
        enum db_result result = creation_begin(request->admin->db, request->session.account,
                                               input->key, digest, wall_clock_ms(), &creation);
        if (result == DB_NOT_FOUND) {
            problem_no_session(request);
            return;
        }
        if (result != DB_OK) {
            problem_unavailable(request);
            return;
        }
        if (continue_creation(request, input, &creation)) return;
    }
    answer_running(request);
}

/*
 * A request without a key gets a random one. So every token is recorded as some key's, and
 * find_by_content() never takes it for another key's.
 */
static void draw_random_key(char ret_key[CREATION_KEY_MAX + 1]) {
    unsigned char bytes[CREATION_KEY_MAX / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_key, CREATION_KEY_MAX + 1, bytes, sizeof bytes);
}

void create_token(struct request *request) {
    struct create_input input;
    if (!create_input_read(request, &input)) return;
    if (!*input.key) draw_random_key(input.key);
    create_under_key(request, &input);
}
