/* SPDX-License-Identifier: MIT */
/*
 * A table for people: columns of text below each other, aligned by what the characters take on a
 * terminal.
 */
#ifndef APITOKEN_TOOL_TABLE_H
#define APITOKEN_TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 6

struct table_cell {
    const char *text; /* copied by table_add() */
    /* static SGR parameters such as "32" for green, or NULL; used if colour is wanted */
    const char *style;
};

struct table {
    size_t columns, rows, room;
    struct table_cell *cells;
    size_t widths[TABLE_COLUMNS_MAX];
};

/* A table without rows; the first one that is added is its head. */
void table_init(struct table *table, size_t columns);

/* Adds a row of as many cells as there are columns. False if memory is short. */
bool table_add(struct table *table, const struct table_cell *row);

/* Prints all on standard output. */
void table_print(const struct table *table, bool colour);

void table_free(struct table *table);

#endif
