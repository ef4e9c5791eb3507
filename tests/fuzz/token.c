/* SPDX-License-Identifier: MIT */
/*
 * Token text: what is taken for a token is, character by character, the one that its id and secret
 * make.
 */
#include "target.h"

#include <string.h>

#include "rules/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct atk_prefix prefix;
    const char *text = (const char *)data, *id = NULL;
    char built[ATK_TOKEN_LEN_MAX];
    if (!prefix.len) MUST(atk_prefix_set(&prefix, "tdh", 3) == 0);
    if (!parse_text(&prefix, text, size, &id)) {
        MUST(id == NULL);
        return 0;
    }
    MUST(id == text + prefix.len + 1);
    MUST(atk_text_build(&prefix, id, id + APITOKEN_ID_LEN, built) == size);
    MUST(memcmp(built, text, size) == 0);
    return 0;
}
