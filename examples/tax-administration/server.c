/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accounts/sign_in_gate.h"
#include "api/actions.h"
#include "http/access.h"
#include "http/body.h"
#include "http/problem.h"
#include "http_access_log.h"
#include "token_keys.h"

/* ---- the header ------------------------------------------------------------------------------ */

static bool has_action(struct request *request) {
    char allow[ALLOW_CAP];
    if (request->route.kind == ROUTE_NONE) {
        problem(request, MHD_HTTP_NOT_FOUND, "NOT_FOUND", "There is nothing at this address.");
        return false;
    }
    request->action = action_find(request->route.kind, request->method);
    if (request->action) return true;
    problem(request, MHD_HTTP_METHOD_NOT_ALLOWED, "METHOD",
            "This address does not support the method.");
    action_list_methods(request->route.kind, allow);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_ALLOW, allow);
    return false;
}

static bool check_access(struct request *request) {
    const struct action *action = request->action;
    if (action->needs_session && !access_check_session(request)) return false;
    return !action->needs_csrf || access_check_csrf(request);
}

/* Answers now whatever can be answered before the body is read. */
static void check_header(struct request *request) {
    if (!http_body_framing(request->connection, &request->framing)) {
        problem(request, MHD_HTTP_BAD_REQUEST, "FRAMING", "The length of the body is ambiguous.");
        return;
    }
    if (!access_check_host(request) || !access_check_origin(request)) return;
    if (!has_action(request)) return;
    if (!check_access(request)) return;
    if (request->action->body != BODY_IGNORED) (void)body_check_header(request);
}

/* Tells the browser to load nothing from elsewhere, allow no frame, and serve no other site. */
static void add_headers(void *ctx) {
    struct request *request = ctx;
    static const char *const headers[][2] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src "
          "'self'; "
          "base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
        { "Referrer-Policy", "no-referrer" },
        { "X-Frame-Options", "DENY" },
        { "Cross-Origin-Resource-Policy", "same-origin" },
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        http_answer_header(&request->answer, headers[i][0], headers[i][1]);
    if (request->admin->is_https) /* a browser that came once by TLS comes by nothing else */
        http_answer_header(&request->answer, "Strict-Transport-Security", "max-age=31536000");
}

static void *begin_request(void *ctx, struct MHD_Connection *connection, const char *url,
                           const char *method) {
    struct request *request = calloc(1, sizeof *request);
    if (!request) return NULL;
    request->admin = ctx;
    request->connection = connection;
    request->method = http_known_method(method);
    request->route = route_of(url);
    check_header(request);
    return request;
}

/* ---- the body -------------------------------------------------------------------------------- */

static void append_body(void *ctx, const char *bytes, size_t length) {
    struct request *request = ctx;
    request->received += length;
    if (request->action->body != BODY_IGNORED)
        body_append(request, bytes, length);
    else if (request->received > HTTP_IGNORED_MAX)
        problem(request, MHD_HTTP_CONTENT_TOO_LARGE, "TOO_LARGE", "This request needs no body.");
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool check_body(struct request *request) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    if (request->action->body == BODY_IGNORED) return true;
    if (!body_parse(request)) return false;
    if (request->action->body == BODY_OPTIONAL) return true;
    if (request->action->body == BODY_OBJECT) {
        if (request->input) return true;
        problem(request, MHD_HTTP_BAD_REQUEST, "JSON", "The body must be a JSON object.");
        return false;
    }
    field_errors_add_unknown(&errors, request->input, NULL, 0);
    if (!field_errors_any(&errors)) return true;
    problem_input(request, &errors);
    return false;
}

static void run_action(struct request *request) {
    /* The session may have ended while the body arrived. */
    if (request->received > 0 && !check_access(request)) return;
    if (check_body(request)) request->action->run(request);
}

static void finish_request(void *ctx) { run_action(ctx); }

static void refuse_request(void *ctx, unsigned status) {
    struct request *request = ctx;
    if (status == MHD_HTTP_REQUEST_TIMEOUT)
        problem(request, status, "TIMEOUT", "The body did not arrive in time.");
    else if (status == MHD_HTTP_TOO_MANY_REQUESTS)
        problem(request, status, "TOO_MANY",
                "Too many requests of this address run at the same time.");
    else
        problem(request, status, "STOPPING", "The host is stopping. Try again later.");
}

static struct http_answer *answer_of(void *ctx) {
    struct request *request = ctx;
    return &request->answer;
}

/*
 * Logs only the host's own words and ids that the library has confirmed, so a client cannot get a
 * secret or a line break into the log.
 */
static void log_request(const struct request *request, enum http_outcome outcome) {
    const char *account = *request->session.account ? request->session.account : "-";
    const char *id = *request->token_id ? request->token_id : "-";
    char more[160];
    snprintf(more, sizeof more, "account=%s id=%s code=%s", account, id,
             request->code ? request->code : "-");
    http_log_request(request->connection, request->method, request->route.name,
                     request->answer.status, more, outcome);
}

static void free_request(void *ctx, enum http_outcome outcome) {
    struct request *request = ctx;
    log_request(request, outcome);
    body_free(request);
    http_answer_clear(&request->answer);
    explicit_bzero(request, sizeof *request);
    free(request);
}

/* Sign-ins that wait for their turn are answered with 429. */
static void stop_waiting(void *ctx) {
    struct admin *admin = ctx;
    sign_in_gate_stop(admin->gate);
}

static void reload_keys(void *ctx) {
    const struct admin *admin = ctx;
    token_keys_reload(admin->tokens, admin->keys, false);
    if (admin->overview) token_keys_reload(admin->overview, admin->keys, false);
}

struct http_host server_host(struct admin *admin) {
    return (struct http_host){ .begin = begin_request,
                               .take = append_body,
                               .finish = finish_request,
                               .refuse = refuse_request,
                               .answer = answer_of,
                               .complete_answer = add_headers,
                               .done = free_request,
                               .stopping = stop_waiting,
                               .reload = reload_keys,
                               .ctx = admin };
}
