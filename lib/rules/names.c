/* SPDX-License-Identifier: MIT */
#include "rules/names.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"
#include "rules/unicode.h"
#include "rules/utf8.h"

#define ZWNJ 0x200Cu
#define ZWJ 0x200Du
#define EMOJI_SELECTOR 0xFE0Fu
#define TEXT_SELECTOR 0xFE0Eu
#define ENCLOSING_KEYCAP 0x20E3u
#define BLACK_FLAG 0x1F3F4u
#define TAG(ascii) (0xE0000u + (unsigned char)(ascii))
#define TAG_CANCEL 0xE007Fu
/* a region of two letters or three digits, then up to four characters (UTS 51, annex C) */
#define FLAG_TAGS_MIN 3
#define FLAG_TAGS_MAX 6

struct character {
    uint32_t code;
    unsigned properties; /* ATK_UNICODE_ */
};

/* Where a check stands in a text. */
struct text_place {
    const unsigned char *bytes;
    size_t len;
    size_t at, next; /* where `now` begins and ends */
    struct character last, now;
    unsigned marks;   /* in a row up to here */
    bool joins_after; /* the last letter, marks aside, connects to the letter after it */
    bool is_emoji;    /* `last` ends an emoji that a ZWJ may link to another (UTS 51, ED-15a) */
};

static bool is_in(uint32_t code, uint32_t first, uint32_t last) {
    return code >= first && code <= last;
}

/* The character at an offset and its length in bytes; 0 at the end and where it is ill-formed. */
static size_t character_at(const struct text_place *place, size_t at, struct character *ret) {
    *ret = (struct character){ 0 };
    if (at >= place->len) return 0;
    size_t width = atk_utf8_decode(place->bytes + at, place->len - at, &ret->code);
    if (width > 0) ret->properties = atk_unicode_properties(ret->code);
    return width;
}

static struct character following(const struct text_place *place) {
    struct character c;
    (void)character_at(place, place->next, &c);
    return c;
}

/* The first letter after `now`, marks aside, connects to what is before it. */
static bool following_joins_before(const struct text_place *place) {
    struct character c;
    for (size_t at = place->next, width; (width = character_at(place, at, &c)) > 0; at += width)
        if (!(c.properties & ATK_UNICODE_MARK)) return c.properties & ATK_UNICODE_JOINS_BEFORE;
    return false;
}

/* RFC 5892, appendix A.1. */
static bool zwnj_fits(const struct text_place *place) {
    return (place->last.properties & ATK_UNICODE_VIRAMA) ||
           (place->joins_after && following_joins_before(place));
}

/*
 * A letter and a virama of one Indic block with a ZWJ between: the way to write Bengali and Kannada
 * ra before ya, and Sinhala letters that touch. The blocks are 128 code points.
 */
static bool is_before_virama(const struct text_place *place, struct character after) {
    const unsigned no_letter = ATK_UNICODE_MARK | ATK_UNICODE_SPACING_MARK;
    return (after.properties & ATK_UNICODE_VIRAMA) && !(place->last.properties & no_letter) &&
           place->last.code >> 7 == after.code >> 7;
}

/* RFC 5892, appendix A.2; and between the parts of an emoji (UTS 51, ED-16). */
static bool zwj_fits(const struct text_place *place) {
    const struct character after = following(place);
    return (place->last.properties & ATK_UNICODE_VIRAMA) || is_before_virama(place, after) ||
           (place->is_emoji && (after.properties & ATK_UNICODE_PICTOGRAPH));
}

/* As in 1, U+FE0F, U+20E3: a digit alone looks the same with a selector and without. */
static bool is_in_keycap(const struct text_place *place) {
    const uint32_t key = place->last.code;
    return place->now.code == EMOJI_SELECTOR && following(place).code == ENCLOSING_KEYCAP &&
           (is_in(key, '0', '9') || key == '#' || key == '*');
}

static bool selector_fits(const struct text_place *place) {
    const uint32_t code = place->now.code;
    if (code == EMOJI_SELECTOR || code == TEXT_SELECTOR)
        return (place->last.properties & ATK_UNICODE_PICTOGRAPH) || is_in_keycap(place);
    if (is_in(code, 0xFE00, 0xFE02) || is_in(code, 0xE0100, 0xE01EF)) /* forms of an ideograph */
        return place->last.properties & ATK_UNICODE_IDEOGRAPH;
    if (is_in(code, 0x180B, 0x180D) || code == 0x180F) /* forms of a Mongolian letter */
        return is_in(place->last.code, 0x1820, 0x18AA) &&
               !(place->last.properties & ATK_UNICODE_MARK);
    return false;
}

