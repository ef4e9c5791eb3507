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
    OPTION_ANY_FS,
    OPTION_OWNER,
    OPTION_ALL,
    OPTION_EXCEPT,
    OPTION_TEXTS,
    OPTION_NAME,
    OPTION_DESCRIPTION,
    OPTION_EXPIRES,
    OPTION_INTERFACES,
    OPTION_NETWORKS,
    OPTION_DATA,
    OPTION_END_OLD,
    OPTION_REVIVE,
    OPTION_REVISION,
    OPTION_BATCH,
    OPTION_STATE,
    OPTION_EXPIRES_WITHIN,
    OPTION_UNUSED_FOR,
    OPTION_NEVER_USED,
    OPTION_NEVER_EXPIRES,
    OPTION_OUTSIDE_POLICY,
    OPTION_NAME_CONTAINS,
    OPTION_OWNER_PREFIX,
    OPTION_JSON,
    OPTION_FORMAT,
    OPTION_INTERFACE,
    OPTION_PEER,
    OPTION_GRACE,
    OPTION_KEEP_OLD,
    OPTION_DROP_OLD,
    OPTION_REASON,
    OPTION_REASON_CODE,
    OPTION_FINAL,
    OPTION_END_TOKENS,
    OPTION_YES,
    OPTION_ID,
    OPTION_SINCE,
    OPTION_FOLLOW,
    OPTION_ENDED_BEFORE,
    OPTION_AS_ACTOR,
    OPTION_ACTOR,
    OPTION_PREFIX,
    OPTION_COPY,
    OPTION_ZONE,
    OPTION_MAP_SIZE,
    OPTION_COUNTERS,
    OPTION_GROUP,
    OPTION_ACCEPT_ROLLBACK,
    OPTION_REVOKE_ALL,
    OPTION_ACCEPT_LOST,
    OPTION_COUNT
};

#define OPTION_BIT(id) (UINT64_C(1) << (id))

/* The form of an option, for the parser and for the help. */
struct option_form {
    const char *name;
    char letter;       /* 0 = long form only */
    const char *value; /* the name of its value; NULL = it takes none */
    const char *help;
};

extern const struct option_form option_forms[OPTION_COUNT];

#define OPERANDS_MAX 7 /* every value of the policy */

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
