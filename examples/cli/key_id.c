/* SPDX-License-Identifier: MIT */
#include "key_id.h"

uint32_t key_id_of(const char *text) {
    uint64_t id = 0;
    for (; *text >= '0' && *text <= '9' && id <= UINT32_MAX; text++)
        id = id * 10 + (uint64_t)(*text - '0');
    return *text || id > UINT32_MAX ? 0 : (uint32_t)id;
}
