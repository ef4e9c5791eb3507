/* SPDX-License-Identifier: MIT */
#include "http/host_name.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "http/access.h"
#include "http_number.h"
#include "http_request.h"

#define NAME_CAP 64 /* of an address or localhost */

/* Copies what stands before the port, without brackets. False if it can be no address. */
static bool take_name(const char *host, char ret_name[NAME_CAP], bool *ret_is_v6) {
    const char *begin = host, *end;
    *ret_is_v6 = *host == '[';
    if (*ret_is_v6) {
        begin++;
        end = strchr(begin, ']');
        if (!end) return false;
    } else {
        end = begin + strcspn(begin, ":");
    }
    size_t length = (size_t)(end - begin);
    const char *port = *ret_is_v6 ? end + 1 : end;
    uint64_t number = 0;
    if (length == 0 || length >= NAME_CAP) return false;
    if (*port && (*port != ':' || !http_number(port + 1, 0, UINT16_MAX, &number))) return false;
    memcpy(ret_name, begin, length);
    ret_name[length] = '\0';
    return true;
}

static bool is_address_or_localhost(const char *host) {
    char name[NAME_CAP];
    unsigned char address[sizeof(struct in6_addr)];
    bool is_v6 = false;
    if (!take_name(host, name, &is_v6)) return false;
    if (is_v6) return inet_pton(AF_INET6, name, address) == 1;
    return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1;
}

bool host_name_is_own(const char *host, const char *origin) {
    if (!host) return false;
    const char *authority =
        origin ? http_path_after(origin, origin_is_https(origin) ? "https://" : "http://") : NULL;
    return (authority && strcasecmp(host, authority) == 0) || is_address_or_localhost(host);
}

bool host_address_is_loopback(const char *address) {
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
