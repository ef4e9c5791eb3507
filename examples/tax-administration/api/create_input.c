/* SPDX-License-Identifier: MIT */
#include "api/create_input.h"

#include <sodium.h>
#include <string.h>

#include "http/problem.h"

#define KEY_HEADER "Idempotency-Key"
/* Not a kind of expiry: apitoken_create() with it checks the other fields and creates nothing. */
#define NO_EXPIRY_KIND UINT32_MAX

/* ---- ask the library about one field --------------------------------------------------------- */

static apitoken_error probe_field(struct request *request, const char *name, size_t name_length,
                                  const char *description, size_t description_length) {
    const char *owner = request->session.account;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = NULL;
    opts.expiry_kind = NO_EXPIRY_KIND;
    opts.description = description;
    opts.description_len = (uint32_t)description_length;
    if (apitoken_create(request->admin->tokens, owner, strlen(owner), name, name_length, &opts,
                        &secret, &err) == 0)
        apitoken_secret_free(secret); /* unreachable */
    return err;
}

static void check_name(struct request *request, const struct create_input *input,
                       struct field_errors *errors) {
    apitoken_error err = probe_field(request, input->name, input->name_length, NULL, 0);
    if (err.field == APITOKEN_FIELD_NAME) field_errors_add_code(errors, "name", err.code, err.text);
}

static void check_description(struct request *request, const struct create_input *input,
                              struct field_errors *errors) {
    apitoken_error err =
        probe_field(request, "x", 1, input->description, input->description_length);
    if (err.field == APITOKEN_FIELD_DESCRIPTION)
        field_errors_add_code(errors, "description", err.code, err.text);
}

/* ---- fields ---------------------------------------------------------------------------------- */

static void read_name(struct request *request, struct create_input *input,
                      struct field_errors *errors) {
    json_t *value = json_object_get(request->input, "name");
    if (!json_is_string(value)) {
        field_errors_add(errors, "name", value ? FIELD_TYPE : FIELD_MISSING);
        return;
    }
    input->name = json_string_value(value);
    input->name_length = json_string_length(value);
    check_name(request, input, errors);
}

static void read_description(struct request *request, struct create_input *input,
                             struct field_errors *errors) {
    json_t *value = json_object_get(request->input, "description");
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "description", FIELD_TYPE);
        return;
    }
    input->description = json_string_value(value);
    input->description_length = json_string_length(value);
    check_description(request, input, errors);
}

static void read_expires(struct request *request, struct create_input *input,
                         struct field_errors *errors) {
    json_t *value = json_object_get(request->input, "expires");
    apitoken_error err = APITOKEN_ERROR_INIT;
    if (!value || json_is_null(value)) return;
    if (!json_is_string(value)) {
        field_errors_add(errors, "expires", FIELD_TYPE);
        return;
    }
    input->expiry_kind = APITOKEN_EXPIRY_DAY;
    int rc =
        apitoken_day_parse(json_string_value(value), json_string_length(value), &input->day, &err);
    field_errors_add_code(errors, "expires", rc, err.text);
}

static void read_key(struct request *request, struct create_input *input,
                     struct field_errors *errors) {
    const char *key = http_header(request->connection, KEY_HEADER);
    size_t count = http_header_count(request->connection, KEY_HEADER);
    if (count == 0) return;
    if (count > 1)
        field_errors_add(errors, KEY_HEADER, FIELD_TWICE);
    else if (!key || !creation_key_is_valid(key, strlen(key)))
        field_errors_add(errors, KEY_HEADER, FIELD_VALUE);
    else
        memcpy(input->key, key, strlen(key));
}

/*
 * Reports a past day, but only next to other errors. On its own it is left to the library, because
 * a retry of a request that has created its token must succeed even when the day has passed.
 */
static void check_past(struct request *request, const struct create_input *input,
                       struct field_errors *errors) {
    int32_t day = 0;
    if (input->day != 0 && admin_today(request->admin, &day) && input->day < day)
        field_errors_add_code(errors, "expires", APITOKEN_E_EXPIRY_PAST, "");
}

static void read_fields(struct request *request, struct create_input *input, bool with_past,
                        struct field_errors *errors) {
    static const char *const members[] = { "name", "description", "expires" };
    read_name(request, input, errors);
    read_description(request, input, errors);
    read_expires(request, input, errors);
    if (with_past) check_past(request, input, errors);
    read_key(request, input, errors);
    field_errors_add_unknown(errors, request->input, members, 3);
}

bool create_input_read(struct request *request, struct create_input *ret) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    *ret = (struct create_input){ .expiry_kind = APITOKEN_EXPIRY_NEVER };
    read_fields(request, ret, false, &errors);
    if (!field_errors_any(&errors)) return true;
    field_errors_clear(&errors);
    read_fields(request, ret, true, &errors);
    problem_input(request, &errors);
    return false;
}

/* ---- digest ---------------------------------------------------------------------------------- */

static void add_number(crypto_generichash_state *state, uint64_t number) {
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(number >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

/* With the length first, so that no two lists of texts give the same bytes. */
static void add_text(crypto_generichash_state *state, const char *text, size_t length) {
    add_number(state, length);
    if (length > 0) crypto_generichash_update(state, (const unsigned char *)text, length);
}

void create_input_digest(const struct create_input *input,
                         unsigned char digest[CREATION_DIGEST_LEN]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, CREATION_DIGEST_LEN);
    add_text(&state, input->name, input->name_length);
    add_text(&state, input->description, input->description_length);
    add_number(&state, (uint64_t)input->day);
    crypto_generichash_final(&state, digest, CREATION_DIGEST_LEN);
}
