/* SPDX-License-Identifier: MIT */
/* One request, from its header to its answer. */
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
    const char *method; /* "?" = unknown; safe to log */
    struct route route;
    /* What the method does to the resource; NULL = the resource does not have the method. */
    const struct action *action;
    struct http_body framing;
    char *body; /* NULL before its first byte */
    size_t body_length;
    uint64_t received;      /* bytes of the body so far, including discarded ones */
    json_t *input;          /* the body as a JSON object; NULL = no body */
    struct session session; /* if the action needs one */
    struct http_answer answer;
    /* For the access log: the code of a problem, static text. */
    const char *code;
    /* For the access log: an id that the library has confirmed to be the account's; "" = none. */
    char token_id[APITOKEN_ID_MAX + 1];
};

#endif
