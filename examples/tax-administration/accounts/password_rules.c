/* SPDX-License-Identifier: MIT */
#include "accounts/password_rules.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* NFC is at most three times as long as the text: Unicode Standard Annex #15, section 14. */
#define NFC_GROWTH 3

/* ---- form ------------------------------------------------------------------------------------ */

/* u8_normalize() puts the result into the buffer if it fits, and allocates no other. */
static bool normalize_into(const uint8_t *bytes, size_t length, struct password_text *ret) {
    uint8_t buffer[NFC_GROWTH * PASSWORD_MAX];
    size_t used = sizeof buffer;
    bool is_good = false;
    uint8_t *result = u8_normalize(UNINORM_NFC, bytes, length, buffer, &used);
    if (result == buffer && used <= PASSWORD_MAX) {
        memcpy(ret->bytes, buffer, used);
        ret->length = used;
        is_good = true;
    }
    sodium_memzero(buffer, sizeof buffer);
    return is_good;
}

static bool is_sendable(const char *text, size_t length) {
    return !u8_check((const uint8_t *)text, length) && !memchr(text, '\0', length);
}

bool password_normalize(const char *text, size_t length, struct password_text *ret) {
    if (length == 0 || length > PASSWORD_MAX || !is_sendable(text, length)) return false;
    return normalize_into((const uint8_t *)text, length, ret) && ret->length >= PASSWORD_MIN;
}

/* ---- what many people choose ----------------------------------------------------------------- */

/*
 * Words that head every published list of stolen passwords, and their German counterparts. What
 * stands before and after them, and in place of their letters, is what everybody adds.
 */
static const char *const words[] = { "abc",
                                     "access",
                                     "admin",
                                     "administrator",
                                     "andrea",
                                     "andreas",
                                     "angel",
                                     "api",
                                     "baseball",
                                     "batman",
                                     "berlin",
                                     "biene",
                                     "blume",
                                     "changeme",
                                     "charlie",
                                     "chocolate",
                                     "computer",
                                     "daniel",
                                     "demo",
                                     "default",
                                     "donald",
                                     "dragon",
                                     "fall",
                                     "finance",
                                     "finanzamt",
                                     "flower",
                                     "football",
                                     "fruhling",
                                     "fuckyou",
                                     "geheim",
                                     "germany",
                                     "guest",
                                     "hallo",
                                     "hamburg",
                                     "hello",
                                     "herbst",
                                     "hunter",
                                     "iloveyou",
                                     "internet",
                                     "jordan",
                                     "julia",
                                     "killer",
                                     "king",
                                     "kennwort",
                                     "letmein",
                                     "liebe",
                                     "login",
                                     "love",
                                     "lovely",
                                     "maria",
                                     "martin",
                                     "master",
                                     "matrix",
                                     "michael",
                                     "michelle",
                                     "monday",
                                     "monkey",
                                     "mustang",
                                     "muster",
                                     "mustermann",
                                     "nicole",
                                     "ninja",
                                     "pass",
                                     "passphrase",
                                     "passwd",
                                     "password",
                                     "passwort",
                                     "peter",
                                     "princess",
                                     "prinzessin",
                                     "qazwsx",
                                     "root",
                                     "sample",
                                     "sandra",
                                     "schalke",
                                     "schatz",
                                     "secret",
                                     "security",
                                     "sommer",
                                     "spring",
                                     "starwars",
                                     "steuer",
                                     "steuern",
                                     "sonne",
                                     "sonnenschein",
                                     "summer",
                                     "sunshine",
                                     "superman",
                                     "superuser",
                                     "support",
                                     "system",
                                     "tax",
                                     "taxadministration",
                                     "taxdata",
                                     "temp",
                                     "test",
                                     "tester",
                                     "testing",
                                     "thomas",
                                     "tinkerbell",
                                     "token",
                                     "trustno",
                                     "user",
                                     "welcome",
                                     "whatever",
                                     "willkommen",
                                     "winter",
                                     "zaq",
                                     "azerty",
                                     "mypassword",
                                     "thepassword",
                                     "newpassword",
                                     "meinpasswort",
                                     "neuespasswort",
                                     "correcthorsebatterystaple" };

/* Keys or characters that follow each other; each is also taken backwards. */
static const char *const runs[] = { "01234567890",
                                    "abcdefghijklmnopqrstuvwxyz",
                                    "qwertyuiop",
                                    "qwertzuiop",
                                    "asdfghjkl",
                                    "zxcvbnm",
                                    "yxcvbnm",
                                    "azertyuiop",
                                    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
                                    "1q2w3e4r5t6y7u8i9o0p",
                                    "1q2w3e4r5t6z7u8i9o0p" };

static char letter_of(char c) {
    static const struct {
        char shape, letter;
    } table[] = { { '4', 'a' }, { '@', 'a' }, { '3', 'e' }, { '1', 'i' }, { '!', 'i' },
                  { '0', 'o' }, { '5', 's' }, { '$', 's' }, { '7', 't' }, { '|', 'l' } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].shape == c) return table[i].letter;
    return (char)tolower((unsigned char)c);
}

static bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

