/* SPDX-License-Identifier: MIT */
/* What all requests share. */
#ifndef TAX_ADMINISTRATION_ADMIN_H
#define TAX_ADMINISTRATION_ADMIN_H

#include <apitoken/apitoken.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/known_browser.h"

struct admin_db;
struct sessions;
struct sign_in_gate;

struct admin {
    apitoken_store *tokens; /* read-write */
    const char *keys;       /* path of its keyring */
    apitoken_store_info facts;
    /*
     * The same store, opened for administration: only for what an administrator asks for. NULL if
     * there is none.
     */
    apitoken_store *overview;
    const char *const *admins; /* names of accounts */
    size_t admin_count;
    struct admin_db *db;
    struct sessions *sessions;
    struct sign_in_gate *gate;
    unsigned char browser_key[KNOWN_BROWSER_KEY_LEN]; /* of the cookies of known browsers */
    /*
     * Held while a token is created, until the outcome is recorded: whoever looks for a token that
     * may have been created must not find one that another request is creating.
     */
    pthread_mutex_t creation_lock;
    const char *origin;  /* of the web page; NULL = http:// and what the Host header says */
    bool is_https;       /* of the origin */
    const char *hub_url; /* of the Tax Data Hub, as users reach it; NULL = not known */
};

/* Today's date in the store's zone, yyyymmdd. False if the rules of the zone cannot be read. */
bool admin_today(const struct admin *admin, int32_t *ret_day);

#endif
