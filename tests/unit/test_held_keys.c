/* SPDX-License-Identifier: MIT */
#include "outside/held_keys.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "real.h"
#include "samples.h"

/* Stands before libsodium's: memory that cannot be made writable. */
static int stays_read_only;

int sodium_mprotect_readwrite(void *memory);
int sodium_mprotect_readwrite(void *memory) {
    int (*real)(void *);
    REAL(real, "sodium_mprotect_readwrite");
    return stays_read_only ? -1 : real(memory);
}

/* Keys 1 and 7 of samples.h, 7 active, in guarded memory, as a store has them. */
static struct atk_keys *make_held(void) {
    struct atk_keys keys;
    bool is_locked;
    sample_keys(&keys);
    return (struct atk_keys *)(uintptr_t)atk_keys_bind(&keys, sample_store_id, &is_locked);
}

/* A key that differs from all others of another `seed`. */
static struct atk_key make_key(uint32_t id, uint8_t seed) {
    struct atk_key key;
    memset(&key, 0, sizeof key);
    key.id = id;
    memset(key.master, seed, sizeof key.master);
    atk_key_derive(&key);
    atk_key_begin_digest(&key);
    atk_key_fingerprint(&key, true);
    atk_key_bind(&key, sample_store_id);
    return key;
}

static void assert_same_key(const struct atk_key *got, const struct atk_key *due) {
    assert_non_null(got);
    assert_memory_equal(got, due, sizeof *got);
}

static void test_new_keys_are_added_behind_the_old(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), wanted = *held;
    const struct atk_key *first = &held->key[0], *second = &held->key[1];
    wanted.key[2] = wanted.key[1];
    wanted.key[1] = make_key(3, 1);
    wanted.count = 3;
    wanted.active = 3;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_ptr_equal(atk_keys_find(held, 1), first);
    assert_ptr_equal(atk_keys_find(held, 7), second);
    assert_same_key(atk_keys_find(held, 3), &wanted.key[1]);
    assert_ptr_equal(atk_keys_find_active(held), &held->key[2]);
    assert_code(atk_held_keys_replace(held, &wanted), 0); /* nothing is new */
    assert_int_equal(held->count, 3);
    assert_int_equal(held->gone, 0);
    atk_guarded_free(held);
}

static void test_a_key_that_is_not_wanted_is_gone(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), both = *held, one = *held;
    const struct atk_key seven = held->key[1];
    one.count = 1;
    one.active = 1;
    assert_code(atk_held_keys_replace(held, &one), 0);
    assert_null(atk_keys_find(held, 7));
    assert_ptr_equal(atk_keys_find_held(held, 7), &held->key[1]); /* a call may be writing */
    assert_null(atk_keys_find_held(held, 2));
    assert_int_equal(atk_keys_find_active(held)->id, 1);
    assert_same_key(&held->key[1], &seven); /* who found it before may go on with it */
    assert_code(atk_held_keys_replace(held, &both), 0);
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[1]);
    assert_int_equal(atk_keys_find_active(held)->id, 7);
    assert_int_equal(held->count, 2);
    atk_guarded_free(held);
}

/* Its id is that of another key, which goes. */
static void test_a_key_is_told_by_more_than_its_id(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), wanted = *held;
    wanted.key[1] = make_key(7, 2);
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[2]);
    assert_ptr_equal(atk_keys_find_held(held, 7), &held->key[2]);
    assert_same_key(&held->key[2], &wanted.key[1]);
    assert_ptr_equal(atk_keys_find_active(held), &held->key[2]);
    wanted.key[1].prints.tag[0] ^= 1;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[3]);
    wanted.key[1].prints.digest[ATK_FP_LEN - 1] ^= 1;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[4]);
    /* of a verify-only keyring */
    memset(wanted.key[1].prints.seal, 0, ATK_FP_LEN);
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_int_equal(held->count, 5);
    wanted.key[1] = held->key[1]; /* the first of them comes back */
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[1]);
    assert_ptr_equal(atk_keys_find_held(held, 7), &held->key[1]);
    atk_guarded_free(held);
}

/* A key that came without its seal stays without. */
static void test_keys_that_only_verify_are_known_as_such(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), full = *held, wanted = *held;
    assert_code(atk_held_keys_replace(held, &full), 0);
    assert_false(held->verify_only);
    wanted.verify_only = true;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_true(held->verify_only);
    assert_code(atk_held_keys_replace(held, &full), 0);
    assert_true(held->verify_only);
    atk_guarded_free(held);
}

/* Whichever it is. */
static void test_any_key_can_go(void **state) {
    (void)state;
    for (uint32_t gone = 0; gone < 2; gone++) {
        struct atk_keys *held = make_held(), wanted = *held;
        wanted.key[0] = held->key[1 - gone];
        wanted.count = 1;
        wanted.active = wanted.key[0].id;
        assert_code(atk_held_keys_replace(held, &wanted), 0);
        assert_null(atk_keys_find(held, held->key[gone].id));
        assert_ptr_equal(atk_keys_find_active(held), &held->key[1 - gone]);
        atk_guarded_free(held);
    }
}

/* The kernel writes there no more than anybody else. */
static bool is_read_only(void *memory) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "", 1), 1);
    const bool fails = read(ends[0], memory, 1) == -1 && errno == EFAULT;
    assert_int_equal(close(ends[0]) | close(ends[1]), 0);
    return fails;
}

static void test_keys_are_read_only_but_for_the_moment(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), wanted = *held;
    wanted.key[1] = make_key(9, 1);
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_true(is_read_only(held));
    const struct atk_keys before = *held;
    wanted.key[1] = make_key(9, 2);
    stays_read_only = 1;
    int rc = atk_held_keys_replace(held, &wanted);
    stays_read_only = 0;
    assert_code(rc, APITOKEN_E_NOMEM);
    assert_memory_equal(held, &before, sizeof before);
    atk_guarded_free(held);
}