/* The letters of a text, without what stands around them; "" if there are others in between. */
static void take_word(const char *text, size_t length, bool reads_shapes,
                      char ret_word[PASSWORD_MAX + 1]) {
    size_t used = 0;
    while (length > 0 && !isalpha((unsigned char)text[0])) {
        if (reads_shapes && is_letter(letter_of(text[0]))) break;
        text++;
        length--;
    }
    while (length > 0 && !isalpha((unsigned char)text[length - 1])) length--;
    for (size_t i = 0; i < length; i++) {
        char c = reads_shapes ? letter_of(text[i]) : (char)tolower((unsigned char)text[i]);
        if (is_letter(c)) ret_word[used++] = c;
    }
    ret_word[used] = '\0';
}

static bool is_listed(const char *word) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t length = strlen(words[i]), at = 0;
        /* also several times in a row */
        while (strncmp(word + at, words[i], length) == 0) at += length;
        if (at > 0 && word[at] == '\0') return true;
    }
    return false;
}

/* How many characters from here follow each other in a run, forwards or backwards. */
static size_t run_length(const char *text, size_t length, const char *run, int step) {
    size_t best = 0, size = strlen(run);
    for (size_t begin = 0; begin < size; begin++) {
        size_t count = 0;
        long at = (long)begin;
        while (count < length && at >= 0 && at < (long)size &&
               tolower((unsigned char)text[count]) == run[at]) {
            count++;
            at += step;
        }
        if (count > best) best = count;
    }
    return best;
}

static size_t longest_step(const char *text, size_t length) {
    size_t best = 1;
    while (best < length && text[best] == text[0]) best++;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        size_t forwards = run_length(text, length, runs[i], 1),
               backwards = run_length(text, length, runs[i], -1);
        if (forwards > best) best = forwards;
        if (backwards > best) best = backwards;
    }
    return best;
}

/* Nothing but runs and repeated characters, of which there are few: 12345678, aaaabbbb, qwer1234 */
static bool is_made_of_runs(const char *text, size_t length) {
    size_t steps = 0, at = 0;
    while (at < length) {
        at += longest_step(text + at, length - at);
        steps++;
    }
    return steps * 3 <= length;
}

/* A short text again and again: abab, 12121212 */
static bool is_periodic(const char *text, size_t length) {
    for (size_t period = 1; period <= 3 && period * 2 < length; period++) {
        size_t at = period;
        while (at < length && text[at] == text[at - period]) at++;
        if (at == length) return true;
    }
    return false;
}

/* The name of the account, or what stands before the @ of it, with anything added at its ends. */
static bool is_like_name(const char *word, const char *name) {
    char own[PASSWORD_MAX + 1];
    size_t length = strcspn(name, "@");
    take_word(name, length, false, own);
    return strlen(own) >= 3 && strcmp(own, word) == 0;
}

static bool is_common(const struct password_text *text, const char *name) {
    char word[PASSWORD_MAX + 1];
    bool is_found =
        is_made_of_runs(text->bytes, text->length) || is_periodic(text->bytes, text->length);
    for (int reads_shapes = 0; reads_shapes <= 1 && !is_found; reads_shapes++) {
        take_word(text->bytes, text->length, reads_shapes == 1, word);
        is_found = is_listed(word) || is_like_name(word, name);
    }
    sodium_memzero(word, sizeof word);
    return is_found;
}

/* ---- the rules ------------------------------------------------------------------------------- */

/* Only white space and characters without a width. */
static bool is_blank(const struct password_text *text) {
    const uint8_t *at = (const uint8_t *)text->bytes, *end = at + text->length;
    while (at < end) {
        ucs4_t c;
        int length = u8_mbtouc(&c, at, (size_t)(end - at));
        if (!uc_is_property_white_space(c) && !uc_is_property_default_ignorable_code_point(c) &&
            !uc_is_general_category(c, UC_CATEGORY_Cc))
            return false;
        at += length;
    }
    return true;
}

enum password_fault password_check(const char *text, size_t length, const char *name,
                                   struct password_text *ret) {
    struct password_text plain;
    enum password_fault fault = PASSWORD_GOOD;
    if (length > PASSWORD_MAX) return PASSWORD_LONG;
    if (!is_sendable(text, length)) return PASSWORD_TEXT;
    if (length < PASSWORD_MIN) return PASSWORD_SHORT;
    if (!normalize_into((const uint8_t *)text, length, &plain)) return PASSWORD_LONG;
    if (plain.length < PASSWORD_MIN)
        fault = PASSWORD_SHORT;
    else if (is_blank(&plain))
        fault = PASSWORD_BLANK;
    else if (is_common(&plain, name))
        fault = PASSWORD_COMMON;
    else
        *ret = plain;
    sodium_memzero(&plain, sizeof plain);
    return fault;
}

const char *password_fault_text(enum password_fault fault) {
    switch (fault) {
    case PASSWORD_GOOD: return "";
    case PASSWORD_TEXT: return "a password must be UTF-8 text without a NUL";
    case PASSWORD_SHORT:
    case PASSWORD_LONG: return "a password must have 8 to 1024 bytes";
    case PASSWORD_BLANK: return "a password must have characters that can be seen";
    case PASSWORD_COMMON: return "this password is one that others try first";
    }
    return "";
}

const char *password_fault_code(enum password_fault fault) {
    static const char *const codes[] = {
        "", "PASSWORD_TEXT", "PASSWORD_SHORT", "PASSWORD_LONG", "PASSWORD_BLANK", "PASSWORD_COMMON"
    };
    return codes[fault];
}
