/* SPDX-License-Identifier: MIT */
/*
 * The hub's own store: what was imported, in an LMDB environment of its own.
 *
 * An import is written piece by piece in bounded transactions under a fresh number, and nobody sees
 * it until one last small transaction makes it visible as a whole. What is left of an import that
 * never got there is swept at the next open. The pieces are the bytes of the CSV as they came.
 *
 * Any thread may call any function. One process at a time may have the store open.
 */
#ifndef TAX_DATA_HUB_IMPORTS_DB_H
#define TAX_DATA_HUB_IMPORTS_DB_H

#include "hub.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum db_result {
    DB_OK = 0,
    DB_FULL = 1,      /* the map or the disk is full; nothing became visible */
    DB_FAILED = 2,    /* anything else; the log says what */
    DB_NOT_FOUND = 3, /* no such import of this owner */
    DB_REFUSED = 4    /* the caller's confirm() or read() said no */
};

/* One visible import. Text ends in NUL. */
struct import_row {
    uint64_t import;
    uint64_t rows;  /* without the header line */
    uint64_t bytes; /* of the CSV */
    int64_t received_ms;
    char interface[INTERFACE_MAX + 4];
    char token_id[16];
    char owner[APITOKEN_OWNER_MAX + 8];
};

struct imports_db;

/* Opens or makes the store in `directory`, sweeps leftovers. */
enum db_result imports_db_open(const char *directory, uint64_t map_bytes, struct imports_db **ret);
void imports_db_close(struct imports_db *db);

/* Draws a fresh number, never given before. */
enum db_result imports_db_begin(struct imports_db *db, uint64_t *ret_import);

/* Gives `length` bytes at `offset` of the body. False if it cannot. */
typedef bool (*imports_db_read_fn)(void *ctx, uint64_t offset, void *bytes, size_t length);

/* Writes the whole body of an import that was begun. */
enum db_result imports_db_load(struct imports_db *db, uint64_t import, uint64_t bytes,
                               imports_db_read_fn read, void *ctx);

/*
 * Makes the import visible. confirm() is asked inside the transaction, when nothing but the commit
 * is left to do; with false the import stays invisible.
 */
typedef bool (*imports_db_confirm_fn)(void *ctx);
enum db_result imports_db_publish(struct imports_db *db, const struct import_row *row,
                                  imports_db_confirm_fn confirm, void *ctx);

/*
 * Removes an import that was begun and will not be published. If that fails, the next open does it.
 */
void imports_db_discard(struct imports_db *db, uint64_t import);

/* One import of an owner. */
enum db_result imports_db_get(struct imports_db *db, const char *owner, uint64_t import,
                              struct import_row *ret);

/*
 * Up to `limit` imports of an owner with numbers above `after`, in ascending order. *ret_more:
 * there are further ones.
 */
enum db_result imports_db_list(struct imports_db *db, const char *owner, uint64_t after,
                               size_t limit, struct import_row *ret_rows, size_t *ret_count,
                               bool *ret_more);

/* Bytes of an import from `offset` on: up to `cap`, at least one unless that is its end. */
enum db_result imports_db_read(struct imports_db *db, uint64_t import, uint64_t offset, void *bytes,
                               size_t cap, size_t *ret_length);

#endif
