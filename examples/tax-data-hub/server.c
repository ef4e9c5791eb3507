/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/import_api.h"
#include "api/imports_api.h"
#include "api/token_api.h"
#include "http/access.h"
#include "http/query.h"
#include "http/request.h"
#include "http_access_log.h"
#include "token_keys.h"

/* ---- the header has arrived ------------------------------------------------------------------ */

static bool check_route(struct request *request) {
    const struct route *route = &request->route;
    if (route->kind == ROUTE_NONE) {
        http_answer_problem(&request->answer, MHD_HTTP_NOT_FOUND, "No resource has this address.");
        return false;
    }
    if (!route_allows(route, request->method)) {
        http_answer_problem(&request->answer, MHD_HTTP_METHOD_NOT_ALLOWED,
                            "The resource does not support this method.");
        http_answer_header(&request->answer, MHD_HTTP_HEADER_ALLOW, route->methods);
        return false;
    }
    return true;
}

/* Sets an answer if the header is enough to refuse the request. */
static void check_header(struct request *request) {
    if (!http_body_framing(request->connection, &request->body)) {
        http_answer_problem(&request->answer, MHD_HTTP_BAD_REQUEST,
                            "The length of the body is ambiguous.");
        return;
    }
    if (!check_route(request)) return;
    if (!access_check(request) || !query_check(request)) return;
    if (request->route.kind == ROUTE_IMPORT) import_begin(request);
}

static void *on_begin(void *ctx, struct MHD_Connection *connection, const char *url,
                      const char *method) {
    struct request *request = calloc(1, sizeof *request);
    if (!request) return NULL;
    request->hub = ctx;
    request->connection = connection;
    request->method = http_known_method(method);
    request->route = route_of(url);
    check_header(request);
    return request;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void on_body(void *ctx, const char *bytes, size_t length) {
    struct request *request = ctx;
    request->received += length;
    if (request->route.kind == ROUTE_IMPORT)
        import_piece(request, bytes, length);
    else if (request->received > HTTP_IGNORED_MAX)
        http_answer_problem(&request->answer, MHD_HTTP_CONTENT_TOO_LARGE,
                            "This request needs no body.");
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void on_complete(void *ctx) {
    struct request *request = ctx;
    switch (request->route.kind) {
    case ROUTE_IMPORT: import_finish(request); break;
    case ROUTE_IMPORTS: imports_answer_list(request); break;
    case ROUTE_ONE: imports_answer_import(request); break;
    case ROUTE_TOKEN: token_answer(request); break;
    case ROUTE_NONE: break;
    }
    if (request->answer.status < 300) access_announce_end(request);
}

static void on_refuse(void *ctx, unsigned status) {
    struct request *request = ctx;
    const char *detail = "The hub is stopping. Nothing was imported.";
    if (status == MHD_HTTP_REQUEST_TIMEOUT)
        detail = "The body did not arrive in time. Nothing was imported.";
    if (status == MHD_HTTP_TOO_MANY_REQUESTS)
        detail = "Too many requests of this address run at the same time.";
    http_answer_problem(&request->answer, status, detail);
}

static struct http_answer *answer_of(void *ctx) {
    struct request *request = ctx;
    return &request->answer;
}

/* All text is the hub's own or checked: the log gets no token and no line break of a client. */
static void log_request(const struct request *request, enum http_outcome outcome) {
    const char *reason = request->token_checked ? apitoken_error_name(request->verdict.code) : "-";
    const char *id = *request->verdict.id ? request->verdict.id : "-";
    char more[96];
    snprintf(more, sizeof more, "token=%s id=%s", reason, id);
    http_log_request(request->connection, request->method, request->route.name,
                     request->answer.status, more, outcome);
}

static void on_done(void *ctx, enum http_outcome outcome) {
    struct request *request = ctx;
    log_request(request, outcome);
    import_free(request->upload);
    http_answer_clear(&request->answer);
    free(request);
}

static void reload_keys(void *ctx) {
    const struct hub *hub = ctx;
    token_keys_reload(hub->tokens, hub->keys, true);
}

struct http_host server_host(struct hub *hub) {
    return (struct http_host){ .begin = on_begin,
                               .take = on_body,
                               .finish = on_complete,
                               .refuse = on_refuse,
                               .answer = answer_of,
                               .done = on_done,
                               .reload = reload_keys,
                               .ctx = hub };
}
