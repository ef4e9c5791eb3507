/* SPDX-License-Identifier: MIT */
/* /api/v1/password and /api/v1/sessions: what users do with their own account. */
#ifndef TAX_ADMINISTRATION_ACCOUNT_API_H
#define TAX_ADMINISTRATION_ACCOUNT_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void password_change(struct request *request);
void sessions_show(struct request *request);
void sessions_end_elsewhere(struct request *request);
void sessions_end_by_id(struct request *request);

#endif
