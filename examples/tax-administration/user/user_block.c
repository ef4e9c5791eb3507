/* SPDX-License-Identifier: MIT */
/*
 * Two steps, of which each can be repeated. Whoever is blocked first cannot sign in, then has no
 * valid token; whoever is unblocked first has tokens again, then can sign in. So an interrupted
 * command leaves an account that can do less than its state says, never more.
 */
#include "user/user_block.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "accounts/accounts.h"
#include "exit_code.h"
#include "token_store.h"
#include "user/user_store.h"

/* apitoken_owner_block() or apitoken_owner_unblock() */
typedef int change_fn(apitoken_store *store, const char *owner, size_t owner_len,
                      const apitoken_block_opts *opts, apitoken_error *err);

static int report_unknown(const char *name) {
    fprintf(stderr, "tax-administration: no such user: %s\n", name);
    return EXIT_REFUSED;
}

static int report_accounts(const struct user_options *options) {
    fprintf(stderr, "tax-administration: cannot use the accounts in %s\n", options->data);
    return EXIT_STORES;
}

static int find_owner(struct admin_db *db, const struct user_options *options,
                      char ret_id[ACCOUNT_ID_LEN + 1]) {
    struct account account;
    enum db_result result = account_by_name(db, options->name, &account);
    if (result == DB_OK && account.state == ACCOUNT_LEAVING) result = DB_NOT_FOUND;
    if (result == DB_OK) memcpy(ret_id, account.id, sizeof account.id);
    sodium_memzero(&account, sizeof account);
    if (result == DB_NOT_FOUND) return report_unknown(options->name);
    return result == DB_OK ? EXIT_DONE : report_accounts(options);
}

static int set_blocked(struct admin_db *db, const struct user_options *options, bool is_blocked) {
    enum db_result result = account_set_blocked(db, options->name, is_blocked);
    if (result == DB_NOT_FOUND) return report_unknown(options->name);
    return result == DB_OK ? EXIT_DONE : report_accounts(options);
}

static int change_tokens(struct admin_db *db, const struct user_options *options, const char *owner,
                         change_fn *change) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    apitoken_store *tokens = NULL;
    int code = user_store_open(db, options, APITOKEN_OPEN_ADMIN, &tokens);
    if (code != EXIT_DONE || !tokens) return code;
    opts.actor = TOKEN_STORE_ACTOR;
    opts.actor_len = sizeof TOKEN_STORE_ACTOR - 1;
    int rc = change(tokens, owner, strlen(owner), &opts, &err);
    apitoken_store_close(tokens);
    return rc == 0 ? EXIT_DONE : user_store_report(rc, &err);
}

static int report_unfinished(const struct user_options *options, const char *what) {
    fprintf(stderr,
            "tax-administration: %s %s. Fix the error above, or give --store DIR --keys FILE if "
            "the token store has moved, and repeat the command\n",
            options->name, what);
    return EXIT_STORES;
}

int user_block(struct admin_db *db, const struct user_options *options) {
    char owner[ACCOUNT_ID_LEN + 1];
    int code = find_owner(db, options, owner);
    if (code == EXIT_DONE) code = set_blocked(db, options, true);
    if (code != EXIT_DONE) return code;
    if (change_tokens(db, options, owner, apitoken_owner_block) != EXIT_DONE)
        return report_unfinished(options, "can no longer sign in, but may still have valid tokens");
    fprintf(stderr, "tax-administration: blocked %s: no sign-in, and its tokens are denied\n",
            options->name);
    return EXIT_DONE;
}

int user_unblock(struct admin_db *db, const struct user_options *options) {
    char owner[ACCOUNT_ID_LEN + 1];
    int code = find_owner(db, options, owner);
    if (code != EXIT_DONE) return code;
    if (change_tokens(db, options, owner, apitoken_owner_unblock) != EXIT_DONE)
        return report_unfinished(options, "is still blocked");
    code = set_blocked(db, options, false);
    if (code == EXIT_DONE)
        fprintf(stderr, "tax-administration: unblocked %s: its tokens are what they were\n",
                options->name);
    return code;
}
