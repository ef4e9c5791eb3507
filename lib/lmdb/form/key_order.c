/* SPDX-License-Identifier: MIT */
#include "lmdb/form/key_order.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

_Static_assert(APITOKEN_ID_LEN == 12, "an id is a number of eight bytes and one of four");

ATK_APART static int order_bytes(const MDB_val *a, const MDB_val *b) {
    const size_t common = a->mv_size < b->mv_size ? a->mv_size : b->mv_size;
    const int order = memcmp(a->mv_data, b->mv_data, common);
    if (order != 0) return order;
    return (a->mv_size > b->mv_size) - (a->mv_size < b->mv_size);
}

static inline uint64_t head_of(const MDB_val *id) {
    uint64_t head;
    memcpy(&head, id->mv_data, sizeof head);
    return be64toh(head);
}

static inline uint32_t tail_of(const MDB_val *id) {
    uint32_t tail;
    memcpy(&tail, (const char *)id->mv_data + 8, sizeof tail);
    return be32toh(tail);
}

int atk_key_order(const MDB_val *a, const MDB_val *b) {
    if (a->mv_size != APITOKEN_ID_LEN || b->mv_size != APITOKEN_ID_LEN) return order_bytes(a, b);
    const uint64_t left = head_of(a), right = head_of(b);
    if (left < right) return -1;
    if (left > right) return 1;
    const uint32_t left_tail = tail_of(a), right_tail = tail_of(b);
    return (left_tail > right_tail) - (left_tail < right_tail);
}
