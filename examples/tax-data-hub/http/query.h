/* SPDX-License-Identifier: MIT */
/* The parameters of a URL's query. */
#ifndef TAX_DATA_HUB_QUERY_H
#define TAX_DATA_HUB_QUERY_H

#include "http/request.h"

/*
 * Returns true if the resource knows each parameter, and each is given once. Otherwise sets the
 * answer: a parameter that is spelled wrong must not be ignored.
 */
bool query_check(struct request *request);

#endif
