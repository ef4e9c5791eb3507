/* SPDX-License-Identifier: MIT */
/* Records of the audit as lines of text and of JSON. */
#ifndef APITOKEN_TOOL_AUDIT_TEXT_H
#define APITOKEN_TOOL_AUDIT_TEXT_H

#include <apitoken/apitoken.h>
#include <stdbool.h>

/* Both print a line on standard output; false if out of memory. */
bool audit_print_text(const apitoken_audit_record *record);
bool audit_print_json(const apitoken_audit_record *record);

#endif
