/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <expiry.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "run_create.h"
#include "token_text.h"

int64_t create_now_ms(void) {
    struct timespec now = { 0, 0 };
    /* cannot fail for this clock; the library has its own say about the result */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum exit_code read_create_options(const struct command_line *line,
                                          apitoken_create_opts *opts) {
    struct expiry expiry = { APITOKEN_EXPIRY_NEVER, 0, 0 };
    const char *when = line->value[OPTION_EXPIRES];
    int rc = when ? expiry_parse(when, strlen(when), create_now_ms(), &expiry) : 0;
    if (rc == APITOKEN_E_DAY)
        return report_usage(
            "--expires: there is no such day: give YYYY-MM-DD of the years 1970 to 9999");
    if (rc != 0)
        return report_usage("--expires: give YYYY-MM-DD, an instant such as 2026-12-31T18:00:00Z, "
                            "days from now such as 90d, or "
                            "never, up to the year 9999");
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

/* Words about a token that is made already: what cannot be said is left out. */
static void report_made(apitoken_store *store, const char *owner, const char *id) {
    char expiry[TOKEN_TEXT_CAP];
    apitoken_token *token;
    if (apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, NULL) != 0) {
        report("made token %s", id);
        return;
    }
    token_text_expiry(token, expiry);
    report("made token %s, expires %s; %s", id, expiry,
           apitoken_token_is_copyable(token) ? "'apitoken copy' prints it again"
                                             : "it is not shown again");
    apitoken_token_free(token);
}

static enum exit_code create(apitoken_store *store, const struct command_line *line,
                             const apitoken_create_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret;
    const char *owner = line->value[OPTION_OWNER], *name = line->value[OPTION_NAME];
    int rc = apitoken_create(store, owner, strlen(owner), name, strlen(name), opts, &secret, &err);
    if (rc != 0) return report_error(NULL, rc, &err);

    enum exit_code code = print_token(secret);
    if (code == EXIT_DONE)
        report_made(store, owner, apitoken_secret_id(secret));
    else
        report("token %s was made and nobody has seen it: revoke it", apitoken_secret_id(secret));
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
    code = create(store, line, &opts);
    apitoken_store_close(store);
    return code;
}
