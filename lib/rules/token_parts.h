/* SPDX-License-Identifier: MIT */
/* Which parts of hot records and rows this version understands. */
#ifndef APITOKEN_RULES_TOKEN_PARTS_H
#define APITOKEN_RULES_TOKEN_PARTS_H

#include "rules/record_parts.h"

/*
 * Whether this version understands a part of a hot record or row that has no field in its struct. A
 * known type in an unknown form is of a newer version.
 */
bool atk_token_part_is_known(const struct atk_part *part, bool is_hot);

#endif
