/* SPDX-License-Identifier: MIT */
#include "http_forwarded.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define NODE_MAX 64 /* longer than any address with a port */

static bool parse_address(const char *text, struct http_address *ret) {
    *ret = (struct http_address){ .length = 0 };
    if (inet_pton(AF_INET, text, ret->bytes) == 1)
        ret->length = 4;
    else if (inet_pton(AF_INET6, text, ret->bytes) == 1)
        ret->length = 16;
    return ret->length > 0;
}

static bool is_port(const char *text) {
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && !text[digits];
}

/* ADDR, ADDR:PORT of IPv4, [ADDR] or [ADDR]:PORT of IPv6; anything else has no address. */
static struct http_address parse_node(char *text) {
    struct http_address address = { .length = 0 };
    char *end = strchr(text, ']');
    if (*text == '[' && end) {
        *end++ = '\0';
        if (*end && (*end != ':' || !is_port(end + 1))) return address;
        if (parse_address(text + 1, &address) && address.length != 16) address.length = 0;
        return address;
    }
    end = strchr(text, ':');
    if (end && end == strrchr(text, ':')) { /* one colon: not IPv6 */
        if (!is_port(end + 1)) return address;
        *end = '\0';
    }
    parse_address(text, &address);
    return address;
}

static bool add_hop(struct http_hops *hops, char *node) {
    if (hops->count == HTTP_HOPS_MAX) return false;
    hops->hops[hops->count++] = parse_node(node);
    return true;
}

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t"); }

bool http_x_forwarded_for_read(const char *value, struct http_hops *hops) {
    for (;;) {
        char node[NODE_MAX] = "";
        value = skip_blanks(value);
        size_t length = strcspn(value, ", \t");
        if (length < sizeof node) memcpy(node, value, length);
        value = skip_blanks(value + length);
        if (!add_hop(hops, node) || (*value && *value != ',')) return false;
        if (!*value++) return true;
    }
}

/* ---- Forwarded ------------------------------------------------------------------------------- */

/* Copies a value, in quotes or without. Returns what follows; NULL if malformed or too long. */
static const char *take_value(const char *at, char *node) {
    size_t length = 0;
    bool is_quoted = *at == '"';
    if (is_quoted) at++;
    for (; *at && (is_quoted ? *at != '"' : !strchr(";, \t\"", *at)); at++) {
        if (is_quoted && *at == '\\' && !*++at) return NULL;
        if (length == NODE_MAX - 1) return NULL;
        node[length++] = *at;
    }
    node[length] = '\0';
    if (!is_quoted) return at;
    return *at == '"' ? at + 1 : NULL;
}

/* Takes one `name=value`; keeps that of `for`. */
static const char *take_pair(const char *at, char *node) {
    char value[NODE_MAX];
    size_t length = strcspn(at, "=;, \t\"");
    if (length == 0 || at[length] != '=') return NULL;
    const char *end = take_value(at + length + 1, value);
    if (end && length == 3 && strncasecmp(at, "for", 3) == 0) {
        if (*node) return NULL; /* twice */
        memcpy(node, value, strlen(value) + 1);
    }
    return end;
}

bool http_forwarded_read(const char *value, struct http_hops *hops) {
    char node[NODE_MAX] = "";
    for (;;) {
        value = take_pair(skip_blanks(value), node);
        if (!value) return false;
        value = skip_blanks(value);
        if (*value == ';') {
            value++;
            continue;
        }
        if (!add_hop(hops, node) || (*value && *value != ',')) return false;
        if (!*value++) return true;
        *node = '\0';
    }
}
