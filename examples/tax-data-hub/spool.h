/* SPDX-License-Identifier: MIT */
/*
 * A file without a name that holds the body of a request while it arrives. It is gone when it is
 * closed, also by a crash.
 */
#ifndef TAX_DATA_HUB_SPOOL_H
#define TAX_DATA_HUB_SPOOL_H

#include <stddef.h>
#include <stdint.h>

/* All give 0 or a descriptor, else -errno. */
int spool_open(int directory_fd);
int spool_write(int fd, const void *bytes, size_t length);
int spool_read(int fd, uint64_t offset, void *bytes, size_t length);

#endif
