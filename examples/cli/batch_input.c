/* SPDX-License-Identifier: MIT */
#include "batch_input.h"

#include <errno.h>
#include <expiry.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define LINE_CAP 16384 /* longer than the longest texts with every byte written as \u00XX */

/* One line at hand. */
struct reader {
    struct batch_input *input;
    size_t number; /* of the line, from 1 */
    int64_t now_ms;
};

static enum exit_code refuse(const struct reader *reader, const char *what) {
    return report_usage("line %zu: %s; nothing was made", reader->number, what);
}

/* The text of a key, or NULL if it is null or missing. */
static enum exit_code take_text(const struct reader *reader, json_t *value, const char *key,
                                const char **ret, uint32_t *ret_len) {
    char what[64];
    if (!value || json_is_null(value)) return EXIT_DONE;
    if (!json_is_string(value)) {
        (void)snprintf(what, sizeof what, "\"%s\" is not a text", key);
        return refuse(reader, what);
    }
    *ret = json_string_value(value);
    *ret_len = (uint32_t)json_string_length(value); /* a line is shorter than 32 bits */
    return EXIT_DONE;
}

/* Owner, name and description in one piece of memory, which the item's owner points at. */
static int keep_texts(apitoken_batch_item *item) {
    char *at = malloc((size_t)item->owner_len + item->name_len + item->description_len + 1);
    if (!at) return -1;
    const char *owner = item->owner, *name = item->name, *description = item->description;
    item->owner = memcpy(at, owner, item->owner_len);
    at += item->owner_len;
    item->name = memcpy(at, name, item->name_len);
    at += item->name_len;
    item->description =
        item->description_len ? memcpy(at, description, item->description_len) : NULL;
    return 0;
}

static enum exit_code take_expiry(const struct reader *reader, const char *when, uint32_t len,
                                  apitoken_batch_item *item) {
    struct expiry expiry = { APITOKEN_EXPIRY_NEVER, 0, 0 };
    int rc = when ? expiry_parse(when, len, reader->now_ms, &expiry) : 0;
    if (rc == APITOKEN_E_DAY) return refuse(reader, "\"expires\": there is no such day");
    if (rc != 0)
        return refuse(reader,
                      "\"expires\": give YYYY-MM-DD, an instant, days such as 90d, never or null");
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
            return refuse(reader, "a key is not one of owner, name, description, expires");
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
    if (!item->owner || !item->name) return refuse(reader, "\"owner\" and \"name\" are needed");
    code = take_expiry(reader, when, when_len, item);
    if (code != EXIT_DONE) return code;
    return keep_texts(item) == 0 ? EXIT_DONE : report_no_memory();
}

static int make_room(struct batch_input *input) {
    if (input->count < input->room) return 0;
    size_t room = input->room ? input->room * 2 : 1024;
    apitoken_batch_item *more = realloc(input->items, room * sizeof *more);
    if (!more) return -1;
    input->items = more;
    input->room = room;
    return 0;
}

static enum exit_code take_line(const struct reader *reader, const char *line, size_t len) {
    const apitoken_batch_item fresh = APITOKEN_BATCH_ITEM_INIT;
    struct batch_input *input = reader->input;
    json_error_t error;
    if (input->count == APITOKEN_BATCH_MAX)
        return refuse(reader, "a batch is at most 1,000,000 lines");
    if (make_room(input) != 0) return report_no_memory();
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
    if (!object && json_error_code(&error) == json_error_duplicate_key)
        return refuse(reader, "a key is there twice");
    if (!object && json_error_code(&error) == json_error_out_of_memory) return report_no_memory();
    if (!json_is_object(object)) {
        json_decref(object);
        return refuse(reader, "not a JSON object in UTF-8");
    }
    apitoken_batch_item item = fresh;
    enum exit_code code = take_object(reader, object, &item);
    json_decref(object);
    if (code == EXIT_DONE) input->items[input->count++] = item;
    return code;
}

/* Up to the line end, which is left out. 1, 0 at the end, -1 if it is too long. */
static int read_line(FILE *file, char *line, size_t *ret_len) {
    size_t len = 0;
    int c;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (len == LINE_CAP) return -1;
        line[len++] = (char)c;
    }
    *ret_len = len;
    return c == '\n' || len > 0;
}

static enum exit_code read_lines(FILE *file, struct reader *reader) {
    char *line = malloc(LINE_CAP);
    enum exit_code code = line ? EXIT_DONE : report_no_memory();
    while (code == EXIT_DONE) {
        size_t len = 0;
        int got = read_line(file, line, &len);
        reader->number++;
        if (got == 0) break;
        code = got < 0 ? refuse(reader, "the line is too long") : take_line(reader, line, len);
    }
    free(line);
    if (code != EXIT_DONE || !ferror(file)) return code;
    report("cannot read standard input: %s; nothing was made", strerror(errno));
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
