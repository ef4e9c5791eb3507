/* SPDX-License-Identifier: MIT */
#include "lmdb/process/locks.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/files.h"
#include "lmdb/process/descriptors.h"

/* Returns 0 or an errno. */
static int set_lock(int fd, enum atk_lock_byte byte, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

static short type_of(bool shared) { return shared ? F_RDLCK : F_WRLCK; }

static int open_noted(int dir_fd, bool any_owner, int *ret_fd, apitoken_error *err) {
    int fd = -1;
    ATK_TRY(atk_member_open(dir_fd, ATK_LOCK_FILE, O_RDWR, any_owner, &fd, err));
    int rc = atk_descriptors_note(fd, ATK_CLOSE_AT_FORK);
    if (rc < 0) {
        (void)close(fd);
        return atk_fail(err, rc, NULL);
    }
    *ret_fd = fd;
    return 0;
}

int atk_locks_open(int dir_fd, bool any_owner, int *ret_fd, apitoken_error *err) {
    int rc = atk_descriptors_block_fork();
    if (rc < 0) return atk_fail(err, rc, NULL);
    rc = open_noted(dir_fd, any_owner, ret_fd, err);
    atk_descriptors_allow_fork();
    return rc;
}

/*
 * A mere close would leave the locks with a child that was created without fork()'s handlers, and
 * so has the descriptor as well.
 */
static void drop_all(int fd) {
    for (enum atk_lock_byte byte = ATK_LOCK_QUEUE; byte <= ATK_LOCK_IN_USE; byte++)
        (void)set_lock(fd, byte, F_UNLCK);
}

void atk_locks_close(int *fd) {
    if (*fd < 0) return;
    (void)atk_descriptors_block_fork();
    atk_descriptors_forget(*fd);
    drop_all(*fd);
    (void)close(*fd);
    atk_descriptors_allow_fork();
    *fd = -1;
}

bool atk_locks_try(int fd, enum atk_lock_byte byte, bool shared) {
    return set_lock(fd, byte, type_of(shared)) == 0;
}

int atk_locks_take(int fd, enum atk_lock_byte byte, bool shared, struct atk_deadline *deadline,
                   apitoken_error *err) {
    static const char *const what[] = { "waiting writers", "a writer",
                                        "another process to add a reader",
                                        "a call that needs exclusive access" };
    for (;;) {
        int os_code = set_lock(fd, byte, type_of(shared));
        if (os_code == 0) return 0;
        if (os_code != EAGAIN && os_code != EACCES && os_code != EINTR)
            return atk_fail_errno(err, os_code, "lock", ATK_LOCK_FILE);
        if (atk_deadline_pause(deadline) < 0)
            return atk_fail(err, APITOKEN_E_BUSY, "timed out waiting for %s", what[byte]);
    }
}

void atk_locks_drop(int fd, enum atk_lock_byte byte) { (void)set_lock(fd, byte, F_UNLCK); }

int atk_locks_take_write(int fd, struct atk_deadline *deadline, apitoken_error *err) {
    ATK_TRY(atk_locks_take(fd, ATK_LOCK_QUEUE, false, deadline, err));
    int rc = atk_locks_take(fd, ATK_LOCK_WRITE, false, deadline, err);
    atk_locks_drop(fd, ATK_LOCK_QUEUE);
    return rc;
}
