/* SPDX-License-Identifier: MIT */
/*
 * The password of a `user` command.
 */
#ifndef TAX_ADMINISTRATION_USER_PASSWORD_H
#define TAX_ADMINISTRATION_USER_PASSWORD_H

#include "accounts/password.h"

/*
 * Reads a new password from standard input, on a terminal twice and unseen, and gives its verifier
 * alone. An exit code; what is to say has been said.
 */
int user_password_read(char ret_verifier[PASSWORD_VERIFIER_CAP]);

#endif
