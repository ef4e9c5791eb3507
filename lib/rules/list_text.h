/* SPDX-License-Identifier: MIT */
/*
 * A list text, as interfaces and networks are given and returned: items with commas between them,
 * without blanks.
 */
#ifndef APITOKEN_RULES_LIST_TEXT_H
#define APITOKEN_RULES_LIST_TEXT_H

#include <stddef.h>
#include <string.h>

/* Why a list text is refused. The first item that breaks a rule counts. */
enum atk_list_text_rule {
    ATK_LIST_TEXT_GOOD,
    /* at the beginning of the item */
    ATK_LIST_TEXT_EMPTY,    /* it has no characters; an empty text is one such item */
    ATK_LIST_TEXT_MANY,     /* there are as many before it as a list may have */
    ATK_LIST_TEXT_REPEATED, /* an item before it is the same */
    ATK_LIST_TEXT_LONG,
    ATK_LIST_TEXT_MAPPED,    /* an IPv4-mapped network with a prefix length below 96 */
    ATK_LIST_TEXT_HOST_BITS, /* a bit behind the prefix is set */
    /* where it goes wrong */
    ATK_LIST_TEXT_CHARACTER, /* not allowed in the name of an interface */
    ATK_LIST_TEXT_ADDRESS,   /* not the text of an IPv4 or IPv6 address */
    ATK_LIST_TEXT_PREFIX,    /* the prefix length is no number, too large, or begins with 0 */
};

/* Where the item that begins at an offset ends: at the next comma, or at the end of the text. */
static inline size_t atk_list_text_item_end(const char *text, size_t len, size_t begin) {
    const char *comma = (const char *)memchr(text + begin, ',', len - begin);
    return comma ? (size_t)(comma - text) : len;
}

#endif
