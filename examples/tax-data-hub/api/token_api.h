/* SPDX-License-Identifier: MIT */
/* GET /api/v1/token: what the bearer of a token may know about it. */
#ifndef TAX_DATA_HUB_TOKEN_API_H
#define TAX_DATA_HUB_TOKEN_API_H

#include "http/request.h"

/* Sets the request's answer. */
void token_answer(struct request *request);

#endif
