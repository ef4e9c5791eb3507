/* SPDX-License-Identifier: MIT */
/* Opens the store and the keyring of the command line. */
#ifndef APITOKEN_TOOL_OPEN_STORE_H
#define APITOKEN_TOOL_OPEN_STORE_H

#include <apitoken/apitoken.h>

#include "exit_code.h"
#include "options.h"

/* All report an error and return its exit code. The caller frees the keyring, closes the store. */
enum exit_code open_keyring(const char *path, apitoken_keyring **ret_keyring);
enum exit_code open_store(const struct command_line *line, uint32_t mode,
                          apitoken_store **ret_store);

/* The same for what is not done for one owner; it needs a full keyring. */
enum exit_code open_store_for_admin(const struct command_line *line, apitoken_store **ret_store);

/* APITOKEN_ANY_FILE_SYSTEM or 0: the flag of calls that take the path of a store. */
uint32_t any_fs_flag(const struct command_line *line);

/* Reports the error with the path it is about, the store or the keyring; returns its exit code. */
enum exit_code report_store_error(const struct command_line *line, int code,
                                  const apitoken_error *err);

#endif
