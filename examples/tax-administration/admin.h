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
    /* one creation under an Idempotency-Key at a time, until its outcome is written down */
    pthread_mutex_t keyed;
    const char *origin; /* of the page, NULL = http:// and whatever Host says */
    bool is_https;      /* the origin is */
};

#endif
