/* SPDX-License-Identifier: MIT */
/* Questions on a terminal: asked on standard error, answered on standard input. */
#ifndef APITOKEN_TOOL_PROMPT_H
#define APITOKEN_TOOL_PROMPT_H

#include <stdbool.h>

/* True if the answer begins with y. End of input is no. */
bool prompt_yes(const char *question);

#endif
