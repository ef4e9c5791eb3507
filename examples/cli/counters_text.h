/* SPDX-License-Identifier: MIT */
/* The counters of a handle, as text and as JSON. */
#ifndef APITOKEN_TOOL_COUNTERS_TEXT_H
#define APITOKEN_TOOL_COUNTERS_TEXT_H

#include <apitoken/apitoken.h>

#include "exit_code.h"

/* A name and a number on each line. */
void counters_print_text(const apitoken_counters *counters);

/* One object, with the names that the numbers have in the library. */
enum exit_code counters_print_json(const apitoken_counters *counters);

#endif
