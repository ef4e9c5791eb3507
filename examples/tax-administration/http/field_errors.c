/* SPDX-License-Identifier: MIT */
#include "http/field_errors.h"

#include <string.h>

static void add(struct field_errors *errors, const char *field, const char *code,
                const char *detail) {
    json_t *error = json_pack("{s:s, s:s, s:s}", "field", field, "code", code, "detail", detail);
    if (!errors->list) errors->list = json_array();
    /* Takes ownership of the error. Fails if the error or the list could not be allocated. */
    if (json_array_append_new(errors->list, error) != 0) errors->is_short_of_memory = true;
}

void field_errors_add(struct field_errors *errors, const char *field, enum field_fault fault) {
    switch (fault) {
    case FIELD_GOOD: return;
    case FIELD_MISSING: add(errors, field, "MISSING", "This field is required."); return;
    case FIELD_TYPE: add(errors, field, "TYPE", "This field has the wrong type."); return;
    case FIELD_UNKNOWN: add(errors, field, "UNKNOWN", "There is no such field."); return;
    case FIELD_TWICE: add(errors, field, "TWICE", "This is given more than once."); return;
    case FIELD_VALUE: add(errors, field, "VALUE", "This is not one of the allowed values."); return;
    }
}

void field_errors_add_code(struct field_errors *errors, const char *field, int code,
                           const char *detail) {
    if (code == 0) return;
    add(errors, field, apitoken_error_name(code), *detail ? detail : apitoken_error_text(code));
}

void field_errors_add_own(struct field_errors *errors, const char *field, const char *code,
                          const char *detail) {
    add(errors, field, code, detail);
}

bool field_errors_any(const struct field_errors *errors) {
    return errors->list || errors->is_short_of_memory;
}

void field_errors_clear(struct field_errors *errors) {
    json_decref(errors->list);
    errors->list = NULL;
}

static bool is_among(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

void field_errors_add_unknown(struct field_errors *errors, json_t *object, const char *const *names,
                              size_t count) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        if (!is_among(name, names, count)) field_errors_add(errors, name, FIELD_UNKNOWN);
    }
}

const char *field_name_of_error(const apitoken_error *err) {
    switch (err->field) {
    case APITOKEN_FIELD_NAME: return "name";
    case APITOKEN_FIELD_DESCRIPTION: return "description";
    case APITOKEN_FIELD_EXPIRY: return "expires";
    case APITOKEN_FIELD_CURSOR: return "cursor";
    case APITOKEN_FIELD_REASON: return "reason";
    case APITOKEN_FIELD_INTERFACES: return "interfaces";
    case APITOKEN_FIELD_NETWORKS: return "networks";
    case APITOKEN_FIELD_GRACE: return "grace";
    default: return NULL;
    }
}
