/* SPDX-License-Identifier: MIT */
/*
 * What all requests of the Tax Administration share.
 */
#ifndef TAX_ADMINISTRATION_ADMIN_H
#define TAX_ADMINISTRATION_ADMIN_H

#include <apitoken/apitoken.h>
#include <pthread.h>
#include <stdbool.h>

struct admin_db;
struct sessions;
struct sign_in_delay;

struct admin {
    apitoken_store *tokens; /* read-write */
    apitoken_store_info facts;
    struct admin_db *db;
    struct sessions *sessions;
    struct sign_in_delay *delay;
    /* Held while a token is created, until the outcome is recorded. */
    pthread_mutex_t creation_lock;
    const char *origin; /* of the page, NULL = http:// and whatever Host says */
    bool is_https;      /* the origin is */
};

#endif
