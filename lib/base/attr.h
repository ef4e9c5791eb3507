/* SPDX-License-Identifier: MIT */
/* Attributes and macros for every file. */
#ifndef APITOKEN_BASE_ATTR_H
#define APITOKEN_BASE_ATTR_H

#include <errno.h>
#include <pthread.h>

#define ATK_LEN(array) (sizeof(array) / sizeof((array)[0]))
#define ATK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define ATK_SCOPED(cleanup_fn) __attribute__((cleanup(cleanup_fn)))

/*
 * For a function that compares a secret in constant time. No optimiser may look into it, not even
 * one for the whole program: it might branch on the secret where the result is used.
 */
#if __has_attribute(noipa)
#define ATK_VERDICT __attribute__((noipa))
#else
#define ATK_VERDICT __attribute__((noinline))
#endif

/*
 * For the rare case of a short function: it stays apart as it is written, so that the usual case
 * needs no stack frame and loads nothing for it.
 */
#if __has_attribute(noipa)
#define ATK_APART __attribute__((noipa))
#else
#define ATK_APART __attribute__((noinline))
#endif

/* Returns the error of `expr`, if it has one. The only macro that hides a return. */
#define ATK_TRY(expr)                    \
    do {                                 \
        int atk_rc_ = (expr);            \
        if (atk_rc_ < 0) return atk_rc_; \
    } while (0)

static inline void atk_errno_restore(const int *saved) { errno = *saved; }

static inline int atk_cancel_disable(void) {
    int state = PTHREAD_CANCEL_ENABLE;
    (void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    return state;
}

static inline void atk_cancel_restore(const int *state) {
    (void)pthread_setcancelstate(*state, NULL);
}

/* First line of a public function that may change errno: restores the host's errno. */
#define ATK_KEEP_ERRNO \
    __attribute__((unused)) ATK_SCOPED(atk_errno_restore) const int atk_saved_errno_ = errno

/* Holds off cancellation: a cancelled thread would never release its locks and memory. */
#define ATK_NO_CANCEL                                                                    \
    __attribute__((unused)) ATK_SCOPED(atk_cancel_restore) const int atk_cancel_state_ = \
        atk_cancel_disable()

#endif
