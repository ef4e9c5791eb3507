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

/* ---- the audit and the owners: with right record tags ---------------------------------------- */

static struct atk_audit audit_at(const struct scene *s, uint64_t number) {
    uint8_t bytes[ATK_AUDIT_KEY_LEN];
    MDB_val key = { sizeof bytes, bytes }, value;
    struct atk_audit audit;
    const struct atk_view view = atk_lmdb_view(engine_of(s->f), s->txn);
    atk_audit_key(0, number, bytes);
    assert_int_equal(mdb_get(s->txn, view.env->audit, &key, &value), 0);
    assert_code(atk_audit_read(view.keys, &key, &value, &number, &audit, NULL), 0);
    return audit;
}

static void put_audit(const struct scene *s, uint64_t number, const struct atk_audit *audit) {
    uint8_t key[ATK_AUDIT_KEY_LEN], bytes[ATK_AUDIT_MAX];
    const struct atk_lmdb *engine = engine_of(s->f);
    MDB_val k = { sizeof key, key }, v = { atk_audit_encode(audit, bytes), bytes };
    atk_audit_key(0, number, key);
    atk_record_tag_write(engine->base.keys, key, sizeof key, bytes, v.mv_size);
    assert_int_equal(mdb_put(s->txn, engine->env->audit, &k, &v, 0), 0);
}

static void remove_audit(const struct scene *s, uint64_t number) {
    uint8_t key[ATK_AUDIT_KEY_LEN];
    atk_audit_key(0, number, key);
    delete_key(s, engine_of(s->f)->env->audit, key, sizeof key);
}

static void change_audit_time(struct scene *s) {
    struct atk_audit audit = audit_at(s, 1);
    audit.at_ms++;
    put_audit(s, 1, &audit);
}

static void change_audit_text(struct scene *s) {
    struct atk_audit audit = audit_at(s, 1);
    uint8_t text[ATK_AUDIT_TEXT_MAX];
    memcpy(text, audit.text, audit.text_len);
    text[ATK_AUDIT_SALT_LEN + 4] ^= 1; /* of the owner */
    audit.text = text;
    put_audit(s, 1, &audit);
}

static void swap_audit(struct scene *s) {
    uint8_t text[2][ATK_AUDIT_TEXT_MAX];
    struct atk_audit audit[2] = { audit_at(s, 1), audit_at(s, 2) };
    for (int i = 0; i < 2; i++) audit[i].text = memcpy(text[i], audit[i].text, audit[i].text_len);
    put_audit(s, 1, &audit[1]);
    put_audit(s, 2, &audit[0]);
}

static void remove_first_audit(struct scene *s) { remove_audit(s, 1); }
static void remove_last_audit(struct scene *s) { remove_audit(s, 2); }

static void remove_all_audit(struct scene *s) {
    remove_audit(s, 1);
    remove_audit(s, 2);
}

static void add_audit(struct scene *s) {
    struct atk_audit audit = audit_at(s, 2);
    uint8_t text[ATK_AUDIT_TEXT_MAX];
    audit.text = memcpy(text, audit.text, audit.text_len);
    put_audit(s, 3, &audit);
}

static void say_another_audit_tag(struct scene *s) { s->state.audit_last.tag[0] ^= 1; }

static void block_token(struct scene *s) {
    s->hot[0].flags = s->row[0].flags = ATK_FLAG_BLOCKED;
    put_hot(s, &s->hot[0]);
    put_row(s, &s->hot[0], &s->row[0]);
}

static void put_owner(const struct scene *s, uint8_t flags) {
    const struct atk_view view = atk_lmdb_view(engine_of(s->f), s->txn);
    const struct atk_owner_record owner = { .key_id = 1,
                                            .revision = 1,
                                            .flags = flags,
                                            .blocked_ms = FIXTURE_NOW,
                                            .reason = "",
                                            .actor = "admin",
                                            .actor_len = 5 };
    assert_code(atk_owner_put(&view, OWNER, strlen(OWNER), &owner, NULL), 0);
}

static void block_owner_alone(struct scene *s) { put_owner(s, ATK_OWNER_BLOCKED); }

static void damage_owner(struct scene *s) {
    char key[] = OWNER;
    MDB_val k = { strlen(key), key }, value;
    put_owner(s, ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING);
    assert_int_equal(mdb_get(s->txn, engine_of(s->f)->env->owners, &k, &value), 0);
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[value.mv_size - 1] ^= 1;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(s->txn, engine_of(s->f)->env->owners, &k, &value, 0), 0);
}

/* ---- the last-use slots ---------------------------------------------------------------------- */