static void test_there_is_room_for_32_with_those_that_are_gone(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), wanted = *held;
    for (uint8_t i = 2; i < ATK_KEYS_MAX; i++) {
        wanted.key[1] = make_key(7, i);
        assert_code(atk_held_keys_replace(held, &wanted), 0);
        assert_int_equal(held->count, i + 1);
        assert_ptr_equal(atk_keys_find_active(held), &held->key[i]);
    }
    const struct atk_keys before = *held;
    const struct atk_key last = wanted.key[1];
    wanted.key[1] = make_key(7, ATK_KEYS_MAX);
    assert_code(atk_held_keys_replace(held, &wanted), APITOKEN_E_KEY_LIMIT);
    assert_memory_equal(held, &before, sizeof before);
    wanted.key[0] = wanted.key[1];
    wanted.key[1] = last;
    assert_code(atk_held_keys_replace(held, &wanted), APITOKEN_E_KEY_LIMIT);
    wanted.key[0] = held->key[0];
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_memory_equal(held, &before, sizeof before);
    atk_guarded_free(held);
}

/* ---- keys that are retired in the store ------------------------------------------------------ */

static void list_keys(struct atk_keys_record *list, uint32_t retired, uint32_t retiring) {
    static const uint32_t ids[] = { 1, 3, 7 };
    atk_keys_record_init(list);
    for (size_t i = 0; i < 3; i++) {
        struct atk_keys_entry entry = { .key_id = ids[i] };
        if (ids[i] == retired) entry.flags = ATK_KEY_RETIRED;
        if (ids[i] == retiring) entry.flags = ATK_KEY_RETIRING;
        assert_true(atk_keys_record_add(list, &entry));
    }
}

static void test_a_retired_key_is_gone_for_good(void **state) {
    (void)state;
    static struct atk_keys_record list;
    struct atk_keys *held = make_held(), wanted = *held;
    list_keys(&list, 0, 1);
    assert_int_equal(atk_held_keys_retire(held, &list), 0);
    assert_ptr_equal(atk_keys_find(held, 1), &held->key[0]);
    assert_false(atk_keys_is_retired(held, 1));
    list_keys(&list, 1, 0);
    assert_int_equal(atk_held_keys_retire(held, &list), 1);
    assert_int_equal(atk_held_keys_retire(held, &list), 0);
    assert_null(atk_keys_find(held, 1));
    assert_true(atk_keys_is_retired(held, 1));
    assert_false(atk_keys_is_retired(held, 7));
    assert_false(atk_keys_is_retired(held, 2));
    assert_ptr_equal(atk_keys_find_held(held, 1), &held->key[0]);
    /* the keyring still has it */
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_null(atk_keys_find(held, 1));
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[1]);
    /* the keyring has it no more, and has it again */
    wanted.key[0] = wanted.key[1];
    wanted.count = 1;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_null(atk_keys_find(held, 1));
    wanted = *held;
    wanted.gone = wanted.retired = 0;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_null(atk_keys_find(held, 1));
    atk_guarded_free(held);
}

/* It can be named, so that a write can say that it is retired. */
static void test_the_active_key_is_found_though_it_is_retired(void **state) {
    (void)state;
    static struct atk_keys_record list;
    struct atk_keys *held = make_held();
    list_keys(&list, 7, 0);
    assert_int_equal(atk_held_keys_retire(held, &list), 1);
    assert_null(atk_keys_find(held, 7));
    assert_ptr_equal(atk_keys_find_active(held), &held->key[1]);
    atk_guarded_free(held);
}

/* The list was read before the keys are taken over. */
static void test_a_key_comes_as_retired(void **state) {
    (void)state;
    struct atk_keys *held = make_held(), wanted = *held;
    wanted.key[2] = wanted.key[1];
    wanted.key[1] = make_key(3, 1);
    wanted.count = 3;
    wanted.retired = wanted.gone = 2;
    assert_code(atk_held_keys_replace(held, &wanted), 0);
    assert_null(atk_keys_find(held, 3));
    assert_true(atk_keys_is_retired(held, 3));
    assert_ptr_equal(atk_keys_find(held, 7), &held->key[1]);
    atk_guarded_free(held);
}

static void test_without_memory_no_key_is_retired(void **state) {
    (void)state;
    static struct atk_keys_record list;
    struct atk_keys *held = make_held();
    list_keys(&list, 1, 0);
    stays_read_only = 1;
    int rc = atk_held_keys_retire(held, &list);
    stays_read_only = 0;
    assert_code(rc, APITOKEN_E_NOMEM);
    assert_ptr_equal(atk_keys_find(held, 1), &held->key[0]);
    atk_guarded_free(held);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_keys_are_added_behind_the_old),
        cmocka_unit_test(test_a_key_that_is_not_wanted_is_gone),
        cmocka_unit_test(test_a_key_is_told_by_more_than_its_id),
        cmocka_unit_test(test_keys_that_only_verify_are_known_as_such),
        cmocka_unit_test(test_any_key_can_go),
        cmocka_unit_test(test_keys_are_read_only_but_for_the_moment),
        cmocka_unit_test(test_there_is_room_for_32_with_those_that_are_gone),
        cmocka_unit_test(test_a_retired_key_is_gone_for_good),
        cmocka_unit_test(test_the_active_key_is_found_though_it_is_retired),
        cmocka_unit_test(test_a_key_comes_as_retired),
        cmocka_unit_test(test_without_memory_no_key_is_retired),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
