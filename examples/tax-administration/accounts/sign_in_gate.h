/* SPDX-License-Identifier: MIT */
/*
 * Which sign-in may verify its password, and when. Verifying is expensive, so few do it at a time
 * and the others wait, a limited number of them. No stranger can keep others out:
 *
 *   lane     whose attempts                         waits for
 *   known    a browser that signed in under this    wrong passwords of this browser
 *            name before
 *   clean    an address without failures, in a      wrong passwords at this name from this address
 *            network without many
 *   slow     all others                             that, wrong passwords at this name, and many
 *                                                   wrong passwords from this address
 *
 * Within a lane, networks take turns, and in a network its addresses. If too many wait, one of the
 * lane or network that has most is told to come back later. An address is an IPv4 address or an
 * IPv6 network of 64 bits, a network one of 24 or 48 bits.
 */
#ifndef TAX_ADMINISTRATION_SIGN_IN_GATE_H
#define TAX_ADMINISTRATION_SIGN_IN_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/known_browser.h"

struct sign_in_gate;

/* SIGN_IN_NOT_KNOWN: the password could not be verified; all delays stay as they are. */
enum sign_in_outcome { SIGN_IN_WRONG, SIGN_IN_RIGHT, SIGN_IN_NOT_KNOWN };

struct sign_in_who {
    const char *name;
    size_t name_length;
    const unsigned char *address; /* in network order */
    size_t address_length;        /* 4, 16, or 0 if it is unknown */
    const unsigned char *browser; /* the id of a browser known at this name; NULL = not known */
};

/* An attempt between sign_in_gate_enter() and sign_in_gate_leave(); private to the gate. */
struct sign_in_attempt {
    struct tracker *own, *name, *source, *network;
    uint64_t number;
    bool is_known, holds_name;
    enum { ATTEMPT_WAITS, ATTEMPT_RUNS, ATTEMPT_REFUSED } state;
    pthread_cond_t changed;
};

/* NULL if there is not enough memory. */
struct sign_in_gate *sign_in_gate_new(void);
void sign_in_gate_free(struct sign_in_gate *gate);

/*
 * Waits until this attempt may verify its password. False if too many wait or the host is stopping:
 * then answer 429 without verifying; *ret_retry_s is the number of seconds after which to retry.
 */
bool sign_in_gate_enter(struct sign_in_gate *gate, const struct sign_in_who *who,
                        struct sign_in_attempt *attempt, unsigned *ret_retry_s);
/* Call after each sign_in_gate_enter() that returned true. */
void sign_in_gate_leave(struct sign_in_gate *gate, struct sign_in_attempt *attempt,
                        enum sign_in_outcome outcome);
/* Ends all waiting, when the host stops. */
void sign_in_gate_stop(struct sign_in_gate *gate);

/* How many attempts wait or verify. */
size_t sign_in_gate_present(struct sign_in_gate *gate);

/* How long a next attempt must wait for its delays, not counting attempts ahead of it. */
int64_t sign_in_gate_pending_ms(struct sign_in_gate *gate, const struct sign_in_who *who);

#endif
