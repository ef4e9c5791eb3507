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

/* Takes guarded memory; the text is drawn later. NULL: out of memory. */
apitoken_secret *atk_secret_new(const struct atk_prefix *prefix);

/* Draws an id, with a tick above `floor`, and a secret. May be called again. APITOKEN_E_CLOCK. */
int atk_secret_draw(apitoken_secret *secret, uint64_t floor, apitoken_error *err);

/* Draws another secret for the id that is there. May be called again. */
void atk_secret_redraw(apitoken_secret *secret);

/*
 * Draws an id and a secret. Writes the id with a NUL, and the token's text, without one, into
 * ATK_TOKEN_LEN_MAX bytes. APITOKEN_E_CLOCK.
 */
int atk_token_draw_text(const struct atk_prefix *prefix, uint64_t floor,
                        char id[APITOKEN_ID_LEN + 1], char *text, size_t *ret_len,
                        apitoken_error *err);

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
