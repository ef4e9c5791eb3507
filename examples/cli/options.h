/* SPDX-License-Identifier: MIT */
/* The command line: the command, its options and its operands. */
#ifndef APITOKEN_TOOL_OPTIONS_H
#define APITOKEN_TOOL_OPTIONS_H

#include <stdint.h>

#include "exit_code.h"

enum option_id {
    OPTION_STORE,
    OPTION_KEYS,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_OWNER,
    OPTION_NAME,
    OPTION_DESCRIPTION,
    OPTION_EXPIRES,
    OPTION_BATCH,
    OPTION_STATE,
    OPTION_JSON,
    OPTION_FORMAT,
    OPTION_REASON,
    OPTION_YES,
    OPTION_PREFIX,
    OPTION_COPY,
    OPTION_ZONE,
    OPTION_MAP_SIZE,
    OPTION_GROUP,
    OPTION_ACCEPT_ROLLBACK,
    OPTION_REVOKE_ALL,
    OPTION_ACCEPT_LOST,
    OPTION_COUNT
};

#define OPTION_BIT(id) (UINT32_C(1) << (id))

/* The form of an option, for the parser and for the help. */
struct option_form {
    const char *name;
    char letter;       /* 0 = long form only */
    const char *value; /* the name of its value; NULL = it takes none */
    const char *help;
};

extern const struct option_form option_forms[OPTION_COUNT];

#define OPERANDS_MAX 2

struct command;

struct command_line {
    const struct command *command;
    const char *value[OPTION_COUNT]; /* NULL = not given; "" if the option takes no value */
    const char *operands[OPERANDS_MAX];
    int operand_count;
};

/* Length of an option's value, 0 if it was not given. Linux limits an argument to 128 KiB. */
uint32_t option_len(const struct command_line *line, enum option_id id);

/* Reads the arguments and the environment. Returns EXIT_USAGE after reporting an error. */
enum exit_code options_read(int argc, char **argv, struct command_line *ret_line);

#endif
