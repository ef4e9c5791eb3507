/*
 * Exit codes, the same as the tool's.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TAX_ADMINISTRATION_EXIT_CODE_H
#define TAX_ADMINISTRATION_EXIT_CODE_H

enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, /* a user command that cannot be done; of the host: network */
    EXIT_USAGE = 2,
    EXIT_STORES = 3 /* stores or keys */
};

#endif
