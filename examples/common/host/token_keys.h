/* SPDX-License-Identifier: MIT */
/* A host's token store gets the keys of its keyring file anew, without a restart. */
#ifndef EXAMPLES_TOKEN_KEYS_H
#define EXAMPLES_TOKEN_KEYS_H

#include <apitoken/apitoken.h>
#include <stdbool.h>

/*
 * Logs the outcome. If the file cannot be used, or is a full keyring where a verify-only one is
 * wanted, the store keeps its keys.
 */
void token_keys_reload(apitoken_store *store, const char *path, bool wants_verify_only);

#endif
