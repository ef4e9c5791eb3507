/* SPDX-License-Identifier: MIT */
#include "body/csv_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUFFER_STEP 4096

/* The parser keeps a whole field in memory: this bounds how much. */
static void *realloc_field(void *buffer, size_t size) {
    return size > CSV_FIELD_MAX ? NULL : realloc(buffer, size);
}

/*
 * Spaces are part of a field (RFC 4180 section 2, rule 4). By default libcsv skips them, even
 * around quotes.
 */
static int is_skipped_space(unsigned char byte) {
    (void)byte;
    return 0;
}

enum csv_result csv_check_open(struct csv_check *check) {
    *check = (struct csv_check){ .line = 1, .row_line = 1 };
    if (csv_init(&check->parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return CSV_NO_MEMORY;
    csv_set_realloc_func(&check->parser, realloc_field);
    csv_set_space_func(&check->parser, is_skipped_space);
    csv_set_blk_size(&check->parser, BUFFER_STEP);
    check->opened = true;
    return CSV_GOOD;
}

void csv_check_close(struct csv_check *check) {
    if (check->opened) csv_free(&check->parser);
    check->opened = false;
}

/* Keeps the first error. */
__attribute__((format(printf, 3, 4))) static enum csv_result fail(struct csv_check *check,
                                                                  uint64_t line, const char *format,
                                                                  ...) {
    va_list args;
    if (check->error_line != 0) return CSV_BAD;
    check->error_line = line;
    va_start(args, format);
    vsnprintf(check->error, sizeof check->error, format, args);
    va_end(args);
    return CSV_BAD;
}

static void end_row(struct csv_check *check) {
    if (check->header_fields == 0)
        check->header_fields = check->fields;
    else if (check->fields != check->header_fields)
        fail(check, check->row_line, "the row has %llu fields, the header line has %llu",
             (unsigned long long)check->fields, (unsigned long long)check->header_fields);
    else
        check->rows++;
    check->fields = 0;
    check->in_row = false;
}

static void on_field(void *field, size_t length, void *ctx) {
    struct csv_check *check = ctx;
    (void)field;
    (void)length;
    check->fields++;
}

static void on_row(int terminator, void *ctx) {
    (void)terminator;
    end_row(ctx);
}

static enum csv_result parser_failed(struct csv_check *check) {
    if (csv_error(&check->parser) == CSV_EPARSE)
        return fail(check, check->line, "a quote is not allowed here");
    if (csv_get_buffer_size(&check->parser) >= CSV_FIELD_MAX)
        return fail(check, check->row_line, "a field is longer than %zu bytes", CSV_FIELD_MAX);
    return CSV_NO_MEMORY;
}

static bool is_line_end(char byte) { return byte == '\n' || byte == '\r'; }

/*
 * An empty line is a row of one empty field, by the grammar of RFC 4180. libcsv skips it. An empty
 * first line is not a header line.
 */
static enum csv_result take_empty_line(struct csv_check *check) {
    if (check->header_fields == 0)
        return fail(check, check->line, "the first line must be the header line");
    check->row_line = check->line;
    check->fields = 1;
    end_row(check);
    return check->error_line ? CSV_BAD : CSV_GOOD;
}

/* Parses a part of one line, which may include the line end. */
static enum csv_result parse_part(struct csv_check *check, const char *bytes, size_t length) {
    bool second_half_of_crlf = check->after_cr && bytes[0] == '\n';
    if (!check->in_row && is_line_end(bytes[0]))
        return second_half_of_crlf ? CSV_GOOD : take_empty_line(check);
    if (!check->in_row) {
        check->in_row = true;
        check->row_line = check->line;
    }
    if (csv_parse(&check->parser, bytes, length, on_field, on_row, check) != length)
        return parser_failed(check);
    return check->error_line ? CSV_BAD : CSV_GOOD;
}

/* CR, LF and CRLF each end one line; `last` is the last byte of a part. */
static void count_line(struct csv_check *check, char last) {
    if (last == '\r' || (last == '\n' && !check->after_cr)) check->line++;
    check->after_cr = last == '\r';
}

/*
 * Returns how many bytes belong to the current line, including its end, or 0 if one of them is not
 * allowed in the text.
 */
static size_t check_line_part(struct csv_check *check, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        if (byte == 0) {
            fail(check, check->line, "NUL bytes are not allowed");
            return 0;
        }
        if ((byte >= 0x80 || !utf8_check_is_complete(&check->utf8)) &&
            !utf8_check_byte(&check->utf8, byte)) {
            fail(check, check->line, "the text is not UTF-8");
            return 0;
        }
        if (is_line_end(bytes[i])) return i + 1;
    }
    return length;
}

enum csv_result csv_check_feed(struct csv_check *check, const char *bytes, size_t length) {
    while (length > 0) {
        size_t part = check_line_part(check, bytes, length);
        if (part == 0) return CSV_BAD;
        enum csv_result result = parse_part(check, bytes, part);
        if (result != CSV_GOOD) return result;
        count_line(check, bytes[part - 1]);
        bytes += part;
        length -= part;
    }
    return CSV_GOOD;
}

enum csv_result csv_check_end(struct csv_check *check) {
    if (!utf8_check_is_complete(&check->utf8))
        return fail(check, check->line, "the text is not UTF-8");
    if (csv_fini(&check->parser, on_field, on_row, check) != 0) {
        if (csv_error(&check->parser) == CSV_EPARSE)
            return fail(check, check->row_line, "a quoted field is not closed");
        return parser_failed(check);
    }
    if (check->header_fields == 0)
        return fail(check, check->line, "the first line must be the header line");
    return check->error_line ? CSV_BAD : CSV_GOOD;
}
