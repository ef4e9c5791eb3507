/* SPDX-License-Identifier: MIT */
/* Every property of every code point is compared apart from this, in unicode_properties.py. */
#include "rules/names.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

#define GOOD ATK_TEXT_GOOD
#define UTF8 ATK_TEXT_UTF8
#define BLANK ATK_TEXT_BLANK
#define CHARACTER ATK_TEXT_CHARACTER
#define MARK_FIRST ATK_TEXT_MARK_FIRST
#define MARKS ATK_TEXT_MARKS

/* The rule that a text breaks, and which character of it does; of UTF-8 the first ill-formed. */
struct text_case {
    const char *what, *text;
    enum atk_text_rule rule;
    size_t at;
    uint32_t code;
};

static void assert_cases(const struct text_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct text_case *due = &cases[i];
        struct atk_text_fault fault = { 0 };
        enum atk_text_rule rule = atk_text_check(due->text, strlen(due->text), &fault);
        if (rule != due->rule || fault.at != due->at || fault.code != due->code)
            fail_msg("%s: rule %d, U+%04X at %zu", due->what, (int)rule, (unsigned)fault.code,
                     fault.at);
    }
}
#define ASSERT_CASES(cases) assert_cases((cases), sizeof(cases) / sizeof(cases)[0])

