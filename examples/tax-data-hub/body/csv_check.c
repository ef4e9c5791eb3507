/* SPDX-License-Identifier: MIT */
#include "body/csv_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_STEP 4096
#define CTRL_Z '\x1A'

static const char byte_order_mark[] = "\xEF\xBB\xBF";
#define MARK_LENGTH (sizeof byte_order_mark - 1)

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
    csv_head_free(&check->head);
    check->opened = false;
}

/* Keeps the first error. In the header line it says rather what the file is. */
__attribute__((format(printf, 3, 4))) static enum csv_result fail(struct csv_check *check,
                                                                  uint64_t line, const char *format,
                                                                  ...) {
    const char *kind = check->header_fields == 0 ? csv_head_kind(&check->head) : NULL;
    va_list args;
    if (check->error_line != 0) return CSV_BAD;
    check->error_line = line;
    va_start(args, format);
    if (kind)
        snprintf(check->error, sizeof check->error, "%s", kind);
    else
        vsnprintf(check->error, sizeof check->error, format, args);
    va_end(args);
    return CSV_BAD;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static void end_header(struct csv_check *check) {
    uint64_t first = 0, second = 0;
    if (csv_head_kind(&check->head))
        fail(check, check->row_line, "this is not CSV");
    else if (csv_head_find_bad_name(&check->head, &first, &second, &check->is_out_of_memory))
        fail(check, check->row_line,
             second ? "columns %llu and %llu have the same name" : "column %llu has no name",
             (unsigned long long)first, (unsigned long long)second);
    check->header_fields = check->fields;
    csv_head_free(&check->head);
}

/* Blank lines between rows are rows of one empty field, by the grammar of RFC 4180. */
static void count_blank_lines(struct csv_check *check) {
    if (check->blank_lines > 0 && check->header_fields != 1)
        fail(check, check->blank_line, "the line is blank, but rows follow it");
    check->rows += check->blank_lines;
    check->blank_lines = 0;
}

static void count_row(struct csv_check *check) {
    count_blank_lines(check);
    if (check->fields != check->header_fields)
        fail(check, check->row_line, "the row has %llu fields, the header line has %llu",
             (unsigned long long)check->fields, (unsigned long long)check->header_fields);
    else
        check->rows++;
}

static void end_row(struct csv_check *check) {
    if (check->header_fields == 0) {
        end_header(check);
    } else if (check->fields == 1 && check->is_row_blank) {
        if (check->blank_lines++ == 0) check->blank_line = check->row_line;
    } else {
        count_row(check);
    }
    check->fields = 0;
    check->in_row = false;
}

static void take_name(struct csv_check *check, const char *name, size_t length) {
    switch (csv_head_add(&check->head, name, length)) {
    case CSV_HEAD_TAKEN: break;
    case CSV_HEAD_NO_MEMORY: check->is_out_of_memory = true; break;
    case CSV_HEAD_TOO_LONG:
        fail(check, check->row_line, "the header line is longer than %zu bytes", CSV_HEAD_MAX);
        break;
    }
}

static bool is_blank(const char *field, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (field[i] != ' ' && field[i] != '\t') return false;
    return true;
}

static void take_first_field(struct csv_check *check, const char *field, size_t length) {
    check->is_row_blank = !check->is_row_quoted && is_blank(field, length);
    if (length >= MARK_LENGTH && memcmp(field, byte_order_mark, MARK_LENGTH) == 0)
        fail(check, check->row_line, "a byte order mark is allowed only before the header line");
}

static void on_field(void *field, size_t length, void *ctx) {
    struct csv_check *check = ctx;
    if (check->header_fields == 0)
        take_name(check, field, length);
    else if (check->fields == 0)
        take_first_field(check, field, length);
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

/* libcsv skips an empty line. An empty first line is not a header line. */
static enum csv_result take_empty_line(struct csv_check *check) {
    if (check->header_fields == 0)
        return fail(check, check->line, "the first line must be the header line");
    check->row_line = check->line;
    check->fields = 1;
    check->is_row_blank = true;
    end_row(check);
    return CSV_GOOD;
}

static enum csv_result outcome(const struct csv_check *check) {
    if (check->is_out_of_memory) return CSV_NO_MEMORY;
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
        check->is_row_quoted = bytes[0] == '"';
    }
    if (csv_parse(&check->parser, bytes, length, on_field, on_row, check) != length)
        return parser_failed(check);
    return outcome(check);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* CR, LF and CRLF each end one line; a part of one line ends with it or before. */
static void count_line(struct csv_check *check, const char *part, size_t length) {
    const char last = part[length - 1];
    const bool is_second_half = check->after_cr && length == 1 && last == '\n';
    if (is_line_end(last) && !is_second_half) check->line++;
    check->after_cr = last == '\r';
}

/*
 * Returns how many bytes belong to the current line, including its end, or 0 if one of them is not
 * allowed in the text. Stops before Ctrl-Z, which is not the first byte.
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
        if (byte == CTRL_Z) return i;
    }
    return length;
}

/*
 * The length of the first line if it is a row that needs no parser, otherwise 0: it has no quote,
 * no character that must be looked at more closely, and does not begin like a blank line. Most
 * rows are such lines, and the parser would take most of the time of an upload.
 */
static size_t plain_row_length(const char *bytes, size_t length, uint64_t *ret_fields) {
    const char *end = memchr(bytes, '\n', length);
    size_t size = end ? (size_t)(end - bytes) : 0;
    unsigned commas = 0, odd = 0;
    if (size > 0 && bytes[size - 1] == '\r') size--;
    if (size == 0 || size > CSV_FIELD_MAX || is_blank(bytes, 1)) return 0;
    if (memchr(bytes, '"', size)) return 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        commas += byte == ',';
        odd |= (unsigned)(byte < ' ') | (unsigned)(byte >= 0x7F);
    }
    *ret_fields = (uint64_t)commas + 1;
    return odd ? 0 : (size_t)(end - bytes) + 1;
}

/* Counts the lines in front that need no parser. Returns how many bytes these are. */
static size_t take_plain_rows(struct csv_check *check, const char *bytes, size_t length) {
    size_t taken = 0;
    uint64_t fields = 0;
    if (check->in_row || check->is_ended || check->header_fields == 0) return 0;
    while (taken < length && check->error_line == 0) {
        size_t row = plain_row_length(bytes + taken, length - taken, &fields);
        if (row == 0) break;
        check->row_line = check->line++;
        check->fields = fields;
        check->is_row_blank = false;
        check->after_cr = false;
        end_row(check);
        taken += row;
    }
    return taken;
}

static enum csv_result check_after_end(struct csv_check *check, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != CTRL_Z && !is_line_end(bytes[i]) && !is_blank(&bytes[i], 1))
            return fail(check, check->line, "text follows the character Ctrl-Z, which ends it");
    return CSV_GOOD;
}

