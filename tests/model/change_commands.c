/* SPDX-License-Identifier: MIT */
/* Commands that change tokens, owners or the policy. */
#include <stdio.h>
#include <string.h>

#include "driver.h"

#define TEXT(name) request_text(request, name), request_len(request, name)

static uint32_t word_of(const struct request *request, const char *name) {
    return (uint32_t)request_number(request, name);
}

/* The text is of a test's store, and the model needs it. */
static void print_secret(const apitoken_secret *secret) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    if (apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                               NULL) == 0)
        (void)printf("%s\t%s\t", apitoken_secret_id(secret), text);
}

static int create_token(struct driver *driver, const struct request *request) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    uint8_t data[BYTES_MAX];
    opts.expiry_kind = word_of(request, "kind");
    opts.expiry_day = (int32_t)request_number(request, "day");
    opts.expiry_ms = request_number(request, "end");
    opts.description = request_text(request, "description");
    opts.description_len = request_len(request, "description");
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    opts.interfaces = request_text(request, "interfaces");
    opts.interfaces_len = request_len(request, "interfaces");
    opts.networks = request_text(request, "networks");
    opts.networks_len = request_len(request, "networks");
    opts.data_len = request_bytes(request, "data", data, &opts.data);
    const int rc = apitoken_create(driver_store(driver, request), TEXT("owner"), TEXT("name"),
                                   &opts, &secret, NULL);
    if (rc == 0) print_secret(secret);
    apitoken_secret_free(secret);
    return rc;
}

/* `count` tokens with the same fields. */
static int create_batch(struct driver *driver, const struct request *request) {
    enum { ITEMS_MAX = 100 };
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[ITEMS_MAX];
    apitoken_batch *batch = NULL;
    item.owner = request_text(request, "owner");
    item.owner_len = request_len(request, "owner");
    item.name = request_text(request, "name");
    item.name_len = request_len(request, "name");
    item.expiry_kind = word_of(request, "kind");
    item.expiry_ms = request_number(request, "end");
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    for (size_t i = 0; i < ITEMS_MAX; i++) items[i] = &item;
    const int rc =
        apitoken_create_batch(driver_store(driver, request), items,
                              word_of(request, "count") % (ITEMS_MAX + 1), &opts, &batch, NULL);
    for (size_t i = 0; rc == 0 && i < apitoken_batch_count(batch); i++) {
        char text[APITOKEN_FORMAT_MAX];
        size_t len = 0;
        if (apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                                  NULL) == 0)
            (void)printf("%s\t%s\t", apitoken_batch_id(batch, i), text);
    }
    apitoken_batch_free(batch);
    return rc;
}

static void load_update(const struct request *request, apitoken_update_opts *opts) {
    opts->flags = word_of(request, "flags");
    opts->mask = word_of(request, "mask");
    opts->revision = word_of(request, "revision");
    opts->expiry_kind = word_of(request, "kind");
    opts->expiry_day = (int32_t)request_number(request, "day");
    opts->expiry_ms = request_number(request, "end");
    opts->is_suspended = word_of(request, "suspended");
    opts->name = request_text(request, "name");
    opts->name_len = request_len(request, "name");
    opts->description = request_text(request, "description");
    opts->description_len = request_len(request, "description");
    opts->interfaces = request_text(request, "interfaces");
    opts->interfaces_len = request_len(request, "interfaces");
    opts->networks = request_text(request, "networks");
    opts->networks_len = request_len(request, "networks");
    opts->actor = request_text(request, "actor");
    opts->actor_len = request_len(request, "actor");
}

static int update_token(struct driver *driver, const struct request *request) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    uint8_t data[BYTES_MAX];
    uint32_t revision = 0;
    load_update(request, &opts);
    opts.data_len = request_bytes(request, "data", data, &opts.data);
    const int rc = apitoken_update(driver_store(driver, request), TEXT("owner"), TEXT("id"), &opts,
                                   &revision, NULL);
    if (rc == 0) (void)printf("%u\t", revision);
    return rc;
}

static int rotate_token(struct driver *driver, const struct request *request) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.flags = word_of(request, "flags");
    opts.revision = word_of(request, "revision");
    opts.expiry_kind = word_of(request, "kind");
    opts.expiry_day = (int32_t)request_number(request, "day");
    opts.expiry_ms = request_number(request, "end");
    opts.grace_ms = request_number(request, "grace");
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    const int rc = apitoken_rotate(driver_store(driver, request), TEXT("owner"), TEXT("id"), &opts,
                                   &secret, NULL);
    if (rc == 0) print_secret(secret);
    apitoken_secret_free(secret);
    return rc;
}

