/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <string.h>

#include "http/static_file_table.h"
#include "http_request.h"

#define TOKENS_PATH "/api/v1/tokens"
#define ID_CHARS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct route no_route = { .kind = ROUTE_NONE, .name = "?" };

static struct route token_route(const char *at) {
    struct route route = { .kind = ROUTE_NONE, .name = "tokens/?" };
    size_t length = strspn(at, ID_CHARS);
    if (length == 0 || length > APITOKEN_ID_MAX) return route;
    memcpy(route.id, at, length);
    at += length;
    if (!*at) {
        route.kind = ROUTE_TOKEN;
        route.name = "tokens/id";
    } else if (strcmp(at, "/revoke") == 0) {
        route.kind = ROUTE_REVOKE;
        route.name = "tokens/id/revoke";
    } else if (strcmp(at, "/copy") == 0) {
        route.kind = ROUTE_COPY;
        route.name = "tokens/id/copy";
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
