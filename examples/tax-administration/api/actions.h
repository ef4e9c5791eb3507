/* SPDX-License-Identifier: MIT */
/* Which method does what to which resource. */
#ifndef TAX_ADMINISTRATION_ACTIONS_H
#define TAX_ADMINISTRATION_ACTIONS_H

#include "http/request.h"

enum action_body {
    BODY_IGNORED,  /* GET: its body has no meaning (RFC 9110 section 9.3.1) */
    BODY_EMPTY,    /* no body, or an object without members */
    BODY_OPTIONAL, /* no body, or an object */
    BODY_OBJECT
};

struct action {
    enum route_kind kind;
    const char *method;
    bool needs_session;
    bool needs_csrf;
    enum action_body body;
    void (*run)(struct request *request); /* sets the answer */
};

/* NULL if the resource does not have the method. HEAD is GET without sending the content. */
const struct action *action_find(enum route_kind kind, const char *method);

#define ALLOW_CAP 32
/* Writes the methods of a resource, for the header Allow. */
void action_list_methods(enum route_kind kind, char buf[ALLOW_CAP]);

#endif
