/* SPDX-License-Identifier: MIT */
/* A store's locks, descriptors and reader slots, observed without the library. */
#ifndef WATCH_H
#define WATCH_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fixture.h"

/* The bytes of writer.lock. */
enum { BYTE_GATE = 0, BYTE_WRITE = 1, BYTE_REGISTER = 2, BYTE_IN_USE = 3 };

/* A descriptor of the store's writer.lock; closing it drops nobody else's locks. */
int watch_open(const struct fixture *f);

/* 1 if somebody holds the byte. `fd` from watch_open(). */
int watch_is_held(int fd, int byte);

/* Takes a byte as a writer would: 1, or 0 if somebody holds it. */
int watch_take(int fd, int byte);

/* Waits until somebody holds the byte: 1, or 0 after CHILD_LIMIT_S. */
int watch_wait_held(int fd, int byte);

/*
 * Stops a process at a moment when it holds the write lock, and not the register lock as well,
 * which a writer has for microseconds. It must be the only one that writes, and do so again and
 * again.
 */
void watch_stop_in_write(int fd, pid_t pid);

/*
 * The locks that this process has on the store's lock.mdb and on the in-use byte of its
 * writer.lock, as lines, sorted: what an open environment holds all the time. Text of a static
 * buffer; "" if there is none.
 */
const char *watch_locks(const struct fixture *f);

/* How many descriptors this process has open. */
size_t watch_fds(void);

/* Reader slots in use, by all processes. */
uint32_t watch_readers(apitoken_store *store);

#endif
