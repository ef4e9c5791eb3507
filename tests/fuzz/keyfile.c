/* SPDX-License-Identifier: MIT */
/* Keyring files: one that is read is written as it was. */
#include "target.h"

#include <string.h>

#include "outside/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct atk_keys keys;
    static char text[ATK_KEYRING_FILE_MAX];
    if (atk_keyfile_parse((const char *)data, size, &keys) != 0) return 0;
    MUST(atk_keyfile_write(&keys, keys.verify_only, text) == size);
    MUST(memcmp(text, data, size) == 0);
    return 0;
}
