/*
 * What all requests of the Tax Administration share.
 *
 * SPDX-License-Identifier: MIT
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
    pthread_mutex_t keyed; /* one creation under an Idempotency-Key at a time, until its outcome is written down */
    const char *origin;    /* of the page, NULL = http:// and whatever Host says */
    bool is_https;         /* the origin is */
};

#endif
