/* SPDX-License-Identifier: MIT */
/* One request of the Tax Data Hub, from its header to its answer. */
#ifndef TAX_DATA_HUB_REQUEST_H
#define TAX_DATA_HUB_REQUEST_H

#include <stdbool.h>

#include "http/route.h"
#include "http_answer.h"
#include "http_request.h"
#include "hub.h"

struct upload;

struct request {
    struct hub *hub;
    struct MHD_Connection *connection;
    const char *method; /* "?" for an unknown one, so that it may be logged */
    struct route route;
    struct http_body body;
    uint64_t received; /* bytes of the body so far */
    struct http_answer answer;
    apitoken_verdict verdict; /* of the latest check */
    bool token_checked;
    struct upload *upload; /* NULL unless a body is being imported */
};

#endif
