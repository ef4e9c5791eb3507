/* SPDX-License-Identifier: MIT */
/*
 * What can be done to which resource.
 */
#ifndef TAX_ADMINISTRATION_ACTIONS_H
#define TAX_ADMINISTRATION_ACTIONS_H

#include "http/request.h"

enum action_body {
    BODY_IGNORED, /* of a GET: it means nothing (RFC 9110 section 9.3.1) */
    BODY_EMPTY,   /* none or an object without members */
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

/* NULL if the resource does not have the method. HEAD is GET whose content is not sent. */
const struct action *action_find(enum route_kind kind, const char *method);

#define ALLOW_CAP 32
/* The methods that a resource has, for Allow. */
void action_list_methods(enum route_kind kind, char buf[ALLOW_CAP]);

#endif
