/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "command.h"

#define STORE_AND_KEYS (OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS))
#define OWNED (STORE_AND_KEYS | OPTION_BIT(OPTION_OWNER))

const struct command commands[] = {
    {
        .name = "keys create",
        .operands = "FILE",
        .operands_min = 1,
        .operands_max = 1,
        .run = run_keys_create,
        .summary = "create a keyring file with one key",
        .notes = "The file gets mode 0600. Without it the tokens of the store are useless: keep a "
                 "copy in a safe place.",
    },
    {
        .name = "keys export-verify",
        .operands = "FILE OUT",
        .operands_min = 2,
        .operands_max = 2,
        .run = run_keys_export_verify,
        .summary = "export the verify-only part of a keyring to a new file",
        .notes =
            "A program with OUT can check and list tokens, but not create, copy or revoke them.",
    },
    {
        .name = "keys add",
        .operands = "FILE",
        .operands_min = 1,
        .operands_max = 1,
        .run = run_keys_add,
        .summary = "add a key to a keyring and print its id; new tokens do not use it yet",
        .notes =
            "Next, let every program load the keyring (export it again for verify-only programs), "
            "then activate the key.",
    },
    {
        .name = "keys activate",
        .operands = "FILE ID",
        .operands_min = 2,
        .operands_max = 2,
        .run = run_keys_activate,
        .summary = "use this key for new tokens from now on",
    },
    {
        .name = "keys list",
        .operands = "FILE",
        .operands_min = 1,
        .operands_max = 1,
        .run = run_keys_list,
        .summary = "list the keys of a keyring: id, fingerprint, active, kind",
    },
    {
        .name = "init",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_init,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_PREFIX) | OPTION_BIT(OPTION_COPY) |
                   OPTION_BIT(OPTION_ZONE) | OPTION_BIT(OPTION_MAP_SIZE) | OPTION_BIT(OPTION_GROUP),
        .summary = "create a store",
    },
    {
        .name = "create",
        .operands = "",
        .required = OWNED | OPTION_BIT(OPTION_NAME),
        .run = run_create,
        .options = OWNED | OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_DESCRIPTION) |
                   OPTION_BIT(OPTION_EXPIRES) | OPTION_BIT(OPTION_BATCH),
        .sole = OPTION_BIT(OPTION_BATCH),
        .summary = "create a token and print only the token on standard output",
        .notes = "With --batch it reads lines of JSON with the keys owner, name, description and "
                 "expires, creates a\n"
                 "token for each line or none at all, and prints lines of JSON with the keys id "
                 "and token, in the\n"
                 "same order.",
    },
    {
        .name = "list",
        .operands = "",
        .required = OWNED,
        .run = run_list,
        .options = OWNED | OPTION_BIT(OPTION_STATE) | OPTION_BIT(OPTION_JSON),
        .summary = "list an owner's tokens",
    },
    {
        .name = "show",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_show,
        .options = OWNED | OPTION_BIT(OPTION_JSON),
        .summary = "show one token of an owner",
    },
    {
        .name = "check",
        .operands = "",
        .required = STORE_AND_KEYS,
        .options = STORE_AND_KEYS,
        .run = run_check,
        .summary = "check whether a token, read from standard input, is valid now",
        .notes =
            "Exits with 0 if it is valid, 1 if not. On a terminal it prompts for the token and "
            "does not show it.",
    },
    {
        .name = "copy",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_copy,
        .options = OWNED | OPTION_BIT(OPTION_FORMAT),
        .summary = "print a token again; the store must have been created with --copy always",
    },
    {
        .name = "revoke",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_revoke,
        .options = OWNED | OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_YES),
        .summary = "revoke a token permanently",
        .notes = "On a terminal it asks for confirmation unless --yes is given.",
    },
    {
        .name = "stat",
        .operands = "",
        .required = STORE_AND_KEYS,
        .options = STORE_AND_KEYS,
        .run = run_stat,
        .summary = "print information about the store",
    },
    {
        .name = "grow",
        .operands = "",
        .required = STORE_AND_KEYS | OPTION_BIT(OPTION_MAP_SIZE),
        .run = run_grow,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_MAP_SIZE),
        .summary = "raise the maximum size of the store; no program may have it open",
    },
    {
        .name = "fsck",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_fsck,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_ACCEPT_ROLLBACK),
        .summary = "check the store and print its faults",
        .notes = "Exits with 1 if something is wrong. It changes nothing unless --accept-rollback "
                 "is given.",
    },
    {
        .name = "backup",
        .operands = "DIR",
        .operands_min = 1,
        .operands_max = 1,
        .required = STORE_AND_KEYS,
        .run = run_backup,
        .options = STORE_AND_KEYS,
        .summary = "copy the store to the new directory DIR while programs continue to use it",
        .notes = "The backup does not contain the keyring: keep that somewhere else.",
    },
    {
        .name = "restore",
        .operands = "DIR",
        .operands_min = 1,
        .operands_max = 1,
        .required = STORE_AND_KEYS,
        .run = run_restore,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_REVOKE_ALL) | OPTION_BIT(OPTION_ACCEPT_LOST),
        .summary = "replace the store by the backup DIR; no program may have the store open",
        .notes = "Tokens revoked since the backup stay revoked. If the current store cannot prove "
                 "which those are,\n"
                 "nothing changes unless --revoke-all or --accept-lost-revocations is given.",
    },
    {
        .name = "help",
        .operands = "COMMAND",
        .operands_max = OPERANDS_MAX,
        .run = run_help,
        .summary = "show help for all commands or for one",
    },
};

const int command_count = (int)(sizeof commands / sizeof *commands);

const struct command *command_find(const char *const *words, int count, int *ret_used) {
    char two[64];
    if (count == 0) return NULL;
    (void)snprintf(two, sizeof two, "%.30s %.30s", words[0], count > 1 ? words[1] : "");
    for (int i = 0; i < command_count; i++) {
        *ret_used = strchr(commands[i].name, ' ') ? 2 : 1;
        if (strcmp(commands[i].name, *ret_used == 2 ? two : words[0]) == 0) return &commands[i];
    }
    return NULL;
}
