/* SPDX-License-Identifier: MIT */
/* The input of create --batch: lines of JSON, each a token to be created. */
#ifndef APITOKEN_TOOL_BATCH_INPUT_H
#define APITOKEN_TOOL_BATCH_INPUT_H

#include <apitoken/apitoken.h>
#include <stdio.h>

#include "exit_code.h"

struct batch_input {
    apitoken_batch_item *items; /* one per line, in order; the texts belong to them */
    const apitoken_batch_item **pointers;
    size_t count, capacity;
};

/*
 * Reads all lines. Returns EXIT_USAGE after reporting which line is wrong, EXIT_UNUSABLE if
 * standard input cannot be read or memory is short. Free the input in any case.
 */
enum exit_code batch_input_read(FILE *file, int64_t now_ms, struct batch_input *ret_input);
void batch_input_free(struct batch_input *input);

#endif
