/* SPDX-License-Identifier: MIT */
#include "batch_input.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "expiry.h"
#include "report.h"
#include "token_options.h"

#define LINE_CAP 32768 /* fits the longest texts even with every byte written as \u00XX */

struct reader {
    struct batch_input *input;
    size_t line_number; /* of the current line, from 1 */
    int64_t now_ms;
};

static enum exit_code refuse_line(const struct reader *reader, const char *what) {
    return report_usage("line %zu: %s; no token was created", reader->line_number, what);
}

/* Takes the text of a key; leaves *ret as it is if the value is null or missing. */
static enum exit_code take_text(const struct reader *reader, json_t *value, const char *key,
                                const char **ret, uint32_t *ret_len) {
    char what[64];
    if (!value || json_is_null(value)) return EXIT_DONE;
    if (!json_is_string(value)) {
        (void)snprintf(what, sizeof what, "\"%s\" is not a string", key);
        return refuse_line(reader, what);
    }
    *ret = json_string_value(value);
    *ret_len = (uint32_t)json_string_length(value); /* fits: a line is at most LINE_CAP bytes */
    return EXIT_DONE;
}

/* Copies a text to *at, which it advances. NULL if it is empty. */
static const char *append_text(char **at, const void *text, uint32_t len) {
    char *copy = *at;
    if (len == 0) return NULL;
    memcpy(copy, text, len);
    *at += len;
    return copy;
}

/* Copies all texts into one allocation, to which item->owner points. */
static bool copy_texts(apitoken_batch_item *item) {
    char *at = malloc((size_t)item->owner_len + item->name_len + item->description_len +
                      item->interfaces_len + item->networks_len + item->data_len + 1);
    char *begin = at;
    if (!at) return false;
    (void)append_text(&at, item->owner, item->owner_len);
    item->owner = begin; /* even of an empty one, which the library refuses */
    item->name = append_text(&at, item->name, item->name_len);
    item->description = append_text(&at, item->description, item->description_len);
    item->interfaces = append_text(&at, item->interfaces, item->interfaces_len);
    item->networks = append_text(&at, item->networks, item->networks_len);
    item->data = append_text(&at, item->data, item->data_len);
    return true;
}

static enum exit_code take_expiry(const struct reader *reader, const char *when, uint32_t len,
                                  apitoken_batch_item *item) {
    struct expiry expiry = { APITOKEN_EXPIRY_DEFAULT, 0, 0 };
    int rc = when ? expiry_parse(when, len, reader->now_ms, &expiry) : 0;
    if (rc == APITOKEN_E_DAY)
        return refuse_line(reader, "\"expires\": the calendar has no such day");
    if (rc != 0)
        return refuse_line(
            reader, "\"expires\" must be YYYY-MM-DD, an instant, days such as 90d, never or null");
    item->expiry_kind = expiry.kind;
    item->expiry_day = expiry.day;
    item->expiry_ms = expiry.ms;
    return EXIT_DONE;
}

/* The texts of a line that are not taken as they are. NULL: there is none. */
struct line_texts {
    const char *expires, *interfaces, *networks, *data;
    uint32_t expires_len, interfaces_len, networks_len, data_len;
};

/* Takes the text of a key to its place; refuses every key that has none. */
static enum exit_code take_key(const struct reader *reader, const char *key, json_t *value,
                               apitoken_batch_item *item, struct line_texts *texts) {
    struct {
        const char *key, **ret;
        uint32_t *ret_len;
    } places[] = {
        { "owner", &item->owner, &item->owner_len },
        { "name", &item->name, &item->name_len },
        { "description", &item->description, &item->description_len },
        { "expires", &texts->expires, &texts->expires_len },
        { "interfaces", &texts->interfaces, &texts->interfaces_len },
        { "networks", &texts->networks, &texts->networks_len },
        { "data", &texts->data, &texts->data_len },
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].key, key) == 0)
            return take_text(reader, value, key, places[i].ret, places[i].ret_len);
    return refuse_line(reader, "only the keys owner, name, description, expires, interfaces, "
                               "networks and data are allowed");
}

