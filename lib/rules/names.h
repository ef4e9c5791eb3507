/* SPDX-License-Identifier: MIT */
/* Which text may be an owner, a name, a description, a reason or a zone id. */
#ifndef APITOKEN_RULES_NAMES_H
#define APITOKEN_RULES_NAMES_H

#include <stddef.h>

/*
 * 1 if the text is at least min and at most max bytes of strict UTF-8 (RFC 3629) without controls,
 * bidirectional controls and invisible characters (the list stands in apitoken.h). Otherwise 0 and
 * the byte offset of the fault in *ret_at: len where the length is the fault.
 */
int atk_text_is_clean(const char *text, size_t len, size_t min, size_t max, size_t *ret_at);

/* 1 if the text has the form of a zone id: 1 to 64 of A-Z a-z 0-9 + - _ / with no empty part. */
int atk_zone_is_valid(const char *zone, size_t len);

#endif
