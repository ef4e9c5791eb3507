/* SPDX-License-Identifier: MIT */
/*
 * Whole numbers of options, paths and queries.
 */
#ifndef EXAMPLES_HTTP_NUMBER_H
#define EXAMPLES_HTTP_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Decimal digits alone: no sign, no blank, no leading zero, within min..max. *ret is written on
 * success only.
 */
bool http_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret);

#endif
