/* SPDX-License-Identifier: MIT */
/* The data of a token as JSON. */
#ifndef EXAMPLE_DATA_JSON_H
#define EXAMPLE_DATA_JSON_H

#include <jansson.h>
#include <stddef.h>

/*
 * null if there are no bytes; a string if they are UTF-8 without control characters; else an object
 * with the key base64 (RFC 4648 section 4). Returns NULL if out of memory; the caller calls
 * json_decref().
 */
json_t *data_to_json(const void *data, size_t len);

#endif
