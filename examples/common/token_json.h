/* SPDX-License-Identifier: MIT */
/* A token as a JSON object, the same in every program. It cannot hold a secret: a row has none. */
#ifndef EXAMPLE_TOKEN_JSON_H
#define EXAMPLE_TOKEN_JSON_H

#include <apitoken/apitoken.h>
#include <jansson.h>

/* "valid", "expired", "revoked", "suspended", "blocked" or "newer". */
const char *token_state_name(int state);

/* The state of this name, which is `length` bytes long; 0 if none has it. */
uint32_t token_state_of_name(const char *name, size_t length);

/*
 * The keys, in this order: id owner name description created expires expires_day state revoked
 * reason last_used interfaces networks data revision suspended blocked superseded_until
 * last_used_old created_by; null where there is no value. Instants are RFC 3339 in UTC. `expires`
 * is the first instant at which the token is no longer valid. `expires_day` is the last valid day
 * as it was given, null for a token that never expires or that ends at an instant. `last_used` is
 * accurate to the minute. `interfaces` and `networks` are arrays, null for all. `data` is as
 * data_json.h says. `superseded_until` and `last_used_old` are about the older secret. Returns NULL
 * if out of memory; the caller calls json_decref().
 */
json_t *token_to_json(const apitoken_token *token);

#endif
