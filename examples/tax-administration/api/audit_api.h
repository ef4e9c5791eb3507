/* SPDX-License-Identifier: MIT */
/* /api/v1/audit and /api/v1/admin/audit: what was done to the own tokens, and to all. */
#ifndef TAX_ADMINISTRATION_AUDIT_API_H
#define TAX_ADMINISTRATION_AUDIT_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void audit_own(struct request *request);
void audit_all(struct request *request);

#endif
