/* SPDX-License-Identifier: MIT */
/* Whole numbers in options, paths and queries. */
#ifndef EXAMPLES_HTTP_NUMBER_H
#define EXAMPLES_HTTP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Parses decimal digits without sign, blank or leading zero, within min..max. Sets *ret only if it
 * returns true.
 */
bool http_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

#endif