static void share_slot(struct scene *s) {
    s->hot[0].slot = s->row[0].slot = s->hot[1].slot;
    put_hot(s, &s->hot[0]);
    put_row(s, &s->hot[0], &s->row[0]);
}

static void give_no_slot_away(struct scene *s) { s->state.next_slot--; }

static void count_a_free_slot(struct scene *s) { s->state.free_slots++; }

static void list_as_free(struct scene *s, uint32_t slot) {
    const struct atk_view view = atk_lmdb_view(engine_of(s->f), s->txn);
    struct atk_slots slots = { .key_id = 1, .first = atk_slots_first_of(slot) };
    atk_slots_set(&slots, slot, true);
    assert_code(atk_slots_put(&view, &slots, NULL), 0);
    s->state.free_slots++;
}

static void list_a_used_slot(struct scene *s) { list_as_free(s, s->hot[1].slot); }
static void list_a_slot_of_nobody(struct scene *s) { list_as_free(s, 3 * ATK_SLOTS_A_RECORD + 7); }

static void damage_free_slots(struct scene *s) {
    uint8_t key[ATK_SLOTS_KEY_LEN] = "!slots", bytes[ATK_SLOTS_MAX];
    MDB_val k = { sizeof key, key }, value;
    s->state.next_slot = 9; /* two are free */
    list_as_free(s, 7);
    list_as_free(s, 8);
    assert_int_equal(mdb_get(s->txn, engine_of(s->f)->env->hot, &k, &value), 0);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[value.mv_size - 1] ^= 1;
    value.mv_data = bytes;
    assert_int_equal(mdb_put(s->txn, engine_of(s->f)->env->hot, &k, &value, 0), 0);
}

static const struct {
    const char *name;
    void (*spoil)(struct scene *s);
    size_t count;    /* of findings */
    uint32_t kind;   /* of the first one ... */
    int about;       /* ... which of the two tokens it names; -1: none */
    int names_owner; /* ... and whether it names its owner; 2: another one */
    int backup, restore;
    int stays; /* a backup has it, too */
} faults[] = {
#define TOKEN APITOKEN_FINDING_TOKEN
#define STORE APITOKEN_FINDING_STORE
#define DAMAGED APITOKEN_E_DAMAGED
#define UNPROVEN APITOKEN_E_UNPROVEN
#define AUDIT 0, 0, .stays = 1 /* nobody is let in by it: it is handed on as it is */
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
    { "the time of an audit record", change_audit_time, 1, STORE, -1, 0, AUDIT },
    { "the text of an audit record", change_audit_text, 1, STORE, -1, 0, AUDIT },
    { "two audit records in each other's place", swap_audit, 3, STORE, -1, 0, AUDIT },
    { "the first audit record removed", remove_first_audit, 1, STORE, -1, 0, AUDIT },
    { "the last audit record removed", remove_last_audit, 1, STORE, -1, 0, AUDIT },
    { "all audit records removed", remove_all_audit, 1, STORE, -1, 0, AUDIT },
    { "an audit record behind the last one", add_audit, 2, STORE, -1, 0, AUDIT },
    { "another last audit record", say_another_audit_tag, 1, STORE, -1, 0, AUDIT },
    { "a token blocked without its owner", block_token, 1, TOKEN, 0, 1, AUDIT },
    { "an owner blocked without the tokens", block_owner_alone, 2, TOKEN, 0, 1, AUDIT },
    { "a damaged owner", damage_owner, 1, STORE, -1, 1, 0, UNPROVEN, .stays = 1 },
    { "two tokens with one slot", share_slot, 1, TOKEN, 1, 1, AUDIT },
    { "a slot that was never given away", give_no_slot_away, 1, TOKEN, 1, 1, AUDIT },
    { "too many free slots are counted", count_a_free_slot, 1, STORE, -1, 0, 0, 0 },
    { "a slot that is used and free", list_a_used_slot, 1, STORE, -1, 0, AUDIT },
    { "a free slot that never was one", list_a_slot_of_nobody, 1, STORE, -1, 0, AUDIT },
    { "a damaged list of free slots", damage_free_slots, 1, STORE, -1, 0, 0, 0 },
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
    if (faults[fault].stays) return;
    assert_code(check(beside(s->f, "backup"), s->f, &told), rc == 0 ? 0 : APITOKEN_E_NO_STORE);
}

/*
 * A good backup of before goes over it: only who accepts the loss gets it, and then all is in
 * order.
 */
static void assert_restored(const struct scene *s, size_t fault) {
    const struct fixture *f = s->f;
    struct told told;
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    int rc = apitoken_store_restore(beside(f, "before"), f->store_path, f->keyring, FIXTURE_RESTORE,
                                    NULL, NULL);
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
