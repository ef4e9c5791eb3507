/* SPDX-License-Identifier: MIT */
#include "http/language.h"

#include <string.h>
#include <strings.h>

#include "http/cookie.h"

#define COOKIE "language"
#define QUALITY_ONE 1000

static const char *const languages[] = { "en", "de" };
#define LANGUAGES (sizeof languages / sizeof languages[0])

/*
 * How much each is wanted, in thousandths. A language by its name counts before `*`, the first to
 * say so before others.
 */
struct wish {
    int quality;
    bool by_name;
    unsigned place;
};

struct wishes {
    struct wish of[LANGUAGES];
    unsigned place;
};

/*
 * A quality value (RFC 9110 section 12.4.2): 0 or 1 with up to three decimals; 0 for anything else.
 */
static int quality_of(const char *at, size_t length) {
    int quality = 0, weight = QUALITY_ONE;

    if (length == 0 || length > 5 || (at[0] != '0' && at[0] != '1') || (length > 1 && at[1] != '.'))
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (i == 1) continue;
        if (at[i] < '0' || at[i] > '9') return 0;
        quality += (at[i] - '0') * weight;
        weight /= 10;
    }
    return quality <= QUALITY_ONE ? quality : 0;
}

static size_t skip_blanks(const char *at, size_t length) {
    size_t blanks = 0;

    while (blanks < length && (at[blanks] == ' ' || at[blanks] == '\t')) blanks++;
    return blanks;
}

/* The quality of an element from its semicolon on. */
static int element_quality(const char *at, size_t length) {
    if (length == 0) return QUALITY_ONE;
    size_t skip = 1 + skip_blanks(at + 1, length - 1);
    at += skip;
    length -= skip;
    if (length < 2 || strncasecmp(at, "q=", 2) != 0) return 0;
    at += 2;
    length -= 2;
    while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t')) length--;
    return quality_of(at, length);
}

/* Is it the language or a form of it, such as de-AT? */
static bool is_of(const char *range, size_t length, const char *language) {
    return length >= LANGUAGE_LEN && strncasecmp(range, language, LANGUAGE_LEN) == 0 &&
           (length == LANGUAGE_LEN || range[LANGUAGE_LEN] == '-');
}

static void take_wish(struct wish *wish, int quality, bool by_name, unsigned place) {
    if (wish->by_name && !by_name) return;
    if (wish->by_name == by_name && wish->quality >= quality) return;
    *wish = (struct wish){ quality, by_name, place };
}

static void take_element(struct wishes *wishes, const char *at, size_t length) {
    size_t blanks = skip_blanks(at, length);
    at += blanks;
    length -= blanks;
    size_t range = 0;
    while (range < length && at[range] != ';' && at[range] != ' ' && at[range] != '\t') range++;
    size_t semicolon = range + skip_blanks(at + range, length - range);
    int quality = element_quality(at + semicolon, length - semicolon);

    wishes->place++;
    for (size_t i = 0; i < LANGUAGES; i++) {
        if (is_of(at, range, languages[i])) take_wish(&wishes->of[i], quality, true, wishes->place);
        if (range == 1 && *at == '*') take_wish(&wishes->of[i], quality, false, wishes->place);
    }
}

static enum MHD_Result take_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    struct wishes *wishes = ctx;

    (void)kind;
    if (strcasecmp(name, MHD_HTTP_HEADER_ACCEPT_LANGUAGE) != 0) return MHD_YES;
    while (value && *value) {
        size_t length = strcspn(value, ",");
        take_element(wishes, value, length);
        value += length;
        if (*value == ',') value++;
    }
    return MHD_YES;
}

static const char *by_header(struct MHD_Connection *connection) {
    struct wishes wishes = { .place = 0 };
    size_t best = 0;

    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_header, &wishes);
    for (size_t i = 1; i < LANGUAGES; i++) {
        const struct wish *wish = &wishes.of[i], *other = &wishes.of[best];
        bool is_first =
            wish->quality == other->quality && wish->quality > 0 && wish->place < other->place;
        if (wish->quality > other->quality || is_first) best = i;
    }
    return languages[best];
}

const char *language_of(struct MHD_Connection *connection) {
    const char *value = NULL;
    size_t length = 0;

    if (!cookie_find(connection, COOKIE, &value, &length) || length != LANGUAGE_LEN)
        return by_header(connection);
    for (size_t i = 0; i < LANGUAGES; i++)
        if (memcmp(value, languages[i], LANGUAGE_LEN) == 0) return languages[i];
    return by_header(connection);
}
