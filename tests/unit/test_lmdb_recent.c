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

#include "lmdb/process/recent.h"
#include "cases.h"

_Static_assert(sizeof(struct atk_recent_set) == 576, "a set fills nine cache lines");
_Static_assert(sizeof(struct atk_recent_table) == 360 * 1024, "what limits.h says of a table");
_Static_assert(offsetof(struct atk_recent_table, set) % 64 == 0, "sets begin with a cache line");
_Static_assert(offsetof(struct atk_recent_set, way) == 64,
               "whoever comes once needs one cache line");
_Static_assert(offsetof(struct atk_recent, owner) + 16 <= 64,
               "a token with a short owner needs one more");

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

/*
 * As whoever looks at a token of the store in some state: 1 if it was looked at before in that
 * state.
 */
static int meet(struct atk_recent_table *table, const char *id, uint64_t stamp) {
    const struct atk_recent_place place = atk_recent_find(table, id);
    if (!atk_recent_is_noted(place, stamp)) {
        atk_recent_note(place, id, stamp);
        return 0;
    }
    if (place.set->is_kept[place.way]) atk_recent_use(place);
    return 1;
}

static const uint64_t any_tag[2] = { 1, 2 };

static struct atk_recent_place keep(struct atk_recent_table *table, const char *id,
                                    uint64_t stamp) {
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

/* Marks that differ in their lowest bit alone are the ones that could be taken for each other. */
static void a_mark_is_found_among_its_neighbours(void **state) {
    static const uint16_t marks[] = { 0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF };
    (void)state;
    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++) {
        const uint64_t mixed = (uint64_t)marks[m] << 48 | 0xFFFFFFFFFFFF, neighbour = marks[m] ^ 1u;
        struct atk_recent_set set = { .marks = neighbour * ATK_RECENT_EACH };
        assert_int_equal(atk_recent_way_of(&set, mixed), ATK_RECENT_WAYS);
        for (unsigned way = 0; way < ATK_RECENT_WAYS; way++) {
            const unsigned at = way * ATK_RECENT_MARK_BITS;
            set.marks = (neighbour * ATK_RECENT_EACH & ~(UINT64_C(0xFFFF) << at)) |
                        (uint64_t)marks[m] << at;
            assert_int_equal(atk_recent_way_of(&set, mixed), way);
        }
    }
}

/* Sets and marks are made of different bits, so that hardly two ids share a place. */
static void a_mark_says_what_the_set_does_not(void **state) {
    enum { IDS = 4096 };
    struct atk_recent_table *table = new_table();
    uint8_t *seen = calloc(ATK_RECENT_SETS, UINT16_MAX + 1);
    int shared = 0;
    (void)state;
    assert_non_null(seen);
    for (unsigned i = 0; i < IDS; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "%08ueeee", i * 24421);
        const uint64_t mixed = atk_recent_mix(id);
        uint8_t *is_seen = &seen[(size_t)atk_recent_set_number(mixed) << ATK_RECENT_MARK_BITS |
                                 atk_recent_mark(mixed)];
        shared += *is_seen;
        *is_seen = 1;
    }
    assert_in_range(shared, 0, 4); /* one in all is due */
    free(seen);
    free(table);
}

