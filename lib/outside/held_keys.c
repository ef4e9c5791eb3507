/* SPDX-License-Identifier: MIT */
#include "outside/held_keys.h"

#include <string.h>

/* One of them may be verify-only: the other subkeys are made of the same master key. */
static bool is_same_key(const struct atk_key *a, const struct atk_key *b) {
    return a->id == b->id && memcmp(a->prints.digest, b->prints.digest, ATK_FP_LEN) == 0 &&
           memcmp(a->prints.tag, b->prints.tag, ATK_FP_LEN) == 0;
}

/* Where `held` has this very key; its count if it does not. */
static uint32_t find_held(const struct atk_keys *held, const struct atk_key *key) {
    uint32_t i = 0;
    while (i < held->count && !is_same_key(&held->key[i], key)) i++;
    return i;
}

static uint32_t count_new(const struct atk_keys *held, const struct atk_keys *wanted) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < wanted->count; i++)
        count += find_held(held, &wanted->key[i]) == held->count;
    return count;
}

/* Before it can be found, so that nobody finds it unretired. */
static void take_retired(struct atk_keys *held, uint32_t at, uint32_t is_retired) {
    const uint32_t bit = is_retired << at;
    __atomic_store_n(&held->retired, held->retired | bit, __ATOMIC_RELEASE);
    __atomic_store_n(&held->gone, held->gone | bit, __ATOMIC_RELEASE);
}

/* Returns a bit for each held key that is wanted. */
static uint32_t add_new(struct atk_keys *held, const struct atk_keys *wanted) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const uint32_t at = find_held(held, &wanted->key[i]);
        kept |= UINT32_C(1) << at;
        take_retired(held, at, wanted->retired >> i & 1);
        if (at < held->count) continue;
        held->key[at] = wanted->key[i];
        __atomic_store_n(&held->count, at + 1, __ATOMIC_RELEASE);
    }
    return kept;
}

int atk_held_keys_replace(struct atk_keys *held, const struct atk_keys *wanted) {
    if (held->count + count_new(held, wanted) > ATK_KEYS_MAX) return APITOKEN_E_KEY_LIMIT;
    if (!atk_guarded_writable(held)) return APITOKEN_E_NOMEM;
    /* for good, and before there is a key without a seal: none that is held gets one later */
    if (wanted->verify_only) __atomic_store_n(&held->verify_only, true, __ATOMIC_RELAXED);
    const uint32_t kept = add_new(held, wanted) & ~held->retired;
    const uint32_t all = (uint32_t)((UINT64_C(1) << held->count) - 1);
    /* in this order, so that the active key is never one that has gone */
    __atomic_store_n(&held->gone, held->gone & ~kept, __ATOMIC_RELEASE);
    __atomic_store_n(&held->active, wanted->active, __ATOMIC_RELEASE);
    __atomic_store_n(&held->gone, all & ~kept, __ATOMIC_RELEASE);
    atk_guarded_read_only(held);
    return 0;
}

int atk_held_keys_retire(struct atk_keys *held, const struct atk_keys_record *list) {
    uint32_t retired = held->retired;
    for (uint32_t i = 0; i < held->count; i++)
        if (atk_keys_record_flags(list, held->key[i].id) & ATK_KEY_RETIRED)
            retired |= UINT32_C(1) << i;
    if (retired == held->retired) return 0;
    if (!atk_guarded_writable(held)) return APITOKEN_E_NOMEM;
    __atomic_store_n(&held->retired, retired, __ATOMIC_RELEASE);
    __atomic_store_n(&held->gone, held->gone | retired, __ATOMIC_RELEASE);
    atk_guarded_read_only(held);
    return 1;
}