static void test_words_of_many_scripts(void **state) {
    (void)state;
    static const struct text_case cases[] = {
        { "ASCII", u8"CI <script> \"';--", GOOD, 0, 0 },
        { "one letter", u8"x", GOOD, 0, 0 },
        { "nothing", u8"", GOOD, 0, 0 },
        { "two spaces inside", u8"a  b", GOOD, 0, 0 },
        { "German", u8"M\u00FCller & S\u00F6hne", GOOD, 0, 0 },
        { "decomposed umlaut", u8"Mu\u0308ller", GOOD, 0, 0 },
        { "Vietnamese, decomposed", u8"tie\u0302\u0301ng Vie\u0323\u0302t", GOOD, 0, 0 },
        { "Russian", u8"\u043E\u0442\u0447\u0451\u0442", GOOD, 0, 0 },
        { "Hebrew with points",
          u8"\u05E9\u05C1\u05B8\u05DC\u05D5\u05B9\u05DD \u05E2\u05B4\u05D1\u05B0\u05E8\u05B4\u05D9"
          u8"\u05EA",
          GOOD, 0, 0 },
        { "Hebrew with accent", u8"\u05E9\u05BC\u05C1\u05B4\u0594", GOOD, 0, 0 },
        { "Arabic with vowels",
          u8"\u0645\u064F\u062D\u064E\u0645\u0651\u064E\u062F \u0627\u0644\u0644\u0651\u0670\u0647",
          GOOD, 0, 0 },
        { "Persian, I want", u8"\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", GOOD, 0, 0 },
        { "Persian, houses", u8"\u062E\u0627\u0646\u0647\u200C\u0647\u0627", GOOD, 0, 0 },
        { "Persian, books of", u8"\u06A9\u062A\u0627\u0628\u200C\u0647\u0627\u06CC", GOOD, 0, 0 },
        { "Persian with vowels around", u8"\u0646\u0650\u064E\u200C\u0650\u0647", GOOD, 0, 0 },
        { "Urdu", u8"\u0627\u0631\u062F\u0648 \u06A9\u06CC\u200C\u0628\u0648\u0631\u0688", GOOD, 0,
          0 },
        { "Syriac", u8"\u0710\u0712\u200C\u0713", GOOD, 0, 0 },
        { "Hindi", u8"\u0939\u093F\u0928\u094D\u0926\u0940", GOOD, 0, 0 },
        { "Hindi, half form", u8"\u0915\u094D\u200D\u0937", GOOD, 0, 0 },
        { "Hindi, virama shown", u8"\u0936\u094D\u0930\u0940\u092E\u093E\u0928\u094D\u200C\u0915",
          GOOD, 0, 0 },
        { "Nepali", u8"\u0917\u0930\u094D\u200D\u092F\u094B", GOOD, 0, 0 },
        { "Sinhala, Sri Lanka", u8"\u0DC1\u0DCA\u200D\u0DBB\u0DD3 \u0DBD\u0D82\u0D9A\u0DCF", GOOD,
          0, 0 },
        { "Sinhala, letters that touch", u8"\u0D9A\u200D\u0DCA\u0D9A", GOOD, 0, 0 },
        { "Malayalam, software",
          u8"\u0D38\u0D4B\u0D2B\u0D4D\u0D31\u0D4D\u0D31\u0D4D\u200C\u0D35\u0D46\u0D2F\u0D7C", GOOD,
          0, 0 },
        { "Malayalam, chillu at the end", u8"\u0D05\u0D35\u0D28\u0D4D\u200D", GOOD, 0, 0 },
        { "Bengali, khanda ta of old", u8"\u09B9\u09A0\u09BE\u09A4\u09CD\u200D", GOOD, 0, 0 },
        { "Bengali, random", u8"\u09B0\u200D\u09CD\u09AF\u09BE\u09A8\u09CD\u09A1\u09AE", GOOD, 0,
          0 },
        { "Kannada, ra", u8"\u0CB0\u200D\u0CCD\u0CAF", GOOD, 0, 0 },
        { "Telugu", u8"\u0C38\u0C3E\u0C2B\u0C4D\u0C1F\u0C4D\u200C\u0C35\u0C47\u0C30\u0C4D", GOOD, 0,
          0 },
        { "Tamil", u8"\u0BA4\u0BAE\u0BBF\u0BB4\u0BCD", GOOD, 0, 0 },
        { "Gujarati", u8"\u0AB0\u0ABF\u0AAA\u0ACB\u0AB0\u0ACD\u0A9F", GOOD, 0, 0 },
        { "Burmese, marks of their own width between",
          u8"\u101C\u103B\u103E\u1031\u102C\u1037 \u1019\u103C\u102D\u102F\u1037", GOOD, 0, 0 },
        { "Khmer", u8"\u179F\u17D2\u178F\u17D2\u179A\u17B8", GOOD, 0, 0 },
        { "Tibetan", u8"\u0F56\u0F66\u0F92\u0FB2\u0F74\u0F56\u0F66 \u0F67\u0F71\u0F74\u0F83", GOOD,
          0, 0 },
        { "Thai", u8"\u0E1C\u0E39\u0E49\u0E43\u0E0A\u0E49\u0E17\u0E35\u0E48", GOOD, 0, 0 },
        { "Lao", u8"\u0E9E\u0EB2\u0EAA\u0EB2\u0EA5\u0EB2\u0EA7", GOOD, 0, 0 },
        { "Chinese", u8"\u6771\u4EAC\u7A05", GOOD, 0, 0 },
        { "Japanese", u8"\u7A0E\u52D9\u7F72\u306E\u30C8\u30FC\u30AF\u30F3", GOOD, 0, 0 },
        { "Japanese, an ideograph's form", u8"\u845B\U000E0100\u98FE", GOOD, 0, 0 },
        { "ideograph of compatibility", u8"\u795E\uFE00", GOOD, 0, 0 },
        { "form of a rare ideograph", u8"\U00020BB7\U000E01EF", GOOD, 0, 0 },
        { "form of one to come", u8"\U0003FFFD\U000E0101", GOOD, 0, 0 },
        { "Korean", u8"\uC138\uBB34\uC11C", GOOD, 0, 0 },
        { "Korean, letters apart", u8"\u1112\u1161\u11AB", GOOD, 0, 0 },
        { "Mongolian, forms", u8"\u182D\u180B\u1820\u180F", GOOD, 0, 0 },
        { "Mongolian, a form and ZWNJ", u8"\u182D\u180B\u200C\u1820", GOOD, 0, 0 },
        { "Ethiopic", u8"\u12A0\u121B\u122D\u129B", GOOD, 0, 0 },
        { "unassigned", u8"\U0001FFFD \u0378", GOOD, 0, 0 },
        { "replacement character", u8"\uFFFD", GOOD, 0, 0 },
        { "four marks", u8"a\u0301\u0302\u0303\u0304b", GOOD, 0, 0 },
        { "four marks, twice", u8"a\u0301\u0302\u0303\u0304b\u0301\u0302\u0303\u0304", GOOD, 0, 0 },
        { "four marks, twice, of a space too", u8"a\u0301\u0302\u0303\u0304 \u0301", GOOD, 0, 0 },
    };
    ASSERT_CASES(cases);
}