static enum csv_result take_text(struct csv_check *check, const char *bytes, size_t length) {
    if (check->header_fields == 0) csv_head_start(&check->head, bytes, length);
    while (length > 0) {
        size_t plain = take_plain_rows(check, bytes, length);
        bytes += plain;
        length -= plain;
        if (check->error_line != 0 || length == 0) return outcome(check);
        if (bytes[0] == CTRL_Z) check->is_ended = true;
        if (check->is_ended) return check_after_end(check, bytes, length);
        size_t part = check_line_part(check, bytes, length);
        if (part == 0) return CSV_BAD;
        if (check->header_fields == 0) csv_head_take(&check->head, bytes, part);
        enum csv_result result = parse_part(check, bytes, part);
        if (result != CSV_GOOD) return result;
        count_line(check, bytes, part);
        bytes += part;
        length -= part;
    }
    return CSV_GOOD;
}

/* What looked like the beginning of a byte order mark is text. */
static enum csv_result end_mark(struct csv_check *check) {
    check->is_mark_done = true;
    if (check->mark_bytes == MARK_LENGTH) return CSV_GOOD;
    return take_text(check, byte_order_mark, check->mark_bytes);
}

enum csv_result csv_check_feed(struct csv_check *check, const char *bytes, size_t length) {
    while (!check->is_mark_done && length > 0) {
        if (check->mark_bytes < MARK_LENGTH && *bytes == byte_order_mark[check->mark_bytes]) {
            check->mark_bytes++;
            bytes++;
            length--;
            continue;
        }
        enum csv_result result = end_mark(check);
        if (result != CSV_GOOD) return result;
    }
    return take_text(check, bytes, length);
}

enum csv_result csv_check_end(struct csv_check *check) {
    if (!check->is_mark_done && end_mark(check) != CSV_GOOD) return outcome(check);
    if (!utf8_check_is_complete(&check->utf8))
        return fail(check, check->line, "the text is not UTF-8");
    if (csv_fini(&check->parser, on_field, on_row, check) != 0) {
        if (csv_error(&check->parser) == CSV_EPARSE)
            return fail(check, check->row_line, "a quoted field is not closed");
        return parser_failed(check);
    }
    if (check->header_fields == 0)
        return fail(check, check->line, "the first line must be the header line");
    if (check->rows == 0) return fail(check, check->line, "no row follows the header line");
    return outcome(check);
}
