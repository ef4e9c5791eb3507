/* SPDX-License-Identifier: MIT */
/* What fsck finds, collected while a transaction is open and reported to the host after it. */
#ifndef APITOKEN_BASE_FINDINGS_H
#define APITOKEN_BASE_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct atk_findings {
    apitoken_finding *list; /* NULL: findings are only counted */
    size_t count;           /* in the list */
    uint64_t total;         /* also those that the list had no room for */
    int code;               /* of the worst one: damage is worse than a rollback */
    apitoken_error worst;   /* its detail */
};

/* 0 or APITOKEN_E_NOMEM. */
int atk_findings_init(struct atk_findings *found, bool is_listed);
void atk_findings_free(struct atk_findings *found);
/* Forgets what was added: the check begins again. */
void atk_findings_clear(struct atk_findings *found);

/* Adds one. `detail` says what is wrong and, if it is about a token, has its id. */
void atk_findings_add(struct atk_findings *found, uint32_t kind, const apitoken_error *detail,
                      const char *owner, size_t owner_len);

/* Calls the host for each finding, and once more if there were too many for the list. */
void atk_findings_report(const struct atk_findings *found, apitoken_finding_fn fn, void *ctx);

#endif
