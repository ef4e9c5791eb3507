/* SPDX-License-Identifier: MIT */
/* The list of what is wrong with the input, field by field. */
#ifndef TAX_ADMINISTRATION_FIELD_ERRORS_H
#define TAX_ADMINISTRATION_FIELD_ERRORS_H

#include <apitoken/apitoken.h>
#include <jansson.h>
#include <stdbool.h>

struct field_errors {
    json_t *list; /* NULL = no error so far */
    bool is_short_of_memory;
};

#define FIELD_ERRORS_NONE \
    { NULL, false }

/* The host's own codes: MISSING, TYPE, UNKNOWN, TWICE, VALUE. Each has a fixed detail. */
enum field_fault { FIELD_GOOD, FIELD_MISSING, FIELD_TYPE, FIELD_UNKNOWN, FIELD_TWICE, FIELD_VALUE };

/* `field` is UTF-8. FIELD_GOOD adds nothing. */
void field_errors_add(struct field_errors *errors, const char *field, enum field_fault fault);
/* Adds an error code of the library. 0 adds nothing; an empty `detail` means the usual one. */
void field_errors_add_code(struct field_errors *errors, const char *field, int code,
                           const char *detail);

/* Adds a code of the host's own, with its detail. */
void field_errors_add_own(struct field_errors *errors, const char *field, const char *code,
                          const char *detail);

bool field_errors_any(const struct field_errors *errors);
void field_errors_clear(struct field_errors *errors);

/* Adds an error for each member of the object that is not among the names. */
void field_errors_add_unknown(struct field_errors *errors, json_t *object, const char *const *names,
                              size_t count);

/* The request's name of the field that the library's error is about; NULL = no field of it. */
const char *field_name_of_error(const apitoken_error *err);

#endif
