/* SPDX-License-Identifier: MIT */
/* What a batch is to make, as lines of JSON: owner, name, description, expires. */
#ifndef APITOKEN_TOOL_BATCH_INPUT_H
#define APITOKEN_TOOL_BATCH_INPUT_H

#include <apitoken/apitoken.h>
#include <stdio.h>

#include "exit_code.h"

struct batch_input {
    apitoken_batch_item *items; /* one a line, in their order; they own their texts */
    const apitoken_batch_item **pointers;
    size_t count, room;
};

/*
 * Reads all lines. EXIT_DONE, or EXIT_USAGE after saying which line is wrong, or EXIT_UNUSABLE.
 * Free it in any case.
 */
enum exit_code batch_input_read(FILE *file, int64_t now_ms, struct batch_input *ret_input);
void batch_input_free(struct batch_input *input);

#endif
