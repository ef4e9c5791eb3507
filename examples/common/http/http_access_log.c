/* SPDX-License-Identifier: MIT */
#include "http_access_log.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "http_log.h"
#include "http_request.h"

static const char *const ends[] = {
    [HTTP_SENT] = "", [HTTP_RESET] = " (reset)", [HTTP_CUT_OFF] = " (cut off)"
};

static void put_address(const unsigned char *address, size_t length, char *buf, socklen_t cap) {
    if (length == 0 || !inet_ntop(length == 4 ? AF_INET : AF_INET6, address, buf, cap))
        snprintf(buf, cap, "-");
}

void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum http_outcome outcome) {
    char client[INET6_ADDRSTRLEN];
    unsigned char address[HTTP_PEER_MAX];
    put_address(address, http_peer(connection, address), client, sizeof client);
    http_log("%s %s %s %u %s%s", client, method, route, status, more, ends[outcome]);
}

void http_log_refused_head(const struct sockaddr_in6 *peer, unsigned status,
                           enum http_outcome outcome) {
    struct http_address address = http_peer_of_socket(peer);
    char client[INET6_ADDRSTRLEN];
    put_address(address.bytes, address.length, client, sizeof client);
    http_log("%s ? ? %u header%s", client, status, ends[outcome]);
}
