/* SPDX-License-Identifier: MIT */
/*
 * Which import an Idempotency-Key made (draft-ietf-httpapi-idempotency-key-header-07), so that a
 * client that got no answer may send the import again. Kept for 24 hours.
 */
#ifndef TAX_DATA_HUB_IMPORTS_KEYS_H
#define TAX_DATA_HUB_IMPORTS_KEYS_H

#include <stdint.h>

#include "db/imports_db.h"

#define IMPORTS_KEY_MAX 64 /* of a-z A-Z 0-9 - _ */
#define IMPORTS_DIGEST_LEN 32

/* A key is that of one owner and one interface. */
struct import_key {
    const char *owner;
    const char *interface;
    const char *text;
    unsigned char digest[IMPORTS_DIGEST_LEN]; /* of the body */
};

bool import_key_is_valid(const char *text);

enum import_key_state {
    IMPORT_KEY_FREE,
    IMPORT_KEY_SAME, /* it made an import of the same body */
    IMPORT_KEY_OTHER /* it made an import of another body */
};

/* *ret_import is set for IMPORT_KEY_SAME: the import may have been deleted since. */
enum db_result imports_db_find_key(struct imports_db *db, const struct import_key *key,
                                   int64_t now_ms, enum import_key_state *ret_state,
                                   uint64_t *ret_import);

#endif
