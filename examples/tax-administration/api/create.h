/* SPDX-License-Identifier: MIT */
/*
 * POST /api/v1/tokens: creates a token. Repeating a request with the same Idempotency-Key creates
 * no second one.
 */
#ifndef TAX_ADMINISTRATION_CREATE_H
#define TAX_ADMINISTRATION_CREATE_H

#include "http/request.h"

/* Sets the request's answer. */
void create_token(struct request *request);

#endif
