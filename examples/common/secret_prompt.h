/* SPDX-License-Identifier: MIT */
/* Asks for a secret on a terminal: the question on standard error, the answer on standard input. */
#ifndef EXAMPLE_SECRET_PROMPT_H
#define EXAMPLE_SECRET_PROMPT_H

#include <stddef.h>

/*
 * Reads one line without its line end while the terminal does not show what is typed. Returns 0, or
 * -1 with errno set and buf wiped. Echo is on again when this returns, and also when a signal ends
 * the program meanwhile.
 */
int secret_prompt(const char *question, char *buf, size_t cap, size_t *ret_len);

#endif
