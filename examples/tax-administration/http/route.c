/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <string.h>

#include "http/static_file_table.h"
#include "http_request.h"

#define TOKENS_PATH "/api/v1/tokens"
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

struct route route_of(const char *path) {
    const char *rest = http_path_after(path, TOKENS_PATH "/");
    if (rest) return token_route(rest);
    if (strcmp(path, TOKENS_PATH) == 0)
        return (struct route){ .kind = ROUTE_TOKENS, .name = "tokens" };
    if (strcmp(path, "/api/v1/session") == 0)
        return (struct route){ .kind = ROUTE_SESSION, .name = "session" };
    return file_route(path);
}