static void load_revoke(const struct request *request, apitoken_revoke_opts *opts) {
    opts->flags = word_of(request, "flags");
    opts->reason = request_text(request, "reason");
    opts->reason_len = request_len(request, "reason");
    opts->reason_code = word_of(request, "code");
    opts->actor = request_text(request, "actor");
    opts->actor_len = request_len(request, "actor");
}

static int revoke_token(struct driver *driver, const struct request *request) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    load_revoke(request, &opts);
    return apitoken_revoke(driver_store(driver, request), TEXT("owner"), TEXT("id"), &opts, NULL);
}

static int revoke_all(struct driver *driver, const struct request *request) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    uint64_t count = 0;
    load_revoke(request, &opts);
    const int rc = apitoken_revoke_all(driver_store(driver, request), TEXT("owner"), TEXT("id"),
                                       &opts, &count, NULL);
    if (rc == 0) (void)printf("%llu\t", (unsigned long long)count);
    return rc;
}

/* The texts have commas between them. An item for each: code|ended|id|owner. */
static int revoke_texts(struct driver *driver, const struct request *request) {
    enum { TEXTS_MAX = 8 };
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item item[TEXTS_MAX], *items[TEXTS_MAX];
    size_t count = 0;
    load_revoke(request, &opts);
    for (const char *text = request_text(request, "texts"); text && count < TEXTS_MAX; count++) {
        item[count] = (apitoken_revoke_item)APITOKEN_REVOKE_ITEM_INIT;
        item[count].text = text;
        item[count].text_len = (uint32_t)strcspn(text, ",");
        items[count] = &item[count];
        text = text[item[count].text_len] ? text + item[count].text_len + 1 : NULL;
    }
    const int rc = apitoken_revoke_texts(driver_store(driver, request), items, count, &opts, NULL);
    for (size_t i = 0; rc == 0 && i < count; i++)
        (void)printf("%d|%u|%s|%s\t", item[i].code, item[i].ended, item[i].id, item[i].owner);
    return rc;
}

static int undo_revoke(struct driver *driver, const struct request *request) {
    apitoken_unrevoke_opts opts = APITOKEN_UNREVOKE_OPTS_INIT;
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    return apitoken_unrevoke(driver_store(driver, request), TEXT("owner"), TEXT("id"), &opts, NULL);
}

static void load_block(const struct request *request, apitoken_block_opts *opts) {
    opts->actor = request_text(request, "actor");
    opts->actor_len = request_len(request, "actor");
    opts->reason = request_text(request, "reason");
    opts->reason_len = request_len(request, "reason");
}

static int block_owner(struct driver *driver, const struct request *request) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    load_block(request, &opts);
    return apitoken_owner_block(driver_store(driver, request), TEXT("owner"), &opts, NULL);
}

static int unblock_owner(struct driver *driver, const struct request *request) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    load_block(request, &opts);
    return apitoken_owner_unblock(driver_store(driver, request), TEXT("owner"), &opts, NULL);
}

static int set_policy(struct driver *driver, const struct request *request) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    policy.is_never_forbidden = word_of(request, "never_forbidden");
    policy.max_live = word_of(request, "max_live");
    policy.max_lifetime_ms = request_number(request, "max_lifetime");
    policy.default_expiry_ms = request_number(request, "default_expiry");
    policy.undo_ms = request_number(request, "undo");
    policy.max_grace_ms = request_number(request, "max_grace");
    policy.audit_retention_ms = request_number(request, "audit_retention");
    opts.mask = word_of(request, "mask");
    opts.revision = word_of(request, "revision");
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    return apitoken_policy_set(driver_store(driver, request), &policy, &opts, NULL);
}

static int purge(struct driver *driver, const struct request *request) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    opts.flags = word_of(request, "flags");
    opts.ended_before_ms = request_number(request, "before");
    opts.actor = request_text(request, "actor");
    opts.actor_len = request_len(request, "actor");
    const int rc = apitoken_purge(driver_store(driver, request), &opts, &result, NULL);
    if (rc == 0)
        (void)printf("%llu|%llu\t", (unsigned long long)result.tokens,
                     (unsigned long long)result.kept);
    return rc;
}

const struct command change_commands[] = {
    { "create", create_token },
    { "batch", create_batch },
    { "update", update_token },
    { "rotate", rotate_token },
    { "revoke", revoke_token },
    { "revoke_all", revoke_all },
    { "revoke_texts", revoke_texts },
    { "unrevoke", undo_revoke },
    { "block", block_owner },
    { "unblock", unblock_owner },
    { "policy_set", set_policy },
    { "purge", purge },
    { NULL, NULL },
};
