/* SPDX-License-Identifier: MIT */
/* What two lists of interfaces, or of networks, have in common. */
#ifndef APITOKEN_RULES_NARROW_H
#define APITOKEN_RULES_NARROW_H

#include "rules/record_parts.h"

#define ATK_NARROW_MAX                                                            \
    (ATK_INTERFACES_VALUE_MAX > ATK_NETWORKS_VALUE_MAX ? ATK_INTERFACES_VALUE_MAX \
                                                       : ATK_NETWORKS_VALUE_MAX)

/*
 * Writes the list of what is in both lists, which must be valid, and returns its length; 0: nothing
 * is. What is in both networks of a pair is the narrower one. A list has room for 16: of more it
 * takes the first, so that it never allows what one of the two does not.
 */
typedef size_t (*atk_narrow_fn)(const struct atk_part *one, const struct atk_part *other,
                                uint8_t out[ATK_NARROW_MAX]);
size_t atk_narrow_interfaces(const struct atk_part *one, const struct atk_part *other,
                             uint8_t out[ATK_NARROW_MAX]);
size_t atk_narrow_networks(const struct atk_part *one, const struct atk_part *other,
                           uint8_t out[ATK_NARROW_MAX]);

#endif
