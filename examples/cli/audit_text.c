/* SPDX-License-Identifier: MIT */
#include "audit_text.h"

#include <jansson.h>
#include <stdio.h>

#include "audit_json.h"
#include "rfc3339.h"

static const char *or_dash(const char *text) { return *text ? text : "-"; }

static void print_change(const apitoken_audit_record *record, size_t i) {
    char old[RFC3339_CAP], new[RFC3339_CAP];
    const char *before = audit_before_text(record, i, old),
               *after = audit_after_text(record, i, new);
    const char *name = audit_field_name(apitoken_audit_change_field(record, i));
    if (*before || *after)
        printf("  %s: %s -> %s", name, or_dash(before), or_dash(after));
    else
        printf("  %s", name);
}

bool audit_print_text(const apitoken_audit_record *record) {
    char at[RFC3339_CAP];
    const char *actor = apitoken_audit_actor(record);
    rfc3339_format(apitoken_audit_at_ms(record), at);
    printf("%llu  %s  %s  %s  %s", (unsigned long long)apitoken_audit_number(record), at,
           audit_verb_name(apitoken_audit_verb(record)), or_dash(apitoken_audit_owner(record)),
           or_dash(apitoken_audit_id(record)));
    if (apitoken_audit_is_erased(record)) printf("  erased");
    if (*actor) printf("  by %s", actor);
    if (*apitoken_audit_reason(record)) printf("  reason: %s", apitoken_audit_reason(record));
    for (size_t i = 0; i < apitoken_audit_change_count(record); i++) print_change(record, i);
    if (apitoken_audit_unrecorded(record))
        printf("  (%llu changes before it have no record)",
               (unsigned long long)apitoken_audit_unrecorded(record));
    printf("\n");
    return true;
}

bool audit_print_json(const apitoken_audit_record *record) {
    json_t *object = audit_to_json(record);
    if (!object) return false;
    /* output_finish() detects a failed write. */
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return true;
}
