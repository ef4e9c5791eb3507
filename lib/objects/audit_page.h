/* SPDX-License-Identifier: MIT */
/* A page of the audit: its records, each in a piece of memory of its own. */
#ifndef APITOKEN_OBJECTS_AUDIT_PAGE_H
#define APITOKEN_OBJECTS_AUDIT_PAGE_H

#include "outside/backend.h"

struct atk_audit_shown_change {
    int field;
    const char *before, *after;
};

struct apitoken_audit_record {
    uint64_t number, unrecorded;
    int64_t at_ms;
    int verb;
    bool is_erased;
    char id[APITOKEN_ID_LEN + 1];
    const char *owner, *actor, *reason;
    size_t change_count;
    struct atk_audit_shown_change changes[]; /* the texts follow */
};

struct apitoken_audit_page {
    size_t count;
    size_t room; /* of `records` */
    bool has_more;
    char cursor[ATK_AUDIT_CURSOR_LEN + 1];
    apitoken_audit_record *records[];
};

/* NULL: out of memory. Freed with apitoken_audit_page_free(). */
apitoken_audit_page *atk_audit_page_new(size_t room);

/* Adds a record; the page must have room for it. False: out of memory. */
bool atk_audit_page_add(apitoken_audit_page *page, const struct atk_audit_view *view);

#endif
