/* SPDX-License-Identifier: MIT */
/* The revision that a token or the policy must have to be changed. */
#ifndef APITOKEN_TOOL_REVISION_H
#define APITOKEN_TOOL_REVISION_H

#include <stdint.h>

#include "exit_code.h"
#include "options.h"

/* The number of --revision, 0 if it was not given. Returns EXIT_USAGE after reporting an error. */
enum exit_code read_revision(const struct command_line *line, uint32_t *ret_revision);

#endif
