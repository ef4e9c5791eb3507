/* SPDX-License-Identifier: MIT */
/*
 * Disk blocks of a file. What is written through a map, or must be writable on a full disk, needs
 * blocks that the file has already and shares with no other file.
 */
#ifndef APITOKEN_OUTSIDE_ALLOCATE_H
#define APITOKEN_OUTSIDE_ALLOCATE_H

#include <stdint.h>

#include "apitoken/apitoken.h"

/*
 * Gives the bytes from `from` up to `end` of a file disk blocks of its own, and makes the file at
 * least that long. Asks only for what is missing: a full disk may refuse even what a file has
 * already (XFS). What a copy shares with its original (a reflink) is copied. The content stays.
 *
 * On a file system that cannot allocate (ext2, ext3) holes are touched, which needs a descriptor
 * for reading and writing; what others write there meanwhile stays. Behind the end of the file, and
 * before Linux 5.14, zeros are written instead. One that also does not tell what is allocated keeps
 * the holes that a file has.
 */
int atk_allocate(int fd, uint64_t from, uint64_t end, const char *name, apitoken_error *err);

#endif
