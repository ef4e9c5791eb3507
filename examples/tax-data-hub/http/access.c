/* SPDX-License-Identifier: MIT */
#include "http/access.h"

#include <stdio.h>
#include <string.h>

#include "clocks.h"
#include "http_log.h"
#include "rfc3339.h"
#include "token_hint.h"

#define REALM "Bearer realm=\"Tax Data Hub\""

/*
 * What a token must be good for to read or delete imports. The colon keeps these apart from the
 * interfaces that take imports.
 */
#define READ_INTERFACE "imports:read"
#define DELETE_INTERFACE "imports:delete"

/* Successful answers say when the token ends, if that is nearer than this. */
#define SOON_MS (INT64_C(30) * 24 * 60 * 60 * 1000)

static const char *detail_of(unsigned status) {
    return status == MHD_HTTP_FORBIDDEN ? "The API token is not valid for this interface."
                                        : "A valid API token is required.";
}

/*
 * RFC 6750 section 3. Every 401 has the same text, and each denial closes the connection, so that a
 * client learns neither why its token is not valid nor at which of the two checks.
 */
static void deny(struct http_answer *answer, int code, const char *detail) {
    const unsigned status = (unsigned)apitoken_public_status(code);
    const char *error = apitoken_public_error(code);
    char challenge[96];
    if (*error)
        snprintf(challenge, sizeof challenge, REALM ", error=\"%s\"", error);
    else
        snprintf(challenge, sizeof challenge, REALM);
    http_answer_problem(answer, status, detail ? detail : detail_of(status));
    http_answer_header(answer, MHD_HTTP_HEADER_WWW_AUTHENTICATE, challenge);
    http_answer_header(answer, MHD_HTTP_HEADER_CONNECTION, "close");
}

/* Whoever sent such a header has to mend it, and gets help; it says nothing of any token. */
static void deny_header(struct http_answer *answer, const char *hint) {
    char detail[192];
    snprintf(detail, sizeof detail,
             "The Authorization header is malformed: %s. It must be the word Bearer, a space, and "
             "the token.",
             hint ? hint : "it is not as RFC 6750 says");
    deny(answer, APITOKEN_E_HEADER, detail);
}

void access_answer_failure(struct request *request, int code, const apitoken_error *err) {
    unsigned status = (unsigned)apitoken_public_status(code);
    http_log("token store: %s: %s", apitoken_error_name(code), err->text);
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE)
        http_answer_problem(&request->answer, status,
                            "The token cannot be checked at the moment. Try again later.");
    else
        http_answer_problem(&request->answer, MHD_HTTP_INTERNAL_SERVER_ERROR,
                            "The token could not be checked.");
}

/* `value` is that of the Authorization header, NULL without one. */
static void answer_error(struct request *request, int code, const char *value,
                         const apitoken_error *err) {
    const bool is_about_header = code == APITOKEN_E_HEADER || code == APITOKEN_E_NO_TOKEN;
    const char *hint = is_about_header && value ? bearer_hint(value, strlen(value)) : NULL;
    if (hint) request->verdict.code = APITOKEN_E_HEADER;
    if (hint || code == APITOKEN_E_HEADER)
        deny_header(&request->answer, hint);
    else if (apitoken_error_class(code) == APITOKEN_CLASS_DENIED)
        deny(&request->answer, code, NULL);
    else
        access_answer_failure(request, code, err);
}

/* Any valid token may ask about itself. */
static void set_interface(apitoken_validate_opts *opts, const struct request *request) {
    const struct route *route = &request->route;
    const bool deletes = strcmp(request->method, MHD_HTTP_METHOD_DELETE) == 0;
    if (route->kind == ROUTE_TOKEN) {
        opts->flags = APITOKEN_VALIDATE_ANY_INTERFACE;
        return;
    }
    opts->interface_name = route->kind == ROUTE_IMPORT ? route->interface
                           : deletes                   ? DELETE_INTERFACE
                                                       : READ_INTERFACE;
    opts->interface_name_len = (uint32_t)strlen(opts->interface_name);
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
    set_interface(&opts, request);
    opts.peer_len = (uint32_t)http_peer(request->connection, peer);
    opts.peer = opts.peer_len ? peer : NULL;
    request->verdict = (apitoken_verdict)APITOKEN_VERDICT_INIT;
    request->token_checked = true;
    int code = apitoken_validate_header(request->hub->tokens, value, value ? strlen(value) : 0,
                                        &opts, &request->verdict, &err);
    if (code == 0) return true;
    answer_error(request, code, value, &err);
    return false;
}

/* The end of the secret that was used; INT64_MAX if it has none. */
static int64_t end_of(const apitoken_verdict *verdict) {
    int64_t end = INT64_MAX;
    if (verdict->expiry_kind != APITOKEN_EXPIRY_NEVER) end = verdict->expires_ms;
    if (verdict->superseded_until_ms != 0 && verdict->superseded_until_ms < end)
        end = verdict->superseded_until_ms;
    return end;
}

void access_announce_end(struct request *request) {
    char text[RFC3339_CAP];
    const int64_t end = end_of(&request->verdict);
    if (request->verdict.code != 0 || end >= wall_clock_ms() + SOON_MS) return;
    rfc3339_format(end, text);
    http_answer_header(&request->answer, "Token-Expires", text);
}
