/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "duration.h"
#include "new_secret.h"
#include "open_store.h"
#include "report.h"
#include "rfc3339.h"
#include "token_options.h"

#define DEFAULT_GRACE_MS (60 * 60 * 1000)

static enum exit_code read_expiry(const struct command_line *line, apitoken_rotate_opts *opts) {
    struct expiry expiry;
    enum exit_code code = read_expires(line, &expiry);
    opts->expiry_kind = expiry.kind;
    opts->expiry_day = expiry.day;
    opts->expiry_ms = expiry.ms;
    return code;
}

static enum exit_code read_rotate_options(const struct command_line *line,
                                          apitoken_rotate_opts *opts) {
    const char *grace = line->value[OPTION_GRACE];
    if (grace && !duration_parse(grace, strlen(grace), &opts->grace_ms))
        return report_usage("--grace must be 0, or a number with s, m, h or d such as 12h");
    if (line->value[OPTION_KEEP_OLD] && line->value[OPTION_DROP_OLD])
        return report_usage("--keep-old and --drop-old cannot be combined");
    if (line->value[OPTION_KEEP_OLD]) opts->flags |= APITOKEN_ROTATE_KEEP_OLDER;
    if (line->value[OPTION_DROP_OLD]) opts->flags |= APITOKEN_ROTATE_DROP_OLDER;
    opts->actor = actor_of(line);
    opts->actor_len = (uint32_t)strlen(opts->actor);
    return read_expiry(line, opts);
}

static enum exit_code report_failure(int rc, const apitoken_error *err) {
    enum exit_code code = report_error(NULL, rc, err);
    if (rc == APITOKEN_E_ROTATING)
        report("give --keep-old if the newest secret was lost, --drop-old to end the older one, or "
               "--grace 0 to end both");
    if (rc == APITOKEN_E_MAYBE) report("if it did, nobody has the new secret: give --keep-old");
    return code;
}

/* The token has its new secret already, so a failing look-up only shortens the message. */
static void report_rotated(apitoken_store *store, const char *owner, const char *id) {
    char until[RFC3339_CAP];
    apitoken_token *token;
    if (apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, NULL) != 0) {
        report("rotated token %s", id);
        return;
    }
    int64_t until_ms = apitoken_token_superseded_until_ms(token);
    rfc3339_format(until_ms, until);
    if (until_ms == 0)
        report("rotated token %s; no older secret is valid", id);
    else
        report("rotated token %s; the older secret is valid until %s", id, until);
    apitoken_token_free(token);
}

/* An hour, or the longest that the policy allows. */
static enum exit_code take_default_grace(apitoken_store *store, apitoken_rotate_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    int rc = apitoken_policy_get(store, NULL, &policy, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    opts->grace_ms =
        policy.max_grace_ms < DEFAULT_GRACE_MS ? policy.max_grace_ms : DEFAULT_GRACE_MS;
    return EXIT_DONE;
}

static enum exit_code rotate_token(apitoken_store *store, const struct command_line *line,
                                   const apitoken_rotate_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    int rc = apitoken_rotate(store, owner, strlen(owner), id, strlen(id), opts, &secret, &err);
    if (rc != 0) return report_failure(rc, &err);

    enum exit_code code = print_new_secret(secret);
    apitoken_secret_free(secret);
    if (code == EXIT_DONE)
        report_rotated(store, owner, id);
    else
        report("token %s was rotated, but its new secret could not be printed: rotate it again "
               "with --keep-old",
               id);
    return code;
}

enum exit_code run_rotate(const struct command_line *line) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_store *store;
    enum exit_code code = read_rotate_options(line, &opts);
    if (code != EXIT_DONE) return code;
    code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    if (!line->value[OPTION_GRACE]) code = take_default_grace(store, &opts);
    if (code == EXIT_DONE) code = rotate_token(store, line, &opts);
    apitoken_store_close(store);
    return code;
}
