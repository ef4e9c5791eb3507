/* SPDX-License-Identifier: MIT */
/* Size negotiation of public structs, done once at the border. */
#ifndef APITOKEN_BASE_OPTS_H
#define APITOKEN_BASE_OPTS_H

#include <stddef.h>

#include "apitoken/apitoken.h"

/*
 * Copies a caller's options into `full`, which has today's size. NULL gives all zeros. Every
 * options struct begins with `uint32_t size, flags`. first_size is the frozen size of the struct's
 * first release. A tail that is not zero or a flag outside allowed_flags is APITOKEN_E_ABI: an
 * option that is silently ignored would be a hole.
 */
int atk_opts_load(void *full, size_t full_size, size_t first_size, uint32_t allowed_flags,
                  const void *opts, apitoken_error *err);

/* APITOKEN_E_ABI for an output struct that is smaller than its first release. `out` may be NULL. */
int atk_out_check(const void *out, size_t first_size, apitoken_error *err);

#endif
