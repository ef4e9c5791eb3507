/* SPDX-License-Identifier: MIT */
#include "objects/input.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/limits.h"
#include "objects/expiry.h"
#include "rules/names.h"
#include "rules/text.h"
#include "rules/utf8.h"

/* An argument that is text. */
struct text_input {
    const char *what;
    size_t min, max;
    int code; /* if it is not allowed */
    uint32_t field;
};

static const struct text_input owner_input = { "the owner", 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
                                               APITOKEN_FIELD_OWNER };
static const struct text_input name_input = { "the name", 1, APITOKEN_NAME_MAX, APITOKEN_E_NAME,
                                              APITOKEN_FIELD_NAME };
static const struct text_input description_input = { "the description", 0, APITOKEN_DESCRIPTION_MAX,
                                                     APITOKEN_E_DESCRIPTION,
                                                     APITOKEN_FIELD_DESCRIPTION };
static const struct text_input reason_input = { "the reason", 0, APITOKEN_REASON_MAX,
                                                APITOKEN_E_REASON, APITOKEN_FIELD_REASON };
static const struct text_input actor_input = { "the actor", 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
                                               APITOKEN_FIELD_ACTOR };

static int require_length(const struct text_input *in, const char *bytes, size_t len,
                          apitoken_error *err) {
    if (!bytes && len > 0)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, in->field, 0,
                              "%s is NULL, but its length is not 0", in->what);
    if (len > in->max)
        return atk_fail_field(err, in->code, in->field, len,
                              "%s has %zu bytes; at most %zu are allowed", in->what, len, in->max);
    if (len < in->min)
        return atk_fail_field(err, in->code, in->field, len, "%s is empty", in->what);
    return 0;
}

static int fail_utf8(const struct text_input *in, size_t at, apitoken_error *err) {
    return atk_fail_field(err, in->code, in->field, at, "%s is not UTF-8 at byte %zu", in->what,
                          at);
}

/* Names the character where it may be invisible or hard to tell from another one. */
static int fail_rule(const struct text_input *in, enum atk_text_rule rule,
                     const struct atk_text_fault *fault, apitoken_error *err) {
    const size_t at = fault->at;
    const unsigned c = fault->code;
    switch (rule) {
    case ATK_TEXT_BLANK:
        return atk_fail_field(err, in->code, in->field, at, "%s %s with a space", in->what,
                              at == 0 ? "begins" : "ends");
    case ATK_TEXT_MARK_FIRST:
        return atk_fail_field(err, in->code, in->field, at,
                              "%s begins with U+%04X, a combining mark", in->what, c);
    case ATK_TEXT_MARKS:
        return atk_fail_field(err, in->code, in->field, at,
                              "%s has more than %d combining marks in a row: U+%04X at byte %zu",
                              in->what, ATK_MARKS_MAX, c, at);
    case ATK_TEXT_CHARACTER:
        return atk_fail_field(err, in->code, in->field, at,
                              "%s: U+%04X is not allowed here, at byte %zu", in->what, c, at);
    default: return fail_utf8(in, at, err);
    }
}

/* Text that is to be stored must keep all rules. */
static int require_storable(const struct text_input *in, const char *bytes, size_t len,
                            apitoken_error *err) {
    struct atk_text_fault fault;
    ATK_TRY(require_length(in, bytes, len, err));
    enum atk_text_rule rule = atk_text_check(bytes, len, &fault);
    return rule == ATK_TEXT_GOOD ? 0 : fail_rule(in, rule, &fault, err);
}

int atk_input_owner(const char *owner, size_t len, apitoken_error *err) {
    size_t at;
    ATK_TRY(require_length(&owner_input, owner, len, err));
    return atk_utf8_is_valid(owner, len, &at) ? 0 : fail_utf8(&owner_input, at, err);
}

int atk_input_new_owner(const char *owner, size_t len, apitoken_error *err) {
    return require_storable(&owner_input, owner, len, err);
}

int atk_input_name(const char *name, size_t len, apitoken_error *err) {
    return require_storable(&name_input, name, len, err);
}

int atk_input_description(const char *description, size_t len, apitoken_error *err) {
    return require_storable(&description_input, description, len, err);
}

int atk_input_reason(const char *reason, size_t len, apitoken_error *err) {
    return require_storable(&reason_input, reason, len, err);
}

int atk_input_reason_code(uint32_t code, apitoken_error *err) {
    if (code <= APITOKEN_REASON_ADMINISTRATOR) return 0;
    return atk_fail_field(err, APITOKEN_E_REASON_CODE, APITOKEN_FIELD_REASON, 0, NULL);
}

int atk_input_actor(const char *actor, size_t len, apitoken_error *err) {
    return require_storable(&actor_input, actor, len, err);
}

int atk_input_required_actor(const char *actor, size_t len, apitoken_error *err) {
    if (len == 0)
        return atk_fail_field(err, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR, 0,
                              "the actor is missing");
    return atk_input_actor(actor, len, err);
}

int atk_input_present(const void *bytes, size_t len, uint32_t field, apitoken_error *err) {
    return bytes || len == 0 ? 0 : atk_fail_field(err, APITOKEN_E_ARGUMENT, field, 0, NULL);
}

int atk_input_data(const void *data, size_t len, apitoken_error *err) {
    ATK_TRY(atk_input_present(data, len, APITOKEN_FIELD_DATA, err));
    if (len <= APITOKEN_DATA_MAX) return 0;
    return atk_fail_field(err, APITOKEN_E_DATA, APITOKEN_FIELD_DATA, len,
                          "the data has %zu bytes; at most %d are allowed", len, APITOKEN_DATA_MAX);
}

int atk_input_id(const char *id, size_t len, apitoken_error *err) {
    if (!id && len > 0) return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ID, 0, NULL);
    return id && atk_id_is_valid(id, len)
               ? 0
               : atk_fail_field(err, APITOKEN_E_ID, APITOKEN_FIELD_ID, 0, NULL);
}

int atk_input_path(const char *path, apitoken_error *err) {
    if (path && path[0] && strlen(path) <= ATK_PATH_MAX && !strstr(path, "://")) return 0;
    return atk_fail_field(err, APITOKEN_E_PATH, APITOKEN_FIELD_PATH, 0, NULL);
}

int atk_input_map_size(uint64_t asked, uint64_t *ret_bytes, apitoken_error *err) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (asked < ATK_MAP_MIN || asked > ATK_MAP_MAX)
        return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0,
                              "the map size must be %llu to %llu bytes",
                              (unsigned long long)ATK_MAP_MIN, (unsigned long long)ATK_MAP_MAX);
    *ret_bytes = (asked + page - 1) / page * page;
    return 0;
}

int atk_input_reserved(uint32_t reserved, apitoken_error *err) {
    return reserved == 0 ? 0
                         : atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0,
                                          "a reserved field is set");
}

int atk_input_token_request(const struct atk_token_request *request, apitoken_error *err) {
    const apitoken_create_opts *opts = request->opts;
    ATK_TRY(atk_input_new_owner(request->owner, request->owner_len, err));
    ATK_TRY(atk_input_name(request->name, request->name_len, err));
    ATK_TRY(atk_input_description(opts->description, opts->description_len, err));
    ATK_TRY(atk_input_actor(opts->actor, opts->actor_len, err));
    ATK_TRY(atk_input_data(opts->data, opts->data_len, err));
    const struct atk_expiry expiry = { opts->expiry_kind, opts->expiry_day, opts->expiry_ms };
    return atk_expiry_check(&expiry, err);
}
