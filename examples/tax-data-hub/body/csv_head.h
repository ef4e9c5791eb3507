/* SPDX-License-Identifier: MIT */
/*
 * The header line of a CSV. It shows what a file is that looks like CSV but is not the one that the
 * hub reads: other separators, a line for Excel or DATEV, a page, a workbook.
 */
#ifndef TAX_DATA_HUB_CSV_HEAD_H
#define TAX_DATA_HUB_CSV_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_HEAD_MAX ((size_t)1 << 20) /* bytes of all names together */
#define CSV_HEAD_START 32

/* All zero before the first byte. */
struct csv_head {
    char start[CSV_HEAD_START]; /* of the text, without its byte order mark */
    size_t start_length;
    uint64_t commas, semicolons, tabs, bars; /* not in quotes */
    bool in_quotes;
    char *names; /* each ends in NUL */
    size_t length, capacity;
    uint64_t count;
};

/* The raw bytes of the text, in pieces of any size: keeps as many as it needs. */
void csv_head_start(struct csv_head *head, const char *bytes, size_t length);

/* The raw bytes of the line, in pieces of any size, before they are parsed. */
void csv_head_take(struct csv_head *head, const char *bytes, size_t length);

enum csv_head_result { CSV_HEAD_TAKEN, CSV_HEAD_TOO_LONG, CSV_HEAD_NO_MEMORY };

/* The name of the next column, as parsed. */
enum csv_head_result csv_head_add(struct csv_head *head, const char *name, size_t length);

/* Says what the file is if it is known not to be CSV for the hub, otherwise NULL. */
const char *csv_head_kind(const struct csv_head *head);

/*
 * Finds a column without a name (*ret_first), or two of the same name. False if there is neither.
 * Columns count from 1; *ret_second is 0 for one without a name.
 */
bool csv_head_find_bad_name(const struct csv_head *head, uint64_t *ret_first, uint64_t *ret_second,
                            bool *ret_no_memory);

void csv_head_free(struct csv_head *head);

#endif
