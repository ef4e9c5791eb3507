/* SPDX-License-Identifier: MIT */
/*
 * Which file systems a store may stand on: those on which its whole life was tested, a full disk
 * included (tests/fault/filesystems.c).
 */
#ifndef APITOKEN_OUTSIDE_FILE_SYSTEM_H
#define APITOKEN_OUTSIDE_FILE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "apitoken/apitoken.h"

/*
 * Refuses network, untested and read-only file systems; with `any_fs`, untested ones are fine.
 * `path` is for the error text.
 */
int atk_fs_require_usable(int fd, const char *path, bool any_fs, apitoken_error *err);

/* APITOKEN_E_DISK_FULL unless this user may fill so many bytes more. */
int atk_fs_require_room(int fd, uint64_t bytes, const char *path, apitoken_error *err);

/* Whether a file lies on overlayfs; true if the system does not tell. */
bool atk_fs_may_be_overlay(int fd);

#endif
