/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target: what libFuzzer calls again and again, and replay.c, too. It ends the program if
 * something is wrong.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "parse_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : abort())

#endif
