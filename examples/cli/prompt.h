/* SPDX-License-Identifier: MIT */
/* Questions on a terminal: asked on standard error, answered on standard input. */
#ifndef APITOKEN_TOOL_PROMPT_H
#define APITOKEN_TOOL_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

/* True if the answer begins with y. End of input is no. */
bool prompt_yes(const char *question);

/*
 * One line that the terminal does not show, without its line end. 0, or -1 with errno set. The terminal shows again what is
 * typed when this returns and when a signal ends the program meanwhile.
 */
int prompt_secret(const char *question, char *buf, size_t cap, size_t *ret_len);

#endif
