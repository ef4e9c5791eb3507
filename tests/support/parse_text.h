/* SPDX-License-Identifier: MIT */
/* A whole check of a token text's form, for tests of the library's internals. */
#ifndef PARSE_TEXT_H
#define PARSE_TEXT_H

#include "rules/text.h"

/* 1 if the text has the form of a token of this prefix; *ret_id is its id. */
static inline int parse_text(const struct atk_prefix *prefix, const char *text, size_t len,
                             const char **ret_id) {
    const char *id;
    if (!atk_text_find_id(prefix, text, len, &id) || !atk_text_is_well_formed(id)) return 0;
    *ret_id = id;
    return 1;
}

#endif
