/* SPDX-License-Identifier: MIT */
/* update, suspend and resume. */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "open_store.h"
#include "report.h"
#include "revision.h"
#include "token_options.h"

static void read_texts(const struct command_line *line, apitoken_update_opts *opts) {
    if (line->value[OPTION_NAME]) opts->mask |= APITOKEN_UPDATE_NAME;
    opts->name = line->value[OPTION_NAME];
    opts->name_len = option_len(line, OPTION_NAME);
    if (line->value[OPTION_DESCRIPTION]) opts->mask |= APITOKEN_UPDATE_DESCRIPTION;
    opts->description = line->value[OPTION_DESCRIPTION];
    opts->description_len = option_len(line, OPTION_DESCRIPTION);
    if (line->value[OPTION_DATA]) opts->mask |= APITOKEN_UPDATE_DATA;
    opts->data = line->value[OPTION_DATA];
    opts->data_len = option_len(line, OPTION_DATA);
}

static void read_restrictions(const struct command_line *line, apitoken_update_opts *opts) {
    if (line->value[OPTION_INTERFACES]) opts->mask |= APITOKEN_UPDATE_INTERFACES;
    opts->interfaces =
        list_text(line->value[OPTION_INTERFACES], option_len(line, OPTION_INTERFACES),
                  ALL_INTERFACES, &opts->interfaces_len);
    if (line->value[OPTION_NETWORKS]) opts->mask |= APITOKEN_UPDATE_NETWORKS;
    opts->networks = list_text(line->value[OPTION_NETWORKS], option_len(line, OPTION_NETWORKS),
                               ANY_NETWORK, &opts->networks_len);
}

static enum exit_code read_expiry(const struct command_line *line, apitoken_update_opts *opts) {
    struct expiry expiry;
    if (line->value[OPTION_REVIVE] && !line->value[OPTION_EXPIRES])
        return report_usage("--revive needs --expires WHEN: the new end of the token");
    enum exit_code code = read_expires(line, &expiry);
    if (code != EXIT_DONE || !line->value[OPTION_EXPIRES]) return code;
    opts->mask |= APITOKEN_UPDATE_EXPIRY;
    opts->expiry_kind = expiry.kind;
    opts->expiry_day = expiry.day;
    opts->expiry_ms = expiry.ms;
    if (line->value[OPTION_REVIVE]) opts->flags |= APITOKEN_UPDATE_REVIVE;
    return EXIT_DONE;
}

static enum exit_code read_update_options(const struct command_line *line,
                                          apitoken_update_opts *opts) {
    enum exit_code code = read_expiry(line, opts);
    if (code != EXIT_DONE) return code;
    read_texts(line, opts);
    read_restrictions(line, opts);
    if (line->value[OPTION_END_OLD]) opts->flags |= APITOKEN_UPDATE_END_OLDER;
    if (opts->mask == 0 && !line->value[OPTION_END_OLD])
        return report_usage("'update' needs what to change: see 'apitoken help update'");
    return read_revision(line, &opts->revision);
}

/* `done` is what the report says the call has done. */
static enum exit_code update_token(const struct command_line *line, apitoken_update_opts *opts,
                                   const char *done) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_store *store;
    uint32_t revision;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    opts->actor = actor_of(line);
    opts->actor_len = (uint32_t)strlen(opts->actor);
    enum exit_code code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_update(store, owner, strlen(owner), id, strlen(id), opts, &revision, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("%s token %s, now at revision %" PRIu32, done, id, revision);
    return EXIT_DONE;
}

enum exit_code run_update(const struct command_line *line) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    enum exit_code code = read_update_options(line, &opts);
    return code == EXIT_DONE ? update_token(line, &opts, "updated") : code;
}

enum exit_code run_suspend(const struct command_line *line) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    opts.is_suspended = 1;
    return update_token(line, &opts, "suspended");
}

enum exit_code run_resume(const struct command_line *line) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    return update_token(line, &opts, "resumed");
}
