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
void assert_no_store_is_made(struct fixture *f, struct any_call due);
void assert_no_store_opens(struct fixture *f, struct any_call due);
void assert_no_store_grows(struct fixture *f, struct any_call due);
void assert_no_backup_is_made(struct fixture *f, struct any_call due);
void assert_no_store_is_restored(struct fixture *f, struct any_call due);
void assert_changes_are_whole(struct fixture *f, struct any_call due);

#endif
