/* SPDX-License-Identifier: MIT */
#include "accounts/accounts.h"

#include <sodium.h>
#include <string.h>

#include "accounts/admin_db_priv.h"
#include "accounts/creations.h"

#define ID_BYTES (ACCOUNT_ID_LEN / 2)

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool login_name_is_valid(const char *name, size_t length) {
    if (length == 0 || length > ACCOUNT_NAME_MAX || !is_letter_or_digit(name[0])) return false;
    for (size_t i = 0; i < length; i++) {
        if (!is_letter_or_digit(name[i]) && (name[i] == '\0' || !strchr("._-@", name[i])))
            return false;
    }
    return true;
}

/* No account has an invalid name, and LMDB would refuse an empty key. */
static int name_key(const char *name, MDB_val *ret_key) {
    size_t length = strlen(name);
    if (!login_name_is_valid(name, length)) return MDB_NOTFOUND;
    *ret_key = admin_db_text(name, length);
    return MDB_SUCCESS;
}

static int get_account_by_name(struct admin_db *db, MDB_txn *txn, const char *name,
                               struct account *ret_account) {
    MDB_val key, value;
    int rc = name_key(name, &key);
    if (rc == MDB_SUCCESS) rc = mdb_get(txn, db->names, &key, &value);
    return rc == MDB_SUCCESS ? admin_db_read_account(key, value, ret_account) : rc;
}

static void draw_id(char ret_id[ACCOUNT_ID_LEN + 1]) {
    unsigned char bytes[ID_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_id, ACCOUNT_ID_LEN + 1, bytes, sizeof bytes);
}

static int put_new(struct admin_db *db, MDB_txn *txn, const struct account *account) {
    MDB_val id = admin_db_text(account->id, ACCOUNT_ID_LEN),
            name = admin_db_text(account->name, strlen(account->name));
    int rc = admin_db_put_account(db, txn, account, MDB_NOOVERWRITE);
    return rc == MDB_SUCCESS ? mdb_put(txn, db->ids, &id, &name, MDB_NOOVERWRITE) : rc;
}

enum db_result account_add(struct admin_db *db, const char *name, const char *verifier,
                           int64_t now_ms) {
    struct account account = { .state = ACCOUNT_ACTIVE,
                               .password_version = 1,
                               .created_ms = now_ms };
    size_t name_length = strlen(name), verifier_length = strlen(verifier);
    MDB_txn *txn = NULL;
    if (!login_name_is_valid(name, name_length) || verifier_length >= sizeof account.verifier)
        return admin_db_result(MDB_BAD_VALSIZE, "add an account");
    memcpy(account.name, name, name_length);
    memcpy(account.verifier, verifier, verifier_length);
    draw_id(account.id);

    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, put_new(db, txn, &account));
    sodium_memzero(&account, sizeof account);
    return admin_db_result(rc, "add an account");
}

enum db_result account_by_name(struct admin_db *db, const char *name, struct account *ret_account) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_read(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "find an account");
    rc = get_account_by_name(db, txn, name, ret_account);
    mdb_txn_abort(txn);
    return admin_db_result(rc, "find an account");
}

enum db_result account_by_id(struct admin_db *db, const char *id, struct account *ret_account) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_read(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "find an account");
    rc = admin_db_get_account(db, txn, id, ret_account);
    mdb_txn_abort(txn);
    return admin_db_result(rc, "find an account");
}

static int put_new_verifier(struct admin_db *db, MDB_txn *txn, struct account *account,
                            const char *verifier) {
    account->password_version++;
    memset(account->verifier, 0, sizeof account->verifier);
    memcpy(account->verifier, verifier, strlen(verifier));
    return admin_db_put_account(db, txn, account, 0);
}

static int put_verifier(struct admin_db *db, MDB_txn *txn, const char *name, const char *verifier) {
    struct account account;
    int rc = get_account_by_name(db, txn, name, &account);
    if (rc != MDB_SUCCESS) return rc;
    rc = account.state != ACCOUNT_LEAVING ? put_new_verifier(db, txn, &account, verifier)
                                          : MDB_NOTFOUND;
    sodium_memzero(&account, sizeof account);
    return rc;
}

enum db_result account_set_verifier(struct admin_db *db, const char *name, const char *verifier) {
    MDB_txn *txn = NULL;
    if (strlen(verifier) >= PASSWORD_VERIFIER_CAP)
        return admin_db_result(MDB_BAD_VALSIZE, "set a password");
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, put_verifier(db, txn, name, verifier));
    return admin_db_result(rc, "set a password");
}

