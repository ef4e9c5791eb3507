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

_Static_assert(sizeof(struct atk_recent_set) == 320, "a set fills five cache lines");
_Static_assert(sizeof(struct atk_recent_table) == 336 * 1024, "what limits.h says of a table");
_Static_assert(offsetof(struct atk_recent_table, set) % 64 == 0, "sets begin with a cache line");
_Static_assert(offsetof(struct atk_recent_set, way) == 64, "whoever comes once needs one cache line");
_Static_assert(offsetof(struct atk_recent, owner) + 16 <= 64, "a token with a short owner needs one more");

static const char one[] = "abcdefghijkl";

static struct atk_recent_table *new_table(void) {
    struct atk_recent_table *table = aligned_alloc(64, sizeof *table);
    assert_non_null(table);
    memset(table, 0, sizeof *table);
    return table;
}

static int is_noted(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    return atk_recent_is_noted(atk_recent_find(table, id), stamp);
}

/* As whoever looks at a token of the store in some state: 1 if it was looked at before in that state. */
static int meet(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    const struct atk_recent_place place = atk_recent_find(table, id);
    if (!atk_recent_is_noted(place, stamp)) {
        atk_recent_note(place, id, stamp);
        return 0;
    }
    if (place.set->is_kept[place.way]) atk_recent_use(place);
    return 1;
}

static struct atk_recent_place keep(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    struct atk_recent_place place = atk_recent_find(table, id);
    assert_true(atk_recent_is_noted(place, stamp));
    place.way %= ATK_RECENT_WAYS; /* compilers do not know that it did not go on */
    place.set->is_kept[place.way] = 1;
    return place;
}

static void nothing_is_known_at_first_sight(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    assert_false(meet(table, one, 7));
    assert_true(meet(table, one, 7));
    struct atk_recent_place place = atk_recent_find(table, one);
    assert_int_equal(place.set->is_kept[place.way], 0);
    assert_false(is_noted(table, "bbcdefghijkl", 7));
    free(table);
}

static void another_state_forgets(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t others[] = { 8, 6, 7 + (UINT64_C(1) << 32) };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        (void)meet(table, one, 7);
        struct atk_recent_place place = keep(table, one, 7);
        assert_true(is_noted(table, one, 7));
        assert_false(meet(table, one, others[i]));
        assert_false(is_noted(table, one, 7)); /* nor does it come back */
        assert_false(meet(table, one, 7));
        assert_true(meet(table, one, 7));
        assert_int_equal(place.set->is_kept[place.way], 0);
    }
    free(table);
}

/* An id of the set that the first one is in; each `number` gives another one. */
static const char *id_like(int number) {
    static char ids[8][16];
    static struct atk_recent_table *table;
    table = table ? table : new_table();
    const struct atk_recent_set *due = atk_recent_set_of(table, atk_recent_head(one));
    char *id = ids[number];
    for (unsigned i = 0;; i++) {
        (void)snprintf(id, 16, "%c%03u%c%07u", 'a' + number, i % 1000, 'a' + (int)(i / 1000 % 26), i);
        if (atk_recent_set_of(table, atk_recent_head(id)) == due) return id;
    }
}

/* With the record that it was found for, and with no other. */
static void a_verdict_is_taken_over_with_its_record(void **state) {
    struct atk_recent_table *table = new_table();
    uint8_t record[sizeof table->record[0][0].bytes];
    (void)state;
    for (size_t i = 0; i < sizeof record; i++) record[i] = (uint8_t)i;
    for (size_t len = sizeof record; len > ATK_HOT_FIXED; len -= 8) {
        const uint64_t stamp = 10 * len;
        assert_false(atk_recent_renew(atk_recent_find(table, one), stamp, record, len)); /* nothing is kept */
        (void)meet(table, one, stamp);
        assert_false(atk_recent_renew(atk_recent_find(table, one), stamp + 1, record, len));
        assert_true(is_noted(table, one, stamp));
        const struct atk_recent_place place = keep(table, one, stamp);
        atk_recent_put_record(place, record, len);
        assert_true(atk_recent_renew(place, stamp + 1, record, len));
        assert_true(atk_recent_is_noted(place, stamp + 1) && place.set->is_kept[place.way]);
        for (size_t at = 0; at < len; at++) {
            record[at] ^= 0x80;
            assert_false(atk_recent_renew(place, stamp + 2, record, len));
            record[at] ^= 0x80;
        }
        assert_false(atk_recent_renew(place, stamp + 2, record, len - 1));
        assert_true(atk_recent_is_noted(place, stamp + 1));
        assert_false(atk_recent_renew(atk_recent_find(table, id_like(1)), stamp + 2, record, len));
        atk_recent_note(place, one, stamp + 2);
    }
    free(table);
}

static struct atk_recent_place met_and_kept(struct atk_recent_table *table, const char *id, const void *record, size_t len) {
    (void)meet(table, id, 7);
    struct atk_recent_place place = keep(table, id, 7);
    atk_recent_put_record(place, record, len);
    return place;
}

