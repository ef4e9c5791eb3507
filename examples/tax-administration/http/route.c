/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <string.h>

#include "http/static_file_table.h"
#include "http_request.h"

#define TOKENS_PATH "/api/v1/tokens"
#define SESSIONS_PATH "/api/v1/sessions"
#define ADMIN_TOKENS_PATH "/api/v1/admin/tokens"
#define ID_CHARS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct route no_route = { .kind = ROUTE_NONE, .name = "?" };

static const struct {
    const char *path; /* after the id */
    enum route_kind kind;
    const char *name;
} below_token[] = {
    { "", ROUTE_TOKEN, "tokens/id" },
    { "/revoke", ROUTE_REVOKE, "tokens/id/revoke" },
    { "/unrevoke", ROUTE_UNREVOKE, "tokens/id/unrevoke" },
    { "/rotate", ROUTE_ROTATE, "tokens/id/rotate" },
    { "/end-older", ROUTE_END_OLDER, "tokens/id/end-older" },
    { "/activity", ROUTE_ACTIVITY, "tokens/id/activity" },
    { "/copy", ROUTE_COPY, "tokens/id/copy" },
};

static struct route token_route(const char *at) {
    struct route route = { .kind = ROUTE_NONE, .name = "tokens/?" };
    size_t length = strspn(at, ID_CHARS);
    if (length == 0 || length > APITOKEN_ID_MAX) return route;
    memcpy(route.id, at, length);
    at += length;
    for (size_t i = 0; i < sizeof below_token / sizeof *below_token; i++) {
        if (strcmp(at, below_token[i].path) != 0) continue;
        route.kind = below_token[i].kind;
        route.name = below_token[i].name;
    }
    return route;
}

static struct route file_route(const char *path) {
    for (size_t i = 0; i < static_file_count; i++)
        if (strcmp(static_files[i].path, path) == 0)
            return (struct route){ .kind = ROUTE_FILE,
                                   .name = static_files[i].name,
                                   .file = &static_files[i] };
    return no_route;
}

/* An id and then `rest`, which are all of the route; `none` is the name of one that is not it. */
static struct route id_route(const char *at, const char *rest, struct route route,
                             const char *none) {
    size_t length = strspn(at, ID_CHARS);
    if (length == 0 || length > APITOKEN_ID_MAX || strcmp(at + length, rest) != 0)
        return (struct route){ .kind = ROUTE_NONE, .name = none };
    memcpy(route.id, at, length);
    return route;
}

static struct route session_route(const char *at) {
    const struct route found = { .kind = ROUTE_SESSION_OTHER, .name = "sessions/id" };
    return id_route(at, "", found, "sessions/?");
}

static struct route admin_token_route(const char *at) {
    const struct route found = { .kind = ROUTE_ADMIN_REVOKE, .name = "admin/tokens/id/revoke" };
    return id_route(at, "/revoke", found, "admin/tokens/?");
}

static const struct {
    const char *path;
    enum route_kind kind;
    const char *name;
} plain_routes[] = {
    { TOKENS_PATH, ROUTE_TOKENS, "tokens" },
    { "/api/v1/session", ROUTE_SESSION, "session" },
    { "/api/v1/password", ROUTE_PASSWORD, "password" },
    { SESSIONS_PATH, ROUTE_SESSIONS, "sessions" },
    { "/api/v1/audit", ROUTE_AUDIT, "audit" },
    { ADMIN_TOKENS_PATH, ROUTE_ADMIN_TOKENS, "admin/tokens" },
    { "/api/v1/admin/revoke-all", ROUTE_ADMIN_REVOKE_ALL, "admin/revoke-all" },
    { "/api/v1/admin/audit", ROUTE_ADMIN_AUDIT, "admin/audit" },
};

struct route route_of(const char *path) {
    const char *token = http_path_after(path, TOKENS_PATH "/"),
               *session = http_path_after(path, SESSIONS_PATH "/"),
               *admin = http_path_after(path, ADMIN_TOKENS_PATH "/");
    if (token) return token_route(token);
    if (session) return session_route(session);
    if (admin) return admin_token_route(admin);
    for (size_t i = 0; i < sizeof plain_routes / sizeof *plain_routes; i++)
        if (strcmp(path, plain_routes[i].path) == 0)
            return (struct route){ .kind = plain_routes[i].kind, .name = plain_routes[i].name };
    return file_route(path);
}
