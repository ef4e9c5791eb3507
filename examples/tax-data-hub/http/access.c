/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <stdio.h>
#include <string.h>

#include "http_log.h"

#define REALM "Bearer realm=\"Tax Data Hub\""

/*
 * What a token must be good for to read imports. The colon keeps it apart from the interfaces that
 * take imports.
 */
#define READ_INTERFACE "imports:read"

static const char *detail_of(unsigned status) {
    switch (status) {
    case MHD_HTTP_BAD_REQUEST: return "The Authorization header is malformed.";
    case MHD_HTTP_FORBIDDEN: return "The API token is not valid for this interface.";
    default: return "A valid API token is required.";
    }
}

/*
 * RFC 6750 section 3. Every 401 has the same text, and each denial closes the connection, so that a
 * client learns neither why its token is not valid nor at which of the two checks.
 */
static void deny(struct http_answer *answer, int code) {
    const unsigned status = (unsigned)apitoken_public_status(code);
    const char *error = apitoken_public_error(code);
    char challenge[96];
    if (*error)
        snprintf(challenge, sizeof challenge, REALM ", error=\"%s\"", error);
    else
        snprintf(challenge, sizeof challenge, REALM);
    http_answer_problem(answer, status, detail_of(status));
    http_answer_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
    http_answer_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
}

static void answer_error(struct request *request, int code, const apitoken_error *err) {
    unsigned status = (unsigned)apitoken_public_status(code);
    if (apitoken_error_class(code) == APITOKEN_CLASS_DENIED) {
        deny(&request->answer, code);
        return;
    }
    http_log("token store: %s: %s", apitoken_error_name(code), err->text);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        http_answer_problem(&request->answer, status,
                            "The token cannot be checked at the moment. Try again later.");
    else
        http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                            "The token could not be checked.");
}

static const char *interface_of(const struct route *route) {
    return route->kind == ROUTE_IMPORT ? route->interface : READ_INTERFACE;
}

bool access_check(struct request *request) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    unsigned char peer[HTTP_PEER_MAX];
    const char *value = http_header(request->connection, MHD_HTTP_HEADER_AUTHORIZATION);
    if (http_header_count(request->connection, MHD_HTTP_HEADER_AUTHORIZATION) > 1) {
        http_answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
                            "The request has more than one Authorization header.");
        return false;
    }
    opts.interface_name = interface_of(&request->route);
    opts.interface_name_len = (uint32_t)strlen(opts.interface_name);
    opts.peer_len = (uint32_t)http_peer(request->connection, peer);
    opts.peer = opts.peer_len ? peer : NULL;
    request->verdict = (apitoken_verdict)APITOKEN_VERDICT_INIT;
    request->token_checked = true;
    int code = apitoken_validate_header(request->hub->tokens, value, value ? strlen(value) : 0,
                                        &opts, &request->verdict, &err);
    if (code == 0) return true;
    answer_error(request, code, &err);
    return false;
}
