/* SPDX-License-Identifier: MIT */
/* Exit codes: those of every host. For a `user` command, 1 means that it was refused. */
#ifndef TAX_ADMINISTRATION_EXIT_CODE_H
#define TAX_ADMINISTRATION_EXIT_CODE_H

#include "http_exit.h"

enum { EXIT_REFUSED = EXIT_NETWORK /* such as: no such user */ };

#endif
