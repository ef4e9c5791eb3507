/* SPDX-License-Identifier: MIT */
/* What a check finds, kept until no transaction is open and the host may be told. */
#ifndef APITOKEN_BASE_FINDINGS_H
#define APITOKEN_BASE_FINDINGS_H

#include <stddef.h>

#include "base/limits.h"

struct atk_findings {
    apitoken_finding *list; /* NULL: only counted */
    size_t count;           /* of the list */
    uint64_t total;
    int code;             /* of the worst: damage before a roll-back */
    apitoken_error worst; /* its detail */
};

/* 0 or APITOKEN_E_NOMEM. Free it after use. */
int atk_findings_init(struct atk_findings *found, int is_listed);
void atk_findings_free(struct atk_findings *found);

/* Notes one. `detail` says what is wrong and, if it is about a token, its id. */
void atk_findings_add(struct atk_findings *found, uint32_t kind, const apitoken_error *detail,
                      const char *owner, size_t owner_len);

/* Tells the host all of them. */
void atk_findings_report(const struct atk_findings *found, apitoken_finding_fn tell, void *ctx);

#endif