static void test_emoji(void **state) {
    (void)state;
    static const struct text_case cases[] = {
        { "key", u8"\U0001F511", GOOD, 0, 0 },
        { "family", u8"\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466 Meier", GOOD, 0,
          0 },
        { "family beside a word", u8"x\U0001F469\u200D\U0001F467y", GOOD, 0, 0 },
        { "health worker", u8"\U0001F9D1\U0001F3FD\u200D\u2695\uFE0F", GOOD, 0, 0 },
        { "health worker, darkest", u8"\U0001F9D1\U0001F3FF\u200D\u2695\uFE0F", GOOD, 0, 0 },
        { "shrug", u8"\U0001F937\U0001F3FB\u200D\u2640\uFE0F", GOOD, 0, 0 },
        { "heart on fire", u8"\u2764\uFE0F\u200D\U0001F525", GOOD, 0, 0 },
        { "rainbow flag", u8"\U0001F3F3\uFE0F\u200D\U0001F308", GOOD, 0, 0 },
        { "pirates", u8"\U0001F3F4\u200D\u2620\uFE0F", GOOD, 0, 0 },
        { "detective, selector before skin", u8"\U0001F575\uFE0F\U0001F3FB\u200D\u2642", GOOD, 0,
          0 },
        { "Germany", u8"\U0001F1E9\U0001F1EA", GOOD, 0, 0 },
        { "Scotland", u8"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
          GOOD, 0, 0 },
        { "two flags",
          u8"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F \U0001F3F4"
          u8"\U000E0075\U000E0073\U000E0063\U000E0061\U000E007F",
          GOOD, 0, 0 },
        { "flag with digits",
          u8"\U0001F3F4\U000E0030\U000E0034\U000E0039\U000E0061\U000E007A\U000E0039\U000E007F",
          GOOD, 0, 0 },
        { "flag of three", u8"\U0001F3F4\U000E0061\U000E0061\U000E0061\U000E007F", GOOD, 0, 0 },
        { "keycap", u8"1\uFE0F\u20E3 #\uFE0F\u20E3 *\uFE0F\u20E3 9\uFE0F\u20E3 0\uFE0F\u20E3", GOOD,
          0, 0 },
        { "keycap without a selector", u8"1\u20E3", GOOD, 0, 0 },
        { "watch as text", u8"\u231A\uFE0E", GOOD, 0, 0 },
        { "copyright", u8"\u00A9\uFE0F 2027", GOOD, 0, 0 },

        { "keycap as text", u8"1\uFE0E\u20E3", CHARACTER, 1, 0xFE0E },
        { "slash is no key", u8"/\uFE0F\u20E3", CHARACTER, 1, 0xFE0F },
        { "colon is no key", u8":\uFE0F\u20E3", CHARACTER, 1, 0xFE0F },
        { "digit with a selector alone", u8"a1\uFE0F", CHARACTER, 2, 0xFE0F },
        { "digit with a selector", u8"1\uFE0Fa", CHARACTER, 1, 0xFE0F },
        { "letter with a selector", u8"a\uFE0F", CHARACTER, 1, 0xFE0F },
        { "selector first", u8"\uFE0F", CHARACTER, 0, 0xFE0F },
        { "two selectors", u8"\u2764\uFE0F\uFE0F", CHARACTER, 6, 0xFE0F },
        { "selector after skin", u8"\U0001F44D\U0001F3FB\uFE0F", CHARACTER, 8, 0xFE0F },
        { "ZWJ last", u8"\U0001F469\u200D", CHARACTER, 4, 0x200D },
        { "ZWJ first", u8"\u200D\U0001F469", CHARACTER, 0, 0x200D },
        { "ZWJ twice", u8"\U0001F469\u200D\u200D\U0001F469", CHARACTER, 4, 0x200D },
        { "ZWJ before a letter", u8"\U0001F469\u200Da", CHARACTER, 4, 0x200D },
        { "ZWJ after a letter", u8"a\u200D\U0001F469", CHARACTER, 1, 0x200D },
        { "ZWJ after a flag", u8"\U0001F1E9\U0001F1EA\u200D\U0001F469", CHARACTER, 8, 0x200D },
        { "ZWJ after an emoji as text", u8"\u2764\uFE0E\u200D\U0001F525", CHARACTER, 6, 0x200D },
        { "ZWJ after skin alone", u8"a\U0001F3FB\u200D\U0001F469", CHARACTER, 5, 0x200D },
        { "ZWJ after a space", u8"\U0001F469 \u200D\U0001F469", CHARACTER, 5, 0x200D },
        { "ZWNJ between emoji", u8"\U0001F469\u200C\U0001F469", CHARACTER, 4, 0x200C },
        { "tags after a letter", u8"a\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
          CHARACTER, 1, 0xE0067 },
        { "tags after another flag", u8"\U0001F3F3\U000E0067\U000E0062\U000E0073\U000E007F",
          CHARACTER, 4, 0xE0067 },
        { "tags without their end", u8"\U0001F3F4\U000E0067\U000E0062\U000E0073", CHARACTER, 4,
          0xE0067 },
        { "tags that go on as text", u8"\U0001F3F4\U000E0067\U000E0062\U000E0073x", CHARACTER, 4,
          0xE0067 },
        { "flag of two", u8"\U0001F3F4\U000E0061\U000E0061\U000E007F", CHARACTER, 4, 0xE0061 },
        { "flag of seven",
          u8"\U0001F3F4\U000E0061\U000E0061\U000E0061\U000E0061\U000E0061\U000E0061\U000E0061"
          u8"\U000E007F",
          CHARACTER, 4, 0xE0061 },
        { "flag of capitals", u8"\U0001F3F4\U000E0061\U000E0041\U000E0061\U000E007F", CHARACTER, 4,
          0xE0061 },
        { "no tags", u8"\U0001F3F4\U000E007F", CHARACTER, 4, 0xE007F },
        { "tags go on behind their end",
          u8"\U0001F3F4\U000E0061\U000E0061\U000E0061\U000E007F\U000E0061", CHARACTER, 20,
          0xE0061 },
        { "tag beyond z", u8"\U0001F3F4\U000E0061\U000E0061\U000E007B\U000E007F", CHARACTER, 4,
          0xE0061 },
        { "tag beyond 9", u8"\U0001F3F4\U000E0061\U000E0061\U000E003A\U000E007F", CHARACTER, 4,
          0xE0061 },
    };
    ASSERT_CASES(cases);
}

