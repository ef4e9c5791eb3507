/* SPDX-License-Identifier: MIT */
/* Which resource a path names. */
#ifndef TAX_ADMINISTRATION_ROUTE_H
#define TAX_ADMINISTRATION_ROUTE_H

#include <apitoken/apitoken.h>

struct static_file;

enum route_kind {
    ROUTE_NONE,
    ROUTE_FILE,
    ROUTE_SESSION,
    ROUTE_PASSWORD,
    ROUTE_SESSIONS,
    ROUTE_SESSION_OTHER,
    ROUTE_AUDIT,
    ROUTE_ADMIN_TOKENS,
    ROUTE_ADMIN_REVOKE,
    ROUTE_ADMIN_REVOKE_ALL,
    ROUTE_ADMIN_AUDIT,
    ROUTE_TOKENS,
    ROUTE_TOKEN,
    ROUTE_REVOKE,
    ROUTE_UNREVOKE,
    ROUTE_ROTATE,
    ROUTE_END_OLDER,
    ROUTE_ACTIVITY,
    ROUTE_COPY
};

struct route {
    enum route_kind kind;
    const char *name; /* for the access log; static text */
    const struct static_file *file;
    /* Letters and digits. There may be no such token or session. */
    char id[APITOKEN_ID_MAX + 1];
};

struct route route_of(const char *path);

#endif
