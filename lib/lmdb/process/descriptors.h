/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a forked child must not keep. Open file description locks survive fork, so a
 * child that lives on would hold the parent's locks: those descriptors are closed in the child at
 * once. LMDB's own are closed when the child first opens a store: they must not stay while the same
 * files are opened anew, and a child that never opens one need not touch them.
 */
#ifndef APITOKEN_LMDB_PROCESS_DESCRIPTORS_H
#define APITOKEN_LMDB_PROCESS_DESCRIPTORS_H

#include <sys/types.h>

#include "apitoken/apitoken.h"

enum atk_descriptors_close_when { ATK_CLOSE_AT_FORK, ATK_CLOSE_AT_OPEN };

/*
 * Until atk_descriptors_allow_fork() no other thread can fork: a descriptor is opened and noted, or
 * forgotten and closed, in one such step, or a child born in between would keep it unseen.
 * APITOKEN_E_NOMEM if forks cannot be noticed at all.
 */
int atk_descriptors_block_fork(void);
void atk_descriptors_allow_fork(void);

/* While held. APITOKEN_E_NOMEM if it cannot be noted; the caller then closes the descriptor. */
int atk_descriptors_note(int fd, enum atk_descriptors_close_when when);

/* While held: forgets a descriptor, or all descriptors of a file. */
void atk_descriptors_forget(int fd);
void atk_descriptors_forget_file(dev_t dev, ino_t ino);

/* Closes what this process inherited and still has to close. Holds by itself. */
void atk_descriptors_close_inherited(void);

/*
 * While held, after LMDB's open: makes LMDB's descriptors of the store close-on-exec and notes
 * them. LMDB itself gives access to only one of its three.
 */
int atk_descriptors_note_lmdb(int dir_fd, apitoken_error *err);

/*
 * Before LMDB's open: APITOKEN_E_FOREIGN_OPEN if this process has lock.mdb open already. Whoever
 * opened it would drop our locks by closing it.
 */
int atk_descriptors_refuse_foreign(int dir_fd, apitoken_error *err);

#endif
