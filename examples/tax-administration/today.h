/* SPDX-License-Identifier: MIT */
/*
 * The present civil day in the store's business zone.
 */
#ifndef TAX_ADMINISTRATION_TODAY_H
#define TAX_ADMINISTRATION_TODAY_H

#include "admin.h"

/* yyyymmdd. False if the zone rules cannot be read. */
bool today(const struct admin *admin, int32_t *ret_day);

#endif
