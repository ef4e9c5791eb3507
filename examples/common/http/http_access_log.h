/* SPDX-License-Identifier: MIT */
/* One log line for each request. */
#ifndef EXAMPLES_HTTP_ACCESS_LOG_H
#define EXAMPLES_HTTP_ACCESS_LOG_H

#include <microhttpd.h>
#include <netinet/in.h>

#include "http_service.h"

/*
 * For the host's `done`. `method`, `route` and `more` must be text of the host or checked text of
 * the client. `more` ends the line.
 */
void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum http_outcome outcome);

/* One line for a head that is not good, of which nothing can be named. */
void http_log_refused_head(const struct sockaddr_in6 *peer, unsigned status,
                           enum http_outcome outcome);

#endif
