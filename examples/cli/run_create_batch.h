/* SPDX-License-Identifier: MIT */
/* create --batch: reads lines of JSON, creates a token for each or none, prints lines of JSON. */
#ifndef APITOKEN_TOOL_RUN_CREATE_BATCH_H
#define APITOKEN_TOOL_RUN_CREATE_BATCH_H

#include "options.h"

enum exit_code run_create_batch(const struct command_line *line);

#endif
