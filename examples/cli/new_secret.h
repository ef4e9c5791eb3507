/* SPDX-License-Identifier: MIT */
/* Prints the token that a call has just made. */
#ifndef APITOKEN_TOOL_NEW_SECRET_H
#define APITOKEN_TOOL_NEW_SECRET_H

#include <apitoken/apitoken.h>

#include "exit_code.h"

/* The token alone, and a line end. Returns an exit code after reporting an error. */
enum exit_code print_new_secret(const apitoken_secret *secret);

#endif
