/* SPDX-License-Identifier: MIT */
/* The handle of an open store, and what every function with a store does first. */
#ifndef APITOKEN_OBJECTS_STORE_H
#define APITOKEN_OBJECTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outside/backend.h"
#include "outside/clock.h"
#include "outside/zone.h"

#define ATK_STAND_IN_OWNER 16
#define ATK_STAND_IN_LEN (ATK_HOT_FIXED + ATK_STAND_IN_OWNER + ATK_TAG_LEN)

struct apitoken_store {
    struct atk_backend *backend;
    const struct atk_keys *keys; /* those of the backend: guarded, bound to the store */
    bool keys_locked;
    bool verify_only;
    bool is_admin; /* APITOKEN_OPEN_ADMIN */
    uint32_t timeout_ms;
    /* a hot record that no token matches: validate uses it in place of an unknown id's record */
    uint8_t stand_in[ATK_STAND_IN_LEN];
    struct atk_clock clock;
    apitoken_zone_fn zone;
    void *zone_ctx;
    apitoken_log_fn log;
    void *log_ctx;
};

/* APITOKEN_E_ARGUMENT for NULL, APITOKEN_E_FORKED for the handle of another process. */
int atk_store_enter(const apitoken_store *store, apitoken_error *err);

/* APITOKEN_E_VERIFY_ONLY unless the handle may write and open sealed copies. */
int atk_store_require_write(const apitoken_store *store, apitoken_error *err);

/* APITOKEN_E_ADMIN unless the handle may do what is not done for one owner. */
int atk_store_require_admin(const apitoken_store *store, apitoken_error *err);

static inline struct atk_zone atk_store_zone(const apitoken_store *store) {
    return atk_zone_of(&store->backend->config, store->zone, store->zone_ctx);
}

/* Logs what went wrong in a write without failing it. Called when no lock is held. */
void atk_store_log_trouble(apitoken_store *store);

static inline struct atk_deadline atk_store_deadline(const apitoken_store *store,
                                                     uint32_t timeout_ms) {
    return atk_deadline_in(timeout_ms ? timeout_ms : store->timeout_ms);
}

#endif
