/* SPDX-License-Identifier: MIT */
/*
 * The networks that a token may be used from: 1 to 16 different IPv4 and IPv6 prefixes, in the
 * order given. No bit behind a prefix is set. Stored as, for each, family (1: 4 or 6), prefix
 * length (1) and address (4 or 16). network_text.h says what their text is.
 *
 * IPv4-mapped IPv6 (::ffff:0:0/96) is IPv4, in a list and as a peer: ::ffff:10.0.0.0/104 is
 * 10.0.0.0/8, and with a prefix length below 96 it is refused. So no peer is in two families:
 * ::/0 is all of IPv6 and none of IPv4. All other IPv6 stays what it is, IPv4-compatible and
 * translated addresses, too.
 */
#ifndef APITOKEN_RULES_NETWORKS_H
#define APITOKEN_RULES_NETWORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "rules/list_text.h"

/*
 * Turns a list text into what is stored. Otherwise returns the rule that the text breaks and sets
 * *ret_at to a byte offset in it; then *ret_len is left alone, and the value is of no use.
 */
enum atk_list_text_rule atk_networks_parse(const char *text, size_t len,
                                           uint8_t value[ATK_NETWORKS_VALUE_MAX], size_t *ret_len,
                                           size_t *ret_at);

/* Whether a stored value is what a list text gives. Another one is damaged. */
bool atk_networks_is_valid(const uint8_t *value, size_t len);

/* Whether it has the form of one, which takes less time: networks are not compared. */
bool atk_networks_has_form(const uint8_t *value, size_t len);

/* Writes the canonical list text of a valid value, with a NUL after it, and returns its length. */
size_t atk_networks_format(const uint8_t *value, size_t len,
                           char text[APITOKEN_NETWORKS_TEXT_MAX + 1]);

/*
 * Whether a peer is in a network of a valid value. Its address has 4 or 16 bytes in network order;
 * one of another length is in none. Of a damaged value no byte behind its end is read.
 */
bool atk_networks_allow(const uint8_t *value, size_t len, const void *peer, size_t peer_len);

#endif
