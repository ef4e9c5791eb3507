/* SPDX-License-Identifier: MIT */
/* The text of a new token, in guarded memory. */
#ifndef APITOKEN_OBJECTS_SECRET_H
#define APITOKEN_OBJECTS_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "rules/copyfmt.h"
#include "rules/text.h"

struct apitoken_secret {
    struct atk_prefix prefix;
    char id[APITOKEN_ID_LEN + 1];
    uint8_t len;
    char text[ATK_TOKEN_LEN_MAX];
};

/* Takes guarded memory and draws an id and a secret. NULL: out of memory. */
apitoken_secret *atk_secret_new(const struct atk_prefix *prefix);

/* Draws another id and secret. */
void atk_secret_redraw(apitoken_secret *secret);

/*
 * Draws an id and a secret. Writes the id with a NUL, and the token's text, without one, into
 * ATK_TOKEN_LEN_MAX bytes; returns the length of the text.
 */
size_t atk_token_draw_text(const struct atk_prefix *prefix, char id[APITOKEN_ID_LEN + 1],
                           char *text);

/* The text of a token that has just been created. */
struct atk_token_text {
    const struct atk_prefix *prefix;
    const char *id;
    const char *text;
    size_t len;
};

/* Writes a token in a copy format. */
int atk_token_format_text(const struct atk_token_text *token, int format,
                          const apitoken_format_opts *opts, const struct atk_text_out *out,
                          apitoken_error *err);

#endif
