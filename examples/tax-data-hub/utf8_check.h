/* SPDX-License-Identifier: MIT */
/*
 * Strict UTF-8 (RFC 3629) that arrives in pieces.
 */
#ifndef TAX_DATA_HUB_UTF8_CHECK_H
#define TAX_DATA_HUB_UTF8_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* Zero before the first byte. */
struct utf8_check {
    uint8_t needed; /* bytes that the character still lacks */
    uint8_t low;    /* range of the next one */
    uint8_t high;
};

/* False if the byte cannot stand here. */
bool utf8_check_byte(struct utf8_check *check, uint8_t byte);

/* Is no character cut off? */
static inline bool utf8_check_is_whole(const struct utf8_check *check) {
    return check->needed == 0;
}

#endif
