/* SPDX-License-Identifier: MIT */
/*
 * Checks of what hosts pass in, shared by the public functions. Each returns 0, or an error that
 * says which argument is at fault and where.
 */
#ifndef APITOKEN_OBJECTS_INPUT_H
#define APITOKEN_OBJECTS_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "apitoken/apitoken.h"

/* The token that a create asks for. All pointers are the caller's. */
struct atk_token_request {
    const char *owner;
    size_t owner_len;
    const char *name;
    size_t name_len;
    const apitoken_create_opts *opts;
};

/*
 * The owner of an existing token: only its length and UTF-8 are checked, so that no token that
 * another version stored is out of reach.
 */
int atk_input_owner(const char *owner, size_t len, apitoken_error *err);

/* Text that is to be stored: the rules of rules/names.h apply, too. */
int atk_input_new_owner(const char *owner, size_t len, apitoken_error *err);
int atk_input_name(const char *name, size_t len, apitoken_error *err);
int atk_input_description(const char *description, size_t len, apitoken_error *err);
int atk_input_reason(const char *reason, size_t len, apitoken_error *err);

/* An enum apitoken_reason. */
int atk_input_reason_code(uint32_t code, apitoken_error *err);

/* Who does something: an empty text if the caller names nobody. */
int atk_input_actor(const char *actor, size_t len, apitoken_error *err);

/* APITOKEN_E_ACTOR also for none: it is not done for one owner, who could be meant. */
int atk_input_required_actor(const char *actor, size_t len, apitoken_error *err);

/* Up to APITOKEN_DATA_MAX bytes of any value. */
int atk_input_data(const void *data, size_t len, apitoken_error *err);

/* APITOKEN_E_ARGUMENT for NULL with a length. */
int atk_input_present(const void *bytes, size_t len, uint32_t field, apitoken_error *err);

int atk_input_id(const char *id, size_t len, apitoken_error *err);
int atk_input_path(const char *path, apitoken_error *err);
/* Rounds the size up to whole pages. */
int atk_input_map_size(uint64_t asked, uint64_t *ret_bytes, apitoken_error *err);

int atk_input_reserved(uint32_t reserved, apitoken_error *err);

/* All of a request. Whether the expiry is in the past is not checked. */
int atk_input_token_request(const struct atk_token_request *request, apitoken_error *err);

#endif
