/* SPDX-License-Identifier: MIT */
#include "http_access_log.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "http_log.h"
#include "http_request.h"

static void client_address(struct MHD_Connection *connection, char *buf, socklen_t cap) {
    unsigned char address[HTTP_PEER_MAX];
    size_t len = http_peer(connection, address);
    if (len == 0 || !inet_ntop(len == 4 ? AF_INET : AF_INET6, address, buf, cap))
        snprintf(buf, cap, "-");
}

void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum http_outcome outcome) {
    static const char *const ends[] = {
        [HTTP_SENT] = "", [HTTP_RESET] = " (reset)", [HTTP_CUT_OFF] = " (cut off)"
    };
    char client[INET6_ADDRSTRLEN];
    client_address(connection, client, sizeof client);
    http_log("%s %s %s %u %s%s", client, method, route, status, more, ends[outcome]);
}
