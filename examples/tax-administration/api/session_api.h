/* SPDX-License-Identifier: MIT */
/* /api/v1/session: signing in and out, and what the web page needs to know. */
#ifndef TAX_ADMINISTRATION_SESSION_API_H
#define TAX_ADMINISTRATION_SESSION_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void session_show(struct request *request);
void session_sign_in(struct request *request);
void session_sign_out(struct request *request);

#endif
