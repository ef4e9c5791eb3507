/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "report.h"

/* getopt_long() returns LONG_BASE + id for a long option, the letter for a short one */
#define LONG_BASE 256
#define WORDS_MAX (COMMAND_WORDS_MAX + OPERANDS_MAX)

const struct option_form option_forms[OPTION_COUNT] = {
    [OPTION_STORE] = { "store", 's', "DIR", "directory of the store (default: $APITOKEN_STORE)" },
    [OPTION_KEYS] = { "keys", 'k', "FILE", "keyring file (default: $APITOKEN_KEYS)" },
    [OPTION_HELP] = { "help", 'h', NULL, "print help and exit" },
    [OPTION_VERSION] = { "version", 'V', NULL, "print the version and exit" },
    [OPTION_ANY_FS] = { "any-filesystem", 0, NULL,
                        "use a file system that stores are not tested on; a full disk may end "
                        "programs there" },
    [OPTION_OWNER] = { "owner", 0, "OWNER", "the owner of the tokens" },
    [OPTION_ALL] = { "all", 0, NULL,
                     "list: the tokens of all owners, which needs a full keyring; revoke: all "
                     "tokens of the owner" },
    [OPTION_TEXTS] = { "texts", 0, NULL, "the tokens whose texts standard input has, one a line" },
    [OPTION_EXCEPT] = { "except", 0, "ID", "with --all: the token to leave as it is" },
    [OPTION_NAME] = { "name", 0, "NAME", "name of the token" },
    [OPTION_DESCRIPTION] = { "description", 0, "TEXT", "what the token is for" },
    [OPTION_EXPIRES] = { "expires", 0, "WHEN",
                         "YYYY-MM-DD (last valid day), an RFC 3339 instant, 90d, or never" },
    [OPTION_INTERFACES] = { "interfaces", 0, "LIST",
                            "the interfaces at which it is valid, with commas between them, or "
                            "all" },
    [OPTION_NETWORKS] = { "networks", 0, "LIST",
                          "the networks from which it is valid, such as 10.0.0.0/8,2001:db8::/32, "
                          "or any" },
    [OPTION_DATA] = { "data", 0, "TEXT",
                      "up to 128 bytes for the programs that check it; never a secret" },
    [OPTION_END_OLD] = { "end-old", 0, NULL, "end the older secret now, if there is one" },
    [OPTION_REVIVE] = { "revive", 0, NULL, "give a later end to a token that has expired" },
    [OPTION_REVISION] = { "revision", 0, "N",
                          "change nothing unless the token, or the policy, is at this revision" },
    [OPTION_BATCH] = { "batch", 0, NULL,
                       "read the tokens to create from standard input, one JSON object per line" },
    [OPTION_STATE] = { "state", 0, "STATE",
                       "all (default), valid, expired, revoked, suspended, blocked or newer" },
    [OPTION_EXPIRES_WITHIN] = { "expires-within", 0, "DURATION",
                                "only tokens that have expired by then, such as 0, 12h or 30d "
                                "from now" },
    [OPTION_UNUSED_FOR] = { "unused-for", 0, "DURATION",
                            "only tokens that are older and were not used for so long" },
    [OPTION_NEVER_USED] = { "never-used", 0, NULL, "only tokens that were never used" },
    [OPTION_NEVER_EXPIRES] = { "never-expires", 0, NULL, "only tokens without an expiry" },
    [OPTION_OUTSIDE_POLICY] = { "outside-policy", 0, NULL,
                                "only tokens that the policy does not allow any more" },
    [OPTION_NAME_CONTAINS] = { "name-contains", 0, "TEXT",
                               "only tokens with this text in their name; A-Z as a-z" },
    [OPTION_OWNER_PREFIX] = { "owner-prefix", 0, "TEXT",
                              "only owners whose name begins with this text" },
    [OPTION_JSON] = { "json", 0, NULL, "print one JSON object per line instead of a table" },
    [OPTION_FORMAT] = { "format", 0, "FORMAT",
                        "plain (default), bearer, header, env, curl or masked" },
    [OPTION_INTERFACE] = { "interface", 0, "INTERFACE", "the interface that a request is for" },
    [OPTION_PEER] = { "peer", 0, "ADDRESS", "the IPv4 or IPv6 address that a request comes from" },
    [OPTION_GRACE] = { "grace", 0, "DURATION",
                       "how long the secret that is replaced remains valid: 0, 90s, 15m, 1h "
                       "(default, or less by the policy), up to 30d" },
    [OPTION_KEEP_OLD] = { "keep-old", 0, NULL,
                          "the newest secret was lost: end it, and keep the older one as it is" },
    [OPTION_DROP_OLD] = { "drop-old", 0, NULL, "end the older secret, if one is still valid" },
    [OPTION_REASON] = { "reason", 0, "TEXT", "why, for people; a token keeps the first reason" },
    [OPTION_REASON_CODE] = { "reason-code", 0, "CODE", "exposed, superseded, owner-gone or admin" },
    [OPTION_FINAL] = { "final", 0, NULL, "the revocation can never be undone" },
    [OPTION_END_TOKENS] = { "end-tokens", 0, NULL, "end the tokens that need the key" },
    [OPTION_YES] = { "yes", 0, NULL,
                     "do not ask for confirmation; purge: remove, do not only count" },
    [OPTION_ID] = { "id", 0, "ID", "only what was done to this token" },
    [OPTION_SINCE] = { "since", 0, "WHEN",
                       "only what was done since then: a day (from 00:00 UTC), a date and time, or "
                       "a duration such as 12h" },
    [OPTION_FOLLOW] = { "follow", 0, NULL, "go on with what is done from now on, until a signal" },
    [OPTION_ENDED_BEFORE] = { "ended-before", 0, "WHEN",
                              "tokens that were revoked or expired by then: a day (from 00:00 "
                              "UTC), a date and time, or a duration such as 400d" },
    [OPTION_AS_ACTOR] = { "as-actor", 0, NULL,
                          "with --owner: also audit texts of what the owner did to others" },
    [OPTION_ACTOR] = { "actor", 0, "ACTOR",
                       "who makes the change (default: tool: and your login name)" },
    [OPTION_PREFIX] = { "prefix", 0, "PREFIX",
                        "the first characters of every token (default tdh)" },
    [OPTION_COPY] = { "copy", 0, "POLICY", "once (default: only create prints a token) or always" },
    [OPTION_ZONE] = { "zone", 0, "ZONE",
                      "time zone in which expiry days end: UTC (default) or an IANA name" },
    [OPTION_MAP_SIZE] = { "map-size", 0, "SIZE",
                          "maximum size of the store, in bytes or with K, M, G or T" },
    [OPTION_COUNTERS] = { "counters", 0, NULL,
                          "print what this program has counted instead, all of it after its open" },
    [OPTION_GROUP] = { "group", 0, NULL,
                       "all files belong to the group of the directory, whoever creates them "
                       "(mode 2770)" },
    [OPTION_ACCEPT_ROLLBACK] = { "accept-rollback", 0, NULL,
                                 "accept the content of a store that was rolled back" },
    [OPTION_REVOKE_ALL] = { "revoke-all", 0, NULL, "revoke every token of the backup" },
    [OPTION_ACCEPT_LOST] = { "accept-lost-revocations", 0, NULL,
                             "accept that tokens revoked since the backup may be valid again" },
};

