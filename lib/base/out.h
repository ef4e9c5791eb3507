/* SPDX-License-Identifier: MIT */
/*
 * Output structs of callers that were built with another version of the header. Apart from opts.h
 * because error.c needs it, and opts.c needs error.c.
 */
#ifndef APITOKEN_BASE_OUT_H
#define APITOKEN_BASE_OUT_H

#include <stddef.h>

/*
 * Copies `full` into the caller's struct, except its size. Fields that this version does not have
 * are zeroed.
 */
void atk_out_store(void *out, const void *full, size_t full_size);

#endif
