/* SPDX-License-Identifier: MIT */
/* The command line of the `user` commands. */
#ifndef TAX_ADMINISTRATION_USER_OPTIONS_H
#define TAX_ADMINISTRATION_USER_OPTIONS_H

#include <stdbool.h>

enum user_verb { USER_ADD, USER_LIST, USER_PASSWD, USER_BLOCK, USER_UNBLOCK, USER_REMOVE };

struct user_options {
    enum user_verb verb;
    const char *name; /* a valid login name; NULL for list */
    const char *data;
    const char *store; /* NULL = where the host had it; given together with keys */
    const char *keys;
    bool json;
};

/* argv[0] is "user". Returns -1 to go on, else the exit code; help or errors have been printed. */
int user_options_parse(int argc, char **argv, struct user_options *ret_options);

#endif
