/* SPDX-License-Identifier: MIT */
/* The store and the keys that the command line names. */
#ifndef APITOKEN_TOOL_OPEN_STORE_H
#define APITOKEN_TOOL_OPEN_STORE_H

#include <apitoken/apitoken.h>

#include "exit_code.h"
#include "options.h"

/* Both say what is wrong and give its exit code if they fail. Free or close what they give. */
enum exit_code open_keyring(const char *path, apitoken_keyring **ret_keyring);
enum exit_code open_store(const struct command_line *line, uint32_t mode,
                          apitoken_store **ret_store);

/*
 * What a call on store and keys said: names the file of the two that it is about, and gives the
 * exit code.
 */
enum exit_code report_store_error(const struct command_line *line, int code,
                                  const apitoken_error *err);

#endif
