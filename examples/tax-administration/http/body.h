/* SPDX-License-Identifier: MIT */
/* The body of a request: kept whole, since it is small; wiped after use: it may hold a password. */
#ifndef TAX_ADMINISTRATION_BODY_H
#define TAX_ADMINISTRATION_BODY_H

#include "http/request.h"

#define BODY_MAX (16 * 1024)

/* Makes jansson wipe memory when it frees it. Call before starting threads. */
void body_init_json(void);

/* Checks what the header says about the body. False with the answer set if it is refused. */
bool body_check_header(struct request *request);

/* Appends a piece. Sets the answer if the body gets too large. */
void body_append(struct request *request, const char *bytes, size_t length);

/*
 * Parses a JSON object into request->input, NULL without a body. False with the answer set if it is
 * not a JSON object.
 */
bool body_parse(struct request *request);

/* Wipes and frees the body and the input. */
void body_free(struct request *request);

#endif
