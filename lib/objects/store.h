/* SPDX-License-Identifier: MIT */
/* The store handle, and what every verb begins with. */
#ifndef APITOKEN_OBJECTS_STORE_H
#define APITOKEN_OBJECTS_STORE_H

#include "outside/backend.h"
#include "outside/clock.h"

struct apitoken_store {
    struct atk_backend *backend;
    struct atk_keys *keys; /* guarded, read-only */
    int keys_locked;
    int verify_only;
    uint32_t timeout_ms;
    /* a hot record that no text matches, for ids of which nothing is known */
    uint8_t stand_in[ATK_HOT_MAX];
    size_t stand_in_len;
    struct atk_clock clock;
    apitoken_zone_fn zone;
    void *zone_ctx;
    apitoken_log_fn log;
    void *log_ctx;
};

/* Every verb's first step: the handle is there and of this process. */
int atk_store_enter(const apitoken_store *store, apitoken_error *err);

/* ... of one that writes or opens a seal: the handle is not verify-only. */
int atk_store_needs_write(const apitoken_store *store, apitoken_error *err);

static inline struct atk_deadline atk_store_deadline(const apitoken_store *store,
                                                     uint32_t timeout_ms) {
    return atk_deadline_in(timeout_ms ? timeout_ms : store->timeout_ms);
}

#endif
