/* SPDX-License-Identifier: MIT */
/* What create and create --batch share. */
#ifndef APITOKEN_TOOL_RUN_CREATE_H
#define APITOKEN_TOOL_RUN_CREATE_H

#include <stdint.h>

#include "options.h"

/* From which "90d" counts. */
int64_t create_now_ms(void);

enum exit_code run_create_batch(const struct command_line *line);

#endif
