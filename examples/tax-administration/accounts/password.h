/* SPDX-License-Identifier: MIT */
/* Passwords: Argon2id (RFC 9106), by libsodium. */
#ifndef TAX_ADMINISTRATION_PASSWORD_H
#define TAX_ADMINISTRATION_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_VERIFIER_CAP 128 /* text of crypto_pwhash_str() with its NUL */
#define PASSWORD_HASHES_MAX 2     /* computed at a time */

/* Call once, before starting threads. False if libsodium or memory is unavailable. */
bool password_init(void);

/*
 * False if there is not enough memory. Each hash takes 64 MiB, so this and password_verify()
 * compute few at a time and make other callers wait.
 */
bool password_hash(const char *password, size_t length, char ret_verifier[PASSWORD_VERIFIER_CAP]);

/*
 * A NULL verifier never matches but costs the same work, so that an unknown name takes as long as a
 * wrong password. *ret_failed: there was not enough memory to tell.
 */
bool password_verify(const char *verifier, const char *password, size_t length, bool *ret_failed);

#endif
