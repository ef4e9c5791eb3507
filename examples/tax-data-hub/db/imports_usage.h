/* SPDX-License-Identifier: MIT */
/* How much room the imports of an owner take, and how much they may. */
#ifndef TAX_DATA_HUB_IMPORTS_USAGE_H
#define TAX_DATA_HUB_IMPORTS_USAGE_H

#include <stdint.h>

#include "db/imports_db.h"

/* Of one owner. As a quota: the most of each, UINT64_MAX for no limit. */
struct imports_usage {
    uint64_t bytes; /* of the bodies */
    uint64_t imports;
};

/* Call it before the first import. Without it there is no limit. */
void imports_db_set_quota(struct imports_db *db, const struct imports_usage *quota);

/*
 * How much room the owner has left. Each is 0 if they have as much as they may, or more since the
 * quota was made smaller.
 */
enum db_result imports_db_room(struct imports_db *db, const char *owner,
                               struct imports_usage *ret_room);

#endif
