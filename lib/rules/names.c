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

/* A walk through a text. */
struct walk {
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
static size_t character_at(const struct walk *w, size_t at, struct character *ret) {
    *ret = (struct character){ 0 };
    if (at >= w->len) return 0;
    size_t width = atk_utf8_decode(w->bytes + at, w->len - at, &ret->code);
    if (width > 0) ret->properties = atk_unicode_properties(ret->code);
    return width;
}

static struct character following(const struct walk *w) {
    struct character c;
    (void)character_at(w, w->next, &c);
    return c;
}

/* The first letter behind `now`, marks aside, connects to what is before it. */
static bool following_joins_before(const struct walk *w) {
    struct character c;
    for (size_t at = w->next, width; (width = character_at(w, at, &c)) > 0; at += width)
        if (!(c.properties & ATK_UNICODE_MARK)) return c.properties & ATK_UNICODE_JOINS_BEFORE;
    return false;
}

/* RFC 5892, appendix A.1. */
static bool zwnj_fits(const struct walk *w) {
    return (w->last.properties & ATK_UNICODE_VIRAMA) ||
           (w->joins_after && following_joins_before(w));
}

/*
 * A letter and a virama of one Indic block with a ZWJ between: the way to write Bengali and Kannada
 * ra before ya, and Sinhala letters that touch. The blocks are 128 code points.
 */
static bool is_before_virama(const struct walk *w, struct character after) {
    const unsigned no_letter = ATK_UNICODE_MARK | ATK_UNICODE_SPACING_MARK;
    return (after.properties & ATK_UNICODE_VIRAMA) && !(w->last.properties & no_letter) &&
           w->last.code >> 7 == after.code >> 7;
}

/* RFC 5892, appendix A.2; and between the parts of an emoji (UTS 51, ED-16). */
static bool zwj_fits(const struct walk *w) {
    const struct character after = following(w);
    return (w->last.properties & ATK_UNICODE_VIRAMA) || is_before_virama(w, after) ||
           (w->is_emoji && (after.properties & ATK_UNICODE_PICTOGRAPH));
}

/* As in 1, U+FE0F, U+20E3: a digit alone looks the same with a selector and without. */
static bool is_in_keycap(const struct walk *w) {
    const uint32_t key = w->last.code;
    return w->now.code == EMOJI_SELECTOR && following(w).code == ENCLOSING_KEYCAP &&
           (is_in(key, '0', '9') || key == '#' || key == '*');
}

static bool selector_fits(const struct walk *w) {
    const uint32_t code = w->now.code;
    if (code == EMOJI_SELECTOR || code == TEXT_SELECTOR)
        return (w->last.properties & ATK_UNICODE_PICTOGRAPH) || is_in_keycap(w);
    if (is_in(code, 0xFE00, 0xFE02) || is_in(code, 0xE0100, 0xE01EF)) /* forms of an ideograph */
        return w->last.properties & ATK_UNICODE_IDEOGRAPH;
    if (is_in(code, 0x180B, 0x180D) || code == 0x180F) /* forms of a Mongolian letter */
        return is_in(w->last.code, 0x1820, 0x18AA) && !(w->last.properties & ATK_UNICODE_MARK);
    return false;
}

static bool is_flag_tag(uint32_t code) {
    return is_in(code, TAG('a'), TAG('z')) || is_in(code, TAG('0'), TAG('9'));
}

/* The flag of a part of a country, as Scotland's: its tags to the last are taken in as one. */
static bool take_flag_tags(struct walk *w) {
    struct character c = w->now;
    size_t next = w->next, tags = 0;
    if (w->last.code != BLACK_FLAG) return false;
    for (; is_flag_tag(c.code); tags++) next += character_at(w, next, &c);
    if (c.code != TAG_CANCEL || tags < FLAG_TAGS_MIN || tags > FLAG_TAGS_MAX) return false;
    w->next = next;
    return true;
}

/* Where a character may stand that is refused elsewhere. */
static bool fits_here(struct walk *w) {
    if (w->now.code == ZWNJ) return zwnj_fits(w);
    if (w->now.code == ZWJ) return zwj_fits(w);
    return selector_fits(w) || take_flag_tags(w);
}

static enum atk_text_rule judge(struct walk *w) {
    const unsigned properties = w->now.properties;
    const bool is_first = w->at == 0;
    if (w->now.code == ' ' && (is_first || w->next == w->len)) return ATK_TEXT_BLANK;
    if (properties & ATK_UNICODE_REFUSED) return fits_here(w) ? ATK_TEXT_GOOD : ATK_TEXT_CHARACTER;
    if (is_first && (properties & (ATK_UNICODE_MARK | ATK_UNICODE_SPACING_MARK)))
        return ATK_TEXT_MARK_FIRST;
    if ((properties & ATK_UNICODE_MARK) && w->marks == ATK_MARKS_MAX) return ATK_TEXT_MARKS;
    return ATK_TEXT_GOOD;
}

/*
 * Goes on to the next character. Marks of their own width, joiners and selectors neither count as
 * marks nor end a row of them, or they would let a pile go on.
 */
static void pass(struct walk *w) {
    const struct character now = w->now;
    const bool is_mark = now.properties & ATK_UNICODE_MARK;
    const bool is_hidden = now.properties & ATK_UNICODE_REFUSED;
    const bool is_joiner = now.code == ZWNJ || now.code == ZWJ;
    if (is_mark)
        w->marks++;
    else if (!is_hidden && !(now.properties & ATK_UNICODE_SPACING_MARK))
        w->marks = 0;
    if (!is_mark && (!is_hidden || is_joiner))
        w->joins_after = now.properties & ATK_UNICODE_JOINS_AFTER;
    const bool goes_on = now.code == EMOJI_SELECTOR || is_in(now.code, 0x1F3FB, 0x1F3FF);
    w->is_emoji = (now.properties & ATK_UNICODE_PICTOGRAPH) || (w->is_emoji && goes_on);
    w->last = now;
    w->at = w->next;
}

enum atk_text_rule atk_text_check(const char *text, size_t len, struct atk_text_fault *ret_fault) {
    struct walk w = { .bytes = (const unsigned char *)text, .len = len };
    while (w.at < len) {
        size_t width = character_at(&w, w.at, &w.now);
        uint32_t code = w.now.code;
        w.next = w.at + width;
        enum atk_text_rule broken = width == 0 ? ATK_TEXT_UTF8 : judge(&w);
        if (broken != ATK_TEXT_GOOD) {
            *ret_fault = (struct atk_text_fault){ .at = w.at, .code = code };
            return broken;
        }
        pass(&w);
    }
    return ATK_TEXT_GOOD;
}

int atk_zone_is_valid(const char *zone, size_t len) {
    if (len < 1 || len > APITOKEN_ZONE_MAX || zone[0] == '/' || zone[len - 1] == '/') return 0;
    for (size_t i = 0; i < len; i++) {
        char c = zone[i];
        int alnum = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c == '\0' || !strchr("+-_/", c))) return 0;
        if (c == '/' && zone[i - 1] == '/') return 0;
    }
    return 1;
}
