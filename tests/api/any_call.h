/* SPDX-License-Identifier: MIT */
/*
 * Verbs in which each call to a library fails in turn. For programs that define functions of that
 * library themselves.
 */
#ifndef ANY_CALL_H
#define ANY_CALL_H

#include "api.h"
#include "real.h"

/* What the functions that stand before the real ones are to do. */
struct plan {
    const char *only; /* calls of this function alone are counted; NULL: of all */
    unsigned first, times;
    int code;
    unsigned seen;
};
extern struct plan plan;

/* Calls `first` up to `first + times - 1` fail, of this function or of all. */
void let_fail(const char *only, unsigned first, unsigned times, int code);
void all_well(void);
/* Counts a call of this function; 1 if it is to fail. */
int is_chosen(const char *name);

int any_call_setup(void **state);
int any_call_teardown(void **state);
void close_store(struct fixture *f);

#define ANY_CALL_CASE(fn) cmocka_unit_test_setup_teardown(fn, any_call_setup, any_call_teardown)

/*
 * Cases: whichever call fails, with EIO, the verb says so and nothing is left half done; the next
 * try succeeds. Each verb has at least `calls` calls, and of all verbs together `spared` may fail
 * without an error, as they are not needed or come again, or after the change was made. `code`:
 * what they say, or 0 if it may be any failure.
 */
struct any_call {
    unsigned calls, spared;
    int code;
};
/* Each program says it of the functions that it stands before. */
struct any_call_dues {
    struct any_call make, open, grow, widen, backup, restore, change;
};
extern const struct any_call_dues any_call_dues;

void whatever_fails_no_store_is_made(void **state);
void whatever_fails_no_store_opens(void **state);
void whatever_fails_no_store_grows(void **state);
void whatever_fails_no_store_grows_beyond_its_map(void **state);
void whatever_fails_no_backup_is_made(void **state);
void whatever_fails_no_store_is_restored(void **state);
void whatever_fails_changes_are_whole(void **state);
void whatever_fails_a_rotate_is_whole(void **state);
void whatever_fails_an_update_is_whole(void **state);
void whatever_fails_a_block_can_be_repeated(void **state);
void whatever_fails_a_purge_can_be_repeated(void **state);
void whatever_fails_an_erase_can_be_repeated(void **state);
void whatever_fails_a_policy_is_whole(void **state);

#define ANY_CALL_CASES                                                                            \
    ANY_CALL_CASE(whatever_fails_no_store_is_made), ANY_CALL_CASE(whatever_fails_no_store_opens), \
        ANY_CALL_CASE(whatever_fails_no_store_grows),                                             \
        ANY_CALL_CASE(whatever_fails_no_store_grows_beyond_its_map),                              \
        ANY_CALL_CASE(whatever_fails_no_backup_is_made),                                          \
        ANY_CALL_CASE(whatever_fails_no_store_is_restored),                                       \
        ANY_CALL_CASE(whatever_fails_changes_are_whole),                                          \
        ANY_CALL_CASE(whatever_fails_a_rotate_is_whole),                                          \
        ANY_CALL_CASE(whatever_fails_an_update_is_whole),                                         \
        ANY_CALL_CASE(whatever_fails_a_block_can_be_repeated),                                    \
        ANY_CALL_CASE(whatever_fails_a_purge_can_be_repeated),                                    \
        ANY_CALL_CASE(whatever_fails_a_policy_is_whole)

#endif
