/* SPDX-License-Identifier: MIT */
/*
 * Records whose tags are right and that do not agree with each other: a place that an old copy was
 * put back to, or a fault of the library's own. The check names what it is about; a backup takes
 * none of it along; a restore does not believe such a store.
 */
#include <stdio.h>
#include <string.h>

#include "below.h"
#include "cases.h"
#include "objects/store.h"

#define OWNER "owner"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Two tokens of a store, and a transaction in it. */
struct scene {
    const struct fixture *f;
    MDB_txn *txn;
    char id[2][APITOKEN_ID_LEN + 1];
    struct atk_hot hot[2];
    struct atk_row row[2];
    struct atk_state_record state;
};

/* ---- what is wrong --------------------------------------------------------------------------- */

static void put_hot(const struct scene *s, const struct atk_hot *hot) {
    const struct atk_view view = atk_lmdb_view(engine_of(s->f), s->txn);
    assert_code(atk_hot_put(&view, s->id[0], hot, 0, NULL), 0);
}

static void put_row(const struct scene *s, const struct atk_hot *at, const struct atk_row *row) {
    const struct atk_view view = atk_lmdb_view(engine_of(s->f), s->txn);
    assert_code(atk_row_put(&view, at, row, NULL), 0);
}

static void delete_key(const struct scene *s, MDB_dbi tree, void *key, size_t len) {
    MDB_val k = { len, key };
    assert_int_equal(mdb_del(s->txn, tree, &k, NULL), 0);
}

static void revoke_hot(struct scene *s) {
    s->hot[0].flags = ATK_FLAG_REVOKED;
    put_hot(s, &s->hot[0]);
}

static void revoke_row(struct scene *s) {
    s->row[0].flags = ATK_FLAG_REVOKED;
    s->row[0].revoked_ms = FIXTURE_NOW;
    put_row(s, &s->hot[0], &s->row[0]);
}

static void change_end(struct scene *s) {
    s->hot[0].end_ms = FIXTURE_NOW + 1;
    put_hot(s, &s->hot[0]);
}

static void change_slot(struct scene *s) {
    s->hot[0].slot += 2;
    put_hot(s, &s->hot[0]);
}

static void put_row_of_the_other(struct scene *s) {
    memcpy(s->row[1].id, s->id[0], sizeof s->row[1].id);
    put_row(s, &s->hot[0], &s->row[1]);
}

static void put_row_twice(struct scene *s) {
    struct atk_hot hot = s->hot[0];
    hot.owner[0] ^= 1;
    put_row(s, &hot, &s->row[0]);
}

static void delete_hot(struct scene *s) {
    delete_key(s, engine_of(s->f)->env->hot, s->id[0], APITOKEN_ID_LEN);
}

static void delete_row(struct scene *s) {
    uint8_t key[ATK_ROW_KEY_MAX];
    size_t len = atk_row_key(s->hot[0].owner, s->hot[0].owner_len, s->id[0], key);
    delete_key(s, engine_of(s->f)->env->rows, key, len);
}

static void put_record_under_no_id(struct scene *s) {
    char name[] = "name";
    MDB_val key = { strlen(name), name }, value = { strlen(name), name };
    assert_int_equal(mdb_put(s->txn, engine_of(s->f)->env->hot, &key, &value, 0), 0);
}

static void count_too_many(struct scene *s) { s->state.tokens++; }

static void count_too_many_revoked(struct scene *s) { s->state.revoked++; }

static const struct {
    const char *name;
    void (*spoil)(struct scene *s);
    size_t count;    /* of findings */
    uint32_t kind;   /* of the first one ... */
    int about;       /* ... which of the two tokens it names; -1: none */
    int names_owner; /* ... and whether it names its owner; 2: another one */
    int backup, restore;
} faults[] = {
#define TOKEN APITOKEN_FINDING_TOKEN
#define STORE APITOKEN_FINDING_STORE
#define DAMAGED APITOKEN_E_DAMAGED
#define UNPROVEN APITOKEN_E_UNPROVEN
    { "only the hot record is revoked", revoke_hot, 1, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "only the row is revoked", revoke_row, 1, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "they end at different times", change_end, 1, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "they name different slots", change_slot, 1, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "a row in the place of another one", put_row_of_the_other, 1, TOKEN, 0, 1, DAMAGED,
      UNPROVEN },
    { "a row in two places", put_row_twice, 2, TOKEN, 0, 2, DAMAGED, UNPROVEN },
    { "a row without a hot record", delete_hot, 2, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "a hot record without a row", delete_row, 2, TOKEN, 0, 1, DAMAGED, UNPROVEN },
    { "a record under no id", put_record_under_no_id, 2, TOKEN, -1, 0, DAMAGED, UNPROVEN },
    { "too many tokens are counted", count_too_many, 1, STORE, -1, 0, DAMAGED, 0 },
    { "too many revoked ones are counted", count_too_many_revoked, 1, STORE, -1, 0, 0, 0 },
};

static void make_scene(struct scene *s, const struct fixture *f) {
    s->f = f;
    for (int i = 0; i < 2; i++) {
        const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
        memcpy(s->id[i], token.id, sizeof s->id[i]);
        get_records(f, OWNER, token.id, &s->hot[i], &s->row[i]);
    }
}

