/* SPDX-License-Identifier: MIT */
/* Which resource a path names. */
#ifndef TAX_DATA_HUB_ROUTE_H
#define TAX_DATA_HUB_ROUTE_H

#include "db/imports_db.h"

enum route_kind { ROUTE_NONE, ROUTE_IMPORT, ROUTE_IMPORTS, ROUTE_ONE, ROUTE_TOKEN };

struct route {
    enum route_kind kind;
    const char *methods; /* that the resource allows, as in an Allow header */
    char name[48];       /* for the log: checked text only */
    char interface[IMPORTS_INTERFACE_MAX + 1];
    uint64_t import;
};

struct route route_of(const char *path);

bool route_allows(const struct route *route, const char *method);

#endif
