/* SPDX-License-Identifier: MIT */
/* LMDB without the library: durable puts of small records, and rows read in order. */
#ifndef BARE_H
#define BARE_H

#include <stddef.h>
#include <stdint.h>

struct bare; /* one thread at a time */

/*
 * An environment in `dir`, which it makes, with so many records of 64 bytes under random keys of 8.
 * Every later put is durable.
 */
struct bare *bare_puts(const char *dir, size_t records, uint64_t *random);
void bare_put(struct bare *bare, uint64_t *random);

/*
 * One with the rows of `owners` owners, clustered: key = length of the owner, owner, id. Rows are
 * put in the order of creation, and the owners take turns. A row is as long as one of the library
 * with a name of four bytes, and ends in a keyed tag.
 */
struct bare *bare_rows(const char *dir, size_t rows, size_t owners);

/*
 * Reads all rows of an owner in order, `page` at a time in a renewed transaction. Gives their
 * number; *sum is made of what was read. With `with_check` the tag of each row is computed and
 * compared.
 */
size_t bare_scan(struct bare *bare, size_t owner, size_t page, int with_check, uint64_t *sum);

/* The same of all rows of all owners, in one transaction and without a check. */
size_t bare_scan_all(struct bare *bare, uint64_t *sum);

void bare_free(struct bare *bare);

#endif
