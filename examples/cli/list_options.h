/* SPDX-License-Identifier: MIT */
/* The options of `list` that say which tokens it shows. */
#ifndef APITOKEN_TOOL_LIST_OPTIONS_H
#define APITOKEN_TOOL_LIST_OPTIONS_H

#include <apitoken/apitoken.h>

#include "options.h"

/* What is listed. Points into the command line. */
struct list_options {
    const char *owner; /* NULL: all */
    uint32_t states;
    apitoken_filter filter;
};

/* Returns EXIT_USAGE after reporting an error. */
enum exit_code list_options_read(const struct command_line *line, struct list_options *ret);

#endif
