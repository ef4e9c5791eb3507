/* SPDX-License-Identifier: MIT */
/*
 * Filling in the caller's error detail. Every failure returns through one of these functions, so
 * code and text always belong together.
 */
#ifndef APITOKEN_BASE_ERROR_H
#define APITOKEN_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apitoken/apitoken.h"
#include "base/attr.h"
#include "base/limits.h"
#include "base/option_sizes.h"

/*
 * First step of every public function that takes `err`: APITOKEN_E_ABI for a size that no detail
 * has, such as 0 where nobody set it. Such a caller expects details that it would never get.
 */
static inline int atk_error_check(const apitoken_error *err) {
    if (!err || (err->size >= ATK_SIZE_ERROR && err->size <= ATK_STRUCT_MAX)) return 0;
    return APITOKEN_E_ABI;
}

/*
 * Whether an error is about one token or record alone: then what is done to many goes on with the
 * others. A token that is not found was purged meanwhile.
 */
static inline bool atk_error_is_of_one_record(int code) {
    return code == APITOKEN_E_NOT_FOUND || code == APITOKEN_E_DAMAGED ||
           code == APITOKEN_E_SCHEMA || code == APITOKEN_E_KEY_MISSING ||
           code == APITOKEN_E_KEY_RETIRED;
}

/* All return `code`. `err` may be NULL. Without a format the text is that of the code. */
int atk_fail(apitoken_error *err, int code, const char *fmt, ...) ATK_PRINTF(3, 4);

/* Also records the error number of the operating system or of LMDB. */
int atk_fail_os(apitoken_error *err, int code, int os_code, const char *fmt, ...) ATK_PRINTF(4, 5);

/* Also records which argument is at fault (APITOKEN_FIELD_), and a byte offset in it. */
int atk_fail_field(apitoken_error *err, int code, uint32_t field, size_t offset, const char *fmt,
                   ...) ATK_PRINTF(5, 6);

/* Also records a key id, or the index of an array element. */
int atk_fail_item(apitoken_error *err, int code, uint32_t item, const char *fmt, ...)
    ATK_PRINTF(4, 5);

/* Reports a detail that was filled in before; returns its code. */
int atk_fail_as(apitoken_error *err, const apitoken_error *detail);

/* Adds the index of an array element to a detail that was filled in. */
int atk_fail_add_item(apitoken_error *err, int code, uint32_t item);

/* Adds a token id (12 characters, no NUL) to a detail that was filled in. */
void atk_fail_add_id(apitoken_error *err, const char *id);

#endif
