/* SPDX-License-Identifier: MIT */
#include "lmdb/process/lock_set.h"

#include <fcntl.h>
#include <string.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "lmdb/form/meta.h"
#include "outside/crypto.h"

/* No file is as long: the places of all sets lie behind. The last possible byte is none of them. */
#define PLACES_AT (INT64_C(1) << 62)
#define PLACES ((UINT64_C(1) << 62) - 1)
#define TO_THE_END 0

static struct flock lock_of(short type, int64_t at, int64_t len) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = at;
    lock.l_len = len;
    return lock;
}

static int64_t place_of(const struct atk_lock_set *set) {
    uint8_t files[32], hash[16];
    struct atk_writer w = atk_writer_of(files, sizeof files);
    atk_put_uint(&w, set->readers.dev, 8);
    atk_put_uint(&w, set->readers.ino, 8);
    atk_put_uint(&w, set->locks.dev, 8);
    atk_put_uint(&w, set->locks.ino, 8);
    atk_hash(files, sizeof files, hash, sizeof hash);
    return PLACES_AT + (int64_t)(atk_le_at(hash, 8) % PLACES);
}

/* Whether another open file description has a lock there. */
static int find_other(int fd, int64_t at, int64_t len, bool *ret_found, apitoken_error *err) {
    struct flock lock = lock_of(F_WRLCK, at, len);
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0)
        return atk_fail_errno(err, errno, "examine the locks of", ATK_DATA_FILE);
    *ret_found = lock.l_type != F_UNLCK;
    return 0;
}

int atk_lock_set_join(int data_fd, const struct atk_lock_set *set, apitoken_error *err) {
    const int64_t place = place_of(set);
    struct flock lock = lock_of(F_RDLCK, place, 1);
    bool is_before = false, is_behind = false;
    if (fcntl(data_fd, F_OFD_SETLK, &lock) != 0)
        return atk_fail_errno(err, errno, "lock", ATK_DATA_FILE);
    if (place > PLACES_AT)
        ATK_TRY(find_other(data_fd, PLACES_AT, place - PLACES_AT, &is_before, err));
    ATK_TRY(find_other(data_fd, place + 1, TO_THE_END, &is_behind, err));
    if (!is_before && !is_behind) return 0;
    return atk_fail(err, APITOKEN_E_REPLACED,
                    "another process has %s open with another lock.mdb or writer.lock",
                    ATK_DATA_FILE);
}

void atk_lock_set_leave(int data_fd) {
    struct flock lock = lock_of(F_UNLCK, PLACES_AT, TO_THE_END);
    (void)fcntl(data_fd, F_OFD_SETLK, &lock);
}
