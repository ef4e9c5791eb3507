/* SPDX-License-Identifier: MIT */
#include "http_access_log.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "http_log.h"

static void client_address(struct MHD_Connection *connection, char *buf, socklen_t cap) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    const char *text = NULL;
    if (address && address->sa_family == AF_INET)
        text = inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
                         buf, cap);
    else if (address && address->sa_family == AF_INET6)
        text = inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                         buf, cap);
    if (!text) snprintf(buf, cap, "-");
}

void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum MHD_RequestTerminationCode code) {
    const char *cut = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "" : " (cut off)";
    char client[INET6_ADDRSTRLEN];
    client_address(connection, client, sizeof client);
    http_log("%s %s %s %u %s%s", client, method, route, status, more, cut);
}
