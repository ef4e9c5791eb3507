/* SPDX-License-Identifier: MIT */
/*
 * A temporary file that holds the body of a request while it arrives. It has no name, so it
 * disappears when it is closed, even in a crash.
 */
#ifndef TAX_DATA_HUB_SPOOL_H
#define TAX_DATA_HUB_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/* Returns a descriptor, or -errno. */
int spool_open(int directory_fd);

/* Both return 0 or -errno. */
int spool_write(int fd, const void *bytes, size_t length);
int spool_read(int fd, uint64_t offset, void *bytes, size_t length);

#endif
