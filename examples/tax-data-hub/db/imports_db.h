/* SPDX-License-Identifier: MIT */
/*
 * The hub's own database of imports, an LMDB environment.
 *
 * An import is written in pieces, in transactions of bounded size, under a new number. It stays
 * invisible until one last, small transaction publishes it as a whole. An import that was never
 * published is removed at the next start. The pieces hold the bytes of the CSV unchanged.
 *
 * Any thread may call any function. Only one process at a time may have the database open.
 */
#ifndef TAX_DATA_HUB_IMPORTS_DB_H
#define TAX_DATA_HUB_IMPORTS_DB_H

#include <apitoken/apitoken.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db_result.h"

#define IMPORTS_INTERFACE_MAX 32

/* A published import. Each text ends in NUL. */
struct import_row {
    uint64_t import;
    uint64_t rows;  /* without the header line */
    uint64_t bytes; /* of the CSV */
    int64_t received_ms;
    char interface[IMPORTS_INTERFACE_MAX + 4];
    char token_id[16];
    char owner[APITOKEN_OWNER_MAX + 8];
};

struct imports_db;

/* Opens the database in `directory`, creating it if needed. */
enum db_result imports_db_open(const char *directory, uint64_t map_bytes, struct imports_db **ret);

/* NULL is fine. */
void imports_db_close(struct imports_db *db);

/* Removes what an earlier run did not publish. Call it before the first import. */
enum db_result imports_db_remove_unpublished(struct imports_db *db);

/* Assigns a number that was never used before. */
enum db_result imports_db_begin(struct imports_db *db, uint64_t *ret_import);

/* Reads `length` bytes at `offset` of the body. Returns false if it fails. */
typedef bool (*imports_db_read_fn)(void *ctx, uint64_t offset, void *bytes, size_t length);

/* Writes the whole body of an import. DB_REFUSED if read() fails. */
enum db_result imports_db_load(struct imports_db *db, uint64_t import, uint64_t bytes,
                               imports_db_read_fn read, void *ctx);

struct import_key;

/*
 * Publishes the import, and keeps the Idempotency-Key that made it, unless `key` is NULL: DB_EXISTS
 * if that key has made another import meanwhile. DB_FULL if the owner would have more than the
 * quota, too. confirm() is called inside the transaction, just before the commit. If it returns
 * false, the import stays invisible and the result is DB_REFUSED.
 */
typedef bool (*imports_db_confirm_fn)(void *ctx);
enum db_result imports_db_publish(struct imports_db *db, const struct import_row *row,
                                  const struct import_key *key, imports_db_confirm_fn confirm,
                                  void *ctx);

/* Removes an import that will not be published. If that fails, the next start removes it. */
void imports_db_discard(struct imports_db *db, uint64_t import);

/*
 * Deletes a published import, in one step for every reader; its pages are free when the call
 * returns. A reader that is in the middle of it finds its end. DB_NOT_FOUND if this owner has no
 * such import.
 */
enum db_result imports_db_delete(struct imports_db *db, const char *owner, uint64_t import);

/* DB_NOT_FOUND if this owner has no such import. */
enum db_result imports_db_get(struct imports_db *db, const char *owner, uint64_t import,
                              struct import_row *ret);

/* One page of a list. */
struct import_page {
    struct import_row *rows; /* the caller's array */
    size_t limit;            /* its length */
    size_t count;            /* set by imports_db_list() */
    bool has_more;           /* set by imports_db_list(): there are rows after these */
};

/* Fills the page with the owner's imports whose numbers are above `after`, in ascending order. */
enum db_result imports_db_list(struct imports_db *db, const char *owner, uint64_t after,
                               struct import_page *page);

/* Copies up to `cap` bytes of an import from `offset` on. *ret_length is 0 only at its end. */
enum db_result imports_db_read(struct imports_db *db, uint64_t import, uint64_t offset, void *bytes,
                               size_t cap, size_t *ret_length);

#endif
