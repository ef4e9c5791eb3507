/* SPDX-License-Identifier: MIT */
/*
 * GET /api/v1/imports and GET /api/v1/imports/{import}: what the token's owner has imported.
 */
#ifndef TAX_DATA_HUB_IMPORTS_H
#define TAX_DATA_HUB_IMPORTS_H

#include "request.h"

/* Each sets the request's answer. */
void imports_answer_list(struct request *request);
void imports_answer_one(struct request *request);

#endif
