/* SPDX-License-Identifier: MIT */
/* Checks of what hosts give, shared by the verbs: 0, or the error with its field and offset. */
#ifndef APITOKEN_OBJECTS_INPUT_H
#define APITOKEN_OBJECTS_INPUT_H

#include <stddef.h>

#include "apitoken/apitoken.h"

/*
 * The owner of a token that is there: length and UTF-8 alone. So a token that another version
 * stored is never out of reach.
 */
int atk_input_owner(const char *owner, size_t len, apitoken_error *err);
/* Texts that are to be stored: the rules of rules/names.h, too. */
int atk_input_new_owner(const char *owner, size_t len, apitoken_error *err);
int atk_input_name(const char *name, size_t len, apitoken_error *err);
int atk_input_description(const char *description, size_t len, apitoken_error *err);
int atk_input_reason(const char *reason, size_t len, apitoken_error *err);

int atk_input_id(const char *id, size_t len, apitoken_error *err);
int atk_input_reserved(uint32_t reserved, apitoken_error *err);

/* A map size within its limits, rounded up to whole pages. */
int atk_input_map_size(uint64_t wanted, uint64_t *ret_bytes, apitoken_error *err);

#endif
