/* SPDX-License-Identifier: MIT */
#include "api/create_input.h"

#include <sodium.h>
#include <string.h>

#include "http/problem.h"

#define KEY_HEADER "Idempotency-Key"
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
    json_t *given = request->input;
    token_fields_name(request, json_object_get(given, "name"), &input->name, errors);
    token_fields_description(request, json_object_get(given, "description"), &input->description,
                             errors);
    token_fields_expires(json_object_get(given, "expires"), &input->day, errors);
    if (with_past) check_past(request, input, errors);
    read_key(request, input, errors);
    field_errors_add_unknown(errors, given, members, 3);
}

bool create_input_read(struct request *request, struct create_input *ret) {
    struct field_errors errors = FIELD_ERRORS_NONE;
    *ret = (struct create_input){ 0 };
    read_fields(request, ret, false, &errors);
    if (!field_errors_any(&errors)) {
        ret->expiry_kind = ret->day == 0 ? APITOKEN_EXPIRY_NEVER : APITOKEN_EXPIRY_DAY;
        return true;
    }
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
static void add_text(crypto_generichash_state *state, const struct token_text *text) {
    add_number(state, text->length);
    if (text->length == 0) return;
    crypto_generichash_update(state, (const unsigned char *)text->bytes, text->length);
}

void create_input_digest(const struct create_input *input,
                         unsigned char digest[CREATION_DIGEST_LEN]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, CREATION_DIGEST_LEN);
    add_text(&state, &input->name);
    add_text(&state, &input->description);
    add_number(&state, (uint64_t)input->day);
    crypto_generichash_final(&state, digest, CREATION_DIGEST_LEN);
}
