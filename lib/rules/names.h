/* SPDX-License-Identifier: MIT */
/* Which text may be stored as owner, name, description or reason; the form of zone ids. */
#ifndef APITOKEN_RULES_NAMES_H
#define APITOKEN_RULES_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Marks in a row that take no room of their own (UTS 39, 5.4): more of them cover other lines. */
#define ATK_MARKS_MAX 4

enum atk_text_rule {
    ATK_TEXT_GOOD,
    ATK_TEXT_UTF8,       /* not well-formed */
    ATK_TEXT_BLANK,      /* a space at the beginning or the end */
    ATK_TEXT_CHARACTER,  /* it may not stand here, or not at all */
    ATK_TEXT_MARK_FIRST, /* a combining mark without a letter before it */
    ATK_TEXT_MARKS,      /* too many combining marks in a row */
};

struct atk_text_fault {
    size_t at;     /* byte offset of the character */
    uint32_t code; /* the character; 0 for ATK_TEXT_UTF8 */
};

/*
 * The first rule that the text breaks; with ATK_TEXT_GOOD *ret_fault is left alone. doc/limits.md
 * states the rules. They bind what is stored from now on, never what was stored before.
 */
enum atk_text_rule atk_text_check(const char *text, size_t len, struct atk_text_fault *ret_fault);

/* Whether the text has the form of a zone id: 1 to 64 of A-Z a-z 0-9 + - _ / with no empty part. */
bool atk_zone_is_valid(const char *zone, size_t len);

#endif
