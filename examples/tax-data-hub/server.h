/* SPDX-License-Identifier: MIT */
/* The HTTP callbacks of the Tax Data Hub: each request from its header to its log line. */
#ifndef TAX_DATA_HUB_SERVER_H
#define TAX_DATA_HUB_SERVER_H

#include "http_service.h"
#include "hub.h"

struct http_host server_host(struct hub *hub);

#endif