/* An id of the set that the first one is in; each `number` gives another one. */
static const char *id_like(int number) {
    static char ids[8][16];
    const uint32_t due = atk_recent_set_number(atk_recent_mix(one));
    char *id = ids[number];
    for (unsigned i = 0;; i++) {
        /* digits that differ in the first and in the last characters, which are mixed */
        (void)snprintf(id, 16, "%c%04u%c%06u", 'a' + number, i % 10000, 'a' + (int)(i / 1000 % 26),
                       i * 7919 % 1000000);
        if (atk_recent_set_number(atk_recent_mix(id)) == due) return id;
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
        assert_false(atk_recent_is_kept(atk_recent_find(table, one)));
        (void)meet(table, one, stamp);
        assert_false(atk_recent_is_kept(atk_recent_find(table, one)));
        const struct atk_recent_place place = keep(table, one, stamp);
        atk_recent_put_tag(place, one, any_tag);
        atk_recent_put_record(table, place, record, len);
        assert_true(atk_recent_renew(table, place, one, stamp + 1, record, len));
        assert_true(atk_recent_is_noted(place, stamp + 1) && atk_recent_is_kept(place));
        for (size_t at = 0; at < len; at++) {
            record[at] ^= 0x80;
            assert_false(atk_recent_renew(table, place, one, stamp + 2, record, len));
            record[at] ^= 0x80;
        }
        assert_false(atk_recent_renew(table, place, one, stamp + 2, record, len - 1));
        assert_false(atk_recent_renew(table, place, "Abcdefghijkl", stamp + 2, record, len));
        assert_false(atk_recent_renew(table, place, "abcdefghijkL", stamp + 2, record, len));
        assert_true(atk_recent_is_noted(place, stamp + 1));
        assert_false(atk_recent_is_kept(atk_recent_find(table, id_like(1))));
        atk_recent_note(place, one, stamp + 2);
    }
    free(table);
}

static struct atk_recent_place met_and_kept(struct atk_recent_table *table, const char *id,
                                            const void *record, size_t len) {
    (void)meet(table, id, 7);
    struct atk_recent_place place = keep(table, id, 7);
    atk_recent_put_tag(place, id, any_tag);
    atk_recent_put_record(table, place, record, len);
    return place;
}

static void each_place_has_a_record_of_its_own(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    const struct atk_recent_place first = met_and_kept(table, one, "first", 5),
                                  second = met_and_kept(table, id_like(1), "other", 5),
                                  third = met_and_kept(table, "bbcdefghijkl", "third", 5);
    assert_true(first.set == second.set && first.way != second.way && third.set != first.set);
    assert_true(atk_recent_renew(table, first, one, 8, "first", 5));
    assert_true(atk_recent_renew(table, second, id_like(1), 8, "other", 5));
    assert_true(atk_recent_renew(table, third, "bbcdefghijkl", 8, "third", 5));
    free(table);
}

/* As many ids as a set has ways, and the ids of some more in the same set. */
static const char *resident(int number) { return number == 0 ? one : id_like(number); }
static const char *stranger(int number) { return id_like(ATK_RECENT_WAYS + number); }

static void keep_all(struct atk_recent_table *table, uint64_t stamp) {
    for (int i = 0; i < ATK_RECENT_WAYS; i++) {
        (void)meet(table, resident(i), stamp);
        (void)keep(table, resident(i), stamp);
    }
}

static int count_noted(struct atk_recent_table *table, uint64_t stamp) {
    int count = 0;
    for (int i = 0; i < ATK_RECENT_WAYS; i++) count += is_noted(table, resident(i), stamp);
    return count;
}

static void a_full_set_goes_on_with_each_of_its_ways_in_turn(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    keep_all(table, 7);
    assert_int_equal(count_noted(table, 7), ATK_RECENT_WAYS);
    for (int i = 0; i < ATK_RECENT_WAYS; i++) {
        assert_false(meet(table, stranger(i), 7));
        assert_true(is_noted(table, stranger(i), 7));
        /* nothing of another's is left */
        assert_false(atk_recent_is_kept(atk_recent_find(table, stranger(i))));
        assert_false(is_noted(table, resident(i), 7));
        assert_int_equal(count_noted(table, 7), ATK_RECENT_WAYS - 1 - i);
    }
    free(table);
}

/* Some that come again and again share a set with a great many that come once. */
static void usual_tokens_keep_their_places(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    for (int round = 0; round < 20; round++) {
        keep_all(table, 7);
        if (round == 0) continue;
        for (int i = 0; i < ATK_RECENT_WAYS; i++) assert_true(meet(table, resident(i), 7));
        for (int i = 0; i < ATK_RECENT_WAYS; i++) assert_false(meet(table, stranger(i), 7));
        assert_int_equal(count_noted(table, 7), ATK_RECENT_WAYS);
    }
    free(table);
}

