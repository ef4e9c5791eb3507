/* SPDX-License-Identifier: MIT */
/* The text of a new token, in guarded memory. */
#ifndef APITOKEN_OBJECTS_SECRET_H
#define APITOKEN_OBJECTS_SECRET_H

#include "rules/text.h"

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

/*
 * Draws a token: its id with a NUL, and its text, whose length it returns, into ATK_TOKEN_LEN_MAX
 * bytes.
 */
size_t atk_secret_draw_text(const struct atk_prefix *prefix, char id[APITOKEN_ID_LEN + 1],
                            char *text);

/*
 * A token in a copy format, into a buffer of the caller: what apitoken_secret_format() does of any
 * token's text.
 */
int atk_secret_write(const struct atk_prefix *prefix, const char *id, const char *text, size_t len,
                     int format, const apitoken_format_opts *opts, char *buf, size_t cap,
                     size_t *ret_len, apitoken_error *err);

#endif
