/* SPDX-License-Identifier: MIT */
/* Lists all rows of an owner of a place, page by page, and reads each row with the getters. */
#ifndef LIST_ROWS_H
#define LIST_ROWS_H

#include <stdint.h>

#include "place.h"

#define LIST_PAGE APITOKEN_LIST_MAX

/* Gives their number; adds to *sum, so that what is read has a use. */
size_t list_rows(const struct place *place, size_t owner, uint64_t *sum);

#endif
