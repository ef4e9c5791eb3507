/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "open_store.h"
#include "report.h"
#include "rfc3339.h"
#include "secret_input.h"
#include "secret_prompt.h"
#include "token_hint.h"

/* The longest token, CR LF, and one byte more: a text that fills it is too long to be a token. */
#define TEXT_CAP (APITOKEN_TOKEN_MAX + 3)

static enum exit_code read_token(char *text, size_t *ret_len) {
    int rc = isatty(STDIN_FILENO) ? secret_prompt("Token: ", text, TEXT_CAP, ret_len)
                                  : secret_input_read(STDIN_FILENO, text, TEXT_CAP, ret_len);
    if (rc != 0)
        return report_usage("cannot read a token from standard input: %s", strerror(errno));
    if (*ret_len == 0) return report_usage("standard input is empty: it must contain the token");
    return EXIT_DONE;
}

/* The options of the request that the token is checked for. `peer` holds what opts->peer is. */
static enum exit_code read_request(const struct command_line *line, apitoken_validate_opts *opts,
                                   unsigned char peer[sizeof(struct in6_addr)]) {
    const char *address = line->value[OPTION_PEER];
    opts->interface_name = line->value[OPTION_INTERFACE];
    opts->interface_name_len = option_len(line, OPTION_INTERFACE);
    if (!address) return EXIT_DONE;
    opts->peer = peer;
    if (inet_pton(AF_INET, address, peer) == 1)
        opts->peer_len = sizeof(struct in_addr);
    else if (inet_pton(AF_INET6, address, peer) == 1)
        opts->peer_len = sizeof(struct in6_addr);
    else
        return report_usage("--peer must be an IPv4 or IPv6 address such as 192.0.2.1");
    return EXIT_DONE;
}

static void print_valid(const apitoken_verdict *verdict) {
    char end[RFC3339_CAP] = "never", until[RFC3339_CAP];
    if (verdict->expiry_kind != APITOKEN_EXPIRY_NEVER) rfc3339_format(verdict->expires_ms, end);
    printf("valid: token %s of %s, expires %s", verdict->id, verdict->owner, end);
    rfc3339_format(verdict->superseded_until_ms, until);
    if (verdict->superseded_until_ms) printf("; this is its older secret, valid until %s", until);
    printf("\n");
}

/* A text that came with more than the token, as people copy it: standard error says so. */
static void report_hint(int code, const char *text, size_t len) {
    const char *hint = code == APITOKEN_E_MALFORMED ? token_hint(text, len) : NULL;
    if (hint) report("the text is not a token: %s", hint);
}

static enum exit_code check_token(apitoken_store *store, const char *text, size_t len,
                                  const apitoken_validate_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    int rc = apitoken_validate(store, text, len, opts, &verdict, &err);
    if (rc == 0) {
        print_valid(&verdict);
        return EXIT_DONE;
    }
    if (apitoken_error_class(rc) != APITOKEN_CLASS_DENIED) return report_error(NULL, rc, &err);
    printf("not valid: %s%s%s\n", apitoken_error_text(rc), *verdict.id ? ", id " : "", verdict.id);
    report_hint(rc, text, len);
    return exit_code_of(rc);
}

enum exit_code run_check(const struct command_line *line) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_store *store;
    unsigned char peer[sizeof(struct in6_addr)];
    char text[TEXT_CAP];
    size_t len;
    enum exit_code code = read_request(line, &opts, peer);
    if (code != EXIT_DONE) return code;
    code = read_token(text, &len);
    if (code != EXIT_DONE) return code;
    code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code == EXIT_DONE) {
        code = check_token(store, text, len, &opts);
        apitoken_store_close(store);
    }
    explicit_bzero(text, sizeof text);
    return code;
}
