/* SPDX-License-Identifier: MIT */
/*
 * Filling the caller's error detail. Every failing path returns through one of these, so code and
 * text travel together.
 */
#ifndef APITOKEN_BASE_ERROR_H
#define APITOKEN_BASE_ERROR_H

#include "apitoken/apitoken.h"
#include "base/attr.h"

/*
 * All return `code`. `err` may be NULL. The text is fmt, or the code's own sentence if fmt is NULL.
 */
int atk_fail(apitoken_error *err, int code, const char *fmt, ...) ATK_PRINTF(3, 4);

/* With the operating system's or LMDB's number behind it. */
int atk_fail_os(apitoken_error *err, int code, int os_code, const char *fmt, ...) ATK_PRINTF(4, 5);

/* About one input: an APITOKEN_FIELD_ and a byte offset in it. */
int atk_fail_field(apitoken_error *err, int code, uint32_t field, size_t offset, const char *fmt,
                   ...) ATK_PRINTF(5, 6);

/* About a key id or an element of an array. */
int atk_fail_item(apitoken_error *err, int code, uint32_t item, const char *fmt, ...)
    ATK_PRINTF(4, 5);

/* With a detail that was filled before; returns its code. */
int atk_fail_as(apitoken_error *err, const apitoken_error *detail);

/* Adds the number of an array's element to a detail that was filled; returns `code`. */
int atk_fail_at(apitoken_error *err, int code, uint32_t item);

/* Adds the token id to a detail that was filled. `id` is 12 characters, not NUL-terminated. */
void atk_fail_id(apitoken_error *err, const char *id);

#endif
