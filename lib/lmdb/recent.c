/* SPDX-License-Identifier: MIT */
#include "lmdb/recent.h"

int atk_recent_is_alike(const struct atk_recent *recent, const char *id, const uint64_t tag[2]) {
    const uint64_t differs = (__atomic_load_n(&recent->tag[0], __ATOMIC_RELAXED) ^ tag[0]) |
                             (__atomic_load_n(&recent->tag[1], __ATOMIC_RELAXED) ^ tag[1]) |
                             (__atomic_load_n(&recent->id_tail, __ATOMIC_RELAXED) ^ atk_recent_tail(id));
    return differs == 0;
}
