/* SPDX-License-Identifier: MIT */
#include "user/user_command.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts/accounts.h"
#include "accounts/password.h"
#include "accounts/password_rules.h"
#include "clocks.h"
#include "data_directory.h"
#include "exit_code.h"
#include "http_log.h"
#include "rfc3339.h"
#include "secret_input.h"
#include "secret_prompt.h"
#include "user/user_block.h"
#include "user/user_options.h"
#include "user/user_remove.h"

#define DIRECTORY_MODE 0750
/* The longest password, CR LF and one more byte: a text that fills it is too long. */
#define TEXT_CAP (PASSWORD_MAX + 3)

/* ---- the password ---------------------------------------------------------------------------- */

static int report_refused(const char *text) {
    fprintf(stderr, "tax-administration: %s\n", text);
    return EXIT_REFUSED;
}

static int refuse_unreadable(void) {
    fprintf(stderr, "tax-administration: cannot read a password from standard input: %s\n",
            strerror(errno));
    return EXIT_REFUSED;
}

/* An unseen typing error would lock the user out. */
static int confirm_password(const char *text, size_t length) {
    char again[TEXT_CAP];
    size_t again_length = 0;
    int code = secret_prompt("Repeat the password: ", again, sizeof again, &again_length) == 0
                   ? EXIT_DONE
                   : refuse_unreadable();
    if (code == EXIT_DONE && (again_length != length || sodium_memcmp(again, text, length) != 0))
        code = report_refused("the two passwords differ");
    sodium_memzero(again, sizeof again);
    return code;
}

static int check_password(const char *text, size_t length, const char *name) {
    struct password_text plain;
    if (memchr(text, '\n', length) || memchr(text, '\r', length))
        return report_refused("a password must be a single line");
    enum password_fault fault = password_check(text, length, name, &plain);
    sodium_memzero(&plain, sizeof plain);
    return fault == PASSWORD_GOOD ? EXIT_DONE : report_refused(password_fault_text(fault));
}

static int read_password_text(const char *name, char *text, size_t *ret_length) {
    bool on_terminal = isatty(STDIN_FILENO) == 1;
    int rc = on_terminal ? secret_prompt("New password: ", text, TEXT_CAP, ret_length)
                         : secret_input_read(STDIN_FILENO, text, TEXT_CAP, ret_length);
    if (rc != 0) return refuse_unreadable();
    int code = check_password(text, *ret_length, name);
    return code == EXIT_DONE && on_terminal ? confirm_password(text, *ret_length) : code;
}

static bool hash_text(const char *text, size_t length, char ret_verifier[PASSWORD_VERIFIER_CAP]) {
    struct password_text plain;
    bool is_hashed = password_normalize(text, length, &plain) && password_init() &&
                     password_hash(plain.bytes, plain.length, ret_verifier);
    sodium_memzero(&plain, sizeof plain);
    return is_hashed;
}

static int read_password(const char *name, char ret_verifier[PASSWORD_VERIFIER_CAP]) {
    char text[TEXT_CAP];
    size_t length = 0;
    int code = read_password_text(name, text, &length);
    if (code == EXIT_DONE && !hash_text(text, length, ret_verifier)) {
        fprintf(stderr, "tax-administration: out of memory\n");
        code = EXIT_STORES;
    }
    sodium_memzero(text, sizeof text);
    return code;
}

/* ---- the database ---------------------------------------------------------------------------- */

/* The log has the reason. */
static int report_db(const char *data, enum db_result result) {
    fprintf(stderr, "tax-administration: the accounts in %s %s\n", data,
            result == DB_FULL ? "have no space left" : "cannot be used");
    return EXIT_STORES;
}

static int report_unknown(const char *name) {
    fprintf(stderr, "tax-administration: no such user: %s\n", name);
    return EXIT_REFUSED;
}

/* The host beside it holds the lock, so this only looks at the directory. */
static int check_directory(const char *path, bool makes) {
    const char *why = "";
    if (makes && mkdir(path, DIRECTORY_MODE) == 0 && chmod(path, DIRECTORY_MODE) != 0)
        why = strerror(errno);
    int fd = *why ? -1 : data_directory_look(path, &why);
    if (fd >= 0) {
        close(fd);
        return EXIT_DONE;
    }
    fprintf(stderr, "tax-administration: --data %s: %s\n", path, why);
    return EXIT_STORES;
}

static int open_db(const char *data, struct admin_db **ret_db) {
    enum db_result result = admin_db_open(data, ret_db);
    return result == DB_OK ? EXIT_DONE : report_db(data, result);
}

/* For all verbs but add: a mistyped directory must not get a new database. */
static int open_present_db(const char *data, struct admin_db **ret_db) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/" ADMIN_DB_FILE, data) < (int)sizeof path &&
        access(path, F_OK) != 0) {
        fprintf(stderr, "tax-administration: there are no accounts in %s: %s\n", data,
                strerror(errno));
        return EXIT_STORES;
    }
    int code = check_directory(data, false);
    return code == EXIT_DONE ? open_db(data, ret_db) : code;
}

