/* SPDX-License-Identifier: MIT */
#include "http_peer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_forwarded.h"
#include "http_listen.h"
#include "http_request.h"

/* Set before any thread starts. */
static struct http_hops proxies;

static bool add_proxy(const char *text, size_t length) {
    char address[INET6_ADDRSTRLEN];
    if (proxies.count == HTTP_PROXIES_MAX || length >= sizeof address) return false;
    memcpy(address, text, length);
    address[length] = '\0';
    /* the fields may have a port and brackets, an option not */
    return http_is_numeric_address(address) && http_x_forwarded_for_read(address, &proxies);
}

bool http_peer_trust(const char *list) {
    proxies.count = 0;
    for (;; list++) {
        size_t length = strcspn(list, ",");
        if (!add_proxy(list, length)) return false;
        list += length;
        if (!*list) return true;
    }
}

static bool is_equal(const struct http_address *one, const struct http_address *other) {
    return one->length == other->length && memcmp(one->bytes, other->bytes, one->length) == 0;
}

bool http_peer_is_trusted(const struct http_address *address) {
    for (size_t i = 0; i < proxies.count; i++)
        if (is_equal(address, &proxies.hops[i])) return true;
    return false;
}

struct http_address http_peer_of_socket(const struct sockaddr_in6 *peer) {
    struct http_address address = { .length = 0 };
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;
    if (peer->sin6_family == AF_INET) {
        address.length = 4;
        memcpy(address.bytes, &v4->sin_addr, 4);
    } else if (peer->sin6_family == AF_INET6) {
        address.length = 16;
        memcpy(address.bytes, &peer->sin6_addr, 16);
    }
    return address;
}

/* ---- behind a proxy -------------------------------------------------------------------------- */

struct reading {
    struct http_hops forwarded, x_forwarded_for;
    bool is_malformed;
};

static enum MHD_Result read_field(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
    struct reading *reading = ctx;
    bool is_good = true;
    (void)kind;
    if (value && strcasecmp(name, MHD_HTTP_HEADER_FORWARDED) == 0)
        is_good = http_forwarded_read(value, &reading->forwarded);
    else if (value && strcasecmp(name, "X-Forwarded-For") == 0)
        is_good = http_x_forwarded_for_read(value, &reading->x_forwarded_for);
    if (!is_good) reading->is_malformed = true;
    return MHD_YES;
}

/* The last hop that is no trusted proxy; the first one if all are. */
static struct http_address last_untrusted(const struct http_hops *hops) {
    size_t i = hops->count - 1;
    while (i > 0 && http_peer_is_trusted(&hops->hops[i])) i--;
    return hops->hops[i];
}

/*
 * A proxy writes one of the two fields, and a client may have written the other: if they differ,
 * nobody can tell which is true.
 */
static struct http_address behind_proxy(struct MHD_Connection *connection,
                                        const struct http_address *proxy) {
    const struct http_address unknown = { .length = 0 };
    struct http_address address = *proxy;
    struct reading *reading = calloc(1, sizeof *reading);
    if (!reading) return unknown;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, read_field, reading);
    if (reading->forwarded.count > 0) address = last_untrusted(&reading->forwarded);
    if (reading->x_forwarded_for.count > 0) {
        struct http_address other = last_untrusted(&reading->x_forwarded_for);
        if (reading->forwarded.count > 0 && !is_equal(&address, &other)) other = unknown;
        address = other;
    }
    if (reading->is_malformed) address = unknown;
    free(reading);
    return address;
}

size_t http_peer(struct MHD_Connection *connection, unsigned char bytes[HTTP_PEER_MAX]) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct http_address address = { .length = 0 };
    if (info && info->client_addr)
        address = http_peer_of_socket((const struct sockaddr_in6 *)(const void *)info->client_addr);
    if (address.length > 0 && http_peer_is_trusted(&address))
        address = behind_proxy(connection, &address);
    memcpy(bytes, address.bytes, sizeof address.bytes);
    return address.length;
}