static int put_changed_verifier(struct admin_db *db, MDB_txn *txn, const struct account *old,
                                const char *verifier, struct account *account) {
    int rc = admin_db_get_account(db, txn, old->id, account);
    if (rc != MDB_SUCCESS) return rc;
    if (account->state != ACCOUNT_ACTIVE || account->password_version != old->password_version)
        return MDB_NOTFOUND;
    return put_new_verifier(db, txn, account, verifier);
}

enum db_result account_change_verifier(struct admin_db *db, const struct account *old,
                                       const char *verifier, struct account *ret_account) {
    struct account account;
    MDB_txn *txn = NULL;
    if (strlen(verifier) >= PASSWORD_VERIFIER_CAP)
        return admin_db_result(MDB_BAD_VALSIZE, "change a password");
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS)
        rc = host_db_end_write(txn, put_changed_verifier(db, txn, old, verifier, &account));
    if (rc == MDB_SUCCESS) *ret_account = account;
    sodium_memzero(&account, sizeof account);
    return admin_db_result(rc, "change a password");
}

static int put_blocked(struct admin_db *db, MDB_txn *txn, const char *name, bool is_blocked) {
    struct account account;
    int rc = get_account_by_name(db, txn, name, &account);
    if (rc != MDB_SUCCESS) return rc;
    if (account.state != ACCOUNT_LEAVING) {
        account.state = is_blocked ? ACCOUNT_BLOCKED : ACCOUNT_ACTIVE;
        rc = admin_db_put_account(db, txn, &account, 0);
    } else {
        rc = MDB_NOTFOUND;
    }
    if (rc == MDB_SUCCESS && is_blocked) rc = admin_db_raise_schema(db, txn);
    sodium_memzero(&account, sizeof account);
    return rc;
}

enum db_result account_set_blocked(struct admin_db *db, const char *name, bool is_blocked) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, put_blocked(db, txn, name, is_blocked));
    return admin_db_result(rc, is_blocked ? "block an account" : "unblock an account");
}

static int put_leaving(struct admin_db *db, MDB_txn *txn, const char *name,
                       struct account *account) {
    int rc = get_account_by_name(db, txn, name, account);
    if (rc != MDB_SUCCESS) return rc;
    account->state = ACCOUNT_LEAVING;
    return admin_db_put_account(db, txn, account, 0);
}

enum db_result account_mark_leaving(struct admin_db *db, const char *name,
                                    struct account *ret_account) {
    struct account account;
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, put_leaving(db, txn, name, &account));
    if (rc == MDB_SUCCESS) *ret_account = account;
    sodium_memzero(&account, sizeof account);
    return admin_db_result(rc, "mark an account as being removed");
}

static int delete_account(struct admin_db *db, MDB_txn *txn, const char *id) {
    struct account account;
    MDB_val id_key = admin_db_text(id, ACCOUNT_ID_LEN);
    int rc = admin_db_get_account(db, txn, id, &account);
    if (rc != MDB_SUCCESS) return rc;
    MDB_val name_key = admin_db_text(account.name, strlen(account.name));
    rc = account.state == ACCOUNT_LEAVING ? creations_delete_all(db, txn, id) : MDB_NOTFOUND;
    if (rc == MDB_SUCCESS) rc = mdb_del(txn, db->ids, &id_key, NULL);
    if (rc == MDB_SUCCESS) rc = mdb_del(txn, db->names, &name_key, NULL);
    sodium_memzero(&account, sizeof account);
    return rc;
}

enum db_result account_delete(struct admin_db *db, const char *id) {
    MDB_txn *txn = NULL;
    int rc = host_db_begin_write(db->env, &txn);
    if (rc == MDB_SUCCESS) rc = host_db_end_write(txn, delete_account(db, txn, id));
    return admin_db_result(rc, "delete an account");
}

static int visit(MDB_cursor *cursor, bool (*take)(const struct account *account, void *ctx),
                 void *ctx) {
    struct account account;
    MDB_val key, value;
    bool goes_on = true;
    int rc = MDB_SUCCESS;
    while (goes_on && (rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        rc = admin_db_read_account(key, value, &account);
        if (rc != MDB_SUCCESS) break;
        goes_on = take(&account, ctx);
        sodium_memzero(&account, sizeof account);
    }
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

enum db_result account_visit_all(struct admin_db *db,
                                 bool (*take)(const struct account *account, void *ctx),
                                 void *ctx) {
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    int rc = host_db_begin_read(db->env, &txn);
    if (rc != MDB_SUCCESS) return admin_db_result(rc, "list accounts");
    rc = mdb_cursor_open(txn, db->names, &cursor);
    if (rc == MDB_SUCCESS) {
        rc = visit(cursor, take, ctx);
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    return admin_db_result(rc, "list accounts");
}
