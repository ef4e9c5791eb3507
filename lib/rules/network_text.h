/* SPDX-License-Identifier: MIT */
/*
 * The text of one network. What is read is strict: dotted decimal with four numbers (RFC 4632,
 * 3.1) or the forms of RFC 4291, 2.2, then "/" and the prefix length, or nothing for a single
 * address. No decimal number begins with 0, and there are no zone ids, no masks and no
 * abbreviations.
 */
#ifndef APITOKEN_RULES_NETWORK_TEXT_H
#define APITOKEN_RULES_NETWORK_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "rules/list_text.h"

#define ATK_IPV4_BITS 32u
#define ATK_IPV6_BITS 128u
#define ATK_NETWORK_TEXT_MAX 43 /* eight groups of four digits, and a prefix length of three */

struct atk_network {
    unsigned family; /* 4 or 6 */
    unsigned prefix; /* its length in bits; of a single address all of them */
    /* the halves of an IPv6 address; one of IPv4 is the first half of `high`, and the rest is 0 */
    uint64_t high, low;
};

static inline unsigned atk_network_bits(unsigned family) {
    return family == 4 ? ATK_IPV4_BITS : ATK_IPV6_BITS;
}

static inline struct atk_network atk_network_ipv4(uint32_t address, unsigned prefix) {
    return (struct atk_network){ 4, prefix, (uint64_t)address << 32, 0 };
}

/*
 * Reads a network as it is written: bits behind the prefix may be set. ATK_LIST_TEXT_ADDRESS or
 * ATK_LIST_TEXT_PREFIX sets *ret_at to the offset at which it goes wrong.
 */
enum atk_list_text_rule atk_network_parse(const char *text, size_t len, struct atk_network *ret,
                                          size_t *ret_at);

/*
 * Writes a network in canonical form: IPv6 as in RFC 5952, without dotted decimal, and a single
 * address without its prefix length. At most ATK_NETWORK_TEXT_MAX bytes and no NUL; returns the
 * end.
 */
char *atk_network_write(const struct atk_network *network, char *out);

#endif
