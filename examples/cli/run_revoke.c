/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "open_store.h"
#include "prompt.h"
#include "report.h"

#define QUESTION_CAP 512 /* holds the longest name and the id */

/* Shows which token it is and asks for confirmation. Reports an unknown id without asking. */
static enum exit_code ask_to_revoke(apitoken_store *store, const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_token *token;
    char question[QUESTION_CAP];
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    int rc = apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    (void)snprintf(question, sizeof question, "Permanently revoke token %s \"%s\"?",
                   apitoken_token_id(token), apitoken_token_name(token));
    apitoken_token_free(token);
    if (prompt_yes(question)) return EXIT_DONE;
    report("not revoked");
    return EXIT_NO;
}

static enum exit_code revoke_token(apitoken_store *store, const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    opts.reason = line->value[OPTION_REASON];
    opts.reason_len = option_len(line, OPTION_REASON);
    int rc = apitoken_revoke(store, owner, strlen(owner), id, strlen(id), &opts, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("revoked token %s", id);
    return EXIT_DONE;
}

enum exit_code run_revoke(const struct command_line *line) {
    apitoken_store *store;
    enum exit_code code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    if (!line->value[OPTION_YES] && isatty(STDIN_FILENO)) code = ask_to_revoke(store, line);
    if (code == EXIT_DONE) code = revoke_token(store, line);
    apitoken_store_close(store);
    return code;
}
