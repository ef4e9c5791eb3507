/* SPDX-License-Identifier: MIT */
#include "run_create_batch.h"

#include <apitoken/apitoken.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "new_secret.h"
#include "open_store.h"
#include "report.h"
#include "token_options.h"
#include "token_text.h"

static enum exit_code read_create_options(const struct command_line *line,
                                          apitoken_create_opts *opts) {
    struct expiry expiry;
    enum exit_code code = read_expires(line, &expiry);
    if (code != EXIT_DONE) return code;
    opts->expiry_kind = expiry.kind;
    opts->expiry_day = expiry.day;
    opts->expiry_ms = expiry.ms;
    opts->description = line->value[OPTION_DESCRIPTION];
    opts->description_len = option_len(line, OPTION_DESCRIPTION);
    opts->interfaces =
        list_text(line->value[OPTION_INTERFACES], option_len(line, OPTION_INTERFACES),
                  ALL_INTERFACES, &opts->interfaces_len);
    opts->networks = list_text(line->value[OPTION_NETWORKS], option_len(line, OPTION_NETWORKS),
                               ANY_NETWORK, &opts->networks_len);
    opts->data = line->value[OPTION_DATA];
    opts->data_len = option_len(line, OPTION_DATA);
    opts->actor = actor_of(line);
    opts->actor_len = (uint32_t)strlen(opts->actor);
    return EXIT_DONE;
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

    enum exit_code code = print_new_secret(secret);
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
