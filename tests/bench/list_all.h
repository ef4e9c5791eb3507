/* SPDX-License-Identifier: MIT */
/* Goes through the tokens of all owners of a place with a filter, page by page. */
#ifndef LIST_ALL_H
#define LIST_ALL_H

#include <stdint.h>

#include "place.h"

/* The store of a place by a handle for administration, to be closed. */
apitoken_store *open_for_admin(const struct place *place);

/* Gives the number of tokens that the filter keeps; adds to *sum as list_rows() does. */
size_t list_all(apitoken_store *store, const apitoken_filter *filter, uint64_t *sum);

#endif
