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
#define SESSION_ID_LEN 16 /* 64 random bits in hexadecimal: names a session, and is no secret */
#define SESSION_ADDRESS_CAP 48
#define SESSION_BROWSER_CAP 160
#define SESSIONS_OF_ACCOUNT_MAX 16

struct sessions;

/* Where a session began: for its user, to tell it from one that somebody else began. */
struct session_origin {
    char address[SESSION_ADDRESS_CAP]; /* "" = unknown */
    char browser[SESSION_BROWSER_CAP]; /* what it calls itself, in ASCII; "" = nothing */
};

struct session {
    char id[SESSION_ID_LEN + 1];
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

struct session_facts {
    char id[SESSION_ID_LEN + 1];
    int64_t begun_s; /* on the clock of now_s */
    int64_t last_s;
    struct session_origin origin;
};

/*
 * Begins a session. If the account has too many sessions, its least recently used one ends; if the
 * table is full, the least recently used one of all.
 */
void sessions_begin(struct sessions *sessions, const struct account *account,
                    const struct session_origin *origin, int64_t now_s,
                    char ret_cookie[SESSION_COOKIE_LEN + 1]);
/* Finding a session counts as use. */
bool sessions_find(struct sessions *sessions, const char *cookie, size_t length, int64_t now_s,
                   struct session *ret_session);
void sessions_end(struct sessions *sessions, const char *cookie, size_t length);

/* The account's sessions, the one that was used last first. Returns how many. */
size_t sessions_list(struct sessions *sessions, const char *account, int64_t now_s,
                     struct session_facts ret_facts[SESSIONS_OF_ACCOUNT_MAX]);
/* False if the account has no session of this id. */
bool sessions_end_one(struct sessions *sessions, const char *account, const char *id);
/* Ends the account's sessions but for that of this id; NULL = all. Returns how many. */
size_t sessions_end_others(struct sessions *sessions, const char *account, const char *id);
/* Compares in constant time. */
bool session_csrf_is(const struct session *session, const char *given);

#endif