static void test_what_nobody_sees_is_refused(void **state) {
    (void)state;
    static const struct text_case cases[] = {
        { "tab", u8"a\tb", CHARACTER, 1, 0x9 },
        { "line feed", u8"ab\n", CHARACTER, 2, 0xA },
        { "escape", u8"\x1B[31m", CHARACTER, 0, 0x1B },
        { "DEL", u8"a\x7F", CHARACTER, 1, 0x7F },
        { "next line", "a\xC2\x85", CHARACTER, 1, 0x85 },
        { "no-break space", u8"a\u00A0b", CHARACTER, 1, 0xA0 },
        { "soft hyphen", u8"a\u00ADb", CHARACTER, 1, 0xAD },
        { "grapheme joiner", u8"a\u034Fb", CHARACTER, 1, 0x34F },
        { "Arabic number sign", u8"\u0600", CHARACTER, 0, 0x600 },
        { "Arabic letter mark", u8"a\u061C", CHARACTER, 1, 0x61C },
        { "Hangul choseong filler", u8"\u115F", CHARACTER, 0, 0x115F },
        { "Hangul jungseong filler", u8"\u1160", CHARACTER, 0, 0x1160 },
        { "Ogham space", u8"a\u1680b", CHARACTER, 1, 0x1680 },
        { "Khmer inherent vowel", u8"\u1780\u17B4", CHARACTER, 3, 0x17B4 },
        { "Mongolian vowel separator", u8"\u1820\u180E\u1820", CHARACTER, 3, 0x180E },
        { "em space", u8"a\u2003b", CHARACTER, 1, 0x2003 },
        { "zero-width space", u8"a\u200Bb", CHARACTER, 1, 0x200B },
        { "right-to-left mark", u8"a\u200F", CHARACTER, 1, 0x200F },
        { "line separator", u8"a\u2028b", CHARACTER, 1, 0x2028 },
        { "paragraph separator", u8"a\u2029b", CHARACTER, 1, 0x2029 },
        { "right-to-left override", u8"abc\u202E", CHARACTER, 3, 0x202E },
        { "narrow no-break space", u8"1\u202F000", CHARACTER, 1, 0x202F },
        { "word joiner", u8"a\u2060b", CHARACTER, 1, 0x2060 },
        { "invisible plus", u8"a\u2064b", CHARACTER, 1, 0x2064 },
        { "reserved for the invisible", u8"a\u2065b", CHARACTER, 1, 0x2065 },
        { "isolate", u8"a\u2066b", CHARACTER, 1, 0x2066 },
        { "deprecated shaping", u8"a\u206Ab", CHARACTER, 1, 0x206A },
        { "Braille blank", u8"\u2800", CHARACTER, 0, 0x2800 },
        { "ideographic space", u8"\u6771\u3000\u4EAC", CHARACTER, 3, 0x3000 },
        { "Hangul filler", u8"\u3164", CHARACTER, 0, 0x3164 },
        { "private use", u8"\uE000", CHARACTER, 0, 0xE000 },
        { "noncharacter", u8"\uFDD0", CHARACTER, 0, 0xFDD0 },
        { "byte order mark", u8"\uFEFFa", CHARACTER, 0, 0xFEFF },
        { "halfwidth Hangul filler", u8"\uFFA0", CHARACTER, 0, 0xFFA0 },
        { "annotation", u8"a\uFFF9", CHARACTER, 1, 0xFFF9 },
        { "noncharacter at the end of a plane", u8"a\U0001FFFE", CHARACTER, 1, 0x1FFFE },
        { "hieroglyphic blank", u8"\U00013441", CHARACTER, 0, 0x13441 },
        { "half of it", u8"\U00013442", CHARACTER, 0, 0x13442 },
        { "Khitan filler", u8"a\U00016FE4", CHARACTER, 1, 0x16FE4 },
        { "Duployan selector", u8"a\U0001BC9D", CHARACTER, 1, 0x1BC9D },
        { "shorthand overlap", u8"a\U0001BCA0", CHARACTER, 1, 0x1BCA0 },
        { "null notehead", u8"\U0001D159", CHARACTER, 0, 0x1D159 },
        { "musical beam", u8"a\U0001D173", CHARACTER, 1, 0x1D173 },
        { "language tag", u8"a\U000E0001", CHARACTER, 1, 0xE0001 },
        { "reserved behind the selectors", u8"\u845B\U000E01F0", CHARACTER, 3, 0xE01F0 },
        { "private plane", u8"a\U0010FFFD", CHARACTER, 1, 0x10FFFD },
        { "behind a character of two bytes", u8"\u00FC\n", CHARACTER, 2, 0xA },

        { "a space", u8" ", BLANK, 0, 0x20 },
        { "spaces", u8"   ", BLANK, 0, 0x20 },
        { "space first", u8" a", BLANK, 0, 0x20 },
        { "space last", u8"ab ", BLANK, 2, 0x20 },

        { "acute first", u8"\u0301a", MARK_FIRST, 0, 0x301 },
        { "enclosing circle first", u8"\u20DD", MARK_FIRST, 0, 0x20DD },
        { "spacing mark first", u8"\u0903", MARK_FIRST, 0, 0x903 },
        { "virama first", u8"\u094D\u200D", MARK_FIRST, 0, 0x94D },
        { "five marks", u8"a\u0301\u0302\u0303\u0304\u0305", MARKS, 9, 0x305 },
        { "five marks with an enclosing one", u8"a\u20DD\u0302\u0303\u0304\u0305", MARKS, 10,
          0x305 },
        { "five marks with one of its own width between",
          u8"\u0915\u0301\u0903\u0302\u0303\u0304\u0305", MARKS, 14, 0x305 },
        { "five marks with a joiner between", u8"\u0915\u094D\u200D\u0301\u0302\u0303\u0304", MARKS,
          15, 0x304 },
        { "five marks with a selector between", u8"\u00A9\uFE0F\u0301\u0302\u0303\u0304\u0305",
          MARKS, 13, 0x305 },
        { "five marks of a space", u8"a \u0301\u0302\u0303\u0304\u0305", MARKS, 10, 0x305 },
    };
    ASSERT_CASES(cases);
}

