/* SPDX-License-Identifier: MIT */
/* Which rows the engine shows a list, in which order, and where it stops. */
#include "lmdb/tokens/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "below.h"
#include "cases.h"
#include "objects/store.h"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
#define ROWS_MAX 64

/* In the order of a list. Among them are owners that are the beginning of another one. */
static const char *const owners[] = { "a",   "b",   "z",   "aa",  "ab",  "ba",   "zz",   "aaa",
                                      "aab", "abb", "baa", "bab", "zzz", "aaaa", "baaaa" };
#define OWNERS ATK_LEN(owners)

/* Rows as they were seen. */
struct seen {
    size_t count;
    size_t stop_at; /* ends the page with this row; 0: never */
    struct atk_row_place row[ROWS_MAX];
};

static int see(void *ctx, const struct atk_row_view *row, apitoken_error *err) {
    struct seen *seen = ctx;
    (void)err;
    assert_true(seen->count < ROWS_MAX);
    struct atk_row_place *place = &seen->row[seen->count++];
    place->owner_len = row->owner_len;
    memcpy(place->owner, row->owner, row->owner_len);
    memcpy(place->id, row->id, sizeof place->id);
    return seen->count == seen->stop_at ? ATK_VISIT_STOP : ATK_VISIT_NEXT;
}

/* Two tokens of each owner, made in an order that is not that of the list. */
static void make_tokens(const struct fixture *f) {
    for (size_t round = 0; round < 2; round++)
        for (size_t i = OWNERS; i-- > 0;) (void)fixture_create(f->store, owners[i], "name", NULL);
}

static struct seen list_all(const struct fixture *f, struct atk_all_rows_query query,
                            bool *ret_more) {
    struct atk_backend *backend = f->store->backend;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct seen seen = { .count = 0 };
    query.visits = (struct atk_row_visits){ ROWS_MAX, INT64_MAX, see, NULL, &seen };
    assert_code(backend->ops->list_all_rows(backend, &query, ret_more, &deadline, NULL), 0);
    return seen;
}

static struct seen list_from(const struct fixture *f, const char *prefix,
                             const struct atk_row_place *after) {
    bool more = true;
    const struct seen seen =
        list_all(f, (struct atk_all_rows_query){ prefix, strlen(prefix), after, { 0 } }, &more);
    assert_false(more);
    return seen;
}

static bool begins_with(const struct atk_row_place *place, const char *prefix) {
    return place->owner_len >= strlen(prefix) && memcmp(place->owner, prefix, strlen(prefix)) == 0;
}

static bool is_same(const struct atk_row_place *a, const struct atk_row_place *b) {
    return a->owner_len == b->owner_len && memcmp(a->owner, b->owner, a->owner_len) == 0 &&
           memcmp(a->id, b->id, sizeof a->id) == 0;
}

/* ---- order and range ------------------------------------------------------------------------- */

static void test_rows_of_all_owners_are_in_order(void **state) {
    const struct fixture *f = *state;
    make_tokens(f);
    const struct seen seen = list_from(f, "", NULL);
    assert_int_equal(seen.count, 2 * OWNERS);
    for (size_t i = 0; i < seen.count; i++) {
        assert_int_equal(seen.row[i].owner_len, strlen(owners[i / 2]));
        assert_memory_equal(seen.row[i].owner, owners[i / 2], seen.row[i].owner_len);
        if (i % 2) assert_true(memcmp(seen.row[i - 1].id, seen.row[i].id, APITOKEN_ID_LEN) < 0);
    }
}

static void test_an_empty_store_has_no_rows(void **state) {
    const struct fixture *f = *state;
    assert_int_equal(list_from(f, "", NULL).count, 0);
    assert_int_equal(list_from(f, "a", NULL).count, 0);
}

