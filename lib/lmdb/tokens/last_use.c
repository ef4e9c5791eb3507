/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/last_use.h"

#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/process/locks.h"
#include "outside/allocate.h"
#include "outside/files.h"

#define BLOCK 4096
#define WORDS 2
#define MINUTE_MAX ((uint32_t)(ATK_MS_MAX / ATK_MINUTE_MS)) /* we never write a later one */

_Static_assert(ATK_SLOT_BYTES == WORDS * sizeof(uint64_t), "a slot has two words");

uint64_t atk_last_use_slots(uint64_t bytes) {
    uint64_t slots = bytes / ATK_SLOT_SHARE;
    return slots < ATK_SLOT_NONE ? slots : ATK_SLOT_NONE;
}

static uint64_t len_of(uint64_t slots) { return ATK_LAST_USE_HEAD + slots * ATK_SLOT_BYTES; }

int atk_last_use_format(int fd, apitoken_error *err) {
    return atk_allocate(fd, 0, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err);
}

static int require_head(int fd, uint64_t *ret_bytes, apitoken_error *err) {
    struct stat st;
    if (fstat(fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_LAST_USE_FILE);
    if (st.st_size < ATK_LAST_USE_HEAD)
        return atk_fail(err, APITOKEN_E_DAMAGED, "%s is truncated", ATK_LAST_USE_FILE);
    *ret_bytes = (uint64_t)st.st_size;
    return 0;
}

bool atk_last_use_is_lost(const struct atk_last_use_place *place) {
    struct stat st;
    if (fstatat(place->dir_fd, ATK_LAST_USE_FILE, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT;
    return S_ISREG(st.st_mode) && st.st_size < ATK_LAST_USE_HEAD;
}

/* In place: processes that have it open may go on with it. */
static int renew_truncated(const struct atk_last_use_place *place, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct stat like;
    ATK_TRY(atk_member_open(place->dir_fd, ATK_LAST_USE_FILE, O_RDWR, place->any_owner, &fd, err));
    ATK_TRY(atk_member_require_safe(place->dir_fd, ATK_LOCK_FILE, true, &like, err));
    ATK_TRY(atk_owner_copy(fd, &like, 0660, ATK_LAST_USE_FILE, err));
    return atk_last_use_format(fd, err);
}

int atk_last_use_renew(const struct atk_last_use_place *place, apitoken_error *err) {
    const struct atk_lost_member lost = { .name = ATK_LAST_USE_FILE,
                                          .like = ATK_LOCK_FILE,
                                          .len = ATK_LAST_USE_HEAD,
                                          .allocated = ATK_LAST_USE_HEAD };
    struct stat st;
    return fstatat(place->dir_fd, ATK_LAST_USE_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0
               ? renew_truncated(place, err)
               : atk_member_renew(place->dir_fd, &lost, err);
}

/* How many slots a file of so many bytes has within the map. */
static uint64_t count_slots(const struct atk_last_use *use, uint64_t file_bytes) {
    const uint64_t len = file_bytes < use->map_len ? file_bytes : use->map_len;
    return len > ATK_LAST_USE_HEAD ? (len - ATK_LAST_USE_HEAD) / ATK_SLOT_BYTES : 0;
}

/*
 * Maps the file as far as it has these slots; the rest of the map stays without access. A debugger
 * that reads all writable memory, as valgrind does to find leaks, would take hours for pages that
 * the file does not have. Threads may do this at the same time: they map the same.
 */
static bool map_slots(struct atk_last_use *use, uint64_t slots) {
    const uint64_t had = __atomic_load_n(&use->slots, __ATOMIC_RELAXED);
    if (slots <= had) return true;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t from = had > 0 ? len_of(had) / page * page : 0;
    if (mmap(use->map + from, (size_t)(len_of(slots) - from), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, use->fd, (off_t)from) == MAP_FAILED)
        return false;
    __atomic_store_n(&use->slots, slots, __ATOMIC_RELAXED);
    if (use->is_noted) __atomic_store_n(&use->slots_noted, slots, __ATOMIC_RELAXED);
    return true;
}

/* Address space for all slots that there may be. */
static int reserve_map(uint64_t slots, struct atk_last_use *ret, apitoken_error *err) {
    const uint64_t len = len_of(slots);
    void *map =
        mmap(NULL, (size_t)len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return atk_fail_errno(err, errno, "map", ATK_LAST_USE_FILE);
    uint8_t *touched = calloc((size_t)(slots / ATK_SLOTS_PER_BLOCK + 1), 1);
    if (!touched) {
        (void)munmap(map, (size_t)len);
        return atk_fail(err, APITOKEN_E_NOMEM, NULL);
    }
    *ret = (struct atk_last_use){ .map = map,
                                  .touched = touched,
                                  .map_len = len,
                                  .slots_given = slots,
                                  .is_noted = true,
                                  .fd = -1 };
    return 0;
}

int atk_last_use_open(const struct atk_last_use_place *place, struct atk_last_use *use,
                      apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    struct atk_last_use opened = { .fd = -1 };
    uint64_t file_bytes = 0;
    ATK_TRY(atk_member_open(place->dir_fd, ATK_LAST_USE_FILE, O_RDWR, place->any_owner, &fd, err));
    ATK_TRY(require_head(fd, &file_bytes, err));
    ATK_TRY(atk_allocate(fd, 0, ATK_LAST_USE_HEAD, ATK_LAST_USE_FILE, err));
    ATK_TRY(reserve_map(atk_last_use_slots(place->map_bytes), &opened, err));
    opened.fd = fd;
    fd = -1;
    if (!map_slots(&opened, count_slots(&opened, file_bytes))) {
        int rc = atk_fail_errno(err, errno, "map", ATK_LAST_USE_FILE);
        atk_last_use_close(&opened);
        return rc;
    }
    *use = opened;
    return 0;
}

/* A lower number comes from a look that another thread has overtaken: a file gets no shorter. */
void atk_last_use_follow(struct atk_last_use *use, uint64_t file_bytes) {
    (void)map_slots(use, count_slots(use, file_bytes)); /* the next look tries again */
}

int atk_last_use_lengthen(struct atk_last_use *use, uint64_t limit_bytes, uint64_t used,
                          apitoken_error *err) {
    struct stat st;
    const uint64_t len = len_of(atk_last_use_slots(limit_bytes));
    if (used > use->slots_given) used = use->slots_given;
    if (used > 0) ATK_TRY(atk_last_use_prepare(use, used - 1, err));
    if (fstat(use->fd, &st) != 0) return atk_fail_errno(err, errno, "examine", ATK_LAST_USE_FILE);
    if ((uint64_t)st.st_size < len && ftruncate(use->fd, (off_t)len) != 0)
        return atk_fail_errno(err, errno, "extend", ATK_LAST_USE_FILE);
    atk_last_use_follow(use, (uint64_t)st.st_size < len ? len : (uint64_t)st.st_size);
    return 0;
}

void atk_last_use_begin(struct atk_last_use *use, uint64_t used) {
    if (used > use->slots) used = use->slots;
    if (used > 0) use->is_noted = atk_last_use_prepare(use, used - 1, NULL) == 0;
    if (!use->is_noted) __atomic_store_n(&use->slots_noted, 0, __ATOMIC_RELAXED);
}

void atk_last_use_close(struct atk_last_use *use) {
    if (!use->map) return;
    (void)munmap(use->map, (size_t)use->map_len);
    free(use->touched);
    (void)close(use->fd);
    *use = (struct atk_last_use){ .fd = -1 };
}

void atk_last_use_leave(struct atk_last_use *use) {
    free(use->touched);
    use->touched = NULL;
}

int atk_last_use_prepare(struct atk_last_use *use, uint64_t slot, apitoken_error *err) {
    uint64_t end = ATK_LAST_USE_HEAD + (slot + 1) * ATK_SLOT_BYTES;
    uint64_t wanted = (end + BLOCK - 1) / BLOCK * BLOCK;
    if (wanted <= use->allocated) return 0;
    uint64_t limit = use->map_len < wanted ? use->map_len : wanted;
    ATK_TRY(atk_allocate(use->fd, use->allocated, limit, ATK_LAST_USE_FILE, err));
    atk_last_use_follow(use, limit);
    use->allocated = wanted;
    return 0;
}

static bool has_slot(const struct atk_last_use *use, uint32_t slot) {
    return slot < __atomic_load_n(&use->slots, __ATOMIC_RELAXED);
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

/* Usually nothing to write. */
static void note_touched(struct atk_last_use *use, uint32_t slot) {
    uint8_t *touched = &use->touched[slot / ATK_SLOTS_PER_BLOCK];
    if (!__atomic_load_n(touched, __ATOMIC_RELAXED)) __atomic_store_n(touched, 1, __ATOMIC_RELAXED);
}

void atk_last_use_note(struct atk_last_use *use, struct atk_use at, int64_t now_ms) {
    const uint64_t slots = __atomic_load_n(&use->slots_noted, __ATOMIC_RELAXED);
    if (__builtin_expect(at.slot >= slots, 0)) return;
    const uint32_t minute = atk_last_use_minute(now_ms);
    const uint64_t noted = htole64((uint64_t)minute << 32 | at.mark);
    uint64_t *word = word_at(use, at.slot, at.word);
    uint64_t seen = __atomic_load_n(word, __ATOMIC_RELAXED);
    note_touched(use, at.slot);
    while (
        minute > minute_in(seen, at.mark) &&
        !__atomic_compare_exchange_n(word, &seen, noted, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
}

int64_t atk_last_use_ms(const struct atk_last_use *use, struct atk_use at) {
    if (!has_slot(use, at.slot)) return 0;
    const uint64_t word = __atomic_load_n(word_at(use, at.slot, at.word), __ATOMIC_RELAXED);
    return (int64_t)minute_in(word, at.mark) * ATK_MINUTE_MS;
}

void atk_last_use_clear(struct atk_last_use *use, uint32_t slot) {
    if (!has_slot(use, slot)) return;
    for (unsigned i = 0; i < WORDS; i++)
        __atomic_store_n(word_at(use, slot, i), 0, __ATOMIC_RELAXED);
}

void atk_last_use_copy(const struct atk_last_use *from, struct atk_last_use *to, uint32_t slot) {
    if (!has_slot(from, slot) || !has_slot(to, slot) || !to->is_noted) return;
    for (unsigned i = 0; i < WORDS; i++) {
        const uint64_t word = __atomic_load_n(word_at(from, slot, i), __ATOMIC_RELAXED);
        if (word) __atomic_store_n(word_at(to, slot, i), word, __ATOMIC_RELAXED);
    }
}
