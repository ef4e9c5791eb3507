/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <string.h>

#include "http/page_files.h"
#include "http_request.h"

#define TOKENS_PATH "/api/v1/tokens"
#define ID_CHARS "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

static const struct route none = { .kind = ROUTE_NONE, .name = "?" };

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

static struct route file_route(const char *name) {
    for (size_t i = 0; i < page_file_count; i++)
        if (strcmp(page_files[i].address, name) == 0)
            return (struct route){ .kind = ROUTE_FILE,
                                   .name = page_files[i].name,
                                   .file = &page_files[i] };
    return none;
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
