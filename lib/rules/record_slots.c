/* SPDX-License-Identifier: MIT */
#include "rules/record_slots.h"

#include "rules/record_parts.h"

size_t atk_slots_encode(const struct atk_slots *slots, uint8_t *out) {
    struct atk_writer w = atk_writer_of(out, ATK_SLOTS_MAX - ATK_TAG_LEN);
    atk_record_put_head(&w, ATK_TYPE_SLOTS, 0, slots->key_id);
    atk_put_bytes(&w, slots->bits, sizeof slots->bits);
    atk_put_bytes(&w, slots->parts, slots->parts_len);
    return atk_record_len(&w, out);
}

int atk_slots_decode(const void *bytes, size_t len, struct atk_slots *slots) {
    struct atk_reader r = atk_reader_of(bytes, len);
    int rc = atk_record_get_head(&r, ATK_TYPE_SLOTS, &slots->key_id);
    if (rc < 0) return rc;
    atk_get_bytes(&r, slots->bits, sizeof slots->bits);
    if (r.is_bad || atk_slots_count(slots) == 0) return APITOKEN_E_DAMAGED;
    return atk_parts_get(&r, slots->parts, sizeof slots->parts, &slots->parts_len);
}

uint32_t atk_slots_count(const struct atk_slots *slots) {
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof slots->bits; i++)
        count += (uint32_t)__builtin_popcount(slots->bits[i]);
    return count;
}

uint32_t atk_slots_lowest(const struct atk_slots *slots) {
    uint32_t at = 0;
    while (at < ATK_SLOTS_BITS_LEN - 1 && slots->bits[at] == 0) at++;
    return slots->first + at * 8 + (uint32_t)__builtin_ctz(slots->bits[at] | 0x80u);
}

bool atk_slots_has(const struct atk_slots *slots, uint32_t slot) {
    const uint32_t at = slot % ATK_SLOTS_A_RECORD;
    return (slots->bits[at / 8] >> at % 8 & 1) != 0;
}

void atk_slots_set(struct atk_slots *slots, uint32_t slot, bool is_free) {
    const uint32_t at = slot % ATK_SLOTS_A_RECORD;
    const uint8_t bit = (uint8_t)(1u << at % 8);
    uint8_t *byte = &slots->bits[at / 8];
    *byte = (uint8_t)(is_free ? *byte | bit : *byte & ~bit);
}
