/* SPDX-License-Identifier: MIT */
/*
 * The text of a keyring file. The form is frozen; doc/store-format.md describes it:
 *
 *   apitoken-keyring 1 full            apitoken-keyring 1 verify
 *   key ID active|added MASTER         key ID active|added DIGEST TAG
 *   check HASH                         check HASH
 *
 * MASTER, DIGEST and TAG are keys. Keys are in ascending order of id, and exactly one is active.
 * HASH is the unkeyed BLAKE2b-128 of all lines before it. Keys and HASH are in hexadecimal.
 */
#ifndef APITOKEN_OUTSIDE_KEYFILE_H
#define APITOKEN_OUTSIDE_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "outside/crypto.h"

/*
 * Reads the keys of a file; derives no subkeys. 0, APITOKEN_E_KEYS_FOREIGN,
 * APITOKEN_E_KEYS_VERSION, APITOKEN_E_KEYS_SHORT or APITOKEN_E_KEYS_DAMAGED.
 */
int atk_keyfile_parse(const char *text, size_t len, struct atk_keys *keys);

/* Writes the text of a file and returns its length. `out` holds ATK_KEYRING_FILE_MAX. */
size_t atk_keyfile_write(const struct atk_keys *keys, bool verify_only, char *out);

#endif
