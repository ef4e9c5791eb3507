/* SPDX-License-Identifier: MIT */
/*
 * Three steps: mark the account so that nobody can use it, revoke its tokens, delete it. Each can
 * be repeated. No token slips through between them: after creating a token the host looks at the
 * account again, and revokes the token if the account is being removed or is gone.
 */
#include "user/user_remove.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "exit_code.h"
#include "token_store.h"
#include "user/user_store.h"

#define REASON "account removed"

/* An almost full store accepts a revoke without a reason longer than one with a reason. */
static int revoke_token(apitoken_store *tokens, const char *owner, const char *id,
                        apitoken_error *err) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = REASON;
    opts.reason_len = sizeof REASON - 1;
    opts.reason_code = APITOKEN_REASON_OWNER_GONE;
    opts.actor = TOKEN_STORE_ACTOR;
    opts.actor_len = sizeof TOKEN_STORE_ACTOR - 1;
    int rc = apitoken_revoke(tokens, owner, strlen(owner), id, strlen(id), &opts, err);
    opts.reason_len = 0;
    if (rc == APITOKEN_E_FULL)
        rc = apitoken_revoke(tokens, owner, strlen(owner), id, strlen(id), &opts, err);
    return rc == APITOKEN_E_NOT_FOUND ? 0 : rc;
}

static int revoke_page(apitoken_store *tokens, const char *owner, const apitoken_page *page,
                       size_t *count) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = revoke_token(tokens, owner, apitoken_token_id(apitoken_page_at(page, i)), &err);
        if (rc != 0) return user_store_report(rc, &err);
        ++*count;
    }
    return EXIT_DONE;
}

/* Not only valid ones: an expired token is valid again if the clock is set back, for example. */
static int revoke_all(apitoken_store *tokens, const char *owner, size_t *count) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    opts.states = APITOKEN_STATE_VALID | APITOKEN_STATE_EXPIRED | APITOKEN_STATE_SUSPENDED |
                  APITOKEN_STATE_BLOCKED | APITOKEN_STATE_NEWER;
    for (;;) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_page *page = NULL;
        int rc = apitoken_list(tokens, owner, strlen(owner), &opts, &page, &err);
        if (rc != 0) return user_store_report(rc, &err);
        int code = revoke_page(tokens, owner, page, count);
        const char *next = apitoken_page_cursor(page);
        if (next) (void)snprintf(cursor, sizeof cursor, "%s", next);
        apitoken_page_free(page);
        if (code != EXIT_DONE || !next) return code;
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
    }
}

static int revoke_tokens(struct admin_db *db, const struct user_options *options, const char *owner,
                         size_t *count) {
    apitoken_store *tokens = NULL;
    int code = user_store_open(db, options, 0, &tokens);
    if (code == EXIT_DONE && tokens) code = revoke_all(tokens, owner, count);
    apitoken_store_close(tokens);
    return code;
}

static int report_unfinished(const struct user_options *options) {
    fprintf(
        stderr,
        "tax-administration: %s can no longer sign in, but may still have valid tokens. Fix the "
        "error above, or give --store DIR --keys FILE if the token store has moved, and repeat the "
        "command\n",
        options->name);
    return EXIT_STORES;
}

static int mark_leaving(struct admin_db *db, const struct user_options *options,
                        char ret_id[ACCOUNT_ID_LEN + 1]) {
    struct account account;
    enum db_result result = account_mark_leaving(db, options->name, &account);
    if (result == DB_NOT_FOUND) {
        fprintf(stderr, "tax-administration: no such user: %s\n", options->name);
        return EXIT_REFUSED;
    }
    if (result != DB_OK) {
        fprintf(stderr,
                "tax-administration: cannot write the accounts in %s; nothing was changed\n",
                options->data);
        return EXIT_STORES;
    }
    memcpy(ret_id, account.id, sizeof account.id);
    sodium_memzero(&account, sizeof account);
    return EXIT_DONE;
}

int user_remove(struct admin_db *db, const struct user_options *options) {
    char id[ACCOUNT_ID_LEN + 1];
    size_t count = 0;
    int code = mark_leaving(db, options, id);
    if (code != EXIT_DONE) return code;
    if (revoke_tokens(db, options, id, &count) != EXIT_DONE) return report_unfinished(options);
    enum db_result result = account_delete(db, id);
    if (result != DB_OK &&
        result != DB_NOT_FOUND) { /* not found: another `user remove` was faster */
        fprintf(stderr,
                "tax-administration: revoked the tokens of %s, but could not delete the account: "
                "repeat the command\n",
                options->name);
        return EXIT_STORES;
    }
    fprintf(stderr, "tax-administration: removed %s, tokens revoked: %zu\n", options->name, count);
    return EXIT_DONE;
}
