/* SPDX-License-Identifier: MIT */
/* One log line for each request. */
#ifndef EXAMPLES_HTTP_ACCESS_LOG_H
#define EXAMPLES_HTTP_ACCESS_LOG_H

#include <microhttpd.h>

#include "http_service.h"

/*
 * For the host's `done`. `method`, `route` and `more` must be text of the host or checked text of
 * the client. `more` ends the line.
 */
void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum http_outcome outcome);

#endif
