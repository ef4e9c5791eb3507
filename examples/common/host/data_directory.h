/* SPDX-License-Identifier: MIT */
/* A host's own directory, which one process at a time may use. */
#ifndef EXAMPLE_DATA_DIRECTORY_H
#define EXAMPLE_DATA_DIRECTORY_H

/*
 * Opens the directory, creating it with mode 0750 if it is missing, and locks it until the
 * descriptor is closed. Returns the descriptor, or -1 with errno set and a text that says why:
 * EWOULDBLOCK if another process holds the lock.
 *
 * Refuses a symbolic link, which whoever owns it can point elsewhere, and a directory that others
 * can look into or its group can change: ELOOP, EPERM.
 */
int data_directory_open(const char *path, const char **ret_why);

/* The same without the lock, for a command beside the host. It makes no directory. */
int data_directory_look(const char *path, const char **ret_why);

#endif
