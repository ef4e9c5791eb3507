/* SPDX-License-Identifier: MIT */
/* Small disks of any file system, each in a file, for tests that fill them. Only root may. */
#ifndef LOOP_DISK_H
#define LOOP_DISK_H

#include <stdbool.h>

/* How to make one. */
struct loop_disk {
    const char *type;    /* as mount(8) calls it */
    const char *make;    /* the command that makes the file system in a file; NULL for tmpfs */
    const char *options; /* of the mount */
    unsigned mib;
};

/* Whether this kernel can mount the type. */
bool loop_disk_is_known(const char *type);

/*
 * Makes the disk in the file `image` and mounts it on the directory `at`. Returns NULL, or why that
 * cannot be done here: the case should be skipped for that reason.
 */
const char *loop_disk_mount(const struct loop_disk *disk, const char *image, const char *at);

/* Unmounts; nothing happens if nothing is mounted. */
void loop_disk_unmount(const char *at);

/* Writes a file until not one more byte fits on its disk. */
void loop_disk_fill(const char *path);

#endif
