/* SPDX-License-Identifier: MIT */
#include "http_answer.h"

#include <stdlib.h>
#include <string.h>

void http_answer_clear(struct http_answer *answer) {
    if (answer->response) MHD_destroy_response(answer->response);
    *answer = (struct http_answer){ 0, NULL, NULL };
}

void http_answer_header(struct http_answer *answer, const char *name, const char *value) {
    if (!answer->response || MHD_add_response_header(answer->response, name, value) == MHD_YES)
        return;
    MHD_destroy_response(answer->response);
    answer->response = NULL;
    answer->text = NULL;
}

void http_answer_response(struct http_answer *answer, unsigned status,
                          struct MHD_Response *response) {
    http_answer_clear(answer);
    *answer = (struct http_answer){ status, response, NULL };
    http_answer_header(answer, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    http_answer_header(answer, "X-Content-Type-Options", "nosniff");
}

/* The text may hold a new secret. */
static void wipe_text(void *text) {
    explicit_bzero(text, strlen(text));
    free(text);
}

static void answer_json_as(struct http_answer *answer, unsigned status, json_t *body,
                           const char *type) {
    struct MHD_Response *response = NULL;
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    if (text)
        response =
            MHD_create_response_from_buffer_with_free_callback(strlen(text), text, wipe_text);
    if (text && !response) wipe_text(text);
    http_answer_response(answer, status, response);
    if (response) answer->text = text;
    http_answer_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, type);
}

void http_answer_json(struct http_answer *answer, unsigned status, json_t *body) {
    answer_json_as(answer, status, body, "application/json");
}

void http_answer_problem_with(struct http_answer *answer, unsigned status, const char *detail,
                              json_t *members) {
    const char *title = MHD_get_reason_phrase_for(status);
    json_t *problem = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title", title,
                                "status", (int)status, "detail", detail);
    if (problem && members && json_object_update(problem, members) != 0) {
        json_decref(problem);
        problem = NULL;
    }
    json_decref(members);
    answer_json_as(answer, status, problem, "application/problem+json");
}

void http_answer_problem(struct http_answer *answer, unsigned status, const char *detail) {
    http_answer_problem_with(answer, status, detail, NULL);
}

enum MHD_Result http_answer_send(const struct http_answer *answer,
                                 struct MHD_Connection *connection) {
    if (!answer->response) return MHD_NO;
    return MHD_queue_response(connection, answer->status, answer->response);
}
