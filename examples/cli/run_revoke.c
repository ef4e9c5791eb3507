/* SPDX-License-Identifier: MIT */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "open_store.h"
#include "prompt.h"
#include "report.h"
#include "revoke_options.h"

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

static enum exit_code ask_to_revoke_all(const char *owner) {
    char question[QUESTION_CAP];
    (void)snprintf(question, sizeof question, "Permanently revoke all tokens of owner %s?", owner);
    if (prompt_yes(question)) return EXIT_DONE;
    report("not revoked");
    return EXIT_NO;
}

static enum exit_code revoke_token(apitoken_store *store, const struct command_line *line,
                                   const apitoken_revoke_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    const char *owner = line->value[OPTION_OWNER], *id = line->operands[0];
    int rc = apitoken_revoke(store, owner, strlen(owner), id, strlen(id), opts, &err);
    if (rc != 0) return report_error(NULL, rc, &err);
    report("revoked token %s", id);
    return EXIT_DONE;
}

/* What the library says of the id is about the option. */
static enum exit_code report_revoke_all_error(int rc, apitoken_error *err) {
    const bool is_about_id = err->field == APITOKEN_FIELD_ID || rc == APITOKEN_E_NOT_FOUND;
    if (is_about_id) err->field = APITOKEN_FIELD_NONE;
    return report_error(is_about_id ? "--except" : NULL, rc, err);
}

static enum exit_code revoke_all(apitoken_store *store, const struct command_line *line,
                                 const apitoken_revoke_opts *opts) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    uint64_t count;
    const char *owner = line->value[OPTION_OWNER], *except = line->value[OPTION_EXCEPT];
    int rc = apitoken_revoke_all(store, owner, strlen(owner), except,
                                 option_len(line, OPTION_EXCEPT), opts, &count, &err);
    if (rc != 0) return report_revoke_all_error(rc, &err);
    report("revoked %" PRIu64 " token%s of owner %s", count, count == 1 ? "" : "s", owner);
    return EXIT_DONE;
}

/* One token by its id, or all. */
static enum exit_code read_tokens(const struct command_line *line) {
    const char *all = line->value[OPTION_ALL];
    if (all && line->operand_count)
        return report_usage("ID and --all exclude each other: give one of them");
    if (!all && !line->operand_count)
        return report_usage("'revoke' needs ID, or --all for all tokens of the owner");
    if (!all && line->value[OPTION_EXCEPT]) return report_usage("--except needs --all");
    return EXIT_DONE;
}

static enum exit_code read_options(const struct command_line *line, apitoken_revoke_opts *opts) {
    enum exit_code code = revoke_options_read(line, opts);
    return code == EXIT_DONE ? read_tokens(line) : code;
}

enum exit_code run_revoke(const struct command_line *line) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_store *store;
    const bool is_all = line->value[OPTION_ALL] != NULL;
    if (line->value[OPTION_TEXTS]) return run_revoke_texts(line);
    enum exit_code code = read_options(line, &opts);
    if (code != EXIT_DONE) return code;
    code = open_store(line, APITOKEN_MODE_READ_WRITE, &store);
    if (code != EXIT_DONE) return code;
    if (!line->value[OPTION_YES] && isatty(STDIN_FILENO))
        code = is_all ? ask_to_revoke_all(line->value[OPTION_OWNER]) : ask_to_revoke(store, line);
    if (code == EXIT_DONE)
        code = is_all ? revoke_all(store, line, &opts) : revoke_token(store, line, &opts);
    apitoken_store_close(store);
    return code;
}
