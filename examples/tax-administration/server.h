/*
 * The HTTP side of the Tax Administration.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TAX_ADMINISTRATION_SERVER_H
#define TAX_ADMINISTRATION_SERVER_H

#include "admin.h"
#include "http_service.h"

struct http_host server_host(struct admin *admin);

#endif
