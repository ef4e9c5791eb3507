/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target: what libFuzzer calls again and again, and replay.c, too. It ends the program if
 * something is wrong.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "rules/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : abort())

/* 1 if the text has the form of a token of this prefix; *ret_id is its id. */
static inline int parse_text(const struct atk_prefix *prefix, const char *text, size_t len,
                             const char **ret_id) {
    const char *id;
    if (!atk_text_find_id(prefix, text, len, &id) || !atk_text_is_well_formed(id)) return 0;
    *ret_id = id;
    return 1;
}

#endif
