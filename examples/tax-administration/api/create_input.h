/* SPDX-License-Identifier: MIT */
/*
 * What a request for a new token asks for.
 */
#ifndef TAX_ADMINISTRATION_CREATE_INPUT_H
#define TAX_ADMINISTRATION_CREATE_INPUT_H

#include "accounts/creations.h"
#include "http/request.h"

/* Text belongs to the request's input. */
struct create_input {
    const char *name;
    size_t name_length;
    const char *description;
    size_t description_length;
    uint32_t expiry_kind;           /* APITOKEN_EXPIRY_NEVER or _DAY */
    int32_t day;                    /* 0 for never */
    char key[CREATION_KEY_MAX + 1]; /* the Idempotency-Key, "" without one */
};

/*
 * Reads it. False, with every field that is wrong in the answer, if it is not fit to be asked of
 * the library.
 */
bool create_input_read(struct request *request, struct create_input *ret);

/* Equal for two requests that ask for the same, however they are written. */
void create_input_digest(const struct create_input *input,
                         unsigned char digest[CREATION_DIGEST_LEN]);

#endif
