/* SPDX-License-Identifier: MIT */
#include "batch_input.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "expiry.h"
#include "report.h"

#define LINE_CAP 16384 /* fits the longest texts even with every byte written as \u00XX */

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

/* Copies owner, name and description into one allocation, to which item->owner points. */
static bool copy_texts(apitoken_batch_item *item) {
    char *at = malloc((size_t)item->owner_len + item->name_len + item->description_len + 1);
    if (!at) return false;
    const char *owner = item->owner, *name = item->name, *description = item->description;
    item->owner = memcpy(at, owner, item->owner_len);
    at += item->owner_len;
    item->name = memcpy(at, name, item->name_len);
    at += item->name_len;
    item->description =
        item->description_len ? memcpy(at, description, item->description_len) : NULL;
    return true;
}

static enum exit_code take_expiry(const struct reader *reader, const char *when, uint32_t len,
                                  apitoken_batch_item *item) {
    struct expiry expiry = { APITOKEN_EXPIRY_NEVER, 0, 0 };
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

static enum exit_code check_keys(const struct reader *reader, json_t *object) {
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) {
        if (strcmp(key, "owner") != 0 && strcmp(key, "name") != 0 &&
            strcmp(key, "description") != 0 && strcmp(key, "expires") != 0)
            return refuse_line(reader,
                               "only the keys owner, name, description and expires are allowed");
    }
    return EXIT_DONE;
}

static enum exit_code take_object(const struct reader *reader, json_t *object,
                                  apitoken_batch_item *item) {
    const char *when = NULL;
    uint32_t when_len = 0;
    enum exit_code code = check_keys(reader, object);
    if (code == EXIT_DONE)
        code = take_text(reader, json_object_get(object, "owner"), "owner", &item->owner,
                         &item->owner_len);
    if (code == EXIT_DONE)
        code = take_text(reader, json_object_get(object, "name"), "name", &item->name,
                         &item->name_len);
    if (code == EXIT_DONE)
        code = take_text(reader, json_object_get(object, "description"), "description",
                         &item->description, &item->description_len);
    if (code == EXIT_DONE)
        code = take_text(reader, json_object_get(object, "expires"), "expires", &when, &when_len);
    if (code != EXIT_DONE) return code;
    if (!item->owner || !item->name)
        return refuse_line(reader, "\"owner\" and \"name\" are required");
    code = take_expiry(reader, when, when_len, item);
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
