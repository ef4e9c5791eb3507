/* SPDX-License-Identifier: MIT */
/*
 * In which language the page is wanted.
 */
#ifndef TAX_ADMINISTRATION_LANGUAGE_H
#define TAX_ADMINISTRATION_LANGUAGE_H

#include <microhttpd.h>

#define LANGUAGE_LEN 2

/*
 * "en" or "de": what the cookie `language` says, else Accept-Language (RFC 9110 section 12.5.4),
 * else English. Static text.
 */
const char *language_of(struct MHD_Connection *connection);

#endif
