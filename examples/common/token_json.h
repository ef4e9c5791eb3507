/* SPDX-License-Identifier: MIT */
/*
 * A token as a JSON object, the same from every program. It never holds a secret: a row has none.
 */
#ifndef EXAMPLE_TOKEN_JSON_H
#define EXAMPLE_TOKEN_JSON_H

#include <apitoken/apitoken.h>
#include <jansson.h>

/* "valid", "expired" or "revoked". */
const char *token_state_name(int state);

/*
 * Keys in this order: id owner name description created expires expires_day state revoked reason
 * last_used; null where there is nothing. Instants are RFC 3339 in UTC; `expires` is the first one
 * at which the token is no longer good, `expires_day` the last valid day as it was given, null for
 * a token that never expires or ends at an instant, `last_used` a minute. NULL if memory is short;
 * otherwise the caller's to json_decref().
 */
json_t *token_to_json(const apitoken_token *token);

#endif
