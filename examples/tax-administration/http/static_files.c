/* SPDX-License-Identifier: MIT */
#include "http/static_files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/access.h"
#include "http/static_file_table.h"

#define LANGUAGE_COOKIE "language"
#define LANGUAGE_LEN 2
#define QUALITY_ONE 1000

static const char *const languages[] = { "en", "de" };
#define LANGUAGES (sizeof languages / sizeof languages[0])

/* ---- Accept-Language (RFC 9110 section 12.5.4) ----------------------------------------------- */

/* How much a language is wanted. One given by name beats `*`; the first of equals wins. */
struct preference {
    int quality; /* in thousandths */
    bool by_name;
    unsigned position; /* of the element that says so, from 1 */
};

struct preferences {
    struct preference of[LANGUAGES];
    unsigned elements;
};

/* A quality value (RFC 9110 section 12.4.2): 0 or 1, up to three decimals; 0 if it is malformed. */
static int parse_quality(const char *at, size_t length) {
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

static size_t count_blanks(const char *at, size_t length) {
    size_t blanks = 0;
    while (blanks < length && (at[blanks] == ' ' || at[blanks] == '\t')) blanks++;
    return blanks;
}

/* The quality of an element; `at` is its semicolon, or its end. */
static int element_quality(const char *at, size_t length) {
    if (length == 0) return QUALITY_ONE;
    size_t skip = 1 + count_blanks(at + 1, length - 1);
    at += skip;
    length -= skip;
    if (length < 2 || strncasecmp(at, "q=", 2) != 0) return 0;
    at += 2;
    length -= 2;
    while (length > 0 && (at[length - 1] == ' ' || at[length - 1] == '\t')) length--;
    return parse_quality(at, length);
}

/* Is the range this language or a variant of it, such as de-AT? */
static bool range_matches(const char *range, size_t length, const char *language) {
    return length >= LANGUAGE_LEN && strncasecmp(range, language, LANGUAGE_LEN) == 0 &&
           (length == LANGUAGE_LEN || range[LANGUAGE_LEN] == '-');
}

static void raise_preference(struct preference *preference, struct preference other) {
    if (preference->by_name && !other.by_name) return;
    if (preference->by_name == other.by_name && preference->quality >= other.quality) return;
    *preference = other;
}

static void read_element(struct preferences *preferences, const char *at, size_t length) {
    size_t blanks = count_blanks(at, length);
    at += blanks;
    length -= blanks;
    size_t range = 0;
    while (range < length && at[range] != ';' && at[range] != ' ' && at[range] != '\t') range++;
    size_t semicolon = range + count_blanks(at + range, length - range);
    struct preference read = { .quality = element_quality(at + semicolon, length - semicolon),
                               .position = ++preferences->elements };
    for (size_t i = 0; i < LANGUAGES; i++) {
        read.by_name = range_matches(at, range, languages[i]);
        if (read.by_name || (range == 1 && *at == '*')) raise_preference(&preferences->of[i], read);
    }
}

static enum MHD_Result read_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    struct preferences *preferences = ctx;
    (void)kind;
    if (strcasecmp(name, MHD_HTTP_HEADER_ACCEPT_LANGUAGE) != 0) return MHD_YES;
    while (value && *value) {
        size_t length = strcspn(value, ",");
        read_element(preferences, value, length);
        value += length;
        if (*value == ',') value++;
    }
    return MHD_YES;
}

static const char *language_of_header(struct MHD_Connection *connection) {
    struct preferences preferences = { .elements = 0 };
    size_t best = 0;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, read_header, &preferences);
    for (size_t i = 1; i < LANGUAGES; i++) {
        const struct preference *one = &preferences.of[i], *other = &preferences.of[best];
        bool is_first =
            one->quality == other->quality && one->quality > 0 && one->position < other->position;
        if (one->quality > other->quality || is_first) best = i;
    }
    return languages[best];
}

/* The cookie `language` decides, else Accept-Language, else English. */
static const char *language_of(struct MHD_Connection *connection) {
    const char *value = NULL;
    size_t length = 0;
    if (!cookie_find(connection, LANGUAGE_COOKIE, &value, &length) || length != LANGUAGE_LEN)
        return language_of_header(connection);
    for (size_t i = 0; i < LANGUAGES; i++)
        if (memcmp(value, languages[i], LANGUAGE_LEN) == 0) return languages[i];
    return language_of_header(connection);
}

/* ---- answers --------------------------------------------------------------------------------- */

static struct MHD_Response *unchanged(const struct static_file *file) {
    /* libmicrohttpd does not write to it. */
    return MHD_create_response_from_buffer(file->length, (void *)(uintptr_t)file->bytes,
                                           MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *in_language(const struct static_file *file, const char *language) {
    char *text = malloc(file->length);
    if (!text) return NULL;
    memcpy(text, file->bytes, file->length);
    memcpy(text + file->language_at, language, LANGUAGE_LEN);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(file->length, text, MHD_RESPMEM_MUST_FREE);
    if (!response) free(text);
    return response;
}

void static_file_get(struct request *request) {
    const struct static_file *file = request->route.file;
    const char *language = file->language_at ? language_of(request->connection) : NULL;
    http_answer_response(&request->answer, MHD_HTTP_OK,
                         language ? in_language(file, language) : unchanged(file));
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_TYPE, file->type);
    if (!language) return;
    http_answer_header(&request->answer, MHD_HTTP_HEADER_CONTENT_LANGUAGE, language);
    http_answer_header(&request->answer, MHD_HTTP_HEADER_VARY, "Accept-Language, Cookie");
}
