/* SPDX-License-Identifier: MIT */
#include "http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_log.h"

bool http_is_numeric_address(const char *address) {
    unsigned char parsed[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, address, parsed) == 1 || inet_pton(AF_INET6, address, parsed) == 1;
}

static struct addrinfo *resolve(const char *address, uint16_t port) {
    struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                              .ai_socktype = SOCK_STREAM };
    struct addrinfo *found = NULL;
    char service[8];
    snprintf(service, sizeof service, "%u", (unsigned)port);
    int rc = getaddrinfo(address, service, &hints, &found);
    if (rc != 0) {
        http_log("cannot bind to %s: %s", address, gai_strerror(rc));
        return NULL;
    }
    return found;
}

static int bind_and_listen(int fd, const struct addrinfo *where) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return -1;
    if (bind(fd, where->ai_addr, where->ai_addrlen) != 0) return -1;
    return listen(fd, SOMAXCONN);
}

int http_listen(const char *address, uint16_t port) {
    struct addrinfo *where = resolve(address, port);
    if (!where) return -1;
    int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind_and_listen(fd, where) != 0) {
        http_log("cannot listen on %s port %u: %s", address, (unsigned)port, strerror(errno));
        if (fd >= 0) close(fd);
        fd = -1;
    }
    freeaddrinfo(where);
    return fd;
}

int http_announce(int socket_fd) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    char host[64];
    char service[8];
    if (getsockname(socket_fd, (struct sockaddr *)&bound, &length) != 0 ||
        getnameinfo((struct sockaddr *)&bound, length, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        http_log("cannot determine the address of the listening socket");
        return -1;
    }
    bool v6 = bound.ss_family == AF_INET6;
    if (printf("listening on http://%s%s%s:%s\n", v6 ? "[" : "", host, v6 ? "]" : "", service) <
            0 ||
        fflush(stdout) != 0) {
        http_log("cannot write to standard output: %s", strerror(errno));
        return -1;
    }
    return 0;
}
