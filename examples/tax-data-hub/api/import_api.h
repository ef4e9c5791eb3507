/* SPDX-License-Identifier: MIT */
/* POST /api/v1/import/{interface}: imports a CSV body, all of it or nothing. */
#ifndef TAX_DATA_HUB_IMPORT_API_H
#define TAX_DATA_HUB_IMPORT_API_H

#include "http/request.h"

/* Each sets the request's answer as soon as it is known. */
void import_begin(struct request *request);
void import_piece(struct request *request, const char *bytes, size_t length);
void import_finish(struct request *request);

/* NULL is fine. */
void import_free(struct upload *upload);

#endif
