/* SPDX-License-Identifier: MIT */
#include "user/user_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "exit_code.h"

static const char usage[] =
    "usage: tax-administration user add NAME --data DIR\n"
    "       tax-administration user list --data DIR [--json]\n"
    "       tax-administration user passwd NAME --data DIR\n"
    "       tax-administration user block NAME --data DIR [--store DIR --keys FILE]\n"
    "       tax-administration user unblock NAME --data DIR [--store DIR --keys FILE]\n"
    "       tax-administration user remove NAME --data DIR [--store DIR --keys FILE]\n"
    "\n"
    "Manages the accounts of the Tax Administration, which may be running.\n"
    "\n"
    "  add               creates an account; reads its password from standard input\n"
    "  list              prints the name and creation time of each account\n"
    "  passwd            reads a new password from standard input and ends the account's sessions\n"
    "  block             ends the account's sessions, refuses its sign-ins and denies its tokens\n"
    "  unblock           undoes that: the tokens are what they were\n"
    "  remove            revokes the account's tokens, then deletes it; repeat it if it was "
    "interrupted\n"
    "\n"
    "  --data DIR        the directory of the accounts; add creates it if it is missing\n"
    "  --json            print one JSON object per line\n"
    "  --store DIR       the token store, if it has moved since the host last started\n"
    "  --keys FILE       its full keyring\n"
    "  --help\n"
    "\n"
    "NAME is 1 to 64 of a-z A-Z 0-9 . _ - @ and starts with a letter or digit.\n"
    "Exit status: 0 done, 1 refused (name taken, no such user, password not acceptable),\n"
    "2 wrong usage, 3 unusable stores or keys.\n";

enum { OPT_DATA = 1, OPT_JSON, OPT_STORE, OPT_KEYS, OPT_HELP };

static const struct option table[] = {
    { "data", required_argument, NULL, OPT_DATA },   { "json", no_argument, NULL, OPT_JSON },
    { "store", required_argument, NULL, OPT_STORE }, { "keys", required_argument, NULL, OPT_KEYS },
    { "help", no_argument, NULL, OPT_HELP },         { NULL, 0, NULL, 0 },
};

static const char *const verbs[] = {
    [USER_ADD] = "add",     [USER_LIST] = "list",       [USER_PASSWD] = "passwd",
    [USER_BLOCK] = "block", [USER_UNBLOCK] = "unblock", [USER_REMOVE] = "remove"
};

static bool report_usage(const char *text) {
    fprintf(stderr, "tax-administration: user: %s. See --help\n", text);
    return false;
}

static bool read_option(int option, struct user_options *options) {
    switch (option) {
    case OPT_DATA: options->data = optarg; return true;
    case OPT_JSON: options->json = true; return true;
    case OPT_STORE: options->store = optarg; return true;
    case OPT_KEYS: options->keys = optarg; return true;
    default: return false; /* getopt_long() has printed the error */
    }
}

static bool read_verb(const char *word, struct user_options *options) {
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
        if (strcmp(word, verbs[i]) != 0) continue;
        options->verb = (enum user_verb)i;
        return true;
    }
    return report_usage("unknown command; use add, list, passwd, block, unblock or remove");
}

static bool read_operands(int count, char **operands, struct user_options *options) {
    if (count == 0)
        return report_usage("missing command: add, list, passwd, block, unblock or remove");
    if (!read_verb(operands[0], options)) return false;
    int due = options->verb == USER_LIST ? 1 : 2;
    if (count > due)
        return report_usage(due == 1 ? "list takes no name" : "give one name at a time");
    if (count < due) return report_usage("missing name");
    options->name = due == 2 ? operands[1] : NULL;
    if (options->name && !login_name_is_valid(options->name, strlen(options->name)))
        return report_usage(
            "a name is 1 to 64 of a-z A-Z 0-9 . _ - @ and starts with a letter or digit");
    return true;
}

static bool check_options(const struct user_options *options) {
    if (!options->data || !*options->data) return report_usage("missing --data");
    if (options->json && options->verb != USER_LIST) return report_usage("--json is for list");
    if (!options->store && !options->keys) return true;
    if (options->verb < USER_BLOCK)
        return report_usage("--store and --keys are for block, unblock and remove");
    if (!options->store || !*options->store || !options->keys || !*options->keys)
        return report_usage("--store and --keys go together");
    return true;
}

int user_options_parse(int argc, char **argv, struct user_options *ret_options) {
    /* getopt_long() starts its messages with this. */
    static char program[] = "tax-administration: user";
    struct user_options options = { .verb = USER_LIST };
    int option;
    argv[0] = program;
    optind = 0; /* start over, even if something was parsed before */
    while ((option = getopt_long(argc, argv, "", table, NULL)) != -1) {
        if (option == OPT_HELP)
            return fputs(usage, stdout) < 0 || fflush(stdout) != 0 ? EXIT_STORES : EXIT_DONE;
        if (!read_option(option, &options)) return EXIT_USAGE;
    }
    if (!read_operands(argc - optind, argv + optind, &options) || !check_options(&options))
        return EXIT_USAGE;
    *ret_options = options;
    return -1;
}