/* An empty list would be no restriction for the library. */
static enum exit_code take_lists(const struct reader *reader, const struct line_texts *texts,
                                 apitoken_batch_item *item) {
    if (texts->interfaces && texts->interfaces_len == 0)
        return refuse_line(reader, "\"interfaces\" is empty: give all, or leave it out");
    if (texts->networks && texts->networks_len == 0)
        return refuse_line(reader, "\"networks\" is empty: give any, or leave it out");
    item->interfaces =
        list_text(texts->interfaces, texts->interfaces_len, ALL_INTERFACES, &item->interfaces_len);
    item->networks =
        list_text(texts->networks, texts->networks_len, ANY_NETWORK, &item->networks_len);
    item->data = texts->data;
    item->data_len = texts->data_len;
    return EXIT_DONE;
}

static enum exit_code take_object(const struct reader *reader, json_t *object,
                                  apitoken_batch_item *item) {
    struct line_texts texts = { 0 };
    enum exit_code code = EXIT_DONE;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        code = take_key(reader, key, value, item, &texts);
        if (code != EXIT_DONE) return code;
    }
    if (!item->owner || !item->name)
        return refuse_line(reader, "\"owner\" and \"name\" are required");
    code = take_expiry(reader, texts.expires, texts.expires_len, item);
    if (code == EXIT_DONE) code = take_lists(reader, &texts, item);
    if (code != EXIT_DONE) return code;
    return copy_texts(item) ? EXIT_DONE : report_no_memory();
}

static bool reserve_item(struct batch_input *input) {
    if (input->count < input->capacity) return true;
    size_t capacity = input->capacity ? input->capacity * 2 : 1024;
    apitoken_batch_item *items = realloc(input->items, capacity * sizeof *items);
    if (!items) return false;
    input->items = items;
    input->capacity = capacity;
    return true;
}

static enum exit_code take_line(const struct reader *reader, const char *line, size_t len) {
    const apitoken_batch_item fresh = APITOKEN_BATCH_ITEM_INIT;
    struct batch_input *input = reader->input;
    json_error_t error;
    if (input->count == APITOKEN_BATCH_MAX)
        return refuse_line(reader, "a batch has at most 1,000,000 lines");
    if (!reserve_item(input)) return report_no_memory();
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    if (!object && json_error_code(&error) == json_error_duplicate_key)
        return refuse_line(reader, "a key occurs twice");
    if (!object && json_error_code(&error) == json_error_out_of_memory) return report_no_memory();
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse_line(reader, "not a JSON object in UTF-8");
    }
    apitoken_batch_item item = fresh;
    enum exit_code code = take_object(reader, object, &item);
    json_decref(object);
    if (code == EXIT_DONE) input->items[input->count++] = item;
    return code;
}

enum line_result { LINE_READ, LINE_TOO_LONG, LINE_NONE };

/* Reads a line without its line end. LINE_NONE at end of input. */
static enum line_result read_line(FILE *file, char *line, size_t *ret_len) {
    size_t len = 0;
    int c;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (len == LINE_CAP) return LINE_TOO_LONG;
        line[len++] = (char)c;
    }
    *ret_len = len;
    return c == '\n' || len > 0 ? LINE_READ : LINE_NONE;
}

static enum exit_code read_lines(FILE *file, struct reader *reader) {
    char *line = malloc(LINE_CAP);
    enum exit_code code = line ? EXIT_DONE : report_no_memory();
    while (code == EXIT_DONE) {
        size_t len = 0;
        enum line_result got = read_line(file, line, &len);
        reader->line_number++;
        if (got == LINE_NONE) break;
        code = got == LINE_TOO_LONG ? refuse_line(reader, "the line is too long")
                                    : take_line(reader, line, len);
    }
    free(line);
    if (code != EXIT_DONE || !ferror(file)) return code;
    report("cannot read standard input: %s; no token was created", strerror(errno));
    return EXIT_UNUSABLE;
}

enum exit_code batch_input_read(FILE *file, int64_t now_ms, struct batch_input *ret_input) {
    *ret_input = (struct batch_input){ 0 };
    struct reader reader = { ret_input, 0, now_ms };
    enum exit_code code = read_lines(file, &reader);
    if (code != EXIT_DONE) return code;
    ret_input->pointers = calloc(ret_input->count + 1, sizeof(void *));
    if (!ret_input->pointers) return report_no_memory();
    for (size_t i = 0; i < ret_input->count; i++) ret_input->pointers[i] = &ret_input->items[i];
    return EXIT_DONE;
}

void batch_input_free(struct batch_input *input) {
    for (size_t i = 0; i < input->count; i++) free((char *)(uintptr_t)input->items[i].owner);
    free(input->items);
    free(input->pointers);
}
