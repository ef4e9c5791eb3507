/* SPDX-License-Identifier: MIT */
#include "objects/input.h"

#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "rules/names.h"
#include "rules/text.h"

static int text(const char *what, const char *bytes, size_t len, size_t min, size_t max, int code,
                uint32_t field, apitoken_error *err) {
    size_t at = 0;
    if (!bytes && len > 0)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, field, 0, "%s is NULL with a length", what);
    if (atk_text_is_clean(bytes, len, min, max, &at)) return 0;
    if (len > max)
        return atk_fail_field(err, code, field, at, "%s has %zu bytes, at most %zu are allowed",
                              what, len, max);
    if (len < min) return atk_fail_field(err, code, field, at, "%s is empty", what);
    return atk_fail_field(err, code, field, at,
                          "%s has a character that is not allowed, at byte %zu", what, at);
}

int atk_input_owner(const char *owner, size_t len, apitoken_error *err) {
    return text("the owner", owner, len, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
                APITOKEN_FIELD_OWNER, err);
}

int atk_input_name(const char *name, size_t len, apitoken_error *err) {
    return text("the name", name, len, 1, APITOKEN_NAME_MAX, APITOKEN_E_NAME, APITOKEN_FIELD_NAME,
                err);
}

int atk_input_description(const char *description, size_t len, apitoken_error *err) {
    return text("the description", description, len, 0, APITOKEN_DESCRIPTION_MAX,
                APITOKEN_E_DESCRIPTION, APITOKEN_FIELD_DESCRIPTION, err);
}

int atk_input_reason(const char *reason, size_t len, apitoken_error *err) {
    return text("the reason", reason, len, 0, APITOKEN_REASON_MAX, APITOKEN_E_REASON,
                APITOKEN_FIELD_REASON, err);
}

int atk_input_id(const char *id, size_t len, apitoken_error *err) {
    if (!id && len > 0) return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ID, 0, NULL);
    return id && atk_id_is_valid(id, len)
               ? 0
               : atk_fail_field(err, APITOKEN_E_ID, APITOKEN_FIELD_ID, 0, NULL);
}

int atk_input_reserved(uint32_t reserved, apitoken_error *err) {
    return reserved == 0 ? 0
                         : atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0,
                                          "a reserved field is set");
}

int atk_input_map_size(uint64_t wanted, uint64_t *ret_bytes, apitoken_error *err) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    if (wanted < ATK_MAP_MIN || wanted > ATK_MAP_MAX)
        return atk_fail_field(err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0,
                              "a map has %llu to %llu bytes", (unsigned long long)ATK_MAP_MIN,
                              (unsigned long long)ATK_MAP_MAX);
    *ret_bytes = (wanted + page - 1) / page * page;
    return 0;
}
