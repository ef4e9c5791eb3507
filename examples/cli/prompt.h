/* SPDX-License-Identifier: MIT */
/* Asks a question on a terminal: on standard error, with the answer on standard input. */
#ifndef APITOKEN_TOOL_PROMPT_H
#define APITOKEN_TOOL_PROMPT_H

#include <stdbool.h>

/* True if the answer begins with y or Y. End of input means no. */
bool prompt_yes(const char *question);

#endif
