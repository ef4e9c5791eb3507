/* SPDX-License-Identifier: MIT */
/* A host's own directory, which one process at a time has open. */
#ifndef EXAMPLE_DATA_DIRECTORY_H
#define EXAMPLE_DATA_DIRECTORY_H

/*
 * Opens the directory, made with mode 0750 if it is missing, and locks it until the descriptor is
 * closed. The descriptor, or -1 with errno: EWOULDBLOCK if another process has it open.
 */
int data_directory_open(const char *path);

#endif
