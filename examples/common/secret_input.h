/* SPDX-License-Identifier: MIT */
/* Reading a secret from a file descriptor, past stdio: its buffers cannot be wiped. */
#ifndef EXAMPLE_SECRET_INPUT_H
#define EXAMPLE_SECRET_INPUT_H

#include <stddef.h>

/*
 * Reads until the end of input or until buf is full and leaves out one line end (LF or CR LF) at
 * the end. buf is never read past: give it more room than the longest secret has, and a text that
 * fills it is too long to be one. 0, or -1 with errno set; then buf is wiped. Wipe it with
 * explicit_bzero() when done.
 */
int secret_input_read(int fd, char *buf, size_t cap, size_t *ret_len);

/* The same rule for text that is already there: its length without one line end. */
size_t secret_input_strip(const char *text, size_t len);

#endif