static void each_place_has_a_record_of_its_own(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    const struct atk_recent_place first = met_and_kept(table, one, "first", 5),
                                  second = met_and_kept(table, id_like(1), "other", 5),
                                  third = met_and_kept(table, "bbcdefghijkl", "third", 5);
    assert_true(first.set == second.set && first.way != second.way && third.set != first.set);
    assert_true(atk_recent_renew(first, 8, "first", 5));
    assert_true(atk_recent_renew(second, 8, "other", 5));
    assert_true(atk_recent_renew(third, 8, "third", 5));
    free(table);
}

static void a_full_set_goes_on_with_one_of_its_ways(void **state) {
    struct atk_recent_table *table = new_table();
    const char *second = id_like(1), *third = id_like(2);
    (void)state;
    (void)meet(table, one, 7);
    (void)meet(table, second, 7);
    (void)keep(table, one, 7);
    (void)keep(table, second, 7);
    assert_false(meet(table, third, 7));
    struct atk_recent_place place = atk_recent_find(table, third);
    assert_true(atk_recent_is_noted(place, 7));
    assert_int_equal(place.set->is_kept[place.way], 0); /* nothing of another's is left */
    assert_int_equal(is_noted(table, one, 7) + is_noted(table, second, 7), 1);
    free(table);
}

/* Two that come again and again share a set with a great many that come once. */
static void usual_tokens_keep_their_places(void **state) {
    struct atk_recent_table *table = new_table();
    const char *second = id_like(1);
    (void)state;
    for (int round = 0; round < 20; round++) {
        (void)meet(table, one, 7);
        (void)meet(table, second, 7);
        if (round < 2) continue;
        (void)keep(table, one, 7);
        (void)keep(table, second, 7);
        assert_true(meet(table, one, 7));
        assert_true(meet(table, second, 7));
        assert_false(meet(table, id_like(2 + round % 6), 7));
        assert_true(is_noted(table, one, 7));
        assert_true(is_noted(table, second, 7));
    }
    free(table);
}

/* ... and give way once they come no more. */
static void a_token_that_stays_away_loses_its_place(void **state) {
    struct atk_recent_table *table = new_table();
    const char *second = id_like(1), *third = id_like(2);
    (void)state;
    for (int i = 0; i < 3; i++) {
        (void)meet(table, one, 7);
        (void)meet(table, second, 7);
        if (i > 0) (void)keep(table, one, 7), (void)keep(table, second, 7);
    }
    assert_false(meet(table, third, 7));
    assert_false(is_noted(table, third, 7));
    assert_true(is_noted(table, one, 7) && is_noted(table, second, 7));
    assert_false(meet(table, third, 7));
    assert_true(is_noted(table, third, 7));
    free(table);
}

/* In one state after the other, as while somebody writes. */
static void a_token_of_every_state_is_a_usual_one(void **state) {
    struct atk_recent_table *table = new_table();
    const char *second = id_like(1), *third = id_like(2);
    (void)state;
    for (uint64_t stamp = 7; stamp < 9; stamp++) {
        (void)meet(table, one, stamp);
        (void)meet(table, second, stamp);
    }
    assert_false(meet(table, third, 8));
    assert_true(is_noted(table, one, 8) && is_noted(table, second, 8));
    free(table);
}

/* A tag outlives the state that the rest is of, and goes with the id. */
static void a_tag_is_kept_whatever_the_state(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 }, others[][2] = { { 11, 13 }, { 10, 12 } };
    (void)state;
    (void)meet(table, one, 7);
    assert_null(atk_recent_glance(table, one));
    struct atk_recent_place place = keep(table, one, 7);
    const struct atk_recent *recent = &place.set->way[place.way];
    atk_recent_put_tag(place, one, tag);
    assert_false(meet(table, one, 8));
    assert_int_equal(place.set->is_kept[place.way], 0);
    assert_ptr_equal(atk_recent_glance(table, one), recent);
    assert_true(atk_recent_is_alike(recent, one, tag));
    for (size_t i = 0; i < 2; i++) assert_false(atk_recent_is_alike(recent, one, others[i]));
    assert_false(atk_recent_is_alike(recent, "abcdefghijkL", tag)); /* the place is shared, the text is another */
    assert_null(atk_recent_glance(table, "bbcdefghijkl"));
    free(table);
}

static void another_id_takes_the_place_without_the_tag(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 };
    const char *second = id_like(1), *third = id_like(2);
    (void)state;
    (void)meet(table, one, 7);
    atk_recent_put_tag(keep(table, one, 7), one, tag);
    (void)meet(table, second, 7);
    atk_recent_put_tag(keep(table, second, 7), second, tag);
    assert_non_null(atk_recent_glance(table, one));
    (void)meet(table, third, 7);
    assert_null(atk_recent_glance(table, third));
    assert_true(is_noted(table, third, 7));
    assert_null(atk_recent_glance(table, is_noted(table, one, 7) ? second : one));
    free(table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first_sight),         cmocka_unit_test(another_state_forgets),
        cmocka_unit_test(a_verdict_is_taken_over_with_its_record), cmocka_unit_test(each_place_has_a_record_of_its_own),
        cmocka_unit_test(a_full_set_goes_on_with_one_of_its_ways), cmocka_unit_test(usual_tokens_keep_their_places),
        cmocka_unit_test(a_token_that_stays_away_loses_its_place), cmocka_unit_test(a_token_of_every_state_is_a_usual_one),
        cmocka_unit_test(a_tag_is_kept_whatever_the_state),        cmocka_unit_test(another_id_takes_the_place_without_the_tag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
