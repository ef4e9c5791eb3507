/* SPDX-License-Identifier: MIT */
/* policy and policy set */
#include <apitoken/apitoken.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "open_store.h"
#include "policy_text.h"
#include "report.h"
#include "revision.h"

static enum exit_code print_json(const apitoken_policy *policy) {
    json_t *object = policy_to_json(policy);
    if (!object) return report_no_memory();
    /* output_finish() detects a failed write. */
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return EXIT_DONE;
}

enum exit_code run_policy(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_store *store;
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_policy_get(store, NULL, &policy, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    if (line->value[OPTION_JSON]) return print_json(&policy);
    policy_print_text(&policy);
    return EXIT_DONE;
}

enum exit_code run_policy_set(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    apitoken_store *store;
    enum exit_code code = read_revision(line, &opts.revision);
    for (int i = 0; code == EXIT_DONE && i < line->operand_count; i++)
        code = policy_read_value(line->operands[i], &policy, &opts.mask);
    if (code != EXIT_DONE) return code;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    code = open_store_for_admin(line, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_policy_set(store, &policy, &opts, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("set the policy");
    return EXIT_DONE;
}
