/* SPDX-License-Identifier: MIT */
/* purge: removes what ended long ago, or all that is known of an owner. */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "actor.h"
#include "clocks.h"
#include "command.h"
#include "open_store.h"
#include "report.h"
#include "when.h"

/* ---- tokens that ended before an instant ----------------------------------------------------- */

static enum exit_code read_instant(const struct command_line *line, int64_t *ret_ms) {
    if (!when_parse(line->value[OPTION_ENDED_BEFORE], ret_ms) || *ret_ms < 0)
        return report_usage("--ended-before must be " WHEN_FORMS);
    if (*ret_ms > wall_clock_ms()) return report_usage("--ended-before lies in the future");
    return EXIT_DONE;
}

static void report_kept(const apitoken_purge_result *result) {
    if (result->kept == 0) return;
    report("kept %" PRIu64 " that ended before, as they may still be needed: see 'apitoken help "
           "purge'",
           result->kept);
}

static enum exit_code purge_ended(const struct command_line *line, apitoken_store *store,
                                  int64_t ended_before_ms) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const bool is_real = line->value[OPTION_YES] != NULL;
    opts.ended_before_ms = ended_before_ms;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    if (!is_real) opts.flags = APITOKEN_PURGE_DRY_RUN;
    int rc = apitoken_purge(store, &opts, &result, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("%s %" PRIu64 " token%s%s", is_real ? "removed" : "would remove", result.tokens,
           result.tokens == 1 ? "" : "s", is_real ? "" : ": repeat it with --yes");
    report_kept(&result);
    return is_real ? EXIT_DONE : EXIT_NO;
}

/* ---- an owner -------------------------------------------------------------------------------- */

static enum exit_code erase_owner(const struct command_line *line, apitoken_store *store) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const char *owner = line->value[OPTION_OWNER];
    const bool is_real = line->value[OPTION_YES] != NULL;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    if (!is_real) opts.flags |= APITOKEN_ERASE_DRY_RUN;
    if (line->value[OPTION_AS_ACTOR]) opts.flags |= APITOKEN_ERASE_ACTOR;
    int rc = apitoken_owner_erase(store, owner, strlen(owner), &opts, &result, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("%s %" PRIu64 " token%s and %" PRIu64 " audit text%s of owner %s%s",
           is_real ? "removed" : "would remove", result.tokens, result.tokens == 1 ? "" : "s",
           result.texts, result.texts == 1 ? "" : "s", owner,
           is_real ? "" : ": repeat it with --yes");
    return is_real ? EXIT_DONE : EXIT_NO;
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum exit_code check_choice(const struct command_line *line) {
    const char *owner = line->value[OPTION_OWNER];
    if (!owner == !line->value[OPTION_ENDED_BEFORE])
        return report_usage("'purge' needs either --ended-before WHEN or --owner OWNER");
    if (!owner && line->value[OPTION_AS_ACTOR]) return report_usage("--as-actor needs --owner");
    return EXIT_DONE;
}

enum exit_code run_purge(const struct command_line *line) {
    apitoken_store *store;
    int64_t ended_before_ms = 0;
    enum exit_code code = check_choice(line);
    if (code == EXIT_DONE && !line->value[OPTION_OWNER])
        code = read_instant(line, &ended_before_ms);
    if (code == EXIT_DONE) code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    code = line->value[OPTION_OWNER] ? erase_owner(line, store)
                                     : purge_ended(line, store, ended_before_ms);
    apitoken_store_close(store);
    return code;
}
