/* SPDX-License-Identifier: MIT */
/* A table of text, with columns aligned by the width of the characters on a terminal. */
#ifndef APITOKEN_TOOL_TABLE_H
#define APITOKEN_TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 7

struct table_cell {
    const char *text; /* copied by table_add() */
    /* static SGR parameters such as "32" for green, or NULL; used only with colour */
    const char *style;
};

struct table {
    size_t columns, rows, capacity;
    struct table_cell *cells;
    size_t widths[TABLE_COLUMNS_MAX];
};

/* Makes an empty table; the first row added is its head. */
void table_init(struct table *table, size_t columns);

/* Adds a row with one cell per column. False if out of memory. */
bool table_add(struct table *table, const struct table_cell *row);

/* Prints the table on standard output. */
void table_print(const struct table *table, bool colour);

void table_free(struct table *table);

#endif
