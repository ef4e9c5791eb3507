/* SPDX-License-Identifier: MIT */
/*
 * tax-administration user add|list|passwd|remove: the accounts, from the command line. It may be
 * used while the host is running.
 */
#ifndef TAX_ADMINISTRATION_USER_COMMAND_H
#define TAX_ADMINISTRATION_USER_COMMAND_H

/* argv[0] is "user". Gives the exit code; what is to say has been said. */
int user_command(int argc, char **argv);

#endif
