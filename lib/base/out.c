/* SPDX-License-Identifier: MIT */
#include "base/out.h"

#include <stdint.h>
#include <string.h>

#include "base/attr.h"

/* Apart: a compiler that sees one caller's struct here takes the newer one's size for its own. */
ATK_APART void atk_out_store(void *out, const void *full, size_t full_size) {
    uint32_t size;
    memcpy(&size, out, sizeof size);
    size_t common = size < full_size ? size : full_size;
    memcpy((char *)out + sizeof size, (const char *)full + sizeof size, common - sizeof size);
    if (size > full_size) memset((char *)out + full_size, 0, size - full_size);
}
