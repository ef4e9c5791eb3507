/* SPDX-License-Identifier: MIT */
/* Structs of callers that were built with another version of the header. */
#ifndef APITOKEN_BASE_OPTS_H
#define APITOKEN_BASE_OPTS_H

#include <stddef.h>
#include <stdint.h>

#include "apitoken/apitoken.h"

/*
 * Copies a caller's options into `full`, the current version of the struct; NULL gives all zeros.
 * Every options struct begins with `uint32_t size, flags`. `first_size` is the size of the struct
 * when it was first released. APITOKEN_E_ABI for a flag outside `allowed_flags`, or for a field
 * that this version does not have and that is not zero: an option must not be ignored silently.
 */
int atk_opts_load(void *full, size_t full_size, size_t first_size, uint32_t allowed_flags,
                  const void *opts, apitoken_error *err);

/* APITOKEN_E_ABI for an output struct smaller than when first released. `out` may be NULL. */
int atk_out_require_size(const void *out, size_t first_size, apitoken_error *err);

#endif
