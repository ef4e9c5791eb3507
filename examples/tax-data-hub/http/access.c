/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <stdio.h>
#include <string.h>

#include "http_log.h"

#define REALM "Bearer realm=\"Tax Data Hub\""

/*
 * RFC 6750 section 3. Every denial of a token has the same text and closes the connection, so that
 * a client learns neither why its token was denied nor at which of the two checks.
 */
static void deny(struct http_answer *answer, int code) {
    const char *error = apitoken_public_error(code);
    char challenge[96];
    if (*error)
        snprintf(challenge, sizeof challenge, REALM ", error=\"%s\"", error);
    else
        snprintf(challenge, sizeof challenge, REALM);
    http_answer_problem(answer, MHD_HTTP_UNAUTHORIZED, "A valid API token is required.");
    http_answer_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
    http_answer_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
}

static void answer_error(struct request *request, int code, const apitoken_error *err) {
    unsigned status = (unsigned)apitoken_public_status(code);
    if (status == MHD_HTTP_UNAUTHORIZED) {
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

bool access_check(struct request *request) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *value = http_header(request->connection, MHD_HTTP_HEADER_AUTHORIZATION);
    if (http_header_count(request->connection, MHD_HTTP_HEADER_AUTHORIZATION) > 1) {
        http_answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
                            "The request has more than one Authorization header.");
        return false;
    }
    request->verdict = (apitoken_verdict)APITOKEN_VERDICT_INIT;
    request->token_checked = true;
    int code = apitoken_validate_header(request->hub->tokens, value, value ? strlen(value) : 0,
                                        NULL, &request->verdict, &err);
    if (code == 0) return true;
    answer_error(request, code, &err);
    return false;
}
