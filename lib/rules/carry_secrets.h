/* SPDX-License-Identifier: MIT */
/* Which secrets of a token are valid after a restore: those that the replaced store still knows. */
#ifndef APITOKEN_RULES_CARRY_SECRETS_H
#define APITOKEN_RULES_CARRY_SECRETS_H

#include "rules/record_row.h"

/* The newest records of the token in the replaced store; NULL: none was found. */
struct atk_secrets_proof {
    const struct atk_hot *hot;
    const struct atk_row *row; /* not older than the hot record */
};

enum atk_secrets_carried {
    ATK_SECRETS_SAME,
    ATK_SECRETS_OLDER_ENDED, /* or ends earlier */
    ATK_SECRETS_REPLACED,    /* the newest one is another one, or ends */
    ATK_SECRETS_DEAD,        /* nobody knows which secret is valid */
    ATK_SECRETS_NO_ROOM
};

enum atk_secrets_carried atk_carry_secrets(const struct atk_secrets_proof *proof,
                                           struct atk_hot *hot, struct atk_row *row);

#endif
