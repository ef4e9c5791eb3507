/* SPDX-License-Identifier: MIT */
/* An audit record as a JSON object, the same in every program, and the names in it. */
#ifndef EXAMPLE_AUDIT_JSON_H
#define EXAMPLE_AUDIT_JSON_H

#include <apitoken/apitoken.h>
#include <jansson.h>

#include "rfc3339.h"

/* "create", "update" and so on; "unknown" for a verb of a later version. */
const char *audit_verb_name(int verb);
/* "name", "description" and so on; "unknown" for a field of a later version. */
const char *audit_field_name(int field);

/*
 * What a field was before a change, and is after it: an instant as RFC 3339, other values as the
 * library has them. The text belongs to the record or is in `buf`.
 */
const char *audit_before_text(const apitoken_audit_record *record, size_t i, char buf[RFC3339_CAP]);
const char *audit_after_text(const apitoken_audit_record *record, size_t i, char buf[RFC3339_CAP]);

/*
 * The keys, in this order: number at verb owner id actor reason unrecorded erased changes; null
 * where there is no text. `changes` is an array of { field, before, after }. NULL if out of memory;
 * the caller calls json_decref().
 */
json_t *audit_to_json(const apitoken_audit_record *record);

#endif