/* ... and give way once they come no more. */
static void a_token_that_stays_away_loses_its_place(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    keep_all(table, 7);
    keep_all(table, 7);
    for (int i = 0; i < 2 * ATK_RECENT_WAYS; i++) {
        assert_true(meet(table, one, 7)); /* this one does not */
        assert_false(meet(table, stranger(i % ATK_RECENT_WAYS), 7));
        assert_int_equal(count_noted(table, 7),
                         i <= ATK_RECENT_WAYS ? ATK_RECENT_WAYS : 2 * ATK_RECENT_WAYS - i);
    }
    assert_true(is_noted(table, one, 7));
    free(table);
}

/* In one state after the other, as while somebody writes. */
static void a_token_of_every_state_is_a_usual_one(void **state) {
    struct atk_recent_table *table = new_table();
    (void)state;
    keep_all(table, 7);
    keep_all(table, 8);
    for (int i = 0; i < ATK_RECENT_WAYS; i++) assert_false(meet(table, stranger(i), 8));
    assert_int_equal(count_noted(table, 8), ATK_RECENT_WAYS);
    free(table);
}

/* A tag outlives the state that the rest is of, and goes with the id. */
static void a_tag_is_kept_whatever_the_state(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 }, others[][2] = { { 11, 13 }, { 10, 12 } };
    (void)state;
    (void)meet(table, one, 7);
    assert_null(atk_recent_peek(atk_recent_find(table, one)));
    struct atk_recent_place place = keep(table, one, 7);
    const struct atk_recent *recent = &place.set->way[place.way];
    atk_recent_put_tag(place, one, tag);
    assert_false(meet(table, one, 8));
    assert_int_equal(place.set->is_kept[place.way], 0);
    assert_ptr_equal(atk_recent_peek(atk_recent_find(table, one)), recent);
    assert_true(atk_recent_is_same_text(recent, one, tag));
    for (size_t i = 0; i < 2; i++) assert_false(atk_recent_is_same_text(recent, one, others[i]));
    char near[] = "abcdefghijkl"; /* whoever shares the place is another one, whatever its tag */
    for (size_t i = 0; i < sizeof near - 1; i++) {
        near[i] ^= 1;
        assert_false(atk_recent_is_same_text(recent, near, tag));
        near[i] ^= 1;
    }
    assert_null(atk_recent_peek(atk_recent_find(table, "bbcdefghijkl")));
    free(table);
}

static void another_id_takes_the_place_without_the_tag(void **state) {
    struct atk_recent_table *table = new_table();
    static const uint64_t tag[2] = { 11, 12 };
    (void)state;
    keep_all(table, 7);
    for (int i = 0; i < ATK_RECENT_WAYS; i++) {
        atk_recent_put_tag(atk_recent_find(table, resident(i)), resident(i), tag);
        assert_non_null(atk_recent_peek(atk_recent_find(table, resident(i))));
    }
    (void)meet(table, stranger(0), 7);
    assert_true(is_noted(table, stranger(0), 7));
    assert_null(atk_recent_peek(atk_recent_find(table, stranger(0))));
    assert_null(atk_recent_peek(atk_recent_find(table, resident(0))));
    for (int i = 1; i < ATK_RECENT_WAYS; i++)
        assert_non_null(atk_recent_peek(atk_recent_find(table, resident(i))));
    free(table);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first_sight),
        cmocka_unit_test(another_state_forgets),
        cmocka_unit_test(a_mark_is_found_among_its_neighbours),
        cmocka_unit_test(a_mark_says_what_the_set_does_not),
        cmocka_unit_test(a_verdict_is_taken_over_with_its_record),
        cmocka_unit_test(each_place_has_a_record_of_its_own),
        cmocka_unit_test(a_full_set_goes_on_with_each_of_its_ways_in_turn),
        cmocka_unit_test(usual_tokens_keep_their_places),
        cmocka_unit_test(a_token_that_stays_away_loses_its_place),
        cmocka_unit_test(a_token_of_every_state_is_a_usual_one),
        cmocka_unit_test(a_tag_is_kept_whatever_the_state),
        cmocka_unit_test(another_id_takes_the_place_without_the_tag),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
