/* SPDX-License-Identifier: MIT */
#include "rules/narrow.h"

#include <string.h>

#include "rules/interfaces.h"
#include "rules/networks.h"

#define NETWORK_HEAD 2

size_t atk_narrow_interfaces(const struct atk_part *one, const struct atk_part *other,
                             uint8_t out[ATK_NARROW_MAX]) {
    size_t len = 1;
    out[0] = 0;
    for (size_t at = 1; at < one->len; at += 1u + one->value[at]) {
        const uint8_t *name = one->value + at;
        if (!atk_interfaces_allow(other->value, other->len, (const char *)name + 1, name[0]))
            continue;
        memcpy(out + len, name, 1u + name[0]);
        len += 1u + name[0];
        out[0]++;
    }
    return out[0] > 0 ? len : 0;
}

static size_t address_len(const uint8_t *network) { return network[0] == 4 ? 4 : 16; }

static size_t network_len(const uint8_t *network) { return NETWORK_HEAD + address_len(network); }

/* Whether the second network lies in the first one. No bit behind a prefix is set. */
static bool contains(const uint8_t *wide, const uint8_t *narrow) {
    const unsigned bits = wide[1], whole = bits / 8, rest = bits % 8;
    const uint8_t *a = wide + NETWORK_HEAD, *b = narrow + NETWORK_HEAD;
    if (wide[0] != narrow[0] || narrow[1] < bits || memcmp(a, b, whole) != 0) return false;
    return rest == 0 || ((a[whole] ^ b[whole]) & (0xFFu << (8 - rest)) & 0xFFu) == 0;
}

static bool has_network(const uint8_t *list, size_t len, const uint8_t *network) {
    for (size_t at = 0; at < len; at += network_len(list + at))
        if (list[at] == network[0] && memcmp(list + at, network, network_len(network)) == 0)
            return true;
    return false;
}

/* Adds the networks of a list that lie in one of the other list. */
static void add_contained(const struct atk_part *list, const struct atk_part *in, uint8_t *out,
                          size_t *len, unsigned *count) {
    for (size_t at = 0; at < list->len; at += network_len(list->value + at)) {
        const uint8_t *network = list->value + at;
        bool is_in = false;
        for (size_t i = 0; i < in->len; i += network_len(in->value + i))
            is_in |= contains(in->value + i, network);
        if (!is_in || *count == APITOKEN_NETWORKS_MAX || has_network(out, *len, network)) continue;
        memcpy(out + *len, network, network_len(network));
        *len += network_len(network);
        ++*count;
    }
}

size_t atk_narrow_networks(const struct atk_part *one, const struct atk_part *other,
                           uint8_t out[ATK_NARROW_MAX]) {
    size_t len = 0;
    unsigned count = 0;
    add_contained(one, other, out, &len, &count);
    add_contained(other, one, out, &len, &count);
    return len;
}
