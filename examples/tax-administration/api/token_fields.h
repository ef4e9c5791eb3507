/* SPDX-License-Identifier: MIT */
/* The members of a request that say what a token shall be. Each is checked by the library. */
#ifndef TAX_ADMINISTRATION_TOKEN_FIELDS_H
#define TAX_ADMINISTRATION_TOKEN_FIELDS_H

#include "http/field_errors.h"
#include "http/request.h"

/* A list of interfaces or networks as the library wants it, and room to see that it is too long. */
#define TOKEN_LIST_CAP (APITOKEN_INTERFACES_TEXT_MAX + 2)

/* The text of a member; it belongs to the JSON value. */
struct token_text {
    const char *bytes;
    size_t length;
};

/* Each adds an error if the value is not good; then *ret may be incomplete. */
void token_fields_name(struct request *request, json_t *value, struct token_text *ret,
                       struct field_errors *errors);
/* NULL and null mean none. */
void token_fields_description(struct request *request, json_t *value, struct token_text *ret,
                              struct field_errors *errors);
/* The last valid day, yyyymmdd. NULL and null mean 0: never. */
void token_fields_expires(json_t *value, int32_t *ret_day, struct field_errors *errors);
/* An array of texts; null means all, "*". */
void token_fields_interfaces(struct request *request, json_t *value, char buf[TOKEN_LIST_CAP],
                             struct field_errors *errors);
void token_fields_networks(struct request *request, json_t *value, char buf[TOKEN_LIST_CAP],
                           struct field_errors *errors);
/* A number that the token's revision may be; 0 if it is missing. */
void token_fields_revision(json_t *value, uint32_t *ret, struct field_errors *errors);
void token_fields_flag(json_t *value, const char *field, bool *ret, struct field_errors *errors);

#endif
