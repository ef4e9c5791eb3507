/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "rfc3339.h"
#include "token_json.h"
#include "token_text.h"

static void print_end(const apitoken_token *token) {
    char expiry[TOKEN_TEXT_CAP], end[RFC3339_CAP];
    token_text_expiry(token, expiry);
    rfc3339_format(apitoken_token_expires_ms(token), end);
    if (apitoken_token_expiry_kind(token) == APITOKEN_EXPIRY_DAY)
        output_fact("expires", "%s, at the end of that day in %s: %s", expiry,
                    apitoken_token_expires_zone(token), end);
    else
        output_fact("expires", "%s", expiry);
}

static void print_facts(const apitoken_token *token) {
    char created[RFC3339_CAP], revoked[RFC3339_CAP], use[TOKEN_TEXT_CAP];
    rfc3339_format(apitoken_token_created_ms(token), created);
    output_fact("id", "%s", apitoken_token_id(token));
    output_fact("owner", "%s", apitoken_token_owner(token));
    output_fact("name", "%s", apitoken_token_name(token));
    if (*apitoken_token_description(token))
        output_fact("description", "%s", apitoken_token_description(token));
    output_fact("created", "%s", created);
    print_end(token);
    output_fact("validity", "%s", token_state_name(apitoken_token_state(token)));
    token_text_last_use(token, use);
    output_fact("last used", "%s", use);
    output_fact("copyable", "%s", apitoken_token_is_copyable(token) ? "yes" : "no");
    if (apitoken_token_revoked_ms(token) == 0) return;
    rfc3339_format(apitoken_token_revoked_ms(token), revoked);
    output_fact("revoked", "%s", revoked);
    if (*apitoken_token_reason(token)) output_fact("reason", "%s", apitoken_token_reason(token));
}

static enum exit_code print_json(const apitoken_token *token) {
    json_t *object = token_to_json(token);
    if (!object) return report_no_memory();
    /* output_finish() detects a failed write. */
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return EXIT_DONE;
}

enum exit_code run_show(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_store *store;
    apitoken_token *token;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_error(NULL, rc, &err);
    if (line->value[OPTION_JSON])
        code = print_json(token);
    else
        print_facts(token);
    apitoken_token_free(token);
    return code;
}
