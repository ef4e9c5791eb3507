/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a forked child must not keep. Open file description locks survive fork(), so a
 * child would hold its parent's locks: descriptors with locks are closed in the child at once.
 * LMDB's own descriptors are closed when the child first opens a store: they must be gone before
 * the same files are opened again, and a child that never opens a store need not touch them.
 */
#ifndef APITOKEN_LMDB_PROCESS_DESCRIPTORS_H
#define APITOKEN_LMDB_PROCESS_DESCRIPTORS_H

#include <sys/types.h>

#include "apitoken/apitoken.h"

enum atk_descriptors_close_when { ATK_CLOSE_AT_FORK, ATK_CLOSE_AT_OPEN };

/*
 * Blocks fork() in other threads until atk_descriptors_allow_fork(). Open and note a descriptor, or
 * forget and close it, within one such block: a child forked in between would keep it unnoticed.
 * Any number of threads may block fork() at once: none waits for another, whose disk may be slow.
 * APITOKEN_E_NOMEM if the handlers for fork() could not be installed.
 */
int atk_descriptors_block_fork(void);
void atk_descriptors_allow_fork(void);

/* With fork() blocked. APITOKEN_E_NOMEM: not noted, and the caller must close the descriptor. */
int atk_descriptors_note(int fd, enum atk_descriptors_close_when when);

/* With fork() blocked: forgets a descriptor, or all descriptors of a file. */
void atk_descriptors_forget(int fd);
void atk_descriptors_forget_file(dev_t dev, ino_t ino);

/* Closes the inherited descriptors that are still to be closed. Blocks fork() by itself. */
void atk_descriptors_close_inherited(void);

/*
 * With fork() blocked, after LMDB's open: makes LMDB's descriptors of the store close-on-exec and
 * notes them. LMDB itself gives access to only one of its three.
 */
int atk_descriptors_note_lmdb(int dir_fd, apitoken_error *err);

/*
 * Before LMDB's open: APITOKEN_E_FOREIGN_OPEN if this process has lock.mdb open already. Whoever
 * opened it would drop our locks by closing it.
 */
int atk_descriptors_refuse_foreign(int dir_fd, apitoken_error *err);

#endif
