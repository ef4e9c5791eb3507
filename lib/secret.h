/* SPDX-License-Identifier: MIT */
/* The text of a new token, in guarded memory. */
#ifndef APITOKEN_SECRET_H
#define APITOKEN_SECRET_H

#include "text.h"

struct apitoken_secret {
    struct atk_prefix prefix;
    char id[APITOKEN_ID_LEN + 1];
    uint8_t len;
    char text[ATK_TOKEN_LEN_MAX];
};

/* Guarded memory for one, with a freshly drawn id and secret. NULL: out of memory. */
apitoken_secret *atk_secret_new(const struct atk_prefix *prefix);

/* Draws id and secret anew. */
void atk_secret_draw(apitoken_secret *secret);

#endif