/* What is asked for by a prefix is what stands in the whole list, from every place on. */
static void test_a_prefix_leaves_out_the_other_owners(void **state) {
    const struct fixture *f = *state;
    static const char *const prefixes[] = { "",  "a",  "aa",  "aaa", "aaaaa", "ab",   "b",
                                            "c", "ba", "baa", "z",   "zzz",   "\x7f", "A" };
    make_tokens(f);
    const struct seen whole = list_from(f, "", NULL);
    for (size_t p = 0; p < ATK_LEN(prefixes); p++) {
        for (size_t from = 0; from <= whole.count; from++) {
            const struct seen seen = list_from(f, prefixes[p], from ? &whole.row[from - 1] : NULL);
            size_t due = 0;
            for (size_t i = from; i < whole.count; i++) {
                if (!begins_with(&whole.row[i], prefixes[p])) continue;
                assert_true(due < seen.count && is_same(&seen.row[due], &whole.row[i]));
                due++;
            }
            assert_int_equal(seen.count, due);
        }
    }
}

/* An id begins behind the owner, in the key as well: a prefix is not sought there. */
static void test_a_prefix_is_one_of_the_owner_alone(void **state) {
    const struct fixture *f = *state;
    char prefix[4] = "a";
    make_tokens(f);
    const struct seen whole = list_from(f, "", NULL);
    memcpy(prefix + 1, whole.row[1].id, 2); /* of the owner "a" */
    assert_int_equal(list_from(f, prefix, NULL).count, 0);
    assert_int_equal(list_from(f, prefix, &whole.row[0]).count, 0);
}

/* Some of the owners are the beginning of another one. */
static void test_rows_of_one_owner_are_those_of_no_other(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    make_tokens(f);
    for (size_t i = 0; i < OWNERS; i++) {
        struct atk_deadline deadline = atk_deadline_in(1000);
        struct seen seen = { .count = 0 };
        bool more = true;
        const struct atk_page_query query = {
            owners[i], strlen(owners[i]), NULL, { ROWS_MAX, INT64_MAX, see, NULL, &seen }
        };
        assert_code(backend->ops->list_rows(backend, &query, &more, &deadline, NULL), 0);
        assert_true(seen.count == 2 && !more);
        for (size_t row = 0; row < 2; row++) {
            assert_int_equal(seen.row[row].owner_len, strlen(owners[i]));
            assert_memory_equal(seen.row[row].owner, owners[i], strlen(owners[i]));
        }
    }
}

static void test_the_longest_prefix(void **state) {
    const struct fixture *f = *state;
    char longest[APITOKEN_OWNER_MAX + 1] = "";
    make_tokens(f);
    memset(longest, 'z', APITOKEN_OWNER_MAX);
    assert_int_equal(list_from(f, longest, NULL).count, 0);
    (void)fixture_create(f->store, longest, "name", NULL);
    assert_int_equal(list_from(f, longest, NULL).count, 1);
    longest[APITOKEN_OWNER_MAX - 1] = '\0';
    assert_int_equal(list_from(f, longest, NULL).count, 1);
    assert_int_equal(list_from(f, "zzzz", NULL).count, 1);
}

/* The place of a row that is gone, or never was. */
static void test_a_place_without_a_row(void **state) {
    const struct fixture *f = *state;
    make_tokens(f);
    const struct seen whole = list_from(f, "", NULL);
    static const struct {
        const char *owner, *id;
        size_t due; /* how many rows are before it */
    } places[] = {
        { "a", "000000000000", 0 },   { "a", "zzzzzzzzzzzz", 2 },     { "aZ", "zzzzzzzzzzzz", 6 },
        { "az", "000000000000", 10 }, { "zzzz", "000000000000", 28 }, { "zzzzz", "0", 30 },
    };
    for (size_t i = 0; i < ATK_LEN(places); i++) {
        struct atk_row_place place = { .owner_len = strlen(places[i].owner), .id = "000000000000" };
        memcpy(place.owner, places[i].owner, place.owner_len);
        memcpy(place.id, places[i].id, strlen(places[i].id));
        const struct seen seen = list_from(f, "", &place);
        assert_int_equal(seen.count, whole.count - places[i].due);
        if (seen.count) assert_true(is_same(&seen.row[0], &whole.row[places[i].due]));
    }
}