static void spoil(struct scene *s, size_t fault) {
    s->txn = txn_begin(s->f);
    s->state = get_state(s->f, s->txn);
    faults[fault].spoil(s);
    set_state(s->f, s->txn, &s->state);
    txn_commit(s->txn);
}

/* ---- what is said of it ---------------------------------------------------------------------- */

struct told {
    size_t count;
    apitoken_finding first;
};

static void tell(const apitoken_finding *finding, void *ctx) {
    struct told *told = ctx;
    if (told->count++ == 0) told->first = *finding;
}

static int check(const char *path, const struct fixture *f, struct told *told) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    told->count = 0;
    opts.finding = tell;
    opts.finding_ctx = told;
    return apitoken_store_check(path, f->keyring, &opts, NULL);
}

/* dir/name; good until two calls later. */
static const char *beside(const struct fixture *f, const char *name) {
    static char paths[2][128];
    static unsigned at;
    char *path = paths[++at % 2];
    (void)snprintf(path, sizeof paths[0], "%s/%s", f->dir, name);
    return path;
}

static void assert_checked(const struct scene *s, size_t fault) {
    struct told told;
    assert_code(check(s->f->store_path, s->f, &told), DAMAGED);
    assert_int_equal(told.count, faults[fault].count);
    assert_int_equal(told.first.kind, faults[fault].kind);
    assert_code(told.first.code, DAMAGED);
    assert_string_equal(told.first.id, faults[fault].about < 0 ? "" : s->id[faults[fault].about]);
    char owner[] = OWNER;
    owner[0] ^= faults[fault].names_owner == 2;
    assert_string_equal(told.first.owner, faults[fault].names_owner ? owner : "");
}

/* What is made is sound. */
static void assert_backed_up(const struct scene *s, size_t fault) {
    struct told told;
    int rc = apitoken_store_backup(s->f->store, beside(s->f, "backup"), NULL, NULL);
    assert_code(rc, faults[fault].backup);
    assert_code(check(beside(s->f, "backup"), s->f, &told), rc == 0 ? 0 : APITOKEN_E_NO_STORE);
}

/*
 * A good backup of before goes over it: only who accepts the loss gets it, and then all is in
 * order.
 */
static void assert_restored(const struct scene *s, size_t fault) {
    const struct fixture *f = s->f;
    struct told told;
    apitoken_restore_opts opts = APITOKEN_RESTORE_OPTS_INIT;
    int rc =
        apitoken_store_restore(beside(f, "before"), f->store_path, f->keyring, NULL, NULL, NULL);
    assert_code(rc, faults[fault].restore);
    assert_code(check(f->store_path, f, &told), rc == 0 ? 0 : DAMAGED);
    if (rc == 0) return;
    opts.flags = APITOKEN_RESTORE_ACCEPT_LOST;
    assert_code(
        apitoken_store_restore(beside(f, "before"), f->store_path, f->keyring, &opts, NULL, NULL),
        0);
    assert_code(check(f->store_path, f, &told), 0);
}

/* Each in a store of its own. */
static void test_what_does_not_agree_is_named_and_not_handed_on(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        void *own = NULL;
        struct told told;
        struct scene scene;
        assert_int_equal(fixture_setup(&own), 0);
        struct fixture *f = own;
        print_message("# %s\n", faults[i].name);
        make_scene(&scene, f);
        assert_code(check(f->store_path, f, &told), 0);
        assert_code(apitoken_store_backup(f->store, beside(f, "before"), NULL, NULL), 0);
        spoil(&scene, i);
        assert_checked(&scene, i);
        assert_backed_up(&scene, i);
        apitoken_store_close(f->store);
        f->store = NULL;
        assert_restored(&scene, i);
        assert_int_equal(fixture_teardown(&own), 0);
    }
}

/* ---- copies ---------------------------------------------------------------------------------- */

static int copy(const struct fixture *f, const char *id, char buf[APITOKEN_FORMAT_MAX],
                size_t *ret_len) {
    return apitoken_copy(f->store, LIT(OWNER), id, APITOKEN_ID_LEN, APITOKEN_FORMAT_PLAIN, NULL,
                         buf, APITOKEN_FORMAT_MAX, ret_len, NULL);
}

/*
 * The text of a copy is bound to its token: that of another one, put into its row, is not handed
 * out.
 */
static void test_the_sealed_text_of_another_token_is_not_copied(void **state) {
    const struct fixture *f = *state;
    struct scene s;
    char buf[APITOKEN_FORMAT_MAX] = "untouched";
    size_t len = 77;
    make_scene(&s, f);
    assert_true(s.row[0].sealed_len > 0 && s.row[0].sealed_len == s.row[1].sealed_len);
    memcpy(s.row[0].sealed, s.row[1].sealed, s.row[1].sealed_len);
    s.txn = txn_begin(f);
    s.state = get_state(f, s.txn);
    put_row(&s, &s.hot[0], &s.row[0]);
    set_state(f, s.txn, &s.state);
    txn_commit(s.txn);
    assert_code(copy(f, s.id[0], buf, &len), DAMAGED);
    assert_string_equal(buf, "untouched");
    assert_int_equal(len, 77);
    assert_code(copy(f, s.id[1], buf, &len), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_does_not_agree_is_named_and_not_handed_on),
        cmocka_unit_test_setup_teardown(test_the_sealed_text_of_another_token_is_not_copied,
                                        fixture_setup_always, fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
