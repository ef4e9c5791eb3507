/* SPDX-License-Identifier: MIT */
#include "audit_json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define UNKNOWN "unknown" /* of a later version */

static const char *const verbs[] = {
    [APITOKEN_VERB_CREATE] = "create",
    [APITOKEN_VERB_UPDATE] = "update",
    [APITOKEN_VERB_ROTATE] = "rotate",
    [APITOKEN_VERB_REVOKE] = "revoke",
    [APITOKEN_VERB_UNREVOKE] = "unrevoke",
    [APITOKEN_VERB_BLOCK] = "block",
    [APITOKEN_VERB_UNBLOCK] = "unblock",
    [APITOKEN_VERB_POLICY] = "policy",
    [APITOKEN_VERB_PURGE] = "purge",
    [APITOKEN_VERB_ERASE] = "erase",
    [APITOKEN_VERB_RESTORE] = "restore",
    [APITOKEN_VERB_SALVAGE] = "salvage",
    [APITOKEN_VERB_ACCEPT_ROLLBACK] = "accept-rollback",
    [APITOKEN_VERB_GROW] = "grow",
    [APITOKEN_VERB_RETIRE_KEY] = "retire-key",
    [APITOKEN_VERB_ADD_KEY] = "add-key",
    [APITOKEN_VERB_COMPACT] = "compact",
};

static const char *const fields[] = {
    [APITOKEN_CHANGE_NAME] = "name",
    [APITOKEN_CHANGE_DESCRIPTION] = "description",
    [APITOKEN_CHANGE_EXPIRY] = "expires",
    [APITOKEN_CHANGE_INTERFACES] = "interfaces",
    [APITOKEN_CHANGE_NETWORKS] = "networks",
    [APITOKEN_CHANGE_DATA] = "data",
    [APITOKEN_CHANGE_SUSPENDED] = "suspended",
    [APITOKEN_CHANGE_SECRET] = "secret",
    [APITOKEN_CHANGE_OLDER_END] = "superseded_until",
    [APITOKEN_CHANGE_REASON_CODE] = "reason_code",
    [APITOKEN_CHANGE_FINAL] = "final",
    [APITOKEN_CHANGE_NEVER_FORBIDDEN] = "never_forbidden",
    [APITOKEN_CHANGE_MAX_LIVE] = "max_live",
    [APITOKEN_CHANGE_MAX_LIFETIME] = "max_lifetime",
    [APITOKEN_CHANGE_DEFAULT_EXPIRY] = "default_expiry",
    [APITOKEN_CHANGE_UNDO] = "undo",
    [APITOKEN_CHANGE_MAX_GRACE] = "max_grace",
    [APITOKEN_CHANGE_AUDIT_RETENTION] = "audit_retention",
    [APITOKEN_CHANGE_MAP_SIZE] = "map_size",
    [APITOKEN_CHANGE_KEY] = "key",
    [APITOKEN_CHANGE_TOKENS] = "tokens",
    [APITOKEN_CHANGE_TOKEN_COUNT] = "token-count",
    [APITOKEN_CHANGE_CARRIED_OVER] = "carried-over",
};

static const char *name_in(const char *const *names, size_t count, int number) {
    return number >= 0 && (size_t)number < count && names[number] ? names[number] : UNKNOWN;
}

const char *audit_verb_name(int verb) { return name_in(verbs, sizeof verbs / sizeof *verbs, verb); }

const char *audit_field_name(int field) {
    return name_in(fields, sizeof fields / sizeof *fields, field);
}

static const char *value_text(int field, const char *value, char buf[RFC3339_CAP]) {
    const bool has_instant = field == APITOKEN_CHANGE_EXPIRY || field == APITOKEN_CHANGE_OLDER_END;
    if (!has_instant || !*value || value[strspn(value, "0123456789")] != '\0') return value;
    rfc3339_format(strtoll(value, NULL, 10), buf);
    return buf;
}

const char *audit_before_text(const apitoken_audit_record *record, size_t i,
                              char buf[RFC3339_CAP]) {
    return value_text(apitoken_audit_change_field(record, i),
                      apitoken_audit_change_before(record, i), buf);
}

const char *audit_after_text(const apitoken_audit_record *record, size_t i, char buf[RFC3339_CAP]) {
    return value_text(apitoken_audit_change_field(record, i),
                      apitoken_audit_change_after(record, i), buf);
}

static json_t *text_or_null(const char *text) { return *text ? json_string(text) : json_null(); }

static json_t *change_to_json(const apitoken_audit_record *record, size_t i) {
    char old[RFC3339_CAP], new[RFC3339_CAP];
    return json_pack("{s:s, s:o, s:o}", "field",
                     audit_field_name(apitoken_audit_change_field(record, i)), "before",
                     text_or_null(audit_before_text(record, i, old)), "after",
                     text_or_null(audit_after_text(record, i, new)));
}

static json_t *changes_to_json(const apitoken_audit_record *record) {
    json_t *changes = json_array();
    for (size_t i = 0; i < apitoken_audit_change_count(record); i++) {
        /* the array takes it over, or frees it */
        if (json_array_append_new(changes, change_to_json(record, i)) != 0) {
            json_decref(changes);
            return NULL;
        }
    }
    return changes;
}

json_t *audit_to_json(const apitoken_audit_record *record) {
    char at[RFC3339_CAP];
    rfc3339_format(apitoken_audit_at_ms(record), at);
    return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:o}", "number",
                     (json_int_t)apitoken_audit_number(record), "at", at, "verb",
                     audit_verb_name(apitoken_audit_verb(record)), "owner",
                     text_or_null(apitoken_audit_owner(record)), "id",
                     text_or_null(apitoken_audit_id(record)), "actor",
                     text_or_null(apitoken_audit_actor(record)), "reason",
                     text_or_null(apitoken_audit_reason(record)), "unrecorded",
                     (json_int_t)apitoken_audit_unrecorded(record), "erased",
                     apitoken_audit_is_erased(record), "changes", changes_to_json(record));
}
