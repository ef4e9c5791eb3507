/* SPDX-License-Identifier: MIT */
/* Reads a secret from a file descriptor, bypassing stdio, whose buffers cannot be wiped. */
#ifndef EXAMPLE_SECRET_INPUT_H
#define EXAMPLE_SECRET_INPUT_H

#include <stddef.h>

/*
 * Reads until end of input or until buf is full, and strips one line end (LF or CR LF) from the end
 * of the text. A text that fills buf may have been cut off, so give buf more room than the longest
 * secret needs. Returns 0, or -1 with errno set and buf wiped. The caller wipes buf with
 * explicit_bzero() when done.
 */
int secret_input_read(int fd, char *buf, size_t cap, size_t *ret_len);

/* The length of the text without one line end. */
size_t secret_input_strip(const char *text, size_t len);

#endif
