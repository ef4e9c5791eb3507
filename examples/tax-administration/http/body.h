/* SPDX-License-Identifier: MIT */
/*
 * The body of a request: collected whole, since it is small, wiped after use, since it may hold a
 * password.
 */
#ifndef TAX_ADMINISTRATION_BODY_H
#define TAX_ADMINISTRATION_BODY_H

#include "http/request.h"

#define BODY_MAX (16 * 1024)

/* For jansson: memory that is wiped when it is given back. Before there are threads. */
void body_init_json(void);

/* Is what the header says of the body acceptable? If not the answer is set. */
bool body_check_header(struct request *request);

/* Takes a piece; sets the answer if that makes it too large. */
void body_append(struct request *request, const char *bytes, size_t length);

/*
 * Reads it as a JSON object into request->input; without a body that is NULL. False with the answer
 * set if it is none.
 */
bool body_parse(struct request *request);

/* Wipes and frees. */
void body_free(struct request *request);

#endif