/* RFC 5892, appendix A: what is invisible must do something to what is seen. */
static void test_joiners_and_selectors_out_of_place(void **state) {
    (void)state;
    static const struct text_case cases[] = {
        { "ZWNJ in Latin", u8"a\u200Cb", CHARACTER, 1, 0x200C },
        { "ZWNJ first", u8"\u200C\u0628", CHARACTER, 0, 0x200C },
        { "ZWNJ last", u8"\u0628\u200C", CHARACTER, 2, 0x200C },
        { "ZWNJ twice", u8"\u0628\u200C\u200C\u0628", CHARACTER, 2, 0x200C },
        { "ZWNJ twice after a virama", u8"\u0915\u094D\u200C\u200C\u0915", CHARACTER, 9, 0x200C },
        { "ZWNJ after a letter that never connects", u8"\u0627\u200C\u0628", CHARACTER, 2, 0x200C },
        { "ZWNJ before a letter that never connects", u8"\u0628\u200C\u0621", CHARACTER, 2,
          0x200C },
        { "ZWNJ before a space", u8"\u0628\u200C \u0628", CHARACTER, 2, 0x200C },
        { "ZWNJ before Latin", u8"\u0628\u200Cb", CHARACTER, 2, 0x200C },
        { "ZWNJ after Latin", u8"\u0628a\u200C\u0628", CHARACTER, 3, 0x200C },
        { "ZWNJ before a mark alone", u8"\u0628\u200C\u064E", CHARACTER, 2, 0x200C },
        { "ZWNJ twice after a virama among Arabic", u8"\u0628\u094D\u200C\u200C\u0628", CHARACTER,
          8, 0x200C },
        { "ZWNJ in Hindi without a virama", u8"\u0915\u200C\u0915", CHARACTER, 3, 0x200C },
        { "ZWNJ in Hindi after a vowel", u8"\u0915\u093F\u200C\u0915", CHARACTER, 6, 0x200C },
        { "ZWJ in Latin", u8"a\u200Db", CHARACTER, 1, 0x200D },
        { "ZWJ in Arabic", u8"\u0647\u200D", CHARACTER, 2, 0x200D },
        { "ZWJ in Arabic, within", u8"\u0647\u200D\u0647", CHARACTER, 2, 0x200D },
        { "ZWJ twice after a virama", u8"\u0915\u094D\u200D\u200D\u0915", CHARACTER, 9, 0x200D },
        { "ZWJ in Hindi without a virama", u8"\u0915\u200D\u0915", CHARACTER, 3, 0x200D },
        { "ZWJ before the virama of another script", u8"\u0915\u200D\u09CD\u09AF", CHARACTER, 3,
          0x200D },
        { "ZWJ before a virama, after a vowel", u8"\u09B0\u09BE\u200D\u09CD", CHARACTER, 6,
          0x200D },
        { "ZWJ before a virama, after a mark", u8"\u09B0\u09C1\u200D\u09CD", CHARACTER, 6, 0x200D },
        { "ZWJ before a virama, first", u8"\u200D\u09CD", CHARACTER, 0, 0x200D },
        { "ideograph's form after a letter", u8"a\U000E0100", CHARACTER, 1, 0xE0100 },
        { "ideograph's form twice", u8"\u845B\U000E0100\U000E0100", CHARACTER, 7, 0xE0100 },
        { "ideograph's form after kana", u8"\u3042\U000E0100", CHARACTER, 3, 0xE0100 },
        { "VS1 after a letter", u8"a\uFE00", CHARACTER, 1, 0xFE00 },
        { "VS3 after an ideograph", u8"\u795E\uFE02\uFE03", CHARACTER, 6, 0xFE03 },
        { "VS4 after an ideograph", u8"\u795E\uFE03", CHARACTER, 3, 0xFE03 },
        { "VS16 after an ideograph", u8"\u795E\uFE0F", CHARACTER, 3, 0xFE0F },
        { "VS1 after an emoji", u8"\u2764\uFE00", CHARACTER, 3, 0xFE00 },
        { "Mongolian form after a letter", u8"a\u180B", CHARACTER, 1, 0x180B },
        { "Mongolian form twice", u8"\u1820\u180B\u180C", CHARACTER, 6, 0x180C },
        { "Mongolian form of a digit", u8"\u1810\u180B", CHARACTER, 3, 0x180B },
        { "Mongolian form of a mark", u8"\u1820\u18A9\u180B", CHARACTER, 6, 0x180B },
        { "behind the Mongolian letters", u8"\u18AB\u180B", CHARACTER, 3, 0x180B },
    };
    ASSERT_CASES(cases);
}

