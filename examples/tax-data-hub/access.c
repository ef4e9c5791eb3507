/* SPDX-License-Identifier: MIT */
/*
 */
#include "access.h"

#include "http_log.h"

#include <stdio.h>
#include <string.h>

#define REALM "Bearer realm=\"Tax Data Hub\""

/*
 * RFC 6750 section 3. One text for every denial of a token that was sent, so that nobody learns
 * which one it was; the connection is closed each time, so that it does not matter either at what
 * moment the token was refused.
 */
static void deny(struct http_answer *answer, int code) {
    const char *error = apitoken_public_error(code);
    char challenge[96];

    if (*error)
        snprintf(challenge, sizeof challenge, REALM ", error=\"%s\"", error);
    else
        snprintf(challenge, sizeof challenge, REALM);
    http_answer_problem(answer, MHD_HTTP_UNAUTHORIZED, "A valid API token is needed.");
    http_answer_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
    http_answer_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
}

static void refuse(struct request *request, int code, const apitoken_error *err) {
    unsigned status = (unsigned)apitoken_public_status(code);

    if (status == MHD_HTTP_UNAUTHORIZED) {
        deny(&request->answer, code);
        return;
    }
    http_log("token store: %s: %s", apitoken_error_name(code), err->text);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        http_answer_problem(&request->answer, status,
                            "The token cannot be checked at present. Try again later.");
    else
        http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                            "The token could not be checked.");
}

bool access_check(struct request *request) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *value = http_header(request->connection, MHD_HTTP_HEADER_AUTHORIZATION);

    if (http_header_count(request->connection, MHD_HTTP_HEADER_AUTHORIZATION) > 1) {
        http_answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
                            "There is more than one Authorization header.");
        return false;
    }
    request->verdict = (apitoken_verdict)APITOKEN_VERDICT_INIT;
    request->looked = true;
    int code = apitoken_validate_header(request->hub->tokens, value, value ? strlen(value) : 0,
                                        NULL, &request->verdict, &err);
    if (code == 0) return true;
    refuse(request, code, &err);
    return false;
}
