/* SPDX-License-Identifier: MIT */
/* Keyring files: read into guarded memory, created, and changed under a lock. */
#ifndef APITOKEN_OBJECTS_KEYRING_FILE_H
#define APITOKEN_OBJECTS_KEYRING_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "outside/crypto.h"

/* A file being read or changed. Its text and keys are in guarded memory. */
struct atk_keyring_file {
    char *text;
    struct atk_keys *keys;
    bool is_locked;
    struct stat st;
};

/* Reads a file, after its owner and mode were found safe, and derives the subkeys. */
int atk_keyring_file_load(const char *path, struct atk_keyring_file *file, apitoken_error *err);

/* Wipes and frees text and keys, each of which may be NULL. */
void atk_keyring_file_free(const struct atk_keyring_file *file);

/* Loads the options of the keyring functions and sets defaults. */
int atk_keyring_opts_load(const apitoken_keyring_opts *opts, uint32_t allowed_flags,
                          apitoken_keyring_opts *full, apitoken_error *err);

#endif
