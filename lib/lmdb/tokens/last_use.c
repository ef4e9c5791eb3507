/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/last_use.h"

#include <endian.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"

#define BLOCK 4096
#define WORDS 2
#define MINUTE_MAX ((uint32_t)(ATK_MS_MAX / ATK_MINUTE_MS)) /* we never write a later one */

_Static_assert(ATK_SLOT_BYTES == WORDS * sizeof(uint64_t), "a slot has two words");

uint64_t atk_last_use_slots(uint64_t map_bytes) {
    uint64_t slots = map_bytes / ATK_SLOT_SHARE;
    return slots < ATK_SLOT_NONE ? slots : ATK_SLOT_NONE;
}

static uint64_t file_len(uint64_t map_bytes) {
    return ATK_LAST_USE_HEAD + atk_last_use_slots(map_bytes) * ATK_SLOT_BYTES;
}

int atk_last_use_extend(int fd, uint64_t map_bytes, apitoken_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_LAST_USE_FILE);
    if ((uint64_t)st.st_size >= file_len(map_bytes)) return 0;
    return ftruncate(fd, (off_t)file_len(map_bytes)) == 0
               ? 0
               : atk_fail_errno(err, errno, "extend", ATK_LAST_USE_FILE);
}

int atk_last_use_format(int fd, uint64_t map_bytes, apitoken_error *err) {
    ATK_TRY(atk_allocate(fd, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err));
    return atk_last_use_extend(fd, map_bytes, err);
}

/* A file that is too short works as far as it goes; who may write the store makes it longer. */
static int find_map_len(int fd, const struct atk_last_use_place *place, uint64_t *ret_len,
                        apitoken_error *err) {
    struct stat st;
    if (!place->any_owner) (void)atk_last_use_extend(fd, place->map_bytes, NULL);
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_LAST_USE_FILE);
    if (st.st_size < ATK_LAST_USE_HEAD)
        return atk_fail(err, APITOKEN_E_DAMAGED, "%s is truncated", ATK_LAST_USE_FILE);
    *ret_len = file_len(place->map_bytes);
    if ((uint64_t)st.st_size < *ret_len) *ret_len = (uint64_t)st.st_size;
    return 0;
}

int atk_last_use_open(const struct atk_last_use_place *place, struct atk_last_use *use,
                      apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    uint64_t len = 0;
    ATK_TRY(atk_member_open(place->dir_fd, ATK_LAST_USE_FILE, O_RDWR, place->any_owner, &fd, err));
    ATK_TRY(find_map_len(fd, place, &len, err));
    ATK_TRY(atk_allocate(fd, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err));
    void *map = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_LAST_USE_FILE);
    *use = (struct atk_last_use){ .map = map,
                                  .map_len = len,
                                  .slots = (len - ATK_LAST_USE_HEAD) / ATK_SLOT_BYTES,
                                  .slots_given = atk_last_use_slots(place->map_bytes),
                                  .full_len = file_len(place->map_bytes),
                                  .is_noted = true,
                                  .fd = fd };
    fd = -1;
    return 0;
}

void atk_last_use_begin(struct atk_last_use *use, uint64_t used) {
    if (used > use->slots) used = use->slots;
    if (used > 0) use->is_noted = atk_last_use_prepare(use, used - 1, NULL) == 0;
}

void atk_last_use_close(struct atk_last_use *use) {
    if (!use->map) return;
    (void)munmap(use->map, (size_t)use->map_len);
    (void)close(use->fd);
    *use = (struct atk_last_use){ .fd = -1 };
}

int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err) {
    uint64_t end = ATK_LAST_USE_HEAD + (slot + 1) * ATK_SLOT_BYTES;
    uint64_t wanted = (end + BLOCK - 1) / BLOCK * BLOCK;
    if (wanted <= use->allocated) return 0;
    uint64_t limit = use->full_len < wanted ? use->full_len : wanted;
    ATK_TRY(atk_allocate(use->fd, limit, ATK_LAST_USE_FILE, err));
    use->allocated = wanted;
    return 0;
}

/* Aligned: slots have 16 bytes and begin on a page. */
static uint64_t *word_at(const struct atk_last_use *use, uint32_t slot, unsigned word) {
    const uint64_t at = ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES;
    return (uint64_t *)(void *)(use->map + at) + word;
}

/* The minute in a word if it has this mark, else 0. */
static uint32_t minute_in(uint64_t word, uint32_t mark) {
    const uint64_t value = le64toh(word);
    const uint32_t minute = (uint32_t)(value >> 32);
    return (uint32_t)value == mark && minute <= MINUTE_MAX ? minute : 0;
}

void atk_last_use_note(struct atk_last_use *use, struct atk_use at, int64_t now_ms) {
    if (at.slot >= use->slots || !use->is_noted) return;
    const uint32_t minute = atk_last_use_minute(now_ms);
    const uint64_t noted = htole64((uint64_t)minute << 32 | at.mark);
    uint64_t *word = word_at(use, at.slot, at.word);
    uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (
        minute > minute_in(seen, at.mark) &&
        !__atomic_compare_exchange_n(word, &seen, noted, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

int64_t atk_last_use_ms(const struct atk_last_use *use, struct atk_use at) {
    if (at.slot >= use->slots) return 0;
    const uint64_t word = __atomic_load_n(word_at(use, at.slot, at.word), __ATOMIC_RELAXED);
    return (int64_t)minute_in(word, at.mark) * ATK_MINUTE_MS;
}

void atk_last_use_copy(const struct atk_last_use *from, struct atk_last_use *to, uint32_t slot) {
    if (slot >= from->slots || slot >= to->slots || !to->is_noted) return;
    for (unsigned i = 0; i < WORDS; i++) {
        const uint64_t word = __atomic_load_n(word_at(from, slot, i), __ATOMIC_RELAXED);
        if (word) __atomic_store_n(word_at(to, slot, i), word, __ATOMIC_RELAXED);
    }
}
