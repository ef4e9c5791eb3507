/* SPDX-License-Identifier: MIT */
/* tax-administration user add|list|passwd|block|unblock|remove. Works while the host is running. */
#ifndef TAX_ADMINISTRATION_USER_COMMAND_H
#define TAX_ADMINISTRATION_USER_COMMAND_H

/* argv[0] is "user". Returns the exit code; errors have been reported. */
int user_command(int argc, char **argv);

#endif
