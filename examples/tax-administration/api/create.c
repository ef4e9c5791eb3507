/* SPDX-License-Identifier: MIT */
#include "api/create.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "api/create_input.h"
#include "api/find_made.h"
#include "api/tokens_api.h"
#include "clocks.h"
#include "http/access.h"
#include "http/problem.h"
#include "http_log.h"
#include "token_json.h"

#define TOKENS_PATH "/api/v1/tokens/"
#define BEGINNINGS_MAX 3 /* of one key in one request, if it is freed meanwhile */

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

/* ---- make it --------------------------------------------------------------------------------- */

/* Under the policy `once` this is the only time that anybody is told. */
static json_t *with_text(json_t *body, const struct request *request,
                         const apitoken_secret *secret) {
    char text[APITOKEN_FORMAT_MAX];
    size_t length = 0;

    if (!body || request->admin->facts.copy_policy == APITOKEN_COPY_ALWAYS) return body;
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &length,
                                    NULL);
    if (rc != 0 || json_object_set_new(body, "token", json_string(text)) != 0) {
        json_decref(body);
        body = NULL;
    }
    explicit_bzero(text, sizeof text);
    return body;
}

static void answer_made(struct request *request, const apitoken_secret *secret) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token = NULL;

    if (tokens_find(request, apitoken_secret_id(secret), &token, &err) != 0) {
        /* it was made, though: a repeat with the same key, or the list, shows it */
        problem_library(request, &err);
        return;
    }
    answer_created(request, with_text(token_to_json(token), request, secret), false);
    apitoken_token_free(token);
}

/*
 * A remove or a new password may have come in between, and a remove that has revoked the account's
 * tokens already does not know of this one.
 */
static bool is_still_welcome(struct request *request, const char *id) {
    const char *owner = request->session.account;
    apitoken_error err = APITOKEN_ERROR_INIT;

    enum db_result result = access_account(request);
    if (result == DB_OK) return true;
    if (apitoken_revoke(request->admin->tokens, owner, strlen(owner), id, strlen(id), NULL, &err) !=
        0)
        http_log("token %s of account %s, which is going, could not be revoked: %s: %s", id, owner,
                 apitoken_error_name(err.code), err.text);
    access_end_session(request);
    if (result == DB_NOT_FOUND)
        problem_no_session(request);
    else
        problem_unavailable(request);
    return false;
}

enum outcome { MADE, NOT_MADE, MAYBE_MADE };

/* Sets the answer; `ret_id` is the id of what was made, or may have been. */
static enum outcome make(struct request *request, const struct create_input *input,
                         char ret_id[APITOKEN_ID_MAX + 1]) {
    const char *owner = request->session.account;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = NULL;

    opts.expiry_kind = input->expiry_kind;
    opts.expiry_day = input->day;
    opts.description = input->description;
    opts.description_len = (uint32_t)input->description_length;
    int rc = apitoken_create(request->admin->tokens, owner, strlen(owner), input->name,
                             input->name_length, &opts, &secret, &err);
    snprintf(ret_id, APITOKEN_ID_MAX + 1, "%s", rc == 0 ? apitoken_secret_id(secret) : err.id);
    if (rc != 0) {
        problem_library(request, &err);
        return rc == APITOKEN_E_MAYBE ? MAYBE_MADE : NOT_MADE;
    }
    bool is_welcome = is_still_welcome(request, ret_id);
    if (is_welcome) answer_made(request, secret);
    apitoken_secret_free(secret);
    return is_welcome ? MADE : NOT_MADE;
}

/* ---- under a key ----------------------------------------------------------------------------- */

static void write_down(struct request *request, const char *key, enum outcome outcome,
                       const char *id) {
    struct admin_db *db = request->admin->db;
    const char *account = request->session.account;
    enum db_result result = DB_OK;

    switch (outcome) {
    case MADE: result = creation_done(db, account, key, id); break;
    case MAYBE_MADE: result = creation_maybe(db, account, key, id); break;
    case NOT_MADE: result = creation_forget(db, account, key); break;
    }
    if (result != DB_OK && result != DB_NOT_FOUND)
        http_log("the outcome of a creation could not be written down");
}

static void make_under_key(struct request *request, const struct create_input *input) {
    char id[APITOKEN_ID_MAX + 1];

    enum outcome outcome = make(request, input, id);
    write_down(request, input->key, outcome, id);
}

/*
 * False if it turned out that no token was made and the key is free again; else the answer is set.
 */
static bool find_out(struct request *request, const struct create_input *input,
                     const struct creation *creation) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    char id[APITOKEN_ID_MAX + 1];

    int rc = find_made(request, input, creation, id, &err);
    if (rc == 0) {
        write_down(request, input->key, MADE, id);
        answer_replay(request, id);
        return true;
    }
    if (rc == APITOKEN_E_NOT_FOUND) {
        write_down(request, input->key, NOT_MADE, "");
        return false;
    }
    write_down(request, input->key, MAYBE_MADE, creation->id);
    if (rc == FIND_UNAVAILABLE)
        problem_unavailable(request);
    else
        problem_library(request, &err);
    return true;
}

/* False if the key is to be begun anew. */
static bool go_on_with(struct request *request, const struct create_input *input,
                       const struct creation *creation) {
    bool is_settled = true;

    switch (creation->state) {
    case CREATION_NEW:
    case CREATION_MAYBE:
        pthread_mutex_lock(&request->admin->keyed);
        if (creation->state == CREATION_NEW)
            make_under_key(request, input);
        else
            is_settled = find_out(request, input, creation);
        pthread_mutex_unlock(&request->admin->keyed);
        return is_settled;
    case CREATION_DONE: answer_replay(request, creation->id); return true;
    case CREATION_RUNNING:
        problem(request, MHD_HTTP_CONFLICT, "IDEMPOTENCY_RUNNING",
                "A request with this key is under way.");
        return true;
    case CREATION_OTHER: break;
    }
    problem(request, MHD_HTTP_UNPROCESSABLE_CONTENT, "IDEMPOTENCY_REUSED",
            "This key was used for another request.");
    return true;
}

static void create_once(struct request *request, const struct create_input *input) {
    unsigned char digest[CREATION_DIGEST_LEN];
    struct creation creation;

    create_input_digest(input, digest);
    for (int i = 0; i < BEGINNINGS_MAX; i++) {
        enum db_result result = creation_begin(request->admin->db, request->session.account,
                                               input->key, digest, now_ms(), &creation);
        if (result == DB_NOT_FOUND) {
            problem_no_session(request);
            return;
        }
        if (result != DB_OK) {
            problem_unavailable(request);
            return;
        }
        if (go_on_with(request, input, &creation)) return;
    }
    problem(request, MHD_HTTP_CONFLICT, "IDEMPOTENCY_RUNNING",
            "A request with this key is under way.");
}

/*
 * So that a token made without a key is known to be one, and no repeat under a key takes it for its
 * own.
 */
static void draw_key(char ret_key[CREATION_KEY_MAX + 1]) {
    unsigned char bytes[CREATION_KEY_MAX / 2];

    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_key, CREATION_KEY_MAX + 1, bytes, sizeof bytes);
}

void create_token(struct request *request) {
    struct create_input input;

    if (!create_input_read(request, &input)) return;
    if (!*input.key) draw_key(input.key);
    create_once(request, &input);
}