/* The arguments that are not options: command and operands. */
struct words {
    const char *at[WORDS_MAX];
    int count; /* of all words given, even if they do not fit */
};

static void add_word(struct words *words, const char *word) {
    if (words->count < WORDS_MAX) words->at[words->count] = word;
    words->count++;
}

static void fill_getopt_table(struct option table[OPTION_COUNT + 1]) {
    memset(table, 0, sizeof(struct option) * (OPTION_COUNT + 1));
    for (int id = 0; id < OPTION_COUNT; id++) {
        table[id].name = option_forms[id].name;
        table[id].has_arg = option_forms[id].value ? required_argument : no_argument;
        table[id].val = LONG_BASE + id;
    }
}

static int option_id_of(int got) {
    if (got >= LONG_BASE) return got - LONG_BASE;
    int id = 0;
    while (id < OPTION_COUNT && option_forms[id].letter != got) id++;
    return id;
}

/* Names the option without its value, which may be a misplaced secret. */
static enum exit_code report_unknown(const char *argument) {
    if (optopt >= LONG_BASE)
        return report_usage("--%s takes no value: remove the text after '='",
                            option_forms[optopt - LONG_BASE].name);
    if (optopt != 0) return report_usage("unknown option -%c: see 'apitoken help'", optopt);
    int len = (int)strcspn(argument, "=");
    return report_usage("unknown or ambiguous option %.*s: see 'apitoken help'", len, argument);
}

static enum exit_code take_option(int id, const char *value, struct command_line *line) {
    const char *name = option_forms[id].name;
    if (line->value[id]) return report_usage("--%s is given twice", name);
    if (value && !*value && id != OPTION_DESCRIPTION && id != OPTION_DATA)
        return report_usage("--%s has an empty value: give one%s", name,
                            id <= OPTION_KEYS ? "" : " or leave the option out");
    line->value[id] = value ? value : "";
    return EXIT_DONE;
}

