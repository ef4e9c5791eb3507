/* SPDX-License-Identifier: MIT */
/*
 * Passwords: Argon2id (RFC 9106) by libsodium.
 */
#ifndef TAX_ADMINISTRATION_PASSWORD_H
#define TAX_ADMINISTRATION_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#define PASSWORD_MIN 8 /* bytes */
#define PASSWORD_MAX 1024
#define PASSWORD_VERIFIER_CAP 128 /* text of crypto_pwhash_str() with its NUL */

/* Call once before there are threads. False if libsodium cannot be set up. */
bool password_init(void);

/* Length and no NUL inside. */
bool password_is_acceptable(const char *password, size_t length);

/*
 * False if memory is short. At most two are computed at a time, here and in verify: each takes 64
 * MiB.
 */
bool password_hash(const char *password, size_t length, char ret_verifier[PASSWORD_VERIFIER_CAP]);

/*
 * A NULL verifier costs the same work and is never right, so that an unknown name takes as long as
 * a wrong password. With *ret_failed it is not known, because memory was short.
 */
bool password_verify(const char *verifier, const char *password, size_t length, bool *ret_failed);

#endif
