/* SPDX-License-Identifier: MIT */
/*
 * Sessions. They are kept in memory, so a restart signs everybody out. The table holds only the
 * hash of a cookie.
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
 * A session ends after idle_s seconds without a request, and after lifetime_s seconds in any case.
 * NULL if there is not enough memory.
 */
struct sessions *sessions_new(int64_t idle_s, int64_t lifetime_s);
/* Wipes the sessions. NULL is fine. */
void sessions_free(struct sessions *sessions);

/*
 * The functions below may be called from any thread. now_s is boot_clock_seconds(). A text that is
 * not a cookie of this host is simply not found.
 */

/*
 * Begins a session. If the account has too many sessions, its least recently used one ends; if the
 * table is full, the least recently used one of all.
 */
void sessions_begin(struct sessions *sessions, const struct account *account, int64_t now_s,
                    char ret_cookie[SESSION_COOKIE_LEN + 1]);
/* Finding a session counts as use. */
bool sessions_find(struct sessions *sessions, const char *cookie, size_t length, int64_t now_s,
                   struct session *ret_session);
void sessions_end(struct sessions *sessions, const char *cookie, size_t length);
/* Compares in constant time. */
bool session_csrf_is(const struct session *session, const char *given);

#endif
