/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "command.h"

#define STORE_AND_KEYS (OPTION_BIT(OPTION_STORE) | OPTION_BIT(OPTION_KEYS))
#define OWNED (STORE_AND_KEYS | OPTION_BIT(OPTION_OWNER))
#define DESCRIBED                                                                            \
    (OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_DESCRIPTION) | OPTION_BIT(OPTION_EXPIRES) | \
     OPTION_BIT(OPTION_INTERFACES) | OPTION_BIT(OPTION_NETWORKS) | OPTION_BIT(OPTION_DATA))

#define FILTERS                                                             \
    (OPTION_BIT(OPTION_STATE) | OPTION_BIT(OPTION_EXPIRES_WITHIN) |         \
     OPTION_BIT(OPTION_UNUSED_FOR) | OPTION_BIT(OPTION_NEVER_USED) |        \
     OPTION_BIT(OPTION_NEVER_EXPIRES) | OPTION_BIT(OPTION_OUTSIDE_POLICY) | \
     OPTION_BIT(OPTION_NAME_CONTAINS) | OPTION_BIT(OPTION_OWNER_PREFIX))

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
        .name = "keys retire",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = STORE_AND_KEYS,
        .run = run_keys_retire,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_END_TOKENS) | OPTION_BIT(OPTION_REASON_CODE) |
                   OPTION_BIT(OPTION_ACTOR),
        .summary = "leave a key behind in a store, for good",
        .notes =
            "First activate another key and let every program load it. While live tokens need "
            "the key it says\n"
            "how many and exits with 1; with --end-tokens it revokes them. If it fails, repeat "
            "it. Then let every\n"
            "program load the keyring again. It needs a full keyring.",
    },
    {
        .name = "keys remove",
        .operands = "FILE ID",
        .operands_min = 2,
        .operands_max = 2,
        .run = run_keys_remove,
        .summary = "remove a key from a keyring, after it was retired in every store",
        .notes = "A store in which it is not retired cannot be opened without it. The active key "
                 "and the newest one\nstay.",
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
        .options = OWNED | DESCRIBED | OPTION_BIT(OPTION_BATCH) | OPTION_BIT(OPTION_ACTOR),
        .sole = OPTION_BIT(OPTION_BATCH),
        .summary = "create a token and print only the token on standard output",
        .notes = "Unless you or the policy say otherwise, it is valid without end, at all "
                 "interfaces and from any\nnetwork.\n"
                 "With --batch it reads lines of JSON with the keys owner, name, description, "
                 "expires, interfaces,\n"
                 "networks and data, creates a token for each line or none at all, and prints "
                 "lines of JSON with\n"
                 "the keys id and token, in the same order.",
    },
    {
        .name = "list",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_list,
        .options = OWNED | FILTERS | OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_JSON),
        .summary = "list the tokens of an owner, or of all owners",
        .notes = "Give --owner or --all. Of several conditions all must hold. --expires-within "
                 "includes what has expired\n"
                 "already: add --state valid for what is going to.",
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
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_INTERFACE) | OPTION_BIT(OPTION_PEER),
        .run = run_check,
        .summary = "check whether a token, read from standard input, is valid now",
        .notes =
            "Exits with 0 if it is valid, 1 if not. On a terminal it prompts for the token and "
            "does not show it.\n"
            "A token that is restricted to interfaces or networks is valid only with --interface "
            "or --peer.",
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
        .name = "update",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_update,
        .options = OWNED | DESCRIBED | OPTION_BIT(OPTION_END_OLD) | OPTION_BIT(OPTION_REVIVE) |
                   OPTION_BIT(OPTION_REVISION) | OPTION_BIT(OPTION_ACTOR),
        .summary = "change a token; what is not given stays as it is",
        .notes = "An empty --description or --data removes it. Exits with 1 if the token is "
                 "revoked, or at another revision.",
    },
    {
        .name = "rotate",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_rotate,
        .options = OWNED | OPTION_BIT(OPTION_GRACE) | OPTION_BIT(OPTION_KEEP_OLD) |
                   OPTION_BIT(OPTION_DROP_OLD) | OPTION_BIT(OPTION_EXPIRES) |
                   OPTION_BIT(OPTION_ACTOR),
        .summary = "give a token a new secret, and print only the new token on standard output",
        .notes = "The secret that is replaced remains valid for the grace. Only one such secret "
                 "can be valid: meanwhile\n"
                 "another rotate with a grace exits with 1 unless --keep-old or --drop-old is "
                 "given.",
    },
    {
        .name = "suspend",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_suspend,
        .options = OWNED | OPTION_BIT(OPTION_ACTOR),
        .summary = "deny a token until it is resumed",
    },
    {
        .name = "resume",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_resume,
        .options = OWNED | OPTION_BIT(OPTION_ACTOR),
        .summary = "end the suspension of a token",
    },
    {
        .name = "revoke",
        .operands = "ID",
        .operands_max = 1,
        .required = OWNED,
        .run = run_revoke,
        .options = OWNED | OPTION_BIT(OPTION_ALL) | OPTION_BIT(OPTION_EXCEPT) |
                   OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_REASON_CODE) |
                   OPTION_BIT(OPTION_FINAL) | OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_ACTOR) |
                   OPTION_BIT(OPTION_TEXTS),
        .sole = OPTION_BIT(OPTION_TEXTS),
        .beside_sole =
            OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_REASON_CODE) | OPTION_BIT(OPTION_FINAL),
        .summary = "revoke a token permanently, all tokens of an owner, or tokens by their texts",
        .notes =
            "Give ID or --all. On a terminal it asks for confirmation unless --yes is given.\n"
            "With --texts it reads texts that have leaked, one a line, and prints a JSON "
            "object for each: its line,\nid and owner of the token, and what has ended "
            "(token, already, older-secret, nothing); never a text.\nThe reason code is then "
            "exposed unless another one is given. It exits with 1 if a text is no secret of\na "
            "token of the store, and needs a full keyring.",
    },
    {
        .name = "unrevoke",
        .operands = "ID",
        .operands_min = 1,
        .operands_max = 1,
        .required = OWNED,
        .run = run_unrevoke,
        .options = OWNED | OPTION_BIT(OPTION_ACTOR),
        .summary = "undo the revoke of a token, as long as the policy allows it",
        .notes = "Exits with 1 if it is too late, or the revocation was final or for the reason "
                 "exposed. It needs a full\nkeyring.",
    },
    {
        .name = "block",
        .operands = "",
        .required = OWNED,
        .run = run_block,
        .options = OWNED | OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_ACTOR),
        .summary = "deny all tokens of an owner, also new ones, until it is unblocked",
        .notes = "The tokens stay as they are. Repeat it if it fails. It needs a full keyring.",
    },
    {
        .name = "unblock",
        .operands = "",
        .required = OWNED,
        .run = run_unblock,
        .options = OWNED | OPTION_BIT(OPTION_REASON) | OPTION_BIT(OPTION_ACTOR),
        .summary = "end the block of an owner",
        .notes = "Tokens that are suspended, revoked or expired remain so. Repeat it if it fails. "
                 "It needs a full\nkeyring.",
    },
    {
        .name = "purge",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_purge,
        .options = OWNED | OPTION_BIT(OPTION_ENDED_BEFORE) | OPTION_BIT(OPTION_AS_ACTOR) |
                   OPTION_BIT(OPTION_YES) | OPTION_BIT(OPTION_ACTOR),
        .summary = "remove tokens that ended before a time, or all that is known of an owner",
        .notes = "Without --yes it only says how many, and exits with 1. Give --ended-before or "
                 "--owner. It keeps what\n"
                 "'unrevoke' can still bring back, what only a newer version understands, and ids "
                 "from the future.\n"
                 "With --owner it also removes valid tokens, the block of the owner and the texts "
                 "of the audit about\n"
                 "the owner. Repeat it if it fails. It needs a full keyring.",
    },
    {
        .name = "log",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_log,
        .options = OWNED | OPTION_BIT(OPTION_ID) | OPTION_BIT(OPTION_SINCE) |
                   OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_FOLLOW),
        .summary = "print who changed what and when, oldest first",
        .notes = "Without --owner it prints the changes of all owners, and needs a full keyring.",
    },
    {
        .name = "policy",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_policy,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_JSON),
        .summary = "print what the store allows",
        .notes = "To change it: 'apitoken help policy set'.",
    },
    {
        .name = "policy set",
        .operands = "KEY=VALUE...",
        .operands_min = 1,
        .operands_max = OPERANDS_MAX,
        .required = STORE_AND_KEYS,
        .run = run_policy_set,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_REVISION) | OPTION_BIT(OPTION_ACTOR),
        .summary = "change what the store allows; what is not given stays as it is",
        .notes = "max-lifetime=TIME    from the newest secret to the end of a token\n"
                 "never=WORD           allowed or forbidden: tokens that never expire\n"
                 "default-expiry=TIME  of a token that is created without --expires\n"
                 "max-live=NUMBER      of tokens of an owner that are neither revoked nor expired\n"
                 "undo=TIME            for how long a revoke can be undone; at most 30d\n"
                 "max-grace=TIME       of the secret that a rotate replaces; at most 30d\n"
                 "audit-retention=TIME for how long the audit is kept\n"
                 "TIME is 0, or a number with s, m, h or d such as 12h. All but never, undo and "
                 "max-grace may be\n"
                 "none: no limit. A stricter policy ends no token: see 'list --outside-policy'. It "
                 "needs a full keyring.",
    },
    {
        .name = "stat",
        .operands = "",
        .required = STORE_AND_KEYS,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_COUNTERS) | OPTION_BIT(OPTION_JSON),
        .run = run_stat,
        .summary = "print information about the store",
        .notes = "With --counters it prints what a handle counts, by its names in the library. The "
                 "numbers are those of\nthis program, which has done nothing yet: a host asks its "
                 "own handle. --json needs --counters.",
    },
    {
        .name = "grow",
        .operands = "",
        .required = STORE_AND_KEYS | OPTION_BIT(OPTION_MAP_SIZE),
        .run = run_grow,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_MAP_SIZE) | OPTION_BIT(OPTION_ACTOR),
        .summary = "set the maximum size of the store, which programs may have open",
        .notes =
            "Beyond 16 times the size that it was made with (or 1G, if that is more) no program "
            "may have it open.",
    },
    {
        .name = "fsck",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_fsck,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_ACCEPT_ROLLBACK) | OPTION_BIT(OPTION_ACTOR),
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
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_REVOKE_ALL) | OPTION_BIT(OPTION_ACCEPT_LOST) |
                   OPTION_BIT(OPTION_ACTOR),
        .summary = "replace the store by the backup DIR; no program may have the store open",
        .notes = "What was denied since the backup stays denied. If the current store cannot prove "
                 "what that is,\n"
                 "nothing changes unless --revoke-all or --accept-lost-revocations is given.",
    },
    {
        .name = "compact",
        .operands = "",
        .required = STORE_AND_KEYS,
        .run = run_compact,
        .options = STORE_AND_KEYS | OPTION_BIT(OPTION_ACTOR),
        .summary = "write the store anew without what was changed or erased before",
        .notes = "No program may have the store open, and the disk needs room for a second copy. "
                 "The old files are\noverwritten and removed. It needs a full keyring.",
    },
    {
        .name = "help",
        .operands = "COMMAND",
        .operands_max = COMMAND_WORDS_MAX,
        .run = run_help,
        .summary = "show help for all commands or for one",
    },
};

const int command_count = (int)(sizeof commands / sizeof *commands);

const struct command *command_find(const char *const *words, int count, int *ret_used) {
    const struct command *found = NULL;
    char two[64];
    if (count == 0) return NULL;
    (void)snprintf(two, sizeof two, "%.30s %.30s", words[0], count > 1 ? words[1] : "");
    for (int i = 0; i < command_count; i++) {
        const int used = strchr(commands[i].name, ' ') ? 2 : 1;
        if (strcmp(commands[i].name, used == 2 ? two : words[0]) != 0) continue;
        if (found && used < *ret_used) continue;
        found = &commands[i];
        *ret_used = used;
    }
    return found;
}
