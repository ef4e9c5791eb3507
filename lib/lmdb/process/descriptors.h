/* SPDX-License-Identifier: MIT */
/*
 * Descriptors that a forked child must not keep. Open file description locks survive fork, so a child that lives on would hold
 * the parent's locks: those descriptors are closed in the child at once. LMDB's own are closed when the child first opens a
 * store: they must not stay while the same files are opened anew, and a child that never opens one need not touch them.
 */
#ifndef APITOKEN_FORKFD_H
#define APITOKEN_FORKFD_H

#include <sys/types.h>

enum atk_forkfd_when { ATK_FORKFD_AT_FORK, ATK_FORKFD_AT_OPEN };

/*
 * Until atk_forkfd_release() no other thread can fork: a descriptor is opened and noted, or forgotten and closed, in one such
 * step, or a child born in between would keep it unseen. APITOKEN_E_NOMEM if forks cannot be noticed at all.
 */
int atk_forkfd_hold(void);
void atk_forkfd_release(void);

/* While held. APITOKEN_E_NOMEM if it cannot be noted; the caller then closes the descriptor. */
int atk_forkfd_add(int fd, enum atk_forkfd_when when);

/* While held: forgets a descriptor, or all descriptors of a file. */
void atk_forkfd_remove(int fd);
void atk_forkfd_remove_file(dev_t dev, ino_t ino);

/* Closes what this process inherited and still has to close. Holds by itself. */
void atk_forkfd_close_inherited(void);

#endif
