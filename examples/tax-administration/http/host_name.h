/* SPDX-License-Identifier: MIT */
/* Under which names the host may be reached. */
#ifndef TAX_ADMINISTRATION_HOST_NAME_H
#define TAX_ADMINISTRATION_HOST_NAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is this a Host header of one who meant this host? That of the origin, if there is one; an IP
 * address or localhost in any case, with any port. Another name may be one that a foreign site has
 * made to resolve to this machine (DNS rebinding), whose scripts would then share its origin.
 */
bool host_name_is_own(const char *host, const char *origin);

/* True for an address of this machine alone. */
bool host_address_is_loopback(const char *address);

#endif
