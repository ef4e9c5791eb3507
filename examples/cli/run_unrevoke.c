/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "open_store.h"
#include "report.h"

/* As an administrator: some reasons of a revoke let nobody else undo it. */
enum exit_code run_unrevoke(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_unrevoke_opts opts = APITOKEN_UNREVOKE_OPTS_INIT;
    apitoken_store *store;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    enum exit_code code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_unrevoke(store, owner, strlen(owner), id, strlen(id), &opts, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("undid the revoke of token %s", id);
    return EXIT_DONE;
}
