/* SPDX-License-Identifier: MIT */
#include "run_create_batch.h"

#include <apitoken/apitoken.h>
#include <string.h>

#include "clocks.h"
#include "command.h"
#include "expiry.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "token_text.h"

static enum exit_code read_create_options(const struct command_line *line,
                                          apitoken_create_opts *opts) {
    struct expiry expiry = { APITOKEN_EXPIRY_NEVER, 0, 0 };
    const char *when = line->value[OPTION_EXPIRES];
    int rc = when ? expiry_parse(when, strlen(when), wall_clock_ms(), &expiry) : 0;
    if (rc == APITOKEN_E_DAY)
        return report_usage(
            "--expires: the calendar has no such day: give YYYY-MM-DD in the years 1970 to 9999");
    if (rc != 0)
        return report_usage(
            "--expires must be YYYY-MM-DD, an instant such as 2026-12-31T18:00:00Z, "
            "days from now such as 90d, or never, up to the year 9999");
    opts->expiry_kind = expiry.kind;
    opts->expiry_day = expiry.day;
    opts->expiry_ms = expiry.ms;
    opts->description = line->value[OPTION_DESCRIPTION];
    opts->description_len = option_len(line, OPTION_DESCRIPTION);
    return EXIT_DONE;
}

static enum exit_code print_token(const apitoken_secret *secret) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    char text[APITOKEN_FORMAT_MAX + 1];
    size_t len;
    int rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, APITOKEN_FORMAT_MAX,
                                    &len, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    return output_secret(text, len);
}

/* The token exists already, so a failing look-up only shortens the message. */
static void report_created(apitoken_store *store, const char *owner, const char *id) {
    char expiry[TOKEN_TEXT_CAP];
    apitoken_token *token;
    if (apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, NULL) != 0) {
        report("created token %s", id);
        return;
    }
    token_text_expiry(token, expiry);
    report("created token %s, expires %s; %s", id, expiry,
           apitoken_token_is_copyable(token) ? "'apitoken copy' prints it again"
                                             : "it cannot be printed again");
    apitoken_token_free(token);
}

static enum exit_code create_token(apitoken_store *store, const struct command_line *line,
                                   const apitoken_create_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret;
    const char *owner = line->value[OPTION_OWNER], *name = line->value[OPTION_NAME];
    int rc = apitoken_create(store, owner, strlen(owner), name, strlen(name), opts, &secret, &err);
    if (rc != 0) return report_error(NULL, rc, &err);

    enum exit_code code = print_token(secret);
    if (code == EXIT_DONE)
        report_created(store, owner, apitoken_secret_id(secret));
    else
        report("token %s was created but could not be printed: revoke it",
               apitoken_secret_id(secret));
    apitoken_secret_free(secret);
    return code;
}

enum exit_code run_create(const struct command_line *line) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_store *store;
    if (line->value[OPTION_BATCH]) return run_create_batch(line);
    enum exit_code code = read_create_options(line, &opts);
    if (code != EXIT_DONE) return code;
    code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    code = create_token(store, line, &opts);
    apitoken_store_close(store);
    return code;
}