static int report_taken(struct admin_db *db, const char *name) {
    struct account account;
    bool is_leaving =
        account_by_name(db, name, &account) == DB_OK && account.state == ACCOUNT_LEAVING;
    sodium_memzero(&account, sizeof account);
    fprintf(stderr, "tax-administration: %s %s\n", name,
            is_leaving ? "is being removed: repeat `user remove` until it succeeds"
                       : "already exists");
    return EXIT_REFUSED;
}

static int add_to_db(struct admin_db *db, const struct user_options *options,
                     const char *verifier) {
    enum db_result result = account_add(db, options->name, verifier, wall_clock_ms());
    if (result == DB_EXISTS) return report_taken(db, options->name);
    return result == DB_OK ? EXIT_DONE : report_db(options->data, result);
}

static int add_user(const struct user_options *options) {
    char verifier[PASSWORD_VERIFIER_CAP];
    struct admin_db *db = NULL;
    int code = read_password(options->name, verifier);
    if (code == EXIT_DONE) code = check_directory(options->data, true);
    if (code == EXIT_DONE) code = open_db(options->data, &db);
    if (code == EXIT_DONE) code = add_to_db(db, options, verifier);
    admin_db_close(db);
    sodium_memzero(verifier, sizeof verifier);
    return code;
}

static int find_present(struct admin_db *db, const struct user_options *options) {
    struct account account;
    enum db_result result = account_by_name(db, options->name, &account);
    if (result == DB_OK && account.state == ACCOUNT_LEAVING) result = DB_NOT_FOUND;
    sodium_memzero(&account, sizeof account);
    if (result == DB_NOT_FOUND) return report_unknown(options->name);
    return result == DB_OK ? EXIT_DONE : report_db(options->data, result);
}

static int set_password(struct admin_db *db, const struct user_options *options) {
    char verifier[PASSWORD_VERIFIER_CAP];
    int code = find_present(db, options);
    if (code == EXIT_DONE) code = read_password(options->name, verifier);
    if (code != EXIT_DONE) return code;
    enum db_result result = account_set_verifier(db, options->name, verifier);
    sodium_memzero(verifier, sizeof verifier);
    if (result == DB_NOT_FOUND) return report_unknown(options->name);
    return result == DB_OK ? EXIT_DONE : report_db(options->data, result);
}

static const char *state_name(const struct account *account) {
    switch (account->state) {
    case ACCOUNT_ACTIVE: return "active";
    case ACCOUNT_BLOCKED: return "blocked";
    default: return "leaving";
    }
}

/* Write errors are checked at the end. */
static bool print_line(const struct account *account, void *is_whole) {
    char created[RFC3339_CAP];
    (void)is_whole;
    rfc3339_format(account->created_ms, created);
    const char *note = account->state == ACCOUNT_LEAVING   ? " being removed"
                       : account->state == ACCOUNT_BLOCKED ? " blocked"
                                                           : "";
    printf("%s %s%s\n", account->name, created, note);
    return true;
}

static bool print_json(const struct account *account, void *is_whole) {
    char created[RFC3339_CAP];
    rfc3339_format(account->created_ms, created);
    json_t *object = json_pack("{ssssssss}", "name", account->name, "id", account->id, "created",
                               created, "state", state_name(account));
    if (!object) return *(bool *)is_whole = false;
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    printf("\n");
    json_decref(object);
    return true;
}

static int list_users(struct admin_db *db, const struct user_options *options) {
    bool is_whole = true;
    enum db_result result =
        account_visit_all(db, options->json ? print_json : print_line, &is_whole);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "tax-administration: cannot write to standard output: %s\n",
                strerror(errno));
        return EXIT_STORES;
    }
    if (!is_whole) fprintf(stderr, "tax-administration: out of memory\n");
    if (result != DB_OK) return report_db(options->data, result);
    return is_whole ? EXIT_DONE : EXIT_STORES;
}

static int run_verb(struct admin_db *db, const struct user_options *options) {
    switch (options->verb) {
    case USER_LIST: return list_users(db, options);
    case USER_PASSWD: return set_password(db, options);
    case USER_BLOCK: return user_block(db, options);
    case USER_UNBLOCK: return user_unblock(db, options);
    case USER_REMOVE: return user_remove(db, options);
    default: return EXIT_USAGE;
    }
}

int user_command(int argc, char **argv) {
    struct user_options options;
    struct admin_db *db = NULL;
    int code = user_options_parse(argc, argv, &options);
    if (code >= 0) return code;
    http_log_open("tax-administration");
    if (options.verb == USER_ADD) return add_user(&options);
    code = open_present_db(options.data, &db);
    if (code == EXIT_DONE) code = run_verb(db, &options);
    admin_db_close(db);
    return code;
}
