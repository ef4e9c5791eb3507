/* SPDX-License-Identifier: MIT */
/*
 * Checks that a body is CSV (RFC 4180) with a header line, while it arrives and in bounded memory.
 *
 * Where the RFC leaves a choice: a line may end in CRLF, LF or CR; the text is UTF-8 without NUL;
 * every row has as many fields as the header line; no field is longer than CSV_FIELD_MAX. The names
 * in the header line differ, and a row follows. A byte order mark before the text, and blank lines
 * and Ctrl-Z (the end of a file in DOS) after the last row, are not part of it.
 */
#ifndef TAX_DATA_HUB_CSV_CHECK_H
#define TAX_DATA_HUB_CSV_CHECK_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "body/csv_head.h"
#include "body/utf8_check.h"

#define CSV_FIELD_MAX ((size_t)1 << 20)

enum csv_result { CSV_GOOD = 0, CSV_BAD, CSV_NO_MEMORY };

struct csv_check {
    struct csv_parser parser;
    struct utf8_check utf8;
    uint64_t line;          /* number of the current line, from 1 */
    uint64_t row_line;      /* the line in which the current row began */
    uint64_t header_fields; /* 0 = the header line is not complete yet */
    uint64_t fields;        /* of the current row, so far */
    uint64_t rows;          /* without the header line */
    uint64_t blank_lines;   /* since the last row: rows of a single column if another row follows */
    uint64_t blank_line;    /* the first of these */
    struct csv_head head;   /* until the header line is complete */
    uint8_t mark_bytes;     /* of the byte order mark, so far */
    bool is_mark_done;      /* the text has begun */
    bool is_row_blank;      /* the first field of the current row is blank, and not quoted */
    bool is_row_quoted;
    bool in_row; /* a row has begun and not ended */
    bool after_cr;
    bool is_ended; /* by Ctrl-Z */
    bool is_out_of_memory;
    bool opened;
    uint64_t error_line; /* with CSV_BAD: the line, and what is wrong there */
    char error[160];
};

enum csv_result csv_check_open(struct csv_check *check);
enum csv_result csv_check_feed(struct csv_check *check, const char *bytes, size_t length);
/* After the last byte. */
enum csv_result csv_check_end(struct csv_check *check);
void csv_check_close(struct csv_check *check);

#endif
