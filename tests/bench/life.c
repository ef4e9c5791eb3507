/* SPDX-License-Identifier: MIT */
/*
 * Figures of what comes after a create: life DIR ROUNDS CREATES TOKENS
 *
 * What the audit costs: durable creates in a store with the usual policy against those in one that
 * keeps no audit records, in turns. And how long it takes until an owner with TOKENS tokens is
 * blocked beside a thread that validates, and until ten times as many are revoked.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "create_rate.h"
#include "crew.h"
#include "due.h"
#include "machine.h"
#include "place.h"
#include "say.h"

#define THREADS 8
#define ALL_TIMES 10
#define MAP_BYTES ((uint64_t)1 << 30)

static const char actor[] = "bench";

static apitoken_store *make_store(const char *dir, const apitoken_keyring *keyring,
                                  const char *name) {
    apitoken_store_create_opts create = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    create.map_bytes = MAP_BYTES;
    open.flags = APITOKEN_OPEN_ADMIN;
    DUE(apitoken_store_create(place_path(dir, name), keyring, &create, NULL));
    DUE(apitoken_store_open(place_path(dir, name), keyring, &open, &store, NULL));
    return store;
}

static void keep_no_audit(apitoken_store *store) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    opts.mask = APITOKEN_POLICY_AUDIT_RETENTION;
    opts.actor = actor;
    opts.actor_len = sizeof actor - 1;
    DUE(apitoken_policy_set(store, &policy, &opts, NULL));
}

/* ---- the audit ------------------------------------------------------------------------------- */

static void compare_creates(apitoken_store *with, apitoken_store *without, size_t threads,
                            size_t rounds, size_t each, const char *id) {
    struct creates audited = { with, threads, 1, each }, plain = { without, threads, 1, each };
    struct rounds ratio = { 0 };
    for (size_t i = 0; i < rounds; i++) {
        const double rate = create_rate(&audited);
        rounds_add(&ratio, create_rate(&plain) / rate);
    }
    say_figure(id, &ratio);
}

/* ---- all tokens of an owner ------------------------------------------------------------------ */

struct shown {
    apitoken_store *store;
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
};

static void keep_text(void *ctx, const char *text, size_t len) {
    struct shown *shown = ctx;
    memcpy(shown->text, text, len);
    shown->len = len;
}

static void show(void *ctx, size_t number) {
    const struct shown *shown = ctx;
    (void)number;
    (void)!apitoken_validate(shown->store, shown->text, shown->len, NULL, NULL, NULL);
}

static double block(apitoken_store *store, const char *owner) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = actor;
    opts.actor_len = sizeof actor - 1;
    const double begin = wall_ns();
    DUE(apitoken_owner_block(store, owner, PLACE_OWNER_LEN, &opts, NULL));
    const double end = wall_ns();
    DUE(apitoken_owner_unblock(store, owner, PLACE_OWNER_LEN, &opts, NULL));
    return (end - begin) / 1e6;
}

static void block_beside_validates(apitoken_store *store, size_t tokens, size_t rounds) {
    struct shown shown = { .store = store };
    struct rounds ms = { 0 };
    char owner[PLACE_OWNER_LEN + 1];
    place_owner(0, owner);
    (void)batch_create(store, 0, tokens, 1, keep_text, &shown);
    struct crew_worker *host = crew_start(0, show, &shown);
    for (size_t i = 0; i < rounds; i++) rounds_add(&ms, block(store, owner));
    (void)crew_stop(host);
    say_figure("block", &ms);
}

static void revoke_all(apitoken_store *store, size_t tokens) {
    char owner[PLACE_OWNER_LEN + 1];
    uint64_t count = 0;
    place_owner(0, owner);
    (void)batch_create(store, tokens, tokens * (ALL_TIMES - 1), 1, NULL, NULL);
    const double begin = wall_ns();
    DUE(apitoken_revoke_all(store, owner, PLACE_OWNER_LEN, NULL, 0, NULL, &count, NULL));
    say_value("revoke_all", (wall_ns() - begin) / 1e6);
    DUE_THAT(count == tokens * ALL_TIMES);
}

int main(int argc, char **argv) {
    apitoken_keyring *keyring = NULL;
    DUE_THAT(argc == 5);
    const char *dir = argv[1];
    const size_t rounds = strtoul(argv[2], NULL, 10), each = strtoul(argv[3], NULL, 10),
                 tokens = strtoul(argv[4], NULL, 10);
    DUE(mkdir(dir, 0700));
    DUE(apitoken_keyring_create(place_path(dir, "keys"), NULL, NULL));
    DUE(apitoken_keyring_load(place_path(dir, "keys"), NULL, &keyring, NULL));
    apitoken_store *with = make_store(dir, keyring, "audited"),
                   *without = make_store(dir, keyring, "plain");
    keep_no_audit(without);
    compare_creates(with, without, 1, rounds, each, "audit.1");
    compare_creates(with, without, THREADS, rounds, each, "audit.8");
    block_beside_validates(with, tokens, rounds);
    revoke_all(with, tokens);
    apitoken_store_close(with);
    apitoken_store_close(without);
    apitoken_keyring_free(keyring);
    return 0;
}
