/* SPDX-License-Identifier: MIT */
/*
 * A growing delay for wrong passwords. Attempts on one login name, known or not, take turns; after
 * wrong ones the next has to wait: 0, 0.25, 0.5, 1, 2, 4, 8 seconds and no longer. A right one
 * clears it, and so does an hour of rest. The table is of fixed size and knows a name by a keyed
 * hash.
 */
#ifndef TAX_ADMINISTRATION_SIGN_IN_DELAY_H
#define TAX_ADMINISTRATION_SIGN_IN_DELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sign_in_delay;

/* Not known: the password could not be looked at. It changes nothing for the next attempt. */
enum sign_in_outcome { SIGN_IN_WRONG, SIGN_IN_RIGHT, SIGN_IN_NOT_KNOWN };

/* NULL if memory is short. */
struct sign_in_delay *sign_in_delay_new(void);
void sign_in_delay_free(struct sign_in_delay *delay);

/*
 * How long the next attempt on this name has to wait from now, apart from others that are before
 * it.
 */
int64_t sign_in_delay_pending_ms(struct sign_in_delay *delay, const char *name, size_t length);

/*
 * Waits for its turn. False if too many are at it already, for this name or in all, or the host is
 * stopping: answer 429, do not look at the password; *ret_retry_s says after how many seconds to
 * try again.
 */
bool sign_in_delay_enter(struct sign_in_delay *delay, const char *name, size_t length,
                         unsigned *ret_retry_s);
/* After each enter that gave true. */
void sign_in_delay_leave(struct sign_in_delay *delay, const char *name, size_t length,
                         enum sign_in_outcome outcome);
/* Nobody waits any longer: for the end of the host. */
void sign_in_delay_stop(struct sign_in_delay *delay);

#endif
