/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "width.h"

#define CAPACITY_FIRST 64 /* rows */
#define GAP 2

void table_init(struct table *table, size_t columns) {
    *table = (struct table){ .columns = columns };
}

static bool reserve_row(struct table *table) {
    if (table->rows < table->capacity) return true;
    size_t capacity = table->capacity ? table->capacity * 2 : CAPACITY_FIRST;
    struct table_cell *cells = reallocarray(table->cells, capacity, table->columns * sizeof *cells);
    if (!cells) return false;
    table->cells = cells;
    table->capacity = capacity;
    return true;
}

bool table_add(struct table *table, const struct table_cell *row) {
    if (!reserve_row(table)) return false;
    struct table_cell *cells = &table->cells[table->rows * table->columns];
    bool is_complete = true;
    for (size_t i = 0; i < table->columns; i++) {
        cells[i] = (struct table_cell){ strdup(row[i].text), row[i].style };
        if (!cells[i].text) is_complete = false;
    }
    table->rows++; /* also an incomplete row, so that table_free() frees its cells */
    if (!is_complete) return false;
    for (size_t i = 0; i < table->columns; i++) {
        size_t width = width_of(cells[i].text);
        if (width > table->widths[i]) table->widths[i] = width;
    }
    return true;
}

static void print_row(const struct table *table, const struct table_cell *cells, bool colour) {
    size_t last = table->columns - 1;
    for (size_t i = 0; i < table->columns; i++) {
        if (colour && cells[i].style)
            printf("\033[%sm%s\033[0m", cells[i].style, cells[i].text);
        else
            printf("%s", cells[i].text);
        if (i < last) printf("%*s", (int)(table->widths[i] - width_of(cells[i].text) + GAP), "");
    }
    printf("\n");
}

void table_print(const struct table *table, bool colour) {
    for (size_t i = 0; i < table->rows; i++)
        print_row(table, &table->cells[i * table->columns], colour);
}

void table_free(struct table *table) {
    for (size_t i = 0; i < table->rows * table->columns; i++) free((char *)table->cells[i].text);
    free(table->cells);
    *table = (struct table){ 0 };
}
