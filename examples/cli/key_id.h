/* SPDX-License-Identifier: MIT */
/* The id of a key on the command line. */
#ifndef APITOKEN_TOOL_KEY_ID_H
#define APITOKEN_TOOL_KEY_ID_H

#include <stdint.h>

/* Key ids start at 1; returns 0 for a text that is not one. */
uint32_t key_id_of(const char *text);

#endif
