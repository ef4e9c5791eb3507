/* SPDX-License-Identifier: MIT */
/* The Idempotency-Key of an import: a repeat with the same body is answered as the first time. */
#ifndef TAX_DATA_HUB_RETRY_KEY_H
#define TAX_DATA_HUB_RETRY_KEY_H

#include <sodium.h>

#include "db/imports_keys.h"
#include "http/request.h"

struct retry_key {
    char text[IMPORTS_KEY_MAX + 1]; /* "" = none */
    crypto_generichash_state hash;  /* of the body so far */
    struct import_key key;          /* after retry_key_end() */
};

/* Reads the header. Sets the answer and returns false if it is not a key, or there are two. */
bool retry_key_begin(struct request *request, struct retry_key *ret_key);
void retry_key_take(struct retry_key *key, const char *bytes, size_t length);
/* After the last byte. Returns NULL if the request has no key. */
const struct import_key *retry_key_end(const struct request *request, struct retry_key *key);

enum retry_outcome {
    RETRY_NEW,      /* the key made no import yet */
    RETRY_REPEATED, /* it made *ret_row from the same body */
    RETRY_ANSWERED  /* the answer is set: another body, a deleted import, or a failure */
};

enum retry_outcome retry_key_find(struct request *request, const struct import_key *key,
                                  struct import_row *ret_row);

#endif
