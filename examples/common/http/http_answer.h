/* SPDX-License-Identifier: MIT */
/*
 * Answers: JSON, and errors as RFC 9457 problem details. All of them say `Cache-Control: no-store`.
 */
#ifndef EXAMPLES_HTTP_ANSWER_H
#define EXAMPLES_HTTP_ANSWER_H

#include <jansson.h>
#include <microhttpd.h>

/*
 * status 0 = nothing decided yet. response NULL with a status = no memory for it; the connection is
 * then cut.
 */
struct http_answer {
    unsigned status;
    struct MHD_Response *response;
};

/*
 * Each of these replaces what was in `answer` before. `body` and `members` are taken over, also on
 * failure. The text of a JSON answer is wiped when it is freed.
 */
void http_answer_json(struct http_answer *answer, unsigned status, json_t *body);
void http_answer_problem(struct http_answer *answer, unsigned status, const char *detail);
/* A problem with members of its own (RFC 9457 section 3.2). */
void http_answer_problem_with(struct http_answer *answer, unsigned status, const char *detail,
                              json_t *members);
/* Any other response, taken over; NULL counts as no memory. */
void http_answer_response(struct http_answer *answer, unsigned status,
                          struct MHD_Response *response);

/* Adds a header; if that fails the answer is dropped, so that none goes out without it. */
void http_answer_header(struct http_answer *answer, const char *name, const char *value);

enum MHD_Result http_answer_send(const struct http_answer *answer,
                                 struct MHD_Connection *connection);
void http_answer_clear(struct http_answer *answer);

#endif
