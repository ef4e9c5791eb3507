/* SPDX-License-Identifier: MIT */
#include "lmdb/process/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "outside/clock.h"
#include "lmdb/form/meta.h"
#include "lmdb/process/reader_table.h"

struct note {
    int fd;
    enum atk_descriptors_close_when when;
    bool is_inherited; /* from a parent process; to be closed at the first open */
    dev_t dev;         /* a child may have closed the number, and reused it for another file */
    ino_t ino;
};

/* a leaf, and held for moments: no other lock is taken, and no file of a store opened, meanwhile */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_handlers;
static struct note *notes;
static size_t count, room;
static unsigned blocks;        /* of fork(), by any number of threads */
static unsigned forks_waiting; /* for the last block to go */

static bool is_same(const struct note *note) {
    struct stat st;
    return fstat(note->fd, &st) == 0 && st.st_dev == note->dev && st.st_ino == note->ino;
}

/* Blocks are short, and new ones give way: see add_block(). */
static void before_fork(void) {
    struct atk_deadline never = atk_deadline_in(UINT32_MAX);
    (void)pthread_mutex_lock(&lock);
    forks_waiting++;
    while (blocks > 0) {
        (void)pthread_mutex_unlock(&lock);
        (void)atk_deadline_pause(&never);
        (void)pthread_mutex_lock(&lock);
    }
    forks_waiting--;
}

static void after_fork_in_parent(void) { (void)pthread_mutex_unlock(&lock); }

static void after_fork_in_child(void) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (notes[i].when == ATK_CLOSE_AT_FORK) {
            if (is_same(&notes[i])) (void)close(notes[i].fd);
            continue;
        }
        notes[kept] = notes[i];
        notes[kept++].is_inherited = true;
    }
    count = kept;
    forks_waiting = 0; /* those are the parent's */
    (void)pthread_mutex_unlock(&lock);
}

static void install_handlers(void) {
    has_handlers = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

/*
 * Gives way to a fork() that waits, or with many threads it would wait for ever; but not for long,
 * because that one may wait for the disk of another store.
 */
static void add_block(void) {
    struct atk_deadline brief = atk_deadline_in(ATK_FORK_WAIT_MS);
    (void)pthread_mutex_lock(&lock);
    while (forks_waiting > 0) {
        (void)pthread_mutex_unlock(&lock);
        const bool is_over = atk_deadline_pause(&brief) < 0;
        (void)pthread_mutex_lock(&lock);
        if (is_over) break;
    }
    blocks++;
    (void)pthread_mutex_unlock(&lock);
}

int atk_descriptors_block_fork(void) {
    (void)pthread_once(&once, install_handlers);
    if (!has_handlers) return APITOKEN_E_NOMEM;
    add_block();
    return 0;
}

void atk_descriptors_allow_fork(void) {
    (void)pthread_mutex_lock(&lock);
    blocks--;
    (void)pthread_mutex_unlock(&lock);
}

static bool add_note(const struct note *note) {
    if (count == room) {
        size_t wanted = room ? room * 2 : 16;
        struct note *more = realloc(notes, wanted * sizeof *more);
        if (!more) return false;
        notes = more;
        room = wanted;
    }
    notes[count++] = *note;
    return true;
}

int atk_descriptors_note(int fd, enum atk_descriptors_close_when when) {
    struct stat st;
    if (fstat(fd, &st) != 0) return APITOKEN_E_IO;
    const struct note note = { fd, when, false, st.st_dev, st.st_ino };
    (void)pthread_mutex_lock(&lock);
    const bool is_noted = add_note(&note);
    (void)pthread_mutex_unlock(&lock);
    return is_noted ? 0 : APITOKEN_E_NOMEM;
}

void atk_descriptors_forget(int fd) {
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++) {
        if (notes[i].fd != fd || notes[i].is_inherited) continue;
        notes[i] = notes[--count];
        break;
    }
    (void)pthread_mutex_unlock(&lock);
}

void atk_descriptors_forget_file(dev_t dev, ino_t ino) {
    size_t kept = 0;
    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++)
        if (notes[i].is_inherited || notes[i].dev != dev || notes[i].ino != ino)
            notes[kept++] = notes[i];
    count = kept;
    (void)pthread_mutex_unlock(&lock);
}

void atk_descriptors_close_inherited(void) {
    (void)pthread_mutex_lock(&lock);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!notes[i].is_inherited)
            notes[kept++] = notes[i];
        else if (is_same(&notes[i]))
            (void)close(notes[i].fd);
    }
    count = kept;
    (void)pthread_mutex_unlock(&lock);
}

/* ---- the files of a store -------------------------------------------------------------------- */

typedef int (*fd_visit_fn)(int fd);

/*
 * Calls `visit` for each descriptor with which this process has the file open. Returns their number
 * or an error. Descriptors of the host are examined by their entry in /proc only, never used: a
 * thread of the host may be closing one, which ThreadSanitizer would report as a race with ours.
 */
static int each_fd_of(int dir_fd, const char *name, fd_visit_fn visit) {
    struct stat wanted, st;
    int found = 0;
    if (fstatat(dir_fd, name, &wanted, AT_SYMLINK_NOFOLLOW) != 0) return 0;
    DIR *dir = opendir("/proc/self/fd");
    if (!dir) return APITOKEN_E_IO;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char *end;
        long fd = strtol(entry->d_name, &end, 10);
        if (*end) continue; /* "." and ".." are no numbers */
        if (fstatat(dirfd(dir), entry->d_name, &st, 0) != 0) continue;
        if (st.st_dev != wanted.st_dev || st.st_ino != wanted.st_ino) continue;
        found++;
        int rc = visit ? visit((int)fd) : 0;
        if (rc < 0) {
            found = rc;
            break;
        }
    }
    (void)closedir(dir);
    return found;
}

static int note_fd(int fd) {
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC); /* LMDB opens data.mdb without it */
    return atk_descriptors_note(fd, ATK_CLOSE_AT_OPEN);
}

int atk_descriptors_note_lmdb(int dir_fd, apitoken_error *err) {
    int rc = each_fd_of(dir_fd, ATK_DATA_FILE, note_fd);
    if (rc >= 0) rc = each_fd_of(dir_fd, ATK_READERS_FILE, note_fd);
    return rc < 0 ? atk_fail(err, rc, "cannot note the descriptors of the store") : 0;
}

int atk_descriptors_refuse_foreign(int dir_fd, apitoken_error *err) {
    int found = each_fd_of(dir_fd, ATK_READERS_FILE, NULL);
    if (found < 0) return atk_fail(err, APITOKEN_E_IO, "cannot read /proc/self/fd");
    return found == 0 ? 0 : atk_fail(err, APITOKEN_E_FOREIGN_OPEN, NULL);
}
