/* SPDX-License-Identifier: MIT */
/* Whose address counts for the limits of sign-ins. */
#ifndef TAX_ADMINISTRATION_SOURCE_H
#define TAX_ADMINISTRATION_SOURCE_H

#include "http/request.h"

struct source {
    unsigned char address[HTTP_PEER_MAX]; /* in network order */
    size_t length;                        /* 4, 16, or 0 if it is unknown */
};

struct source source_of(const struct request *request);

#endif
