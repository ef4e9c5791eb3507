/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "http/access.h"
#include "http_listen.h"

#define PROGRAM "tax-administration"
#define DEFAULT_PORT 8080
#define DEFAULT_IDLE (30 * 60)
#define DEFAULT_LIFETIME (12 * 60 * 60)
#define LONGEST_SESSION (365 * 24 * 60 * 60)

static const char usage[] =
    "usage: tax-administration --store DIR --keys FILE --data DIR [--port N] [--bind ADDR] "
    "[--origin URL] [--hub-url URL]\n"
    "                          [--idle SECONDS] [--lifetime SECONDS] [--admin NAME]...\n"
    "       tax-administration user add|list|passwd|block|unblock|remove [NAME] --data DIR    "
    "(user --help)\n"
    "\n"
    "Serves the web page on which users create, copy and revoke their API tokens.\n"
    "\n"
    "  --store DIR         the token store\n"
    "  --keys FILE         its full keyring\n"
    "  --data DIR          the directory of the accounts; created if it is missing, closed to "
    "others\n"
    "  --port N            TCP port; 0 picks a free one (default 8080)\n"
    "  --bind ADDR         numeric IPv4 or IPv6 address (127.0.0.1); for any other, put a TLS "
    "proxy in front\n"
    "  --origin URL        the origin that browsers see, such as https://tax.example; needed "
    "behind a proxy\n"
    "                      and for any name but localhost\n"
    "  --trust-proxy ADDR[,ADDR]  proxies whose Forwarded and X-Forwarded-For say who the client "
    "is\n"
    "  --hub-url URL       the Tax Data Hub as users reach it, such as https://hub.example; the "
    "page shows it\n"
    "  --idle SECONDS      ends a session after this long without a request (1800)\n"
    "  --lifetime SECONDS  ends a session after this long in any case (43200)\n"
    "  --admin NAME        the account of an administrator, who lists and revokes the tokens of "
    "all\n"
    "                      accounts and reads the audit; may be given several times\n"
    "  --help, --version\n"
    "\n"
    "SIGTERM lets running requests finish, SIGHUP loads the keyring again.\n"
    "Exit status: 0 done, 1 network error, 2 wrong usage, 3 unusable stores or keys.\n";

enum { OPT_ORIGIN = HTTP_OPT_OWN, OPT_HUB_URL, OPT_IDLE, OPT_LIFETIME, OPT_ADMIN };

static const struct option table[] = {
    HTTP_OPTIONS,
    { "origin", required_argument, NULL, OPT_ORIGIN },
    { "hub-url", required_argument, NULL, OPT_HUB_URL },
    { "idle", required_argument, NULL, OPT_IDLE },
    { "lifetime", required_argument, NULL, OPT_LIFETIME },
    { "admin", required_argument, NULL, OPT_ADMIN },
    { NULL, 0, NULL, 0 },
};

static bool check_origin(const char *option, const char *text) {
    if (origin_is_valid(text)) return true;
    fprintf(stderr,
            "tax-administration: %s must be http:// or https://, a host in lower case "
            "and, unless it is the default, a port; without a path\n",
            option);
    return false;
}

static bool add_admin(struct options *options) {
    if (!login_name_is_valid(optarg, strlen(optarg))) {
        fprintf(stderr, "tax-administration: --admin must be the name of an account: 1 to 64 of "
                        "a-z A-Z 0-9 . _ - @, starting with a letter or digit\n");
        return false;
    }
    if (options->admin_count == ADMINS_MAX) {
        fprintf(stderr, "tax-administration: at most %d times --admin\n", ADMINS_MAX);
        return false;
    }
    options->admins[options->admin_count++] = optarg;
    return true;
}

static bool read_option(int option, void *ctx) {
    struct options *options = ctx;
    switch (option) {
    case OPT_ORIGIN: options->origin = optarg; return check_origin("--origin", optarg);
    case OPT_HUB_URL: options->hub_url = optarg; return check_origin("--hub-url", optarg);
    case OPT_IDLE:
        return http_option_number(PROGRAM, "--idle", 1, LONGEST_SESSION, &options->idle_s);
    case OPT_LIFETIME:
        return http_option_number(PROGRAM, "--lifetime", 1, LONGEST_SESSION, &options->lifetime_s);
    case OPT_ADMIN: return add_admin(options);
    default: return false;
    }
}

int options_parse(int argc, char **argv, struct options *ret) {
    struct options options = { .http = { .bind = HTTP_LOOPBACK, .port = DEFAULT_PORT },
                               .idle_s = DEFAULT_IDLE,
                               .lifetime_s = DEFAULT_LIFETIME };
    const struct http_program program = { PROGRAM, usage,       apitoken_version_string(),
                                          table,   read_option, &options };
    int code = http_options_parse(argc, argv, &program, &options.http);
    if (code < 0) *ret = options;
    return code;
}
