/* SPDX-License-Identifier: MIT */
/* Why, how and by whom tokens are revoked, as the command line says. */
#ifndef APITOKEN_TOOL_REVOKE_OPTIONS_H
#define APITOKEN_TOOL_REVOKE_OPTIONS_H

#include <apitoken/apitoken.h>

#include "exit_code.h"
#include "options.h"

/* Fills in options that were initialised; their texts are those of the command line. */
enum exit_code revoke_options_read(const struct command_line *line, apitoken_revoke_opts *opts);

#endif
