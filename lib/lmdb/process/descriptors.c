/* SPDX-License-Identifier: MIT */
#include "lmdb/process/descriptors.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apitoken/apitoken.h"
#include "base/attr.h"

struct note {
    int fd;
    enum atk_descriptors_close_when when;
    int inherited; /* from a parent process, waiting for the first open */
    dev_t dev;     /* a child may have closed the number and got it for something else */
    ino_t ino;
};

/* a leaf: nothing else is taken while it is held */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int has_handlers;
static struct note *notes;
static size_t count, room;

static int is_same(const struct note *note) {
    struct stat st;
    return fstat(note->fd, &st) == 0 && st.st_dev == note->dev && st.st_ino == note->ino;
}

static void before_fork(void) { (void)pthread_mutex_lock(&lock); }

static void after_fork_in_parent(void) { (void)pthread_mutex_unlock(&lock); }

static void after_fork_in_child(void) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (notes[i].when == ATK_CLOSE_AT_FORK) {
            if (is_same(&notes[i])) (void)close(notes[i].fd);
            continue;
        }
        notes[kept] = notes[i];
        notes[kept++].inherited = 1;
    }
    count = kept;
    (void)pthread_mutex_unlock(&lock);
}

static void install(void) {
    has_handlers = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

int atk_descriptors_block_fork(void) {
    (void)pthread_once(&once, install);
    if (!has_handlers) return APITOKEN_E_NOMEM;
    (void)pthread_mutex_lock(&lock);
    return 0;
}

void atk_descriptors_allow_fork(void) { (void)pthread_mutex_unlock(&lock); }

int atk_descriptors_note(int fd, enum atk_descriptors_close_when when) {
    struct stat st;
    if (fstat(fd, &st) != 0) return APITOKEN_E_IO;
    if (count == room) {
        size_t wanted = room ? room * 2 : 16;
        struct note *more = realloc(notes, wanted * sizeof *more);
        if (!more) return APITOKEN_E_NOMEM;
        notes = more;
        room = wanted;
    }
    notes[count++] = (struct note){ fd, when, 0, st.st_dev, st.st_ino };
    return 0;
}

void atk_descriptors_forget(int fd) {
    for (size_t i = 0; i < count; i++) {
        if (notes[i].fd != fd || notes[i].inherited) continue;
        notes[i] = notes[--count];
        break;
    }
}

void atk_descriptors_forget_file(dev_t dev, ino_t ino) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (notes[i].inherited || notes[i].dev != dev || notes[i].ino != ino)
            notes[kept++] = notes[i];
    count = kept;
}

void atk_descriptors_close_inherited(void) {
    (void)pthread_mutex_lock(&lock);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!notes[i].inherited)
            notes[kept++] = notes[i];
        else if (is_same(&notes[i]))
            (void)close(notes[i].fd);
    }
    count = kept;
    (void)pthread_mutex_unlock(&lock);
}
