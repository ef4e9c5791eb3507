/* SPDX-License-Identifier: MIT */
/* The commands: what each takes, and the functions that do it. */
#ifndef APITOKEN_TOOL_COMMAND_H
#define APITOKEN_TOOL_COMMAND_H

#include <stdint.h>

#include "exit_code.h"
#include "options.h"

#define COMMAND_WORDS_MAX 2 /* "keys create" */

#define OPTIONS_EVERYWHERE                                                          \
    (OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS) | OPTION_BIT(OPTION_HELP) | \
     OPTION_BIT(OPTION_VERSION))

struct command {
    const char *name;
    const char *operands; /* how the help calls them; "" = none */
    int operands_min, operands_max;
    uint32_t required, options; /* OPTION_BITs; required ones are in both */
    /* an option that stands instead of all others but those of OPTIONS_EVERYWHERE; 0 = none */
    uint32_t sole;
    enum exit_code (*run)(const struct command_line *line);
    const char *summary;
    const char *notes; /* more for the help of this command; may be NULL */
};

extern const struct command commands[];
extern const int command_count;

/* The command that the first words name and how many they are; NULL if there is none. */
const struct command *command_find(const char *const *words, int count, int *ret_used);

/* Help for all commands, or for those whose name begins with the line's operands. */
enum exit_code run_help(const struct command_line *line);
/* What --help and --version say. */
void help_print_overview(void);
void help_print_command(const struct command *command);

enum exit_code run_keys_create(const struct command_line *line);
enum exit_code run_keys_export_verify(const struct command_line *line);
enum exit_code run_keys_add(const struct command_line *line);
enum exit_code run_keys_activate(const struct command_line *line);
enum exit_code run_keys_list(const struct command_line *line);
enum exit_code run_init(const struct command_line *line);
enum exit_code run_grow(const struct command_line *line);
enum exit_code run_stat(const struct command_line *line);
enum exit_code run_fsck(const struct command_line *line);
enum exit_code run_backup(const struct command_line *line);
enum exit_code run_restore(const struct command_line *line);
enum exit_code run_create(const struct command_line *line);
enum exit_code run_copy(const struct command_line *line);
enum exit_code run_list(const struct command_line *line);
enum exit_code run_show(const struct command_line *line);
enum exit_code run_check(const struct command_line *line);
enum exit_code run_revoke(const struct command_line *line);

#endif
