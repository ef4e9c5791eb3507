/* SPDX-License-Identifier: MIT */
/* keys retire */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "key_id.h"
#include "open_store.h"
#include "reason_code.h"
#include "report.h"

/* The library's text says how many tokens need the key, or that it is the active one. */
static enum exit_code report_failure(int rc, apitoken_error *err,
                                     const apitoken_retire_result *result) {
    enum exit_code code = report_error(NULL, rc, err);
    if (rc == APITOKEN_E_KEY_USED && result->tokens > 0)
        report("nothing was changed: wait until they end, or end them with --end-tokens");
    return code;
}

enum exit_code run_keys_retire(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_retire_opts opts = APITOKEN_RETIRE_OPTS_INIT;
    apitoken_retire_result result = APITOKEN_RETIRE_RESULT_INIT;
    apitoken_store *store;
    const uint32_t key_id = key_id_of(line->operands[0]);
    if (key_id == 0) return report_usage("ID must be the id of a key: see 'apitoken keys list'");
    if (!reason_code_of_name(line->value[OPTION_REASON_CODE], &opts.reason_code))
        return report_usage("--reason-code must be exposed, superseded, owner-gone or admin");
    if (line->value[OPTION_END_TOKENS]) opts.flags = APITOKEN_RETIRE_END_TOKENS;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    enum exit_code code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_store_retire_key(store, key_id, &opts, &result, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_failure(rc, &err, &result);
    report("retired key %" PRIu32 ": revoked %" PRIu64 " tokens, ended %" PRIu64
           " older secrets; let every program load the keyring again",
           key_id, result.ended, result.superseded);
    return EXIT_DONE;
}
