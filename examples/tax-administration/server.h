/* SPDX-License-Identifier: MIT */
/* Handles each HTTP request, from its header to its answer. */
#ifndef TAX_ADMINISTRATION_SERVER_H
#define TAX_ADMINISTRATION_SERVER_H

#include "admin.h"
#include "http_service.h"

struct http_host server_host(struct admin *admin);

#endif
