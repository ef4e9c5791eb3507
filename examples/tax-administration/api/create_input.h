/* SPDX-License-Identifier: MIT */
/* The body and the Idempotency-Key of a request to create a token. */
#ifndef TAX_ADMINISTRATION_CREATE_INPUT_H
#define TAX_ADMINISTRATION_CREATE_INPUT_H

#include "accounts/creations.h"
#include "api/token_fields.h"
#include "http/request.h"

/* The texts belong to request->input. */
struct create_input {
    struct token_text name;
    struct token_text description;
    uint32_t expiry_kind;           /* APITOKEN_EXPIRY_NEVER or _DAY */
    int32_t day;                    /* 0 = never */
    char key[CREATION_KEY_MAX + 1]; /* Idempotency-Key; "" = none */
};

/* False if the library would refuse it; then the answer lists every field that is wrong. */
bool create_input_read(struct request *request, struct create_input *ret);

/* The digest of what is asked for: equal for two requests that only differ in their spelling. */
void create_input_digest(const struct create_input *input,
                         unsigned char digest[CREATION_DIGEST_LEN]);

#endif
