/* SPDX-License-Identifier: MIT */
/* Unicode properties of code points, as far as the rules for names need them. */
#ifndef APITOKEN_RULES_UNICODE_H
#define APITOKEN_RULES_UNICODE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Control, format and default-ignorable characters, noncharacters, private use, white space other
 * than U+0020, and blank glyphs. The other bits but ATK_UNICODE_PICTOGRAPH are clear then.
 */
#define ATK_UNICODE_REFUSED 0x01u
#define ATK_UNICODE_MARK 0x02u         /* takes no room of its own: categories Mn and Me */
#define ATK_UNICODE_SPACING_MARK 0x04u /* Mc */
#define ATK_UNICODE_VIRAMA 0x08u /* canonical combining class 9, beside one of the two above */
#define ATK_UNICODE_JOINS_BEFORE 0x10u /* joining type R or D: connects to the letter before it */
#define ATK_UNICODE_JOINS_AFTER 0x20u  /* joining type L or D: connects to the letter after it */
#define ATK_UNICODE_PICTOGRAPH 0x40u   /* Extended_Pictographic */
#define ATK_UNICODE_IDEOGRAPH 0x80u    /* Unified_Ideograph, or unassigned in plane 2 or 3 */

/* The bits of a code point up to U+10FFFF; none for a surrogate. */
unsigned atk_unicode_properties(uint32_t code);

/* The generated table: where the bits change, in order. Each is a code point << 8 | its bits. */
extern const uint32_t atk_unicode_runs[];
extern const size_t atk_unicode_run_count;

#endif
