/* SPDX-License-Identifier: MIT */
/*
 * One log line for each request.
 */
#ifndef EXAMPLES_HTTP_ACCESS_LOG_H
#define EXAMPLES_HTTP_ACCESS_LOG_H

#include <microhttpd.h>

/*
 * For the host's `done`. Method, route and what else there is to say must be the host's own words
 * or have been checked.
 */
void http_log_request(struct MHD_Connection *connection, const char *method, const char *route,
                      unsigned status, const char *more, enum MHD_RequestTerminationCode code);

#endif
