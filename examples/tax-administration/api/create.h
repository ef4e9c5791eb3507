/* SPDX-License-Identifier: MIT */
/*
 * POST /api/v1/tokens: a new token, and only one however often a request with an Idempotency-Key is
 * repeated.
 */
#ifndef TAX_ADMINISTRATION_CREATE_H
#define TAX_ADMINISTRATION_CREATE_H

#include "http/request.h"

/* Sets the request's answer. */
void create_token(struct request *request);

#endif
