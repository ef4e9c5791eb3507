/* SPDX-License-Identifier: MIT */
/* A keyring's file, read into guarded memory. */
#ifndef APITOKEN_OBJECTS_KEYRING_FILE_H
#define APITOKEN_OBJECTS_KEYRING_FILE_H

#include <sys/stat.h>

#include "outside/crypto.h"

/* A file under way: its text and keys, both guarded. */
struct atk_keyring_file {
    char *text;
    struct atk_keys *keys;
    int is_locked;
    struct stat st;
};

/* Reads a file and derives its subkeys. Its owner and mode are checked. */
int atk_keyring_file_load(const char *path, struct atk_keyring_file *file, apitoken_error *err);

/* Wipes and frees what is there; keys that were taken out (set to NULL) stay. */
void atk_keyring_file_done(const struct atk_keyring_file *file);

/* The options of the keyring calls, with their defaults. */
int atk_keyring_opts_load(const apitoken_keyring_opts *opts, uint32_t allowed_flags,
                          apitoken_keyring_opts *full, apitoken_error *err);

#endif
