/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "data_json.h"
#include "open_store.h"
#include "output.h"
#include "reason_code.h"
#include "report.h"
#include "rfc3339.h"
#include "token_json.h"
#include "token_options.h"
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

static void print_older_secret(const apitoken_token *token) {
    char until[RFC3339_CAP], use[RFC3339_CAP] = "never used";
    int64_t until_ms = apitoken_token_superseded_until_ms(token),
            used_ms = apitoken_token_last_used_older_ms(token);
    if (until_ms == 0) return;
    rfc3339_format(until_ms, until);
    if (used_ms) rfc3339_format(used_ms, use);
    output_fact("older secret", "valid until %s, %s%s", until, used_ms ? "last used " : "", use);
}

/* Text is shown as it is, other data in base64. */
static void print_data(const void *bytes, size_t len) {
    json_t *data = data_to_json(bytes, len);
    const char *text = json_string_value(data);
    const char *base64 = json_string_value(json_object_get(data, "base64"));
    if (text)
        output_fact("data", "%s", text);
    else if (base64)
        output_fact("data", "base64 %s", base64);
    json_decref(data);
}

static void print_restrictions(const apitoken_token *token) {
    size_t len;
    const char *interfaces = apitoken_token_interfaces(token);
    const char *networks = apitoken_token_networks(token);
    const void *data = apitoken_token_data(token, &len);
    output_fact("interfaces", "%s", *interfaces ? interfaces : ALL_INTERFACES);
    output_fact("networks", "%s", *networks ? networks : ANY_NETWORK);
    print_data(data, len);
}

static void print_revocation(const apitoken_token *token) {
    char revoked[RFC3339_CAP];
    if (apitoken_token_revoked_ms(token) == 0) return;
    rfc3339_format(apitoken_token_revoked_ms(token), revoked);
    output_fact("revoked", "%s", revoked);
    if (apitoken_token_reason_code(token))
        output_fact("reason code", "%s", reason_code_name(apitoken_token_reason_code(token)));
    if (*apitoken_token_reason(token)) output_fact("reason", "%s", apitoken_token_reason(token));
}

static void print_facts(const apitoken_token *token) {
    char created[RFC3339_CAP], use[TOKEN_TEXT_CAP];
    rfc3339_format(apitoken_token_created_ms(token), created);
    output_fact("id", "%s", apitoken_token_id(token));
    output_fact("owner", "%s", apitoken_token_owner(token));
    output_fact("name", "%s", apitoken_token_name(token));
    if (*apitoken_token_description(token))
        output_fact("description", "%s", apitoken_token_description(token));
    output_fact("created", "%s", created);
    print_end(token);
    output_fact("validity", "%s", token_state_name(apitoken_token_state(token)));
    if (apitoken_token_is_suspended(token)) output_fact("suspended", "yes");
    if (apitoken_token_is_blocked(token)) output_fact("blocked", "yes");
    token_text_last_use(token, use);
    output_fact("last used", "%s", use);
    print_older_secret(token);
    output_fact("copyable", "%s", apitoken_token_is_copyable(token) ? "yes" : "no");
    print_restrictions(token);
    output_fact("revision", "%lu", (unsigned long)apitoken_token_revision(token));
    if (*apitoken_token_created_by(token))
        output_fact("created by", "%s", apitoken_token_created_by(token));
    print_revocation(token);
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
