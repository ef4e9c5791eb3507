/* SPDX-License-Identifier: MIT */
/* Sizes as people write them: 268435456, 256M, 2G. */
#ifndef APITOKEN_TOOL_SIZE_H
#define APITOKEN_TOOL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Parses digits, optionally followed by K, M, G or T in either case for a power of 1024. False for
 * any other text, for 0 and for a number too large.
 */
bool size_parse(const char *text, uint64_t *ret_bytes);

#endif
