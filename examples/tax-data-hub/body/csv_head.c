/* SPDX-License-Identifier: MIT */
#include "body/csv_head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CAPACITY_STEP 4096

/* ---- what the file is ------------------------------------------------------------------------ */

void csv_head_start(struct csv_head *head, const char *bytes, size_t length) {
    size_t room = sizeof head->start - head->start_length;
    if (length > room) length = room;
    memcpy(head->start + head->start_length, bytes, length);
    head->start_length += length;
}

void csv_head_take(struct csv_head *head, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '"') head->in_quotes = !head->in_quotes;
        if (head->in_quotes) continue;
        switch (bytes[i]) {
        case ',': head->commas++; break;
        case ';': head->semicolons++; break;
        case '\t': head->tabs++; break;
        case '|': head->bars++; break;
        default: break;
        }
    }
}

struct kind {
    const char *start; /* in lower case; the text begins with it in any case */
    size_t length;
    const char *text;
};

#define KIND(start, text) \
    { start, sizeof start - 1, text }

static const struct kind kinds[] = {
    KIND("\xEF\xBB\xBF", "the text begins with two byte order marks; remove one"),
    KIND("\xFF", "the text is UTF-16; UTF-8 is wanted"),
    KIND("\xFE", "the text is UTF-16; UTF-8 is wanted"),
    KIND("pk\x03\x04", "this is a ZIP archive or an Excel workbook; save it as CSV in UTF-8"),
    KIND("\xD0\xCF", "this is an Excel workbook; save it as CSV in UTF-8"),
    KIND("\x1F\x8B", "this is compressed by gzip; plain CSV is wanted"),
    KIND("%pdf-", "this is a PDF document; CSV is wanted"),
    KIND("<", "this is an HTML page or XML, not CSV"),
    KIND("{", "this is JSON, not CSV"),
    KIND("[{", "this is JSON, not CSV"),
    KIND("[[", "this is JSON, not CSV"),
    KIND("[\"", "this is JSON, not CSV"),
    KIND("sep=", "this is a sep= line for Excel; remove it, and separate the fields by commas"),
    KIND("\"sep=", "this is a sep= line for Excel; remove it, and separate the fields by commas"),
    KIND("\"extf\"", "this is the head of a DATEV file; a line of column names, separated by "
                     "commas, is wanted"),
    KIND("extf;", "this is the head of a DATEV file; a line of column names, separated by commas, "
                  "is wanted"),
    KIND("\"dtvf\"", "this is the head of a DATEV file; a line of column names, separated by "
                     "commas, is wanted"),
    KIND("dtvf;", "this is the head of a DATEV file; a line of column names, separated by commas, "
                  "is wanted"),
};

/* Blanks before HTML, XML or JSON mean nothing. */
static size_t skip_blanks(const struct csv_head *head) {
    size_t at = 0;
    while (at < head->start_length && (head->start[at] == ' ' || head->start[at] == '\t')) at++;
    return at;
}

static const char *kind_by_start(const struct csv_head *head) {
    const size_t at = skip_blanks(head);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (head->start_length - at >= kinds[i].length &&
            strncasecmp(head->start + at, kinds[i].start, kinds[i].length) == 0)
            return kinds[i].text;
    return NULL;
}

static bool is_blank(const char *name) { return name[strspn(name, " \t\r\n")] == '\0'; }

static bool holds(const struct csv_head *head, const char *separators) {
    const size_t shown = head->length ? head->length - 1 : 0;
    return head->count == 1 && strcspn(head->names, separators) < shown;
}

const char *csv_head_kind(const struct csv_head *head) {
    const char *kind = kind_by_start(head);
    if (kind || (head->count == 1 && is_blank(head->names))) return kind;
    /* Fewer commas than another separator: they are part of names such as "Revenue, EUR". */
    if (head->semicolons > 0 && head->semicolons >= head->commas)
        return "the fields are separated by semicolons; commas are wanted";
    if (head->tabs > 0 && head->tabs >= head->commas)
        return "the fields are separated by tabs; commas are wanted";
    if (head->bars > 0 && head->bars >= head->commas)
        return "the fields are separated by |; commas are wanted";
    if (holds(head, ",;\t|"))
        return "the whole header line is one quoted field; quote each name by itself";
    return NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

enum csv_head_result csv_head_add(struct csv_head *head, const char *name, size_t length) {
    if (length >= CSV_HEAD_MAX - head->length) return CSV_HEAD_TOO_LONG;
    if (head->length + length + 1 > head->capacity) {
        size_t capacity = 2 * head->capacity + length + CAPACITY_STEP;
        char *names = realloc(head->names, capacity);
        if (!names) return CSV_HEAD_NO_MEMORY;
        head->names = names;
        head->capacity = capacity;
    }
    if (length > 0) memcpy(head->names + head->length, name, length);
    head->names[head->length + length] = '\0';
    head->length += length + 1;
    head->count++;
    return CSV_HEAD_TAKEN;
}

struct column {
    const char *name;
    uint64_t number;
};

static int compare_columns(const void *a, const void *b) {
    const struct column *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    if (order != 0) return order;
    return left->number < right->number ? -1 : left->number > right->number;
}

/* False if a column has no name: that is *ret_blank. */
static bool fill_columns(const struct csv_head *head, struct column *columns, uint64_t *ret_blank) {
    const char *name = head->names;
    for (uint64_t i = 0; i < head->count; i++, name += strlen(name) + 1) {
        columns[i] = (struct column){ name, i + 1 };
        *ret_blank = i + 1;
        if (is_blank(name)) return false;
    }
    return true;
}

bool csv_head_find_bad_name(const struct csv_head *head, uint64_t *ret_first, uint64_t *ret_second,
                            bool *ret_no_memory) {
    struct column *columns = calloc(head->count + 1, sizeof *columns);
    bool is_bad = false;
    *ret_second = 0;
    *ret_no_memory = !columns;
    if (!columns) return false;
    if (!fill_columns(head, columns, ret_first)) {
        free(columns);
        return true;
    }
    qsort(columns, head->count, sizeof *columns, compare_columns);
    for (uint64_t i = 1; i < head->count && !is_bad; i++) {
        is_bad = strcmp(columns[i - 1].name, columns[i].name) == 0;
        if (!is_bad) continue;
        *ret_first = columns[i - 1].number;
        *ret_second = columns[i].number;
    }
    free(columns);
    return is_bad;
}

void csv_head_free(struct csv_head *head) {
    free(head->names);
    *head = (struct csv_head){ .names = NULL };
}
