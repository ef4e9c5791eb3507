/* SPDX-License-Identifier: MIT */
/* Which records of a replaced store count, what they prove, and what a lack of memory leaves. */
#include "lmdb/stores/proofs.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "cases.h"
#include "outside/record_tag.h"
#include "real.h"
#include "rules/text.h"
#include "samples.h"

/* Stands before the system's: so many requests for memory are answered, and no more. */
static unsigned granted = UINT32_MAX;

void *realloc(void *old, size_t size) {
    void *(*real)(void *, size_t);
    REAL(real, "realloc");
    if (granted == 0) return NULL;
    granted -= granted != UINT32_MAX;
    return real(old, size);
}

/* Four ids in their order. */
static const char *const ids[] = { "000000010000", "00000002aaaa", "00000002bbbb", "0000000zzzzz" };

/* A backup, in a write transaction that is never committed, and what is found beside it. */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    struct atk_env env;
    struct atk_view view;
    MDB_txn *txn;
    struct atk_keys keys;
    struct atk_proofs proofs;
};

static int setup(void **state) {
    struct place *p = aligned_alloc(_Alignof(struct place), sizeof *p);
    assert_non_null(p);
    memset(p, 0, sizeof *p);
    fixture_make_dir(&p->fixture);
    assert_int_equal(mdb_env_create(&p->env.mdb), 0);
    assert_int_equal(mdb_env_set_maxdbs(p->env.mdb, 4), 0);
    assert_int_equal(mdb_env_open(p->env.mdb, p->fixture.dir, MDB_NOTLS | MDB_NOSYNC, 0600), 0);
    assert_int_equal(mdb_txn_begin(p->env.mdb, NULL, 0, &p->txn), 0);
    assert_int_equal(atk_env_open_trees(&p->env, p->txn, MDB_CREATE), 0);
    sample_keys(&p->keys);
    p->view = (struct atk_view){ &p->env, p->txn, &p->keys };
    atk_proofs_init(&p->proofs, &p->view);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    atk_proofs_free(&p->proofs);
    assert_true(!p->proofs.list && !p->proofs.bytes && p->proofs.count == 0);
    mdb_txn_abort(p->txn);
    mdb_env_close(p->env.mdb);
    return fixture_teardown(state);
}

static struct atk_hot hot_of(uint32_t revision, uint8_t flags) {
    struct atk_hot hot;
    sample_hot(&hot);
    hot.revision = revision;
    hot.flags = flags;
    return hot;
}

static struct atk_row row_of(const char *id, uint32_t revision) {
    struct atk_row row;
    sample_row_day(&row);
    memcpy(row.id, id, sizeof row.id);
    row.revision = revision;
    return row;
}

static int add_hot(struct place *p, const char *id, uint32_t revision, uint8_t flags) {
    uint8_t bytes[ATK_HOT_MAX];
    const struct atk_hot hot = hot_of(revision, flags);
    const size_t len = atk_hot_encode(&hot, bytes);
    atk_record_tag_write(&p->keys, id, APITOKEN_ID_LEN, bytes, len);
    return atk_proofs_add(&p->proofs, (const uint8_t *)id, APITOKEN_ID_LEN, bytes, len);
}

static int add_row(struct place *p, const char *id, uint32_t revision) {
    uint8_t bytes[ATK_ROW_MAX], key[ATK_ROW_KEY_MAX];
    const struct atk_hot hot = hot_of(revision, 0);
    const struct atk_row row = row_of(id, revision);
    const size_t key_len = atk_row_key(hot.owner, hot.owner_len, id, key),
                 len = atk_row_encode(&row, bytes);
    atk_record_tag_write(&p->keys, key, key_len, bytes, len);
    return atk_proofs_add(&p->proofs, key, key_len, bytes, len);
}

static int add_owner(struct place *p, const char *owner, uint32_t revision, uint8_t flags) {
    uint8_t bytes[ATK_OWNER_RECORD_MAX];
    struct atk_owner_record record;
    sample_owner(&record);
    record.revision = revision;
    record.flags = flags;
    const size_t len = atk_owner_record_encode(&record, bytes);
    return atk_proofs_add(&p->proofs, (const uint8_t *)owner, strlen(owner), bytes, len);
}

