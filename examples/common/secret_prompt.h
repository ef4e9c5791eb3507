/* SPDX-License-Identifier: MIT */
/* Asking for a secret on a terminal: asked on standard error, answered on standard input. */
#ifndef EXAMPLE_SECRET_PROMPT_H
#define EXAMPLE_SECRET_PROMPT_H

#include <stddef.h>

/*
 * One line that the terminal does not show, without its line end. 0, or -1 with errno set; then buf
 * is wiped. The terminal shows again what is typed when this returns and when a signal ends the
 * program meanwhile.
 */
int secret_prompt(const char *question, char *buf, size_t cap, size_t *ret_len);

#endif
