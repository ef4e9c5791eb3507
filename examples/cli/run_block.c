/* SPDX-License-Identifier: MIT */
/* block and unblock */
#include <apitoken/apitoken.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "open_store.h"
#include "report.h"

/* apitoken_owner_block() or apitoken_owner_unblock() */
typedef int change_fn(apitoken_store *store, const char *owner, size_t owner_len,
                      const apitoken_block_opts *opts, apitoken_error *err);

/* `done` is what the report says the call has done. */
static enum exit_code change_owner(const struct command_line *line, change_fn *change,
                                   const char *done) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_store *store;
    const char *owner = line->value[OPTION_OWNER];
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    opts.reason = line->value[OPTION_REASON];
    opts.reason_len = option_len(line, OPTION_REASON);
    enum exit_code code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    int rc = change(store, owner, strlen(owner), &opts, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("%s owner %s", done, owner);
    return EXIT_DONE;
}

enum exit_code run_block(const struct command_line *line) {
    return change_owner(line, apitoken_owner_block, "blocked");
}

enum exit_code run_unblock(const struct command_line *line) {
    return change_owner(line, apitoken_owner_unblock, "unblocked");
}
