/* SPDX-License-Identifier: MIT */
/*
 * GET /api/v1/imports, and GET and DELETE /api/v1/imports/{import}: the imports of the token's
 * owner.
 */
#ifndef TAX_DATA_HUB_IMPORTS_API_H
#define TAX_DATA_HUB_IMPORTS_API_H

#include "http/request.h"

/* Each sets the request's answer. */
void imports_answer_list(struct request *request);
void imports_answer_import(struct request *request);

#endif
