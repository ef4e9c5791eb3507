/* SPDX-License-Identifier: MIT */
#include "api/token_fields.h"

#include <string.h>

/* Long over: apitoken_create() with it checks the other fields and creates nothing. */
#define PAST_DAY 19700101

/* ---- ask the library about one field --------------------------------------------------------- */

static apitoken_error probe(struct request *request, const struct token_text *name,
                            apitoken_create_opts *opts) {
    const char *owner = request->session.account;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = NULL;
    opts->expiry_kind = APITOKEN_EXPIRY_DAY;
    opts->expiry_day = PAST_DAY;
    if (apitoken_create(request->admin->tokens, owner, strlen(owner), name->bytes, name->length,
                        opts, &secret, &err) == 0)
        apitoken_secret_free(secret); /* unreachable */
    return err;
}

static apitoken_error probe_options(struct request *request, apitoken_create_opts *opts) {
    return probe(request, &(const struct token_text){ "x", 1 }, opts);
}

/* Other errors are not about this field. */
static void add_error_of(struct field_errors *errors, const char *name, uint32_t field,
                         const apitoken_error *err) {
    if (err->field == field) field_errors_add_code(errors, name, err->code, err->text);
}

/* ---- texts ----------------------------------------------------------------------------------- */

void token_fields_name(struct request *request, json_t *value, struct token_text *ret,
                       struct field_errors *errors) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    if (!json_is_string(value)) {
        field_errors_add(errors, "name", value ? FIELD_TYPE : FIELD_MISSING);
        return;
    }
    *ret = (struct token_text){ json_string_value(value), json_string_length(value) };
    apitoken_error err = probe(request, ret, &opts);
    add_error_of(errors, "name", APITOKEN_FIELD_NAME, &err);
}

void token_fields_description(struct request *request, json_t *value, struct token_text *ret,
                              struct field_errors *errors) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "description", FIELD_TYPE);
        return;
    }
    *ret = (struct token_text){ json_string_value(value), json_string_length(value) };
    opts.description = ret->bytes;
    opts.description_len = (uint32_t)ret->length;
    apitoken_error err = probe_options(request, &opts);
    add_error_of(errors, "description", APITOKEN_FIELD_DESCRIPTION, &err);
}

/* ---- expiry ---------------------------------------------------------------------------------- */

void token_fields_expires(json_t *value, int32_t *ret_day, struct field_errors *errors) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    *ret_day = 0;
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "expires", FIELD_TYPE);
        return;
    }
    int rc = apitoken_day_parse(json_string_value(value), json_string_length(value), ret_day, &err);
    field_errors_add_code(errors, "expires", rc, err.text);
}

/* ---- lists ----------------------------------------------------------------------------------- */

/* A comma or a NUL in an item would make two of it, or cut the list short. */
static bool append_item(char buf[TOKEN_LIST_CAP], size_t *used, json_t *item) {
    const char *text = json_string_value(item);
    size_t length = json_string_length(item);
    if (memchr(text, ',', length) || memchr(text, '\0', length)) return false;
    if (*used + length + 1 >= TOKEN_LIST_CAP) return false;
    if (*used > 0) buf[(*used)++] = ',';
    memcpy(buf + *used, text, length);
    *used += length;
    buf[*used] = '\0';
    return true;
}

static enum field_fault join_list(json_t *value, char buf[TOKEN_LIST_CAP]) {
    size_t used = 0, i;
    json_t *item;
    memcpy(buf, "*", sizeof "*");
    if (json_is_null(value)) return FIELD_GOOD;
    if (!json_is_array(value)) return FIELD_TYPE;
    buf[0] = '\0';
    json_array_foreach(value, i, item) {
        if (!json_is_string(item)) return FIELD_TYPE;
        if (!append_item(buf, &used, item)) return FIELD_VALUE;
    }
    return FIELD_GOOD;
}

/* True if the value is a list of texts, which are then joined. */
static bool take_list(json_t *value, const char *name, char buf[TOKEN_LIST_CAP],
                      struct field_errors *errors) {
    enum field_fault fault = join_list(value, buf);
    field_errors_add(errors, name, fault);
    return fault == FIELD_GOOD;
}

void token_fields_interfaces(struct request *request, json_t *value, char buf[TOKEN_LIST_CAP],
                             struct field_errors *errors) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    if (!take_list(value, "interfaces", buf, errors)) return;
    opts.interfaces = buf;
    opts.interfaces_len = (uint32_t)strlen(buf);
    apitoken_error err = probe_options(request, &opts);
    add_error_of(errors, "interfaces", APITOKEN_FIELD_INTERFACES, &err);
}

void token_fields_networks(struct request *request, json_t *value, char buf[TOKEN_LIST_CAP],
                           struct field_errors *errors) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    if (!take_list(value, "networks", buf, errors)) return;
    opts.networks = buf;
    opts.networks_len = (uint32_t)strlen(buf);
    apitoken_error err = probe_options(request, &opts);
    add_error_of(errors, "networks", APITOKEN_FIELD_NETWORKS, &err);
}

/* ---- numbers and flags ----------------------------------------------------------------------- */

void token_fields_revision(json_t *value, uint32_t *ret, struct field_errors *errors) {
    if (!value) return;
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value))
        field_errors_add(errors, "revision", FIELD_TYPE);
    else if (number < 1 || number > UINT32_MAX)
        field_errors_add(errors, "revision", FIELD_VALUE);
    else
        *ret = (uint32_t)number;
}

void token_fields_flag(json_t *value, const char *field, bool *ret, struct field_errors *errors) {
    if (!value) return;
    if (json_is_boolean(value))
        *ret = json_is_true(value);
    else
        field_errors_add(errors, field, FIELD_TYPE);
}
