/* SPDX-License-Identifier: MIT */
/* Filling a public output struct of whatever size the caller has. */
#ifndef APITOKEN_BASE_OUT_H
#define APITOKEN_BASE_OUT_H

#include <stddef.h>

/*
 * Copies `full` into the caller's struct, whose own size is kept; a tail beyond today's size is
 * zeroed.
 */
void atk_out_store(void *out, const void *full, size_t full_size);

#endif
