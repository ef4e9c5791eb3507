/* SPDX-License-Identifier: MIT */
/*
 * Answers: JSON, and errors as RFC 9457 problem details. All of them say `Cache-Control: no-store`.
 */
#ifndef EXAMPLES_HTTP_ANSWER_H
#define EXAMPLES_HTTP_ANSWER_H

#include <jansson.h>
#include <microhttpd.h>

struct http_answer {
    unsigned status;               /* 0 = not decided yet */
    struct MHD_Response *response; /* NULL with a status: out of memory, the connection is closed */
    const char *text;              /* of a JSON answer, as long as the response lives; else NULL */
};

/*
 * Each of these replaces the previous answer and takes over `body` or `members`, even on failure.
 * The text of a JSON answer is wiped before it is freed.
 */
void http_answer_json(struct http_answer *answer, unsigned status, json_t *body);
void http_answer_problem(struct http_answer *answer, unsigned status, const char *detail);
/* A problem with extension members (RFC 9457 section 3.2). */
void http_answer_problem_with(struct http_answer *answer, unsigned status, const char *detail,
                              json_t *members);
/* Any other response, which is taken over; NULL means out of memory. */
void http_answer_response(struct http_answer *answer, unsigned status,
                          struct MHD_Response *response);

/* Adds a header. If that fails, drops the response: it must not be sent without the header. */
void http_answer_header(struct http_answer *answer, const char *name, const char *value);

enum MHD_Result http_answer_send(const struct http_answer *answer,
                                 struct MHD_Connection *connection);
void http_answer_clear(struct http_answer *answer);

#endif
