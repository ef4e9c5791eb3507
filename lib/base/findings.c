/* SPDX-License-Identifier: MIT */
#include "base/findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int atk_findings_init(struct atk_findings *found, bool is_listed) {
    *found = (struct atk_findings){ .worst = APITOKEN_ERROR_INIT };
    if (is_listed) found->list = calloc(ATK_FINDINGS_MAX, sizeof *found->list);
    return is_listed && !found->list ? APITOKEN_E_NOMEM : 0;
}

void atk_findings_free(struct atk_findings *found) {
    free(found->list);
    found->list = NULL;
}

void atk_findings_clear(struct atk_findings *found) {
    *found = (struct atk_findings){ .list = found->list, .worst = APITOKEN_ERROR_INIT };
}

void atk_findings_add(struct atk_findings *found, uint32_t kind, const apitoken_error *detail,
                      const char *owner, size_t owner_len) {
    const int code =
        kind == APITOKEN_FINDING_ROLLED_BACK ? APITOKEN_E_ROLLED_BACK : APITOKEN_E_DAMAGED;
    found->total++;
    if (!found->code || (code == APITOKEN_E_DAMAGED && found->code != code)) {
        found->code = code;
        found->worst = *detail;
        found->worst.code = code;
    }
    if (!found->list || found->count == ATK_FINDINGS_MAX) return;
    apitoken_finding *finding = &found->list[found->count++];
    *finding = (apitoken_finding){ .size = sizeof *finding, .kind = kind, .code = detail->code };
    memcpy(finding->id, detail->id, sizeof finding->id);
    memcpy(finding->text, detail->text, sizeof finding->text);
    if (!owner || owner_len > APITOKEN_OWNER_MAX) return;
    finding->owner_len = (uint32_t)owner_len;
    memcpy(finding->owner, owner, owner_len);
}

void atk_findings_report(const struct atk_findings *found, apitoken_finding_fn fn, void *ctx) {
    for (size_t i = 0; i < found->count; i++) fn(&found->list[i], ctx);
    if (!found->list || found->count == found->total) return;
    apitoken_finding more = { .size = sizeof more,
                              .kind = APITOKEN_FINDING_STORE,
                              .code = APITOKEN_E_DAMAGED };
    (void)snprintf(more.text, sizeof more.text, "findings not shown: %llu",
                   (unsigned long long)(found->total - found->count));
    fn(&more, ctx);
}
