/* SPDX-License-Identifier: MIT */
/*
 * Exit codes: those of every host, and what the first of them that is not 0 means for a user
 * command.
 */
#ifndef TAX_ADMINISTRATION_EXIT_CODE_H
#define TAX_ADMINISTRATION_EXIT_CODE_H

#include "http_exit.h"

enum { EXIT_REFUSED = EXIT_NETWORK /* a user command that cannot be done */ };

#endif