static struct atk_proof get(struct place *p, const char *id, struct atk_proof_records *records) {
    static struct atk_hot hot;
    static struct atk_row row;
    hot = hot_of(1, 0);
    row = row_of(id, 1);
    return atk_proofs_get(&p->proofs, id, &hot, &row, records);
}

static void test_the_newest_record_of_each_kind_counts(void **state) {
    struct place *p = *state;
    static struct atk_proof_records records;
    assert_code(add_hot(p, ids[1], 2, 0), 0);
    assert_code(add_row(p, ids[1], 5), 0);
    assert_code(add_hot(p, ids[1], 4, ATK_FLAG_SUSPENDED), 0);
    assert_code(add_hot(p, ids[1], 3, 0), 0);
    assert_code(add_row(p, ids[1], 3), 0);
    assert_code(add_hot(p, ids[0], 1, 0), 0);
    assert_code(add_hot(p, ids[0], 1, ATK_FLAG_REVOKED), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_int_equal(p->proofs.tokens, 2);
    assert_int_equal(atk_proofs_find(&p->proofs, ids[2]), ATK_PROOF_NONE);
    assert_int_equal(atk_proofs_find(&p->proofs, ids[1]), ATK_PROOF_DIFFERENT);
    struct atk_proof proof = get(p, ids[1], &records);
    assert_int_equal(proof.hot->revision, 4);
    assert_int_equal(proof.hot->flags, ATK_FLAG_SUSPENDED);
    assert_int_equal(proof.row->revision, 5);
    assert_false(proof.is_whole);
    proof = get(p, ids[0], &records);
    assert_null(proof.row);
    assert_int_equal(proof.hot->flags, ATK_FLAG_REVOKED);
}

/* However many versions there are, no more is kept than there are tokens. */
static void test_old_versions_take_no_room(void **state) {
    struct place *p = *state;
    static struct atk_proof_records records;
    for (uint32_t i = 1; i <= 10000; i++) {
        assert_code(add_hot(p, ids[i % 4], i, 0), 0);
        assert_code(add_row(p, ids[i % 4], i), 0);
    }
    assert_true(p->proofs.room < 1000 && p->proofs.bytes_room < 1000000);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_int_equal(p->proofs.count, 8);
    for (uint32_t i = 9997; i <= 10000; i++) {
        const struct atk_proof proof = get(p, ids[i % 4], &records);
        assert_int_equal(proof.hot->revision, i);
        assert_int_equal(proof.row->revision, i);
    }
}

/* What the backup has byte for byte needs no room, and stands for what it is. */
static void test_a_record_of_the_backup_is_the_same(void **state) {
    struct place *p = *state;
    static struct atk_proof_records records;
    const struct atk_hot hot = hot_of(1, 0);
    const struct atk_row row = row_of(ids[1], 1);
    assert_code(atk_hot_put(&p->view, ids[1], &hot, 0, NULL), 0);
    assert_code(atk_row_put(&p->view, &hot, &row, NULL), 0);
    assert_code(add_hot(p, ids[1], 1, 0), 0);
    assert_code(add_row(p, ids[1], 1), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_int_equal(p->proofs.bytes_len, 0);
    assert_int_equal(atk_proofs_find(&p->proofs, ids[1]), ATK_PROOF_SAME);
    const struct atk_proof proof = get(p, ids[1], &records);
    assert_true(proof.hot != &records.hot && proof.row != &records.row && proof.hot && proof.row);
}

/* A token belongs to one owner for ever: what says otherwise is not of this token. */
static void test_a_record_of_another_owner_proves_nothing(void **state) {
    struct place *p = *state;
    static struct atk_proof_records records;
    struct atk_hot hot = hot_of(1, 0);
    const struct atk_row row = row_of(ids[1], 1);
    assert_code(add_hot(p, ids[1], 2, ATK_FLAG_SUSPENDED), 0);
    assert_code(add_row(p, ids[1], 2), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    hot.owner[0] ^= 1;
    const struct atk_proof proof = atk_proofs_get(&p->proofs, ids[1], &hot, &row, &records);
    assert_true(!proof.hot && !proof.row);
}

static const struct atk_proof_owner *find_owner(struct place *p, const char *owner) {
    return atk_proofs_find_owner(&p->proofs, owner, strlen(owner));
}

/* By the newest record, or by a token if there is none. */
static void test_blocked_owners_are_found(void **state) {
    struct place *p = *state;
    struct atk_hot hot = hot_of(9, 0);
    assert_code(add_owner(p, "zoe", 2, ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING), 0);
    assert_code(add_owner(p, "zoe", 1, ATK_OWNER_BLOCKED), 0);
    assert_code(add_owner(p, "bob", 1, ATK_OWNER_BLOCKED), 0);
    assert_code(add_hot(p, ids[0], 2, ATK_FLAG_BLOCKED), 0);
    /* of one of which the backup has a later record */
    assert_code(atk_hot_put(&p->view, ids[0], &hot, 0, NULL), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_int_equal(atk_proofs_owner_record(&p->proofs, find_owner(p, "zoe")).flags,
                     ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING);
    assert_int_equal(atk_proofs_owner_record(&p->proofs, find_owner(p, "bob")).flags,
                     ATK_OWNER_BLOCKED);
    assert_null(find_owner(p, "ann"));
    assert_null(find_owner(p, SAMPLE_OWNER));
    assert_code(add_hot(p, ids[0], 10, ATK_FLAG_BLOCKED), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    const struct atk_owner_record record =
        atk_proofs_owner_record(&p->proofs, find_owner(p, SAMPLE_OWNER));
    assert_int_equal(record.flags, ATK_OWNER_BLOCKED);
    assert_int_equal(record.actor_len, 0);
}

static int add_audit(struct place *p, uint64_t number, uint8_t tag, const char *text) {
    uint8_t bytes[ATK_AUDIT_MAX], key[ATK_AUDIT_KEY_LEN];
    struct atk_audit audit = { .key_id = 7,
                               .chain_key_id = 7,
                               .verb = ATK_VERB_CREATE,
                               .at_ms = FIXTURE_NOW,
                               .text = (const uint8_t *)text,
                               .text_len = (uint16_t)strlen(text) };
    memset(audit.tag, tag, sizeof audit.tag);
    atk_audit_key(0, number, key);
    const size_t len = atk_audit_encode(&audit, bytes);
    return atk_proofs_add(&p->proofs, key, sizeof key, bytes, len);
}

static void test_erased_texts_are_found_by_number_and_tag(void **state) {
    struct place *p = *state;
    uint8_t tag[ATK_CHAIN_TAG_LEN];
    memset(tag, 3, sizeof tag);
    assert_false(atk_proofs_is_erased(&p->proofs, 5, tag));
    assert_code(add_audit(p, 9, 3, ""), 0);
    assert_code(add_audit(p, 5, 3, ""), 0);
    assert_code(add_audit(p, 5, 2, ""), 0);
    assert_code(add_audit(p, 6, 3, "0123456789abcdef\0\0\0\0"), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_true(atk_proofs_is_erased(&p->proofs, 5, tag));
    assert_true(atk_proofs_is_erased(&p->proofs, 9, tag));
    assert_false(atk_proofs_is_erased(&p->proofs, 7, tag));
    memset(tag, 4, sizeof tag);
    assert_false(atk_proofs_is_erased(&p->proofs, 5, tag));
}

static void test_the_floor_is_above_all_ids(void **state) {
    struct place *p = *state;
    uint8_t bytes[ATK_STATE_MAX];
    struct atk_state_record record = { .schema = ATK_SCHEMA,
                                       .limit_bytes = ATK_MAP_MIN,
                                       .id_floor = atk_id_tick(ids[3]) + 7,
                                       .transaction = 1 };
    assert_code(add_hot(p, ids[2], 1, 0), 0);
    assert_true(p->proofs.id_floor == atk_id_tick(ids[2]));
    assert_code(add_row(p, ids[3], 1), 0);
    assert_code(add_row(p, ids[0], 1), 0);
    assert_true(p->proofs.id_floor == atk_id_tick(ids[3]));
    const size_t len = atk_state_record_encode(&record, bytes);
    assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)"!state", 6, bytes, len), 0);
    assert_true(p->proofs.id_floor == atk_id_tick(ids[3]) + 7);
}

/* Where their keys do not fit, or their bytes are none of their type. */
static void test_what_is_no_record_is_passed_over(void **state) {
    struct place *p = *state;
    uint8_t bytes[ATK_HOT_MAX] = { ATK_RECORD_VERSION };
    const struct atk_hot hot = hot_of(1, 0);
    const struct atk_row row = row_of(ids[0], 1);
    static const unsigned types[] = { ATK_TYPE_HOT,
                                      ATK_TYPE_ROW,
                                      ATK_TYPE_OWNER,
                                      ATK_TYPE_AUDIT,
                                      ATK_TYPE_KEYS,
                                      ATK_TYPE_STATE,
                                      99 };
    uint8_t whole[ATK_ROW_MAX];
    for (size_t i = 0; i < ATK_LEN(types); i++) {
        bytes[1] = (uint8_t)types[i];
        assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)ids[0], 12, bytes, 16), 0);
        assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)"xxxxxxxxxxxxxxxx", 16, bytes, 16),
                    0);
        assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)"", 0, bytes, 16), 0);
        assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)ids[0], 12, bytes, 7), 0);
    }
    size_t len = atk_hot_encode(&hot, whole);
    assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)"0000000100-0", 12, whole, len), 0);
    len = atk_row_encode(&row, whole);
    assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)ids[0], 12, whole, len), 0);
    assert_code(atk_proofs_add(&p->proofs, (const uint8_t *)"\1o0000000100-0", 14, whole, len), 0);
    assert_code(atk_proofs_complete(&p->proofs), 0);
    assert_true(p->proofs.count == 0 && p->proofs.owner_count == 0 && p->proofs.erased_count == 0);
}

