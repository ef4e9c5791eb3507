/* SPDX-License-Identifier: MIT */
/* The table of recent verdicts: what is kept, for how long, and what goes when it is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants those first */
#include <cmocka.h>

#include "lmdb/recent.h"

_Static_assert(sizeof(struct atk_recent_set) == 256, "a set fills four cache lines");
_Static_assert(sizeof(struct atk_recent_table) == 128 * 1024, "what limits.h says of a table");

static struct atk_recent_table *new_table(void) {
    struct atk_recent_table *table = aligned_alloc(64, sizeof *table);
    assert_non_null(table);
    memset(table, 0, sizeof *table);
    return table;
}

static void nothing_is_known_at_first_sight(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    assert_null(atk_recent_meet(table, "abcdefghijkl", 7));
    struct atk_recent *recent = atk_recent_meet(table, "abcdefghijkl", 7);
    assert_non_null(recent);
    assert_int_equal(recent->is_kept, 0);
    assert_null(atk_recent_meet(table, "bbcdefghijkl", 7));
    free(table);
}

static void another_state_forgets(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t others[] = { 8, 6, 7 + (UINT64_C(1) << 32) };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)atk_recent_meet(table, "abcdefghijkl", 7);
        struct atk_recent *recent = atk_recent_meet(table, "abcdefghijkl", 7);
        assert_non_null(recent);
        recent->is_kept = 1;
        assert_int_equal(atk_recent_meet(table, "abcdefghijkl", 7)->is_kept, 1);
        assert_null(atk_recent_meet(table, "abcdefghijkl", others[i]));
        assert_null(atk_recent_meet(table, "abcdefghijkl", 7)); /* nor does it come back */
        assert_int_equal(atk_recent_meet(table, "abcdefghijkl", 7)->is_kept, 0);
    }
    free(table);
}

/* An id of the set that `like` is in; each `number` gives another one. */
static void id_like(struct atk_recent_table *table, const struct atk_recent *like, int number, char id[16]) {
    for (unsigned i = 0;; i++) {
        (void)snprintf(id, 16, "%c%03u%c%07u", 'a' + number, i % 1000, 'a' + (int)(i / 1000 % 26), i);
        struct atk_recent_table *probe = new_table();
        (void)atk_recent_meet(probe, id, 1);
        size_t at = (size_t)((char *)atk_recent_meet(probe, id, 1) - (char *)probe) / sizeof(struct atk_recent_set);
        free(probe);
        if (at == (size_t)((const char *)like - (const char *)table) / sizeof(struct atk_recent_set)) return;
    }
}

static struct atk_recent *meet_twice(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    (void)atk_recent_meet(table, id, stamp);
    return atk_recent_meet(table, id, stamp);
}

static void a_full_set_goes_on_with_one_of_its_ways(void **state) {
    struct atk_recent_table *table = new_table();
    char second[16], third[16];
    (void)state;
    struct atk_recent *first = meet_twice(table, "abcdefghijkl", 7);
    id_like(table, first, 1, second);
    id_like(table, first, 2, third);
    struct atk_recent *other = meet_twice(table, second, 7);
    first->is_kept = other->is_kept = 1;
    assert_true(other != first);
    assert_ptr_equal(meet_twice(table, third, 7), other);
    assert_int_equal(other->is_kept, 0); /* nothing of another's is left */
    assert_ptr_equal(atk_recent_meet(table, "abcdefghijkl", 7), first);
    assert_null(atk_recent_meet(table, second, 7));
    assert_null(atk_recent_meet(table, third, 8)); /* of an older state: the first way is free for anybody */
    assert_null(atk_recent_meet(table, "abcdefghijkl", 8));
    free(table);
}

/* A tag outlives the state that the rest is of, and goes with the id. */
static void a_tag_is_kept_whatever_the_state(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 }, other[2] = { 11, 13 };
    (void)state;
    struct atk_recent *recent = meet_twice(table, "abcdefghijkl", 7);
    assert_null(atk_recent_glance(table, "abcdefghijkl"));
    atk_recent_put_tag(recent, "abcdefghijkl", tag);
    recent->is_kept = 1;
    assert_null(atk_recent_meet(table, "abcdefghijkl", 8));
    assert_int_equal(recent->is_kept, 0);
    assert_ptr_equal(atk_recent_glance(table, "abcdefghijkl"), recent);
    assert_true(atk_recent_is_alike(recent, "abcdefghijkl", tag));
    assert_false(atk_recent_is_alike(recent, "abcdefghijkl", other));
    assert_false(atk_recent_is_alike(recent, "abcdefghijkL", tag)); /* the place is shared, the text is another */
    assert_null(atk_recent_glance(table, "bbcdefghijkl"));
    free(table);
}

static void another_id_takes_the_place_without_the_tag(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 };
    char second[16], third[16];
    (void)state;
    struct atk_recent *first = meet_twice(table, "abcdefghijkl", 7);
    id_like(table, first, 1, second);
    id_like(table, first, 2, third);
    atk_recent_put_tag(meet_twice(table, second, 7), second, tag);
    assert_non_null(atk_recent_glance(table, second));
    (void)atk_recent_meet(table, third, 7);
    assert_null(atk_recent_glance(table, second));
    assert_null(atk_recent_glance(table, third));
    free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first_sight),
        cmocka_unit_test(another_state_forgets),
        cmocka_unit_test(a_full_set_goes_on_with_one_of_its_ways),
        cmocka_unit_test(a_tag_is_kept_whatever_the_state),
        cmocka_unit_test(another_id_takes_the_place_without_the_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
