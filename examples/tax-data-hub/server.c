/* SPDX-License-Identifier: MIT */
/*
 */
#include "server.h"

#include "access.h"
#include "http_access_log.h"
#include "import.h"
#include "imports.h"
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the header is there --------------------------------------------------------------------- */

static bool has_route(struct request *request) {
    const struct route *route = &request->route;

    if (route->kind == ROUTE_NONE) {
        http_answer_problem(&request->answer, MHD_HTTP_NOT_FOUND,
                            "There is nothing at this address.");
        return false;
    }
    if (strcmp(request->method, route->method) != 0) {
        http_answer_problem(&request->answer, MHD_HTTP_METHOD_NOT_ALLOWED,
                            "This address does not have that method.");
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ALLOW, route->method);
        return false;
    }
    return true;
}

/* What can be said before the body is read is said here. */
static void look_at_header(struct request *request) {
    if (!http_body_framing(request->connection, &request->body)) {
        http_answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
                            "It is not clear where the body ends.");
        /* whatever follows cannot be told from it: read none of it */
        request->body.declared = HTTP_LENGTH_UNKNOWN;
        request->body.expects_continue = true;
        return;
    }
    if (!has_route(request)) return;
    if (!access_check(request)) return;
    if (request->route.kind == ROUTE_IMPORT) import_begin(request);
}

static enum MHD_Result begin(void *ctx, struct MHD_Connection *connection, const char *url,
                             const char *method, void **ret_request) {
    struct request *request = calloc(1, sizeof *request);
    if (!request) return MHD_NO;
    request->hub = ctx;
    request->connection = connection;
    request->method = http_known_method(method);
    request->route = route_of(url);
    *ret_request = request;

    look_at_header(request);
    if (request->answer.status != 0 && http_body_answer_at_once(&request->body))
        return http_answer_send(&request->answer, connection);
    return MHD_YES;
}

/* ---- the body -------------------------------------------------------------------------------- */

/*
 * How much is read in all: of a body that was refused only so much that its sender gets to see the
 * answer.
 */
static uint64_t most_to_read(const struct request *request) {
    uint64_t swallow = HTTP_SWALLOW_MAX;

    if (request->looked && request->verdict.code == 0 && request->route.kind == ROUTE_IMPORT)
        swallow += 2 * request->hub->max_body;
    return swallow;
}

static enum MHD_Result take(void *ctx, const char *bytes, size_t length) {
    struct request *request = ctx;

    request->received += length;
    if (request->received > most_to_read(request)) return MHD_NO;
    import_piece(request, bytes, length);
    return MHD_YES;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static enum MHD_Result finish(void *ctx) {
    struct request *request = ctx;

    if (request->answer.status == 0) {
        switch (request->route.kind) {
        case ROUTE_IMPORT: import_finish(request); break;
        case ROUTE_IMPORTS: imports_answer_list(request); break;
        case ROUTE_ONE: imports_answer_one(request); break;
        case ROUTE_NONE: break;
        }
    }
    return http_answer_send(&request->answer, request->connection);
}

/*
 * Every word of it is ours or was checked: neither a token nor a line break of a client gets into
 * the log.
 */
static void log_request(const struct request *request, enum MHD_RequestTerminationCode code) {
    const char *reason = request->looked ? apitoken_error_name(request->verdict.code) : "-";
    const char *id = *request->verdict.id ? request->verdict.id : "-";
    char more[96];

    snprintf(more, sizeof more, "token=%s id=%s", reason, id);
    http_log_request(request->connection, request->method, request->route.name,
                     request->answer.status, more, code);
}

static void on_done(void *ctx, enum MHD_RequestTerminationCode code) {
    struct request *request = ctx;

    log_request(request, code);
    import_free(request->upload);
    http_answer_clear(&request->answer);
    free(request);
}

struct http_host server_host(struct hub *hub) {
    return (struct http_host){
        .begin = begin, .take = take, .finish = finish, .done = on_done, .ctx = hub
    };
}