static void test_malformed_utf8(void **state) {
    (void)state;
    static const struct text_case cases[] = {
        { "Latin-1", "M\xFCller", UTF8, 1, 0 },
        { "a lead byte and its bits", "a\xFF", UTF8, 1, 0 },
        { "surrogate", "\xED\xA0\x80", UTF8, 0, 0 },
        { "above U+10FFFF", "\xF4\x90\x80\x80", UTF8, 0, 0 },
        { "overlong", "ab\xC0\xAF", UTF8, 2, 0 },
        { "cut off", "a\xE2\x82", UTF8, 1, 0 },
        { "behind ZWNJ", "\xD8\xA8\xE2\x80\x8C\xFF", CHARACTER, 2, 0x200C },
        { "behind ZWJ", "\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D\xFF", UTF8, 9, 0 },
        { "behind a digit and a selector", "1\xEF\xB8\x8F\xFF", CHARACTER, 1, 0xFE0F },
    };
    ASSERT_CASES(cases);
    struct atk_text_fault fault;
    assert_int_equal(atk_text_check(LIT("ab\0cd"), &fault), CHARACTER);
    assert_true(fault.at == 2 && fault.code == 0);
    assert_int_equal(atk_text_check(LIT("a\xE2\x82\xAC") - 1, &fault), UTF8);
    assert_int_equal(atk_text_check(NULL, 0, &fault), GOOD);
}

