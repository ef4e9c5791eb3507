/* SPDX-License-Identifier: MIT */
#include "api/actions.h"

#include <stdio.h>
#include <string.h>

#include "api/account_api.h"
#include "api/admin_api.h"
#include "api/audit_api.h"
#include "api/create.h"
#include "api/maintain.h"
#include "api/session_api.h"
#include "api/tokens_api.h"
#include "http/static_files.h"

static const struct action actions[] = {
    { ROUTE_FILE, "GET", false, false, BODY_IGNORED, static_file_get },
    { ROUTE_SESSION, "GET", true, false, BODY_IGNORED, session_show },
    { ROUTE_SESSION, "POST", false, false, BODY_OBJECT, session_sign_in },
    { ROUTE_SESSION, "DELETE", true, true, BODY_EMPTY, session_sign_out },
    { ROUTE_PASSWORD, "POST", true, true, BODY_OBJECT, password_change },
    { ROUTE_SESSIONS, "GET", true, false, BODY_IGNORED, sessions_show },
    { ROUTE_SESSIONS, "DELETE", true, true, BODY_EMPTY, sessions_end_elsewhere },
    { ROUTE_SESSION_OTHER, "DELETE", true, true, BODY_EMPTY, sessions_end_by_id },
    { ROUTE_AUDIT, "GET", true, false, BODY_IGNORED, audit_own },
    { ROUTE_ADMIN_TOKENS, "GET", true, false, BODY_IGNORED, admin_list },
    { ROUTE_ADMIN_REVOKE, "POST", true, true, BODY_OBJECT, admin_revoke },
    { ROUTE_ADMIN_REVOKE_ALL, "POST", true, true, BODY_OBJECT, admin_revoke_all },
    { ROUTE_ADMIN_AUDIT, "GET", true, false, BODY_IGNORED, audit_all },
    { ROUTE_TOKENS, "GET", true, false, BODY_IGNORED, tokens_list },
    { ROUTE_TOKENS, "POST", true, true, BODY_OBJECT, create_token },
    { ROUTE_TOKEN, "GET", true, false, BODY_IGNORED, tokens_show },
    { ROUTE_TOKEN, "PATCH", true, true, BODY_OBJECT, token_update },
    { ROUTE_REVOKE, "POST", true, true, BODY_OPTIONAL, token_revoke },
    { ROUTE_UNREVOKE, "POST", true, true, BODY_EMPTY, token_unrevoke },
    { ROUTE_ROTATE, "POST", true, true, BODY_OBJECT, token_rotate },
    { ROUTE_END_OLDER, "POST", true, true, BODY_EMPTY, token_end_older },
    { ROUTE_ACTIVITY, "GET", true, false, BODY_IGNORED, token_activity },
    { ROUTE_COPY, "POST", true, true, BODY_EMPTY, tokens_copy },
};
#define ACTIONS (sizeof actions / sizeof actions[0])

const struct action *action_find(enum route_kind kind, const char *method) {
    if (strcmp(method, "HEAD") == 0) method = "GET";
    for (size_t i = 0; i < ACTIONS; i++)
        if (actions[i].kind == kind && strcmp(actions[i].method, method) == 0) return &actions[i];
    return NULL;
}

void action_list_methods(enum route_kind kind, char buf[ALLOW_CAP]) {
    size_t used = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < ACTIONS; i++) {
        if (actions[i].kind != kind) continue;
        bool is_get = strcmp(actions[i].method, "GET") == 0;
        used += (size_t)snprintf(buf + used, ALLOW_CAP - used, "%s%s", used ? ", " : "",
                                 is_get ? "GET, HEAD" : actions[i].method);
    }
}
