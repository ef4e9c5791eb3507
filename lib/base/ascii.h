/* SPDX-License-Identifier: MIT */
/* Letters of ASCII, whatever the locale says. */
#ifndef APITOKEN_BASE_ASCII_H
#define APITOKEN_BASE_ASCII_H

static inline char atk_ascii_lower(char c) {
    if (c < 'A' || c > 'Z') return c;
    return (char)(c + ('a' - 'A'));
}

#endif
