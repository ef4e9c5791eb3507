/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "open_store.h"
#include "report.h"
#include "rfc3339.h"
#include "secret_input.h"
#include "secret_prompt.h"

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

static void print_valid(const apitoken_verdict *verdict) {
    char end[RFC3339_CAP] = "never";
    if (verdict->expiry_kind != APITOKEN_EXPIRY_NEVER) rfc3339_format(verdict->expires_ms, end);
    printf("valid: token %s of %s, expires %s\n", verdict->id, verdict->owner, end);
}

static enum exit_code check_token(apitoken_store *store, const char *text, size_t len) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    int rc = apitoken_validate(store, text, len, NULL, &verdict, &err);
    if (rc == 0) {
        print_valid(&verdict);
        return EXIT_DONE;
    }
    if (apitoken_error_class(rc) != APITOKEN_CLASS_DENIED) return report_error(NULL, rc, &err);
    printf("not valid: %s%s%s\n", apitoken_error_text(rc), *verdict.id ? ", id " : "", verdict.id);
    return exit_code_of(rc);
}

enum exit_code run_check(const struct command_line *line) {
    apitoken_store *store;
    char text[TEXT_CAP];
    size_t len;
    enum exit_code code = read_token(text, &len);
    if (code != EXIT_DONE) return code;
    code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code == EXIT_DONE) {
        code = check_token(store, text, len);
        apitoken_store_close(store);
    }
    explicit_bzero(text, sizeof text);
    return code;
}
