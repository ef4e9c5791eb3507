/* SPDX-License-Identifier: MIT */
/*
 * Cookies (RFC 6265).
 */
#ifndef TAX_ADMINISTRATION_COOKIE_H
#define TAX_ADMINISTRATION_COOKIE_H

#include <stdbool.h>
#include <stddef.h>

#include "accounts/sessions.h"

struct MHD_Connection;

/*
 * The value of a cookie of the request; points into its header, does not end in NUL. False if there
 * is none of that name. Also if there are several: another site of the same host may have slipped
 * one in, and which is meant cannot be told.
 */
bool cookie_find(struct MHD_Connection *connection, const char *name, const char **ret_value,
                 size_t *ret_length);

/*
 * Only a cookie of this name is kept from other hosts below the same domain (RFC 6265bis section
 * 4.1.3.2).
 */
const char *cookie_session_name(bool is_https);

#define COOKIE_HEADER_CAP 160
/* Value of Set-Cookie that sets the session, or clears it: NULL. */
void cookie_session_header(char buf[COOKIE_HEADER_CAP], const char *value, bool is_https);

#endif
