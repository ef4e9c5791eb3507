/* SPDX-License-Identifier: MIT */
/*
 * Sessions, in memory: a restart signs everybody out. The table knows a cookie by its hash alone.
 */
#ifndef TAX_ADMINISTRATION_SESSIONS_H
#define TAX_ADMINISTRATION_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/admin_db.h"

/* 256 random bits in base64url without padding (RFC 4648 section 5) */
#define SESSION_COOKIE_LEN 43
#define SESSION_CSRF_LEN 43

struct sessions;

struct session {
    char account[ACCOUNT_ID_LEN + 1];
    char name[ACCOUNT_NAME_MAX + 1];
    uint32_t password_version;
    char csrf[SESSION_CSRF_LEN + 1];
};

/*
 * idle_s: ends after so many seconds without a request; lifetime_s: ends in any case. NULL if
 * memory is short.
 */
struct sessions *sessions_new(int64_t idle_s, int64_t lifetime_s);
/* Wipes. NULL is fine. */
void sessions_free(struct sessions *sessions);

/*
 * All of these: any thread; now_s counts on a clock that is never set (CLOCK_BOOTTIME). A text that
 * is no cookie of this host is simply not found.
 */

/*
 * Begins a session. Of an account that has too many, or of all if the table is full, the one unused
 * for longest goes.
 */
void sessions_begin(struct sessions *sessions, const struct account *account, int64_t now_s,
                    char ret_cookie[SESSION_COOKIE_LEN + 1]);
/* Finds it and counts as use. */
bool sessions_find(struct sessions *sessions, const char *cookie, size_t length, int64_t now_s,
                   struct session *ret_session);
void sessions_end(struct sessions *sessions, const char *cookie, size_t length);
/* Compares in constant time. */
bool session_csrf_is(const struct session *session, const char *given);

#endif
