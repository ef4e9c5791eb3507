/* SPDX-License-Identifier: MIT */
/*
 * Origins (RFC 6454): where a request says it comes from.
 */
#ifndef TAX_ADMINISTRATION_ORIGIN_H
#define TAX_ADMINISTRATION_ORIGIN_H

#include <stdbool.h>

struct MHD_Connection;

/*
 * Written as browsers send it: http or https, a host in lower case, a port only if it is not that
 * of the scheme, nothing after it. Anything else would never equal what a browser sends.
 */
bool origin_is_valid(const char *text);

bool origin_is_https(const char *text);

/*
 * Is the request without an Origin, or is that `own`? NULL stands for http:// and what Host says.
 */
bool origin_is_own(struct MHD_Connection *connection, const char *own);

#endif