/*
 * Options may be anywhere. The "-" makes getopt_long() return the other words in order, even if
 * POSIXLY_CORRECT is set.
 */
static enum exit_code read_arguments(int argc, char **argv, struct command_line *line,
                                     struct words *words) {
    struct option table[OPTION_COUNT + 1];
    int got;
    fill_getopt_table(table);
    opterr = 0;
    while ((got = getopt_long(argc, argv, "-:s:k:hV", table, NULL)) != -1) {
        if (got == 1) {
            add_word(words, optarg);
            continue;
        }
        if (got == ':') {
            const struct option_form *form = &option_forms[option_id_of(optopt)];
            return report_usage("--%s needs a value: give --%s %s", form->name, form->name,
                                form->value);
        }
        if (got == '?') return report_unknown(argv[optind - 1]);
        enum exit_code code = take_option(option_id_of(got), optarg, line);
        if (code != EXIT_DONE) return code;
    }
    while (optind < argc) add_word(words, argv[optind++]);
    return EXIT_DONE;
}

/* Does not repeat unexpected words: one of them may be a misplaced token. */
static enum exit_code take_operands(const struct words *words, int used,
                                    struct command_line *line) {
    const struct command *command = line->command;
    int count = words->count - used;
    if (count > command->operands_max || count < command->operands_min) {
        if (command->operands_max == 0)
            return report_usage("'%s' takes options only: see 'apitoken help %s'", command->name,
                                command->name);
        return report_usage("'%s' takes %s%s: see 'apitoken help %s'", command->name,
                            command->operands_min == command->operands_max ? "exactly " : "",
                            command->operands, command->name);
    }
    line->operand_count = count;
    for (int i = 0; i < count; i++) line->operands[i] = words->at[used + i];
    return EXIT_DONE;
}

/* An empty variable counts as unset. */
static void take_variable(const char *name, enum option_id id, struct command_line *line) {
    const char *value = getenv(name);
    if (!line->value[id] && value && *value) line->value[id] = value;
}

static enum exit_code check_options(const struct command_line *line) {
    const struct command *command = line->command;
    uint64_t required = command->required;
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (line->value[id] && !((command->options | OPTIONS_EVERYWHERE) & OPTION_BIT(id)))
            return report_usage("'%s' has no option --%s: see 'apitoken help %s'", command->name,
                                option_forms[id].name, command->name);
        if (!line->value[id] || !(command->sole & OPTION_BIT(id))) continue;
        required &= OPTIONS_EVERYWHERE;
        const uint64_t beside = OPTIONS_BESIDE_SOLE | command->beside_sole;
        for (int other = 0; other < OPTION_COUNT; other++)
            if (line->value[other] && other != id && !(beside & OPTION_BIT(other)))
                return report_usage("--%s cannot be combined with --%s: see 'apitoken help %s'",
                                    option_forms[id].name, option_forms[other].name, command->name);
    }
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (line->value[id] || !(required & OPTION_BIT(id))) continue;
        if (id == OPTION_STORE)
            return report_usage("no store: give --store DIR or set APITOKEN_STORE");
        if (id == OPTION_KEYS)
            return report_usage("no keyring: give --keys FILE or set APITOKEN_KEYS");
        return report_usage("'%s' needs --%s %s", command->name, option_forms[id].name,
                            option_forms[id].value);
    }
    return EXIT_DONE;
}

enum exit_code options_read(int argc, char **argv, struct command_line *ret_line) {
    struct words words = { 0 };
    *ret_line = (struct command_line){ 0 };
    enum exit_code code = read_arguments(argc, argv, ret_line, &words);
    if (code != EXIT_DONE) return code;

    int given = words.count < WORDS_MAX ? words.count : WORDS_MAX, used = 0;
    bool is_help = ret_line->value[OPTION_HELP] || ret_line->value[OPTION_VERSION];
    ret_line->command = command_find(words.at, given, &used);
    if (is_help) return EXIT_DONE;
    if (given == 0) return report_usage("no command: see 'apitoken help'");
    if (!ret_line->command) return report_usage("unknown command: see 'apitoken help'");

    code = take_operands(&words, used, ret_line);
    if (code != EXIT_DONE) return code;
    take_variable("APITOKEN_STORE", OPTION_STORE, ret_line);
    take_variable("APITOKEN_KEYS", OPTION_KEYS, ret_line);
    return check_options(ret_line);
}

uint32_t option_len(const struct command_line *line, enum option_id id) {
    return line->value[id] ? (uint32_t)strlen(line->value[id]) : 0;
}