static bool is_flag_tag(uint32_t code) {
    return is_in(code, TAG('a'), TAG('z')) || is_in(code, TAG('0'), TAG('9'));
}

/* The flag of a part of a country, as Scotland's: its tags to the last are taken in as one. */
static bool take_flag_tags(struct text_place *place) {
    struct character c = place->now;
    size_t next = place->next, tags = 0;
    if (place->last.code != BLACK_FLAG) return false;
    for (; is_flag_tag(c.code); tags++) next += character_at(place, next, &c);
    if (c.code != TAG_CANCEL || tags < FLAG_TAGS_MIN || tags > FLAG_TAGS_MAX) return false;
    place->next = next;
    return true;
}

/* Where a character may stand that is refused elsewhere. */
static bool fits_here(struct text_place *place) {
    if (place->now.code == ZWNJ) return zwnj_fits(place);
    if (place->now.code == ZWJ) return zwj_fits(place);
    return selector_fits(place) || take_flag_tags(place);
}

static enum atk_text_rule rule_broken_at(struct text_place *place) {
    const unsigned properties = place->now.properties;
    const bool is_first = place->at == 0;
    if (place->now.code == ' ' && (is_first || place->next == place->len)) return ATK_TEXT_BLANK;
    if (properties & ATK_UNICODE_REFUSED)
        return fits_here(place) ? ATK_TEXT_GOOD : ATK_TEXT_CHARACTER;
    if (is_first && (properties & (ATK_UNICODE_MARK | ATK_UNICODE_SPACING_MARK)))
        return ATK_TEXT_MARK_FIRST;
    if ((properties & ATK_UNICODE_MARK) && place->marks == ATK_MARKS_MAX) return ATK_TEXT_MARKS;
    return ATK_TEXT_GOOD;
}

/*
 * Goes on to the next character. Marks of their own width, joiners and selectors neither count as
 * marks nor end a row of them, or they would let a pile go on.
 */
static void pass_character(struct text_place *place) {
    const struct character now = place->now;
    const bool is_mark = now.properties & ATK_UNICODE_MARK;
    const bool is_hidden = now.properties & ATK_UNICODE_REFUSED;
    const bool is_joiner = now.code == ZWNJ || now.code == ZWJ;
    if (is_mark)
        place->marks++;
    else if (!is_hidden && !(now.properties & ATK_UNICODE_SPACING_MARK))
        place->marks = 0;
    if (!is_mark && (!is_hidden || is_joiner))
        place->joins_after = now.properties & ATK_UNICODE_JOINS_AFTER;
    const bool goes_on = now.code == EMOJI_SELECTOR || is_in(now.code, 0x1F3FB, 0x1F3FF);
    place->is_emoji = (now.properties & ATK_UNICODE_PICTOGRAPH) || (place->is_emoji && goes_on);
    place->last = now;
    place->at = place->next;
}

enum atk_text_rule atk_text_check(const char *text, size_t len, struct atk_text_fault *ret_fault) {
    struct text_place place = { .bytes = (const unsigned char *)text, .len = len };
    while (place.at < len) {
        size_t width = character_at(&place, place.at, &place.now);
        uint32_t code = place.now.code;
        place.next = place.at + width;
        enum atk_text_rule broken = width == 0 ? ATK_TEXT_UTF8 : rule_broken_at(&place);
        if (broken != ATK_TEXT_GOOD) {
            *ret_fault = (struct atk_text_fault){ .at = place.at, .code = code };
            return broken;
        }
        pass_character(&place);
    }
    return ATK_TEXT_GOOD;
}

bool atk_zone_is_valid(const char *zone, size_t len) {
    if (len < 1 || len > APITOKEN_ZONE_MAX || zone[0] == '/' || zone[len - 1] == '/') return false;
    for (size_t i = 0; i < len; i++) {
        char c = zone[i];
        bool is_alnum = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!is_alnum && (c == '\0' || !strchr("+-_/", c))) return false;
        if (c == '/' && zone[i - 1] == '/') return false;
    }
    return true;
}
