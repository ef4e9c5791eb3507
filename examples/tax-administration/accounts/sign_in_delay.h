/* SPDX-License-Identifier: MIT */
/*
 * A growing delay after wrong passwords. Attempts on one login name, known or not, take turns. Each
 * wrong password makes the next attempt wait longer: 0.25, 0.5, 1, 2, 4, and then always 8 seconds.
 * A right password clears the delay, and so does an hour without attempts. The table has a fixed
 * size and holds only a keyed hash of each name.
 */
#ifndef TAX_ADMINISTRATION_SIGN_IN_DELAY_H
#define TAX_ADMINISTRATION_SIGN_IN_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sign_in_delay;

/* SIGN_IN_NOT_KNOWN: the password could not be verified; the delay stays as it is. */
enum sign_in_outcome { SIGN_IN_WRONG, SIGN_IN_RIGHT, SIGN_IN_NOT_KNOWN };

/* NULL if there is not enough memory. */
struct sign_in_delay *sign_in_delay_new(void);
void sign_in_delay_free(struct sign_in_delay *delay);

/* How long the next attempt on this name must still wait, not counting attempts ahead of it. */
int64_t sign_in_delay_pending_ms(struct sign_in_delay *delay, const char *name, size_t length);

/*
 * Waits for this attempt's turn. False if too many attempts are waiting, on this name or in all, or
 * if the host is stopping: then answer 429 without verifying the password; *ret_retry_s is the
 * number of seconds after which to try again.
 */
bool sign_in_delay_enter(struct sign_in_delay *delay, const char *name, size_t length,
                         unsigned *ret_retry_s);
/* Call after each sign_in_delay_enter() that returned true. */
void sign_in_delay_leave(struct sign_in_delay *delay, const char *name, size_t length,
                         enum sign_in_outcome outcome);
/* Ends all waiting, when the host stops. */
void sign_in_delay_stop(struct sign_in_delay *delay);

#endif