/* Under valgrind realloc() is its own. */
static bool can_be_refused(void) {
    void *(*volatile ask)(void *, size_t) = realloc;
    granted = 0;
    void *memory = ask(NULL, 1);
    granted = UINT32_MAX;
    free(memory);
    return !memory;
}

/* At each request of each kind of record. */
static void test_a_lack_of_memory_is_said_so(void **state) {
    struct place *p = *state;
    if (!can_be_refused()) return;
    for (unsigned i = 0; i < 2; i++) {
        int codes[4];
        for (unsigned kind = 0; kind < 4; kind++) {
            atk_proofs_free(&p->proofs);
            atk_proofs_init(&p->proofs, &p->view);
            granted = i;
            switch (kind) {
            case 0: codes[kind] = add_hot(p, ids[0], 1, 0); break;
            case 1: codes[kind] = add_row(p, ids[0], 1); break;
            case 2: codes[kind] = add_owner(p, "bob", 1, ATK_OWNER_BLOCKED); break;
            default: codes[kind] = add_audit(p, 1, 1, ""); break;
            }
            granted = UINT32_MAX;
        }
        for (unsigned kind = 0; kind < 3; kind++) assert_code(codes[kind], APITOKEN_E_NOMEM);
        assert_code(codes[3], i == 0 ? APITOKEN_E_NOMEM : 0);
    }
    atk_proofs_free(&p->proofs);
    atk_proofs_init(&p->proofs, &p->view);
    assert_code(add_hot(p, ids[0], 1, ATK_FLAG_BLOCKED), 0);
    granted = 0;
    int rc = atk_proofs_complete(&p->proofs);
    granted = UINT32_MAX;
    assert_code(rc, APITOKEN_E_NOMEM);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_PLACE(test_the_newest_record_of_each_kind_counts),
        WITH_PLACE(test_old_versions_take_no_room),
        WITH_PLACE(test_a_record_of_the_backup_is_the_same),
        WITH_PLACE(test_a_record_of_another_owner_proves_nothing),
        WITH_PLACE(test_blocked_owners_are_found),
        WITH_PLACE(test_erased_texts_are_found_by_number_and_tag),
        WITH_PLACE(test_the_floor_is_above_all_ids),
        WITH_PLACE(test_what_is_no_record_is_passed_over),
        WITH_PLACE(test_a_lack_of_memory_is_said_so),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
