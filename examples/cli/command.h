/* SPDX-License-Identifier: MIT */
/* The commands: their operands and options, and the functions that run them. */
#ifndef APITOKEN_TOOL_COMMAND_H
#define APITOKEN_TOOL_COMMAND_H

#include <stdint.h>

#include "exit_code.h"
#include "options.h"

#define COMMAND_WORDS_MAX 2 /* "keys create" */

#define OPTIONS_EVERYWHERE                                                          \
    (OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS) | OPTION_BIT(OPTION_HELP) | \
     OPTION_BIT(OPTION_VERSION) | OPTION_BIT(OPTION_ANY_FS))

#define OPTIONS_BESIDE_SOLE (OPTIONS_EVERYWHERE | OPTION_BIT(OPTION_ACTOR))

struct command {
    const char *name;
    const char *operands; /* their names in the help; "" = none */
    int operands_min, operands_max;
    uint64_t required, options; /* OPTION_BITs; a required one is in both */
    /* this option excludes all others except OPTIONS_BESIDE_SOLE, and replaces the required ones */
    uint64_t sole;
    uint64_t beside_sole; /* except these, too */
    enum exit_code (*run)(const struct command_line *line);
    const char *summary;
    const char *notes; /* more text for the help of this command; may be NULL */
};

extern const struct command commands[];
extern const int command_count;

/*
 * Finds the command that the first words name, and how many words that are; NULL if none. Of
 * "policy" and "policy set" it finds the longer one.
 */
const struct command *command_find(const char *const *words, int count, int *ret_used);

/* Prints help for all commands, or for those whose names begin with the operands. */
enum exit_code run_help(const struct command_line *line);
/* What --help prints. */
void help_print_overview(void);
void help_print_command(const struct command *command);

enum exit_code run_keys_create(const struct command_line *line);
enum exit_code run_keys_export_verify(const struct command_line *line);
enum exit_code run_keys_add(const struct command_line *line);
enum exit_code run_keys_activate(const struct command_line *line);
enum exit_code run_keys_remove(const struct command_line *line);
enum exit_code run_keys_retire(const struct command_line *line);
enum exit_code run_keys_list(const struct command_line *line);
enum exit_code run_init(const struct command_line *line);
enum exit_code run_grow(const struct command_line *line);
enum exit_code run_stat(const struct command_line *line);
enum exit_code run_fsck(const struct command_line *line);
enum exit_code run_backup(const struct command_line *line);
enum exit_code run_restore(const struct command_line *line);
enum exit_code run_compact(const struct command_line *line);
enum exit_code run_create(const struct command_line *line);
enum exit_code run_copy(const struct command_line *line);
enum exit_code run_log(const struct command_line *line);
enum exit_code run_list(const struct command_line *line);
enum exit_code run_show(const struct command_line *line);
enum exit_code run_check(const struct command_line *line);
enum exit_code run_update(const struct command_line *line);
enum exit_code run_rotate(const struct command_line *line);
enum exit_code run_suspend(const struct command_line *line);
enum exit_code run_resume(const struct command_line *line);
enum exit_code run_revoke(const struct command_line *line);
enum exit_code run_revoke_texts(const struct command_line *line);
enum exit_code run_unrevoke(const struct command_line *line);
enum exit_code run_policy(const struct command_line *line);
enum exit_code run_policy_set(const struct command_line *line);
enum exit_code run_block(const struct command_line *line);
enum exit_code run_unblock(const struct command_line *line);
enum exit_code run_purge(const struct command_line *line);

#endif
