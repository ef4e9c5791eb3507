/* SPDX-License-Identifier: MIT */
/*
 * One request of the Tax Data Hub, from its header to its answer.
 */
#ifndef TAX_DATA_HUB_REQUEST_H
#define TAX_DATA_HUB_REQUEST_H

#include "http_answer.h"
#include "http_request.h"
#include "hub.h"
#include "route.h"

#include <stdbool.h>

struct upload;

struct request {
    struct hub *hub;
    struct MHD_Connection *connection;
    const char *method; /* "?" if it is none that is known; may be logged */
    struct route route;
    struct http_body body;
    uint64_t received; /* bytes of the body so far */
    struct http_answer answer;
    apitoken_verdict verdict; /* of the last look at the token */
    bool looked;              /* the token was looked at */
    struct upload *upload;    /* a body that is being imported */
};

#endif
