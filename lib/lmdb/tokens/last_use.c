/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/last_use.h"

#include <endian.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "outside/files.h"

#define MAGIC "apituse1"
#define MAGIC_LEN 8
#define STORE_ID_AT 8
#define TRANSACTION_AT 24
#define HEAD_LEN 32
#define BLOCK 4096
#define MINUTE_MAX ((uint32_t)(ATK_MS_MAX / ATK_MINUTE_MS)) /* we never write a later one */

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

int atk_last_use_format(int fd, const uint8_t store_id[16], uint64_t map_bytes,
                        apitoken_error *err) {
    uint8_t head[HEAD_LEN];
    struct atk_writer w = atk_writer_of(head, sizeof head);
    atk_put_bytes(&w, MAGIC, MAGIC_LEN);
    atk_put_bytes(&w, store_id, 16);
    atk_put_uint(&w, 0, 8);
    ATK_TRY(atk_allocate(fd, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err));
    ATK_TRY(atk_last_use_extend(fd, map_bytes, err));
    return atk_write_all(fd, head, sizeof head, ATK_LAST_USE_FILE, err);
}

static int fail_foreign(apitoken_error *err) {
    return atk_fail(err, APITOKEN_E_DAMAGED, "%s belongs to another store", ATK_LAST_USE_FILE);
}

int atk_last_use_open(const struct atk_last_use_place *place, uint64_t used,
                      struct atk_last_use *use, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat st;
    const uint64_t len = file_len(place->map_bytes), slots = atk_last_use_slots(place->map_bytes);
    ATK_TRY(atk_member_open(place->dir_fd, ATK_LAST_USE_FILE, O_RDWR, place->any_owner, &fd, err));
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_LAST_USE_FILE);
    if ((uint64_t)st.st_size < len) return fail_foreign(err);
    uint8_t head[HEAD_LEN];
    if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head) return fail_foreign(err);
    if (memcmp(head, MAGIC, MAGIC_LEN) != 0 || memcmp(head + STORE_ID_AT, place->store_id, 16) != 0)
        return fail_foreign(err);
    ATK_TRY(atk_allocate(fd, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err));
    void *map = mmap(NULL, (size_t)len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_LAST_USE_FILE);
    *use = (struct atk_last_use){
        .map = map, .map_len = len, .slots = slots, .is_noted = true, .fd = fd
    };
    fd = -1;
    if (used > use->slots) used = use->slots;
    if (used > 0) use->is_noted = atk_last_use_prepare(use, used - 1, NULL) == 0;
    return 0;
}

void atk_last_use_close(struct atk_last_use *use) {
    if (!use->map) return;
    (void)munmap(use->map, (size_t)use->map_len);
    (void)close(use->fd);
    *use = (struct atk_last_use){ .fd = -1 };
}

/* Aligned: the map begins on a page, and TRANSACTION_AT is a multiple of 8. Little-endian. */
static uint64_t *transaction_of(const struct atk_last_use *use) {
    return (uint64_t *)(void *)(use->map + TRANSACTION_AT);
}

uint64_t atk_last_use_transaction(const struct atk_last_use *use) {
    return le64toh(__atomic_load_n(transaction_of(use), __ATOMIC_ACQUIRE));
}

void atk_last_use_raise(struct atk_last_use *use, uint64_t transaction) {
    uint64_t seen = __atomic_load_n(transaction_of(use), __ATOMIC_RELAXED);
    while (le64toh(seen) < transaction &&
           !__atomic_compare_exchange_n(transaction_of(use), &seen, htole64(transaction), 0,
                                        __ATOMIC_RELEASE, __ATOMIC_RELAXED)) {}
}

void atk_last_use_set(struct atk_last_use *use, uint64_t transaction) {
    __atomic_store_n(transaction_of(use), htole64(transaction), __ATOMIC_RELEASE);
}

int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err) {
    uint64_t end = ATK_LAST_USE_HEAD + (slot + 1) * ATK_SLOT_BYTES;
    uint64_t wanted = (end + BLOCK - 1) / BLOCK * BLOCK;
    if (wanted <= use->allocated) return 0;
    uint64_t limit = use->map_len < wanted ? use->map_len : wanted;
    ATK_TRY(atk_allocate(use->fd, limit, ATK_LAST_USE_FILE, err));
    use->allocated = wanted;
    return 0;
}

/*
 * A hash of 32 bits of an id, which has 71 random ones: the three words of its characters, rotated
 * and XORed.
 */
static uint32_t mark_of(const char *id) {
    const uint8_t *at = (const uint8_t *)id;
    const uint32_t first = (uint32_t)atk_le_at(at, 4), second = (uint32_t)atk_le_at(at + 4, 4);
    const uint32_t third = (uint32_t)atk_le_at(at + 8, 4);
    return first ^ (second << 11 | second >> 21) ^ (third << 22 | third >> 10);
}

/* Aligned: slots have 8 bytes and begin on a page. */
static uint64_t *slot_at(const struct atk_last_use *use, uint32_t slot) {
    return (uint64_t *)(void *)(use->map + ATK_LAST_USE_HEAD + (uint64_t)slot * ATK_SLOT_BYTES);
}

/* The minute in a slot if it has this id's mark, else 0. */
static uint32_t minute_in(uint64_t word, uint32_t mark) {
    const uint64_t value = le64toh(word);
    const uint32_t minute = (uint32_t)(value >> 32);
    return (uint32_t)value == mark && minute <= MINUTE_MAX ? minute : 0;
}

void atk_last_use_note(struct atk_last_use *use, uint32_t slot, const char *id, int64_t now_ms) {
    if (slot >= use->slots || !use->is_noted) return;
    const uint32_t mark = mark_of(id), minute = atk_last_use_minute(now_ms);
    const uint64_t noted = htole64((uint64_t)minute << 32 | mark);
    uint64_t *at = slot_at(use, slot), seen = __atomic_load_n(at, __ATOMIC_RELAXED);
    while (minute > minute_in(seen, mark) &&
           !__atomic_compare_exchange_n(at, &seen, noted, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

int64_t atk_last_use_ms(const struct atk_last_use *use, uint32_t slot, const char *id) {
    if (slot >= use->slots) return 0;
    return (int64_t)minute_in(__atomic_load_n(slot_at(use, slot), __ATOMIC_RELAXED), mark_of(id)) *
           ATK_MINUTE_MS;
}
