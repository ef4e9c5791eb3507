/* SPDX-License-Identifier: MIT */
#include "temp_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int temp_db_setup(void **state) {
    const char *base = getenv("TMPDIR");
    struct temp_db *temp = calloc(1, sizeof *temp);
    assert_non_null(temp);
    (void)snprintf(temp->dir, sizeof temp->dir, "%.40s/accounts-XXXXXX",
                   base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(temp->dir));
    assert_int_equal(admin_db_open(temp->dir, &temp->db), DB_OK);
    *state = temp;
    return 0;
}

int temp_db_teardown(void **state) {
    struct temp_db *temp = *state;
    static const char *const files[] = { ADMIN_DB_FILE, ADMIN_DB_FILE "-lock" };
    char path[128];
    admin_db_close(temp->db);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", temp->dir, files[i]);
        (void)unlink(path);
    }
    int rc = rmdir(temp->dir);
    free(temp);
    return rc;
}

void temp_db_reopen(struct temp_db *temp) {
    admin_db_close(temp->db);
    temp->db = NULL;
    assert_int_equal(admin_db_open(temp->dir, &temp->db), DB_OK);
}

void temp_db_add(struct temp_db *temp, const char *name, char ret_id[ACCOUNT_ID_LEN + 1]) {
    struct account account;
    assert_int_equal(account_add(temp->db, name, VERIFIER, SOME_TIME), DB_OK);
    assert_int_equal(account_by_name(temp->db, name, &account), DB_OK);
    memcpy(ret_id, account.id, sizeof account.id);
}
