/* SPDX-License-Identifier: MIT */
/* Which records of the audit a caller asks for. */
#ifndef APITOKEN_RULES_AUDIT_FILTER_H
#define APITOKEN_RULES_AUDIT_FILTER_H

#include "rules/record_audit.h"

struct atk_audit_filter {
    const char *owner; /* NULL: of all owners, and of none */
    size_t owner_len;
    const char *id; /* 12 characters; NULL: of all tokens */
    int64_t since_ms;
    int64_t until_ms; /* this instant is not included */
};

/* `text` is that of the record; of one whose text was erased nobody knows the owner. */
bool atk_audit_filter_passes(const struct atk_audit_filter *filter, const struct atk_audit *audit,
                             const struct atk_audit_text *text);

#endif
