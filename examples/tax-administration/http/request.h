/* SPDX-License-Identifier: MIT */
/*
 * One request of the Tax Administration, from its header to its answer.
 */
#ifndef TAX_ADMINISTRATION_REQUEST_H
#define TAX_ADMINISTRATION_REQUEST_H

#include "accounts/sessions.h"
#include "admin.h"
#include "http/route.h"
#include "http_answer.h"
#include "http_request.h"

struct action;

struct request {
    struct admin *admin;
    struct MHD_Connection *connection;
    const char *method; /* "?" if it is none that is known; may be logged */
    struct route route;
    /* what the method does to the resource; NULL if there is no such thing */
    const struct action *action;
    struct http_body framing;
    char *body; /* NULL before its first byte */
    size_t body_length;
    uint64_t received;      /* bytes of the body so far, those that were not kept included */
    json_t *input;          /* the body as a JSON object; NULL without one */
    struct session session; /* whose request it is, if the action needs a session */
    struct http_answer answer;
    /* For the log. */
    const char *code; /* of a problem; static text */
    /* that the library has confirmed to be the account's; "" = none */
    char token_id[APITOKEN_ID_MAX + 1];
};

#endif