/* ---- where it stops -------------------------------------------------------------------------- */

static void test_pages_of_every_size_give_all_rows(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    make_tokens(f);
    const struct seen whole = list_from(f, "", NULL);
    for (uint32_t limit = 1; limit <= whole.count + 1; limit++) {
        for (size_t by_visit = 0; by_visit < 2; by_visit++) {
            bool more = true;
            size_t count = 0;
            struct atk_row_place last;
            while (more) {
                struct atk_deadline deadline = atk_deadline_in(1000);
                struct seen seen = { .stop_at = by_visit ? limit : 0 };
                const struct atk_all_rows_query query = { "",
                                                          0,
                                                          count ? &last : NULL,
                                                          { by_visit ? ROWS_MAX : limit, INT64_MAX,
                                                            see, NULL, &seen } };
                assert_code(backend->ops->list_all_rows(backend, &query, &more, &deadline, NULL),
                            0);
                assert_true(more ? seen.count == limit : seen.count <= limit);
                for (size_t i = 0; i < seen.count; i++)
                    assert_true(is_same(&seen.row[i], &whole.row[count++]));
                last = whole.row[count - 1];
            }
            assert_int_equal(count, whole.count);
        }
    }
}

/* A page that took too long ends where the clock was looked at, with rows and with more to come. */
static void test_a_page_ends_when_its_time_is_up(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    make_tokens(f);
    for (size_t i = 0; i < 10; i++) (void)fixture_create(f->store, "zzzz", "name", NULL);
    const struct seen whole = list_from(f, "", NULL);
    bool more = true;
    size_t count = 0, pages = 0;
    for (; more; pages++) {
        struct atk_deadline deadline = atk_deadline_in(1000);
        struct seen seen = { .count = 0 };
        const struct atk_all_rows_query query = {
            "", 0, count ? &whole.row[count - 1] : NULL, { ROWS_MAX, 0, see, NULL, &seen }
        };
        assert_code(backend->ops->list_all_rows(backend, &query, &more, &deadline, NULL), 0);
        if (more) assert_int_equal(seen.count, ATK_LIST_LOOK_ROWS);
        count += seen.count;
    }
    assert_int_equal(count, whole.count);
    assert_int_equal(pages, 2);
}

/* The same for the rows of one owner. */
static void test_a_page_of_one_owner_ends_when_its_time_is_up(void **state) {
    const struct fixture *f = *state;
    struct atk_backend *backend = f->store->backend;
    struct atk_deadline deadline = atk_deadline_in(1000);
    for (size_t i = 0; i <= ATK_LIST_LOOK_ROWS; i++)
        (void)fixture_create(f->store, "a", "name", NULL);
    make_tokens(f);
    struct seen seen = { .count = 0 };
    bool more = false;
    const struct atk_page_query query = { "a", 1, NULL, { ROWS_MAX, 0, see, NULL, &seen } };
    assert_code(backend->ops->list_rows(backend, &query, &more, &deadline, NULL), 0);
    assert_true(more && seen.count == ATK_LIST_LOOK_ROWS);
}

/* ---- damage ---------------------------------------------------------------------------------- */

static int list_code(const struct fixture *f, const char *prefix, size_t *ret_seen) {
    struct atk_backend *backend = f->store->backend;
    struct atk_deadline deadline = atk_deadline_in(1000);
    struct seen seen = { .count = 0 };
    bool more;
    const struct atk_all_rows_query query = {
        prefix, strlen(prefix), NULL, { ROWS_MAX, INT64_MAX, see, NULL, &seen }
    };
    int rc = backend->ops->list_all_rows(backend, &query, &more, &deadline, NULL);
    *ret_seen = seen.count;
    return rc;
}

