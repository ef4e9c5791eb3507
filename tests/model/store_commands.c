/* SPDX-License-Identifier: MIT */
/* Commands about keyrings and stores as a whole. */
#include <stdio.h>
#include <string.h>

#include "driver.h"

static int tell_now(int64_t *ret_now_ms, void *ctx) {
    const struct driver *driver = ctx;
    *ret_now_ms = driver->now_ms;
    return driver->now_ms < 0;
}

static int create_keyring(struct driver *driver, const struct request *request) {
    (void)driver;
    return apitoken_keyring_create(request_text(request, "keys"), NULL, NULL);
}

static int add_key(struct driver *driver, const struct request *request) {
    uint32_t id = 0;
    (void)driver;
    const int rc = apitoken_keyring_add_key(request_text(request, "keys"), NULL, &id, NULL);
    if (rc == 0) (void)printf("%u\t", id);
    return rc;
}

static int activate_key(struct driver *driver, const struct request *request) {
    (void)driver;
    return apitoken_keyring_activate_key(request_text(request, "keys"),
                                         (uint32_t)request_number(request, "key"), NULL, NULL);
}

static int create_with(const apitoken_keyring *keyring, struct driver *driver,
                       const struct request *request) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.copy_policy = (uint32_t)request_number(request, "copies");
    opts.zone_id = request_text(request, "zone");
    opts.zone_id_len = request_len(request, "zone");
    opts.map_bytes = (uint64_t)request_number(request, "map");
    opts.clock = tell_now;
    opts.clock_ctx = driver;
    return apitoken_store_create(request_text(request, "path"), keyring, &opts, NULL);
}

static int open_with(const apitoken_keyring *keyring, struct driver *driver,
                     const struct request *request) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store **store = &driver->store[request_number(request, "s") % STORES_MAX];
    opts.flags = (uint32_t)request_number(request, "flags");
    opts.mode = (uint32_t)request_number(request, "mode");
    opts.clock = tell_now;
    opts.clock_ctx = driver;
    return apitoken_store_open(request_text(request, "path"), keyring, &opts, store, NULL);
}

static int reload_with(const apitoken_keyring *keyring, struct driver *driver,
                       const struct request *request) {
    return apitoken_store_reload_keys(driver_store(driver, request), keyring, NULL, NULL);
}

static int grow_with(const apitoken_keyring *keyring, struct driver *driver,
                     const struct request *request) {
    const apitoken_grow_opts opts = { .size = sizeof opts,
                                      .actor = "operator",
                                      .actor_len = 8,
                                      .clock = tell_now,
                                      .clock_ctx = driver };
    return apitoken_store_grow(request_text(request, "path"), keyring,
                               (uint64_t)request_number(request, "map"), &opts, NULL);
}

static int check_with(const apitoken_keyring *keyring, struct driver *driver,
                      const struct request *request) {
    (void)driver;
    return apitoken_store_check(request_text(request, "path"), keyring, NULL, NULL);
}

static int with_keyring(int (*run)(const apitoken_keyring *keyring, struct driver *driver,
                                   const struct request *request),
                        struct driver *driver, const struct request *request) {
    apitoken_keyring *keyring = NULL;
    int rc = apitoken_keyring_load(request_text(request, "keys"), NULL, &keyring, NULL);
    if (rc == 0) rc = run(keyring, driver, request);
    apitoken_keyring_free(keyring);
    return rc;
}

static int create_store(struct driver *driver, const struct request *request) {
    return with_keyring(create_with, driver, request);
}

static int open_store(struct driver *driver, const struct request *request) {
    return with_keyring(open_with, driver, request);
}

static int reload_keys(struct driver *driver, const struct request *request) {
    return with_keyring(reload_with, driver, request);
}

static int grow_store(struct driver *driver, const struct request *request) {
    return with_keyring(grow_with, driver, request);
}

static int check_store(struct driver *driver, const struct request *request) {
    return with_keyring(check_with, driver, request);
}

static int close_store(struct driver *driver, const struct request *request) {
    apitoken_store **store = &driver->store[request_number(request, "s") % STORES_MAX];
    apitoken_store_close(*store);
    *store = NULL;
    return 0;
}

static int back_up(struct driver *driver, const struct request *request) {
    return apitoken_store_backup(driver_store(driver, request), request_text(request, "path"), NULL,
                                 NULL);
}

static int describe_store(struct driver *driver, const struct request *request) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    const int rc = apitoken_store_stat(driver_store(driver, request), NULL, &info, NULL);
    if (rc == 0)
        (void)printf("%llu|%llu|%u\t", (unsigned long long)info.tokens,
                     (unsigned long long)info.revoked, info.copy_policy);
    return rc;
}

const struct command store_commands[] = {
    { "keyring", create_keyring }, { "add_key", add_key },   { "activate_key", activate_key },
    { "init", create_store },      { "open", open_store },   { "close", close_store },
    { "reload", reload_keys },     { "grow", grow_store },   { "backup", back_up },
    { "stat", describe_store },    { "check", check_store }, { NULL, NULL },
};
