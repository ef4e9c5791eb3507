/* SPDX-License-Identifier: MIT */
/* A host's own directory, which one process at a time may use. */
#ifndef EXAMPLE_DATA_DIRECTORY_H
#define EXAMPLE_DATA_DIRECTORY_H

/*
 * Opens the directory, creating it with mode 0750 if it is missing, and locks it until the
 * descriptor is closed. Returns the descriptor, or -1 with errno set: EWOULDBLOCK if another
 * process holds the lock.
 */
int data_directory_open(const char *path);

#endif
