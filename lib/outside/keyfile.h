/* SPDX-License-Identifier: MIT */
/*
 * The text of a keyring file, frozen; doc/store-format.md describes it:
 *
 *   apitoken-keyring 1 full            apitoken-keyring 1 verify
 *   key ID active|added MASTER         key ID active|added DIGEST CHECK
 *   check HASH                         check HASH
 *
 * Keys in ascending order of id, exactly one active; hexadecimal digits; HASH is unkeyed
 * BLAKE2b-128 of all lines before it.
 */
#ifndef APITOKEN_OUTSIDE_KEYFILE_H
#define APITOKEN_OUTSIDE_KEYFILE_H

#include "outside/crypto.h"

/*
 * Text to keys: 0, or APITOKEN_E_KEYS_FOREIGN, _KEYS_VERSION, _KEYS_SHORT, _KEYS_DAMAGED. Does not
 * derive subkeys.
 */
int atk_keyfile_parse(const char *text, size_t len, struct atk_keys *keys);

/* Keys to text, full or verify-only; returns its length. `out` holds ATK_KEYRING_FILE_MAX. */
size_t atk_keyfile_write(const struct atk_keys *keys, int verify_only, char *out);

#endif
