/* SPDX-License-Identifier: MIT */
/*
 * Makes the keyring, the verify-only keyring and the store that golden_0_2.h describes, in an empty
 * directory: make_golden DIR. Prints a line 'ID TEXT' for each token, with the older text behind it
 * if there is one. Run by the target golden-store; ends with a message if anything fails.
 */
#include "golden_0_2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t now_ms = GOLDEN_MADE_MS;
static char ids[GOLDEN_COUNT][APITOKEN_ID_MAX + 1];
static char texts[GOLDEN_COUNT][APITOKEN_TOKEN_MAX + 1];
static char older_texts[GOLDEN_COUNT][APITOKEN_TOKEN_MAX + 1];

static int clock_cb(int64_t *ret_now_ms, void *ctx) {
    (void)ctx;
    *ret_now_ms = now_ms;
    return 0;
}

static void must(int rc) {
    if (rc == 0) return;
    (void)fprintf(stderr, "make_golden: %s\n", apitoken_error_name(rc));
    exit(EXIT_FAILURE);
}

static apitoken_keyring *load(const char *path) {
    apitoken_keyring *keyring = NULL;
    must(apitoken_keyring_load(path, NULL, &keyring, NULL));
    return keyring;
}

static void make_store(const apitoken_keyring *keyring) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    opts.prefix = GOLDEN_PREFIX;
    opts.prefix_len = (uint32_t)strlen(GOLDEN_PREFIX);
    opts.map_bytes = GOLDEN_MAP_BYTES;
    opts.clock = clock_cb;
    must(apitoken_store_create("store", keyring, &opts, NULL));
}

static apitoken_store *open_store(const apitoken_keyring *keyring) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.clock = clock_cb;
    must(apitoken_store_open("store", keyring, &opts, &store, NULL));
    return store;
}

/* Notes the text of a token's newest secret, which it frees. */
static void note_text(int i, apitoken_secret *secret) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    must(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL));
    memcpy(texts[i], text, len + 1);
    apitoken_secret_free(secret);
}

static void make_token(apitoken_store *store, int i) {
    const struct golden_token *token = &golden_tokens[i];
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.description = token->description;
    opts.description_len = (uint32_t)strlen(token->description);
    opts.expiry_kind = token->expiry_kind;
    opts.expiry_day = token->expiry_day;
    opts.expiry_ms = token->expiry_kind == APITOKEN_EXPIRY_INSTANT ? token->expires_ms : 0;
    opts.interfaces = token->interfaces;
    opts.interfaces_len = (uint32_t)strlen(token->interfaces);
    opts.networks = token->networks;
    opts.networks_len = (uint32_t)strlen(token->networks);
    opts.data = token->data;
    opts.data_len = (uint32_t)strlen(token->data);
    opts.actor = token->actor;
    opts.actor_len = (uint32_t)strlen(token->actor);
    must(apitoken_create(store, token->owner, strlen(token->owner), token->name,
                         strlen(token->name), &opts, &secret, NULL));
    (void)snprintf(ids[i], sizeof ids[i], "%s", apitoken_secret_id(secret));
    note_text(i, secret);
}

static void suspend_token(apitoken_store *store, int i) {
    const struct golden_token *token = &golden_tokens[i];
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    if (!token->is_suspended) return;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    opts.is_suspended = 1;
    must(apitoken_update(store, token->owner, strlen(token->owner), ids[i], strlen(ids[i]), &opts,
                         NULL, NULL));
}

static void rotate_token(apitoken_store *store, int i) {
    const struct golden_token *token = &golden_tokens[i];
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    if (!token->is_rotated) return;
    opts.grace_ms = GOLDEN_GRACE_MS;
    must(apitoken_rotate(store, token->owner, strlen(token->owner), ids[i], strlen(ids[i]), &opts,
                         &secret, NULL));
    memcpy(older_texts[i], texts[i], sizeof older_texts[i]);
    note_text(i, secret);
}

static void revoke_token(apitoken_store *store, int i) {
    const struct golden_token *token = &golden_tokens[i];
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    if (!token->reason) return;
    opts.reason = token->reason;
    opts.reason_len = (uint32_t)strlen(token->reason);
    opts.reason_code = token->reason_code;
    must(apitoken_revoke(store, token->owner, strlen(token->owner), ids[i], strlen(ids[i]), &opts,
                         NULL));
}

/* Tokens in the order of the table, of which the key of a later one is never lower. */
static void make_tokens(uint32_t key_id) {
    apitoken_keyring *keyring = load("keys");
    apitoken_store *store = open_store(keyring);
    for (int i = 0; i < GOLDEN_COUNT; i++)
        if (golden_tokens[i].key_id == key_id) make_token(store, i);
    now_ms = GOLDEN_REVOKED_MS;
    for (int i = 0; i < GOLDEN_COUNT; i++)
        if (golden_tokens[i].key_id == key_id) revoke_token(store, i);
    now_ms = GOLDEN_CHANGED_MS;
    for (int i = 0; i < GOLDEN_COUNT && key_id == 2; i++) {
        suspend_token(store, i);
        rotate_token(store, i);
    }
    now_ms = GOLDEN_MADE_MS;
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
}

int main(int argc, char **argv) {
    if (argc != 2 || chdir(argv[1]) != 0) return EXIT_FAILURE;
    must(apitoken_keyring_create("keys", NULL, NULL));
    apitoken_keyring *first = load("keys");
    make_store(first);
    apitoken_keyring_free(first);
    make_tokens(1);
    must(apitoken_keyring_add_key("keys", NULL, NULL, NULL));
    must(apitoken_keyring_activate_key("keys", 2, NULL, NULL));
    make_tokens(2);
    must(apitoken_keyring_export_verify("keys", "verify-keys", NULL, NULL));
    for (int i = 0; i < GOLDEN_COUNT; i++)
        printf("%s %s%s%s\n", ids[i], texts[i], older_texts[i][0] ? " " : "", older_texts[i]);
    return 0;
}
