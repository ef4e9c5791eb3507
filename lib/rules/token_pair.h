/* SPDX-License-Identifier: MIT */
/* Hot record and row of one token: what both have must be alike. */
#ifndef APITOKEN_RULES_TOKEN_PAIR_H
#define APITOKEN_RULES_TOKEN_PAIR_H

#include "rules/record_row.h"

/* Hot record and row of a token agree in everything that both of them have. */
bool atk_records_agree(const struct atk_hot *hot, const struct atk_row *row);

/*
 * Makes the two records of a token agree, with a revision above that of both: the row takes what
 * both have from the hot record. False: the row has no room for it.
 */
bool atk_records_unite(struct atk_hot *hot, struct atk_row *row);

/* A row that agrees with the hot record and says nothing else, where a token's own is of no use. */
void atk_row_stand_in(const struct atk_hot *hot, const char *id, struct atk_row *ret);

/* Whether two hot records are stored as the same bytes. */
bool atk_hot_same(const struct atk_hot *a, const struct atk_hot *b);

#endif
