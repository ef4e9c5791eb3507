/* SPDX-License-Identifier: MIT */
/* Checks UTF-8 (RFC 3629) byte by byte, as it arrives. */
#ifndef TAX_DATA_HUB_UTF8_CHECK_H
#define TAX_DATA_HUB_UTF8_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* All zero before the first byte. */
struct utf8_check {
    uint8_t missing;   /* bytes until the character is complete */
    uint8_t low, high; /* range of the next byte */
};

/* Returns false if the byte is not allowed here. */
bool utf8_check_byte(struct utf8_check *check, uint8_t byte);

/* False in the middle of a character. */
static inline bool utf8_check_is_complete(const struct utf8_check *check) {
    return check->missing == 0;
}

#endif