static void test_zone_ids(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int is_good;
    } rows[] = {
        { "UTC", 1 },
        { "Europe/Berlin", 1 },
        { "America/Argentina/Buenos_Aires", 1 },
        { "Etc/GMT+12", 1 },
        { "Etc/GMT-14", 1 },
        { "x", 1 },
        { "AZaz09", 1 },
        { "", 0 },
        { "/", 0 },
        { "/etc/passwd", 0 },
        { "Europe/", 0 },
        { "Europe//Berlin", 0 },
        { "../etc", 0 },
        { "Europe/.", 0 },
        { "Europe Berlin", 0 },
        { "Europe\\Berlin", 0 },
        { "Z\xC3\xBCrich", 0 },
        { "Europe/Berlin\n", 0 },
        { "EST5EDT,M3", 0 },
        { ":UTC", 0 },
        { "a*", 0 },
        { "a.", 0 },
        { "a`", 0 },
        { "a@", 0 },
        { "a[", 0 },
        { "a{", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(atk_zone_is_valid(rows[i].text, strlen(rows[i].text)), rows[i].is_good);
    assert_false(atk_zone_is_valid("U\0C", 3));
}

static void test_zone_id_limits(void **state) {
    (void)state;
    char zone[APITOKEN_ZONE_MAX + 1];
    memset(zone, 'z', sizeof zone);
    assert_true(atk_zone_is_valid(zone, APITOKEN_ZONE_MAX));
    assert_false(atk_zone_is_valid(zone, APITOKEN_ZONE_MAX + 1));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_of_many_scripts),
        cmocka_unit_test(test_emoji),
        cmocka_unit_test(test_what_nobody_sees_is_refused),
        cmocka_unit_test(test_joiners_and_selectors_out_of_place),
        cmocka_unit_test(test_malformed_utf8),
        cmocka_unit_test(test_zone_ids),
        cmocka_unit_test(test_zone_id_limits),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