/* Puts a record under a key of the tree of rows, as no process of the library would. */
static void put_row(const struct fixture *f, const void *key, size_t key_len) {
    static const uint8_t record[64] = { 2, 2, 0, 0, 1 }; /* of key 1 */
    MDB_txn *txn = txn_begin(f);
    MDB_val k = { key_len, (void *)(uintptr_t)key },
            v = { sizeof record, (void *)(uintptr_t)record };
    assert_int_equal(mdb_put(txn, engine_of(f)->env->rows, &k, &v, 0), 0);
    const struct atk_state_record state = get_state(f, txn);
    set_state(f, txn, &state);
    txn_commit(txn);
}

static void delete_row(const struct fixture *f, const void *key, size_t key_len) {
    MDB_txn *txn = txn_begin(f);
    MDB_val k = { key_len, (void *)(uintptr_t)key };
    assert_int_equal(mdb_del(txn, engine_of(f)->env->rows, &k, NULL), 0);
    const struct atk_state_record state = get_state(f, txn);
    set_state(f, txn, &state);
    txn_commit(txn);
}

/*
 * Keys that are no row's: shorter than the prefix, than an owner of that length, than a whole key,
 * longer. A list that gets there is refused; one that has no need to is not.
 */
static void test_a_key_of_no_row_is_damage(void **state) {
    const struct fixture *f = *state;
    make_tokens(f);
    static const struct {
        const char *key;
        size_t len;
        const char *met_by, *not_met_by;
    } cases[] = {
        { "\x02", 1, "z", "a" },
        { "\x02"
          "a",
          2, "", "z" },
        { "\x02"
          "aa",
          3, "aa", "ab" },
        { "\x02"
          "ab01234567890",
          14, "ab", "aa" },
        { "\x02"
          "ab0123456789ABC",
          16, "ab", "aa" },
    };
    size_t seen;
    for (size_t i = 0; i < ATK_LEN(cases); i++) {
        put_row(f, cases[i].key, cases[i].len);
        assert_code(list_code(f, cases[i].met_by, &seen), APITOKEN_E_DAMAGED);
        assert_code(list_code(f, "", &seen), APITOKEN_E_DAMAGED);
        assert_code(list_code(f, cases[i].not_met_by, &seen), 0);
        delete_row(f, cases[i].key, cases[i].len);
    }
    put_row(f,
            "\xff"
            "zz",
            3); /* behind all rows: nobody gets there */
    assert_code(list_code(f, "", &seen), 0);
    assert_int_equal(seen, 2 * OWNERS);
    assert_code(list_code(f, "y", &seen), 0);
}

/* Whatever is made of the rows: each that a list comes to is verified. */
static void test_a_row_with_a_wrong_tag_is_damage(void **state) {
    const struct fixture *f = *state;
    uint8_t key[ATK_ROW_KEY_MAX];
    size_t seen;
    make_tokens(f);
    const struct seen whole = list_from(f, "", NULL);
    const struct atk_row_place *place = &whole.row[8]; /* the first one of "ab" */
    put_row(f, key, atk_row_key(place->owner, place->owner_len, place->id, key));
    assert_code(list_code(f, "", &seen), APITOKEN_E_DAMAGED);
    assert_int_equal(seen, 8);
    assert_code(list_code(f, "ab", &seen), APITOKEN_E_DAMAGED);
    assert_int_equal(seen, 0);
    assert_code(list_code(f, "aa", &seen), 0);
    assert_code(list_code(f, "abb", &seen), 0);
    assert_int_equal(list_from(f, "", place).count, 2 * OWNERS - 9);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(test_rows_of_all_owners_are_in_order),
        CASE(test_an_empty_store_has_no_rows),
        CASE(test_a_prefix_leaves_out_the_other_owners),
        CASE(test_a_prefix_is_one_of_the_owner_alone),
        CASE(test_rows_of_one_owner_are_those_of_no_other),
        CASE(test_the_longest_prefix),
        CASE(test_a_place_without_a_row),
        CASE(test_pages_of_every_size_give_all_rows),
        CASE(test_a_page_ends_when_its_time_is_up),
        CASE(test_a_page_of_one_owner_ends_when_its_time_is_up),
        CASE(test_a_key_of_no_row_is_damage),
        CASE(test_a_row_with_a_wrong_tag_is_damage),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
