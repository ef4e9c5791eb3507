/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

#include "http_number.h"
#include "http_request.h"

#define IMPORT_PATH "/api/v1/import/"
#define IMPORTS_PATH "/api/v1/imports"
#define TOKEN_PATH "/api/v1/token"
#define INTERFACE_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-"

static struct route route_of_import(const char *interface) {
    struct route route = { .kind = ROUTE_IMPORT, .methods = "POST" };
    size_t length = strspn(interface, INTERFACE_CHARS);
    if (length == 0 || length > IMPORTS_INTERFACE_MAX || interface[length])
        return (struct route){ .kind = ROUTE_NONE, .name = "import/?" };
    memcpy(route.interface, interface, length);
    snprintf(route.name, sizeof route.name, "import/%s", route.interface);
    return route;
}

static struct route route_of_one(const char *number) {
    struct route route = { .kind = ROUTE_ONE, .methods = "GET, HEAD, DELETE" };
    if (!http_number(number, 1, INT64_MAX, &route.import))
        return (struct route){ .kind = ROUTE_NONE, .name = "imports/?" };
    snprintf(route.name, sizeof route.name, "imports/%llu", (unsigned long long)route.import);
    return route;
}

struct route route_of(const char *path) {
    const char *rest = http_path_after(path, IMPORT_PATH);
    if (rest) return route_of_import(rest);
    rest = http_path_after(path, IMPORTS_PATH "/");
    if (rest) return route_of_one(rest);
    if (strcmp(path, IMPORTS_PATH) == 0)
        return (struct route){ .kind = ROUTE_IMPORTS, .methods = "GET, HEAD", .name = "imports" };
    if (strcmp(path, TOKEN_PATH) == 0)
        return (struct route){ .kind = ROUTE_TOKEN, .methods = "GET, HEAD", .name = "token" };
    return (struct route){ .kind = ROUTE_NONE, .name = "?" };
}

bool route_allows(const struct route *route, const char *method) {
    const size_t length = strlen(method);
    for (const char *at = route->methods; *at;) {
        size_t part = strcspn(at, ",");
        if (part == length && memcmp(at, method, length) == 0) return true;
        at += part;
        at += strspn(at, ", ");
    }
    return false;
}
