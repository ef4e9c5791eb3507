/* SPDX-License-Identifier: MIT */
#include "power_history.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "disk.h"

#define MAP_BYTES (UINT64_C(1) << 24) /* the least there is */
#define GROWTH (UINT64_C(1) << 20)
#define LAST_USE "last-use"
#define WATCHED 8192 /* of it: its head and 512 slots */
enum { STEPS = 44, BATCH_MAX = 12, BATCH_FIRST = 24 };

/* ---- the same random numbers for the same seed ----------------------------------------------- */

static uint64_t random_state;

static uint64_t draw(void) { return disk_mix(random_state++); }

static const char *random_name(void) { return "seeded"; }

static uint32_t random_word(void) { return (uint32_t)draw(); }

static void random_bytes(void *const bytes, const size_t len) {
    for (size_t i = 0; i < len; i++) ((uint8_t *)bytes)[i] = (uint8_t)(draw() >> 56);
}

static void seed_random(uint64_t seed) {
    static const struct randombytes_implementation seeded = { random_name, random_word,  NULL,
                                                              NULL,        random_bytes, NULL };
    random_state = disk_mix(seed);
    assert_int_equal(
        randombytes_set_implementation((struct randombytes_implementation *)(uintptr_t)&seeded), 0);
}

/* ---- the steps; two more are in power_backup.c ----------------------------------------------- */

void power_begin(struct power_history *h, const char *verb) {
    assert_true(h->steps < POWER_STEPS);
    if (h->steps) h->step[h->steps] = h->step[h->steps - 1];
    h->step[h->steps].verb = verb;
    record_begin(h->steps);
}

void power_acknowledge(struct power_history *h) { record_ack(h->steps++); }

/* A token of the step under way: texts of many lengths, some of which take pages of their own. */
static struct power_token *plan_token(struct power_history *h) {
    static const char *const owners[] = { "owner", "other", "a third one" };
    assert_true(h->tokens < POWER_TOKENS);
    struct power_token *token = &h->token[h->tokens++];
    token->owner = owners[draw() % COUNT(owners)];
    (void)snprintf(token->name, sizeof token->name, "%.*s", (int)(1 + draw() % APITOKEN_NAME_MAX),
                   long_text(APITOKEN_NAME_MAX));
    token->description_len = draw() % 3 ? draw() % 60 : draw() % (APITOKEN_DESCRIPTION_MAX + 1);
    token->made_in = h->steps;
    token->revoked_in = token->gone_in = POWER_NEVER;
    return token;
}

static void step_create(struct power_history *h) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    power_begin(h, "create");
    struct power_token *token = plan_token(h);
    opts.description = long_text(token->description_len);
    opts.description_len = (uint32_t)token->description_len;
    token->made = fixture_create(h->f.store, token->owner, token->name, &opts);
    power_acknowledge(h);
}

static void step_create_batch(struct power_history *h, size_t count) {
    static char description[APITOKEN_DESCRIPTION_MAX + 1];
    apitoken_batch_item item[BATCH_FIRST];
    const apitoken_batch_item *items[BATCH_FIRST];
    struct power_token *first = &h->token[h->tokens];
    apitoken_batch *batch = NULL;
    power_begin(h, "create_batch");
    (void)snprintf(description, sizeof description, "%s", long_text(APITOKEN_DESCRIPTION_MAX));
    for (size_t i = 0; i < count; i++) {
        const struct power_token *token = plan_token(h);
        item[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        item[i].owner = token->owner;
        item[i].owner_len = (uint32_t)strlen(token->owner);
        item[i].name = token->name;
        item[i].name_len = (uint32_t)strlen(token->name);
        item[i].description = description;
        item[i].description_len = (uint32_t)token->description_len;
        items[i] = &item[i];
    }
    assert_code(apitoken_create_batch(h->f.store, items, count, NULL, &batch, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        struct made_token *made = &first[i].made;
        assert_code(apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, made->text,
                                          sizeof made->text, &made->len, NULL),
                    0);
        (void)snprintf(made->id, sizeof made->id, "%s", apitoken_batch_id(batch, i));
    }
    apitoken_batch_free(batch);
    power_acknowledge(h);
}

static struct power_token *any_token(struct power_history *h) {
    for (;;) {
        struct power_token *token = &h->token[draw() % h->tokens];
        if (token->gone_in == POWER_NEVER) return token;
    }
}

/* A good one that the backup has. */
static struct power_token *token_of_backup(struct power_history *h) {
    size_t i = 0;
    while (h->token[i].revoked_in != POWER_NEVER) i++;
    assert_true(h->token[i].made_in < h->backed_up_in);
    return &h->token[i];
}

/* One that is revoked already is only synced. */
static void step_revoke(struct power_history *h, struct power_token *token) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    power_begin(h, "revoke");
    if (draw() % 2) {
        opts.reason_len = (uint32_t)(1 + draw() % APITOKEN_REASON_MAX);
        opts.reason = long_text(opts.reason_len);
    }
    if (token->revoked_in == POWER_NEVER) token->revoked_in = h->steps;
    assert_code(apitoken_revoke(h->f.store, token->owner, strlen(token->owner), token->made.id,
                                strlen(token->made.id), &opts, NULL),
                0);
    power_acknowledge(h);
}

static void step_grow(struct power_history *h) {
    power_begin(h, "store_grow");
    const uint64_t map_bytes = h->step[h->steps].map_bytes += GROWTH;
    assert_code(apitoken_store_grow(h->f.store_path, h->f.keyring, map_bytes, FIXTURE_GROW, NULL),
                0);
    power_acknowledge(h);
}

static int verdict_on(const struct power_token *token) {
    if (token->gone_in != POWER_NEVER) return APITOKEN_E_UNKNOWN;
    return token->revoked_in != POWER_NEVER ? APITOKEN_E_REVOKED : 0;
}

/* Notes last uses. */
static void step_validate(struct power_history *h) {
    power_begin(h, "validate");
    h->f.now_ms += 60000;
    for (size_t i = draw() % 4; i < h->tokens; i += 4) {
        struct power_token *token = &h->token[i];
        assert_code(check(h->f.store, &token->made), verdict_on(token));
        if (verdict_on(token) == 0) token->used_ms = h->f.now_ms;
    }
    power_acknowledge(h);
}

static void step_store_create(struct power_history *h) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    power_begin(h, "store_create");
    h->step[h->steps].map_bytes = MAP_BYTES;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    opts.map_bytes = MAP_BYTES;
    fixture_make_store(&h->f, &opts);
    power_acknowledge(h);
}

static void step_keyring_create(struct power_history *h) {
    power_begin(h, "keyring_create");
    h->step[h->steps].keys = h->step[h->steps].active_key = 1;
    fixture_make_keys(&h->f);
    power_acknowledge(h);
}

/* A second key: the next write tells the store of it, and makes its records under it. */
static void step_rotate(struct power_history *h) {
    uint32_t key_id = 0;
    power_begin(h, "keyring_add_key");
    h->step[h->steps].keys++;
    assert_code(apitoken_keyring_add_key(h->f.keys, NULL, &key_id, NULL), 0);
    power_acknowledge(h);
    power_begin(h, "keyring_activate_key");
    h->step[h->steps].active_key = key_id;
    assert_code(apitoken_keyring_activate_key(h->f.keys, key_id, NULL, NULL), 0);
    power_acknowledge(h);
    apitoken_store_close(h->f.store);
    apitoken_keyring_free(h->f.keyring);
    assert_code(apitoken_keyring_load(h->f.keys, NULL, &h->f.keyring, NULL), 0);
    h->f.store = fixture_open(&h->f, APITOKEN_MODE_READ_WRITE);
}

static void step_any(struct power_history *h) {
    const uint64_t lot = draw() % 20;
    const size_t count = 2 + draw() % (BATCH_MAX - 1);
    if (lot < 8)
        step_create(h);
    else if (lot < 14)
        step_revoke(h, any_token(h));
    else if (lot < 16 && h->tokens + count + STEPS < POWER_TOKENS)
        step_create_batch(h, count);
    else if (lot < 18)
        step_validate(h);
    else
        step_grow(h);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int is_same_file(const char *from, const char *to) {
    const size_t len = file_size(from);
    uint8_t *a = malloc(len), *b = malloc(len);
    assert_true(a && b);
    const int is_same = file_size(to) == len && file_read(from, a, len) == len &&
                        file_read(to, b, len) == len && !memcmp(a, b, len);
    free(a);
    free(b);
    return is_same;
}

static int is_same_store(const char *from, const char *to) {
    return is_same_file(in_dir(from, "data.mdb"), in_dir(to, "data.mdb")) &&
           is_same_file(in_dir(from, LAST_USE), in_dir(to, LAST_USE));
}

/* With all of the log there the disk holds what the files hold: nothing was overlooked. */
static int is_log_whole(const struct power_history *h) {
    static const char *const names[] = { POWER_STORE, POWER_BACKUP, POWER_REPLACED };
    static uint8_t all[DISK_PARTS];
    struct disk *disk = disk_new(0);
    char path[96], copy[96];
    int is_whole = 1;
    (void)snprintf(copy, sizeof copy, "%s/copy", h->f.dir);
    memset(all, 1, sizeof all);
    for (size_t i = 0; i < h->count; i++) disk_take(disk, h->records, i);
    disk_apply(disk, all);
    for (size_t i = 0; i < COUNT(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", h->f.dir, names[i]);
        is_whole &= disk_put(disk, names[i], copy) && is_same_store(path, copy);
    }
    disk_free(disk);
    return is_whole;
}

struct power_history *power_history_make(uint64_t seed) {
    struct power_history *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->seed = seed;
    h->backed_up_in = h->restored_in = POWER_NEVER;
    seed_random(seed);
    fixture_make_dir(&h->f);
    record_start(h->f.dir);
    record_watch(LAST_USE, WATCHED);
    step_keyring_create(h);
    step_store_create(h);
    h->f.store = fixture_open(&h->f, APITOKEN_MODE_READ_WRITE);
    step_create_batch(h, BATCH_FIRST); /* so that the trees have two levels */
    while (h->steps < STEPS / 4) step_any(h);
    step_validate(h); /* so that it has last uses */
    power_back_up(h);
    while (h->steps < STEPS / 2) step_any(h);
    step_rotate(h);
    while (h->steps < STEPS * 3 / 4) step_any(h);
    step_create(h); /* so that one at least is gone with it, and one revoke is carried over */
    step_revoke(h, token_of_backup(h));
    power_restore(h);
    while (h->steps < STEPS) step_any(h);
    apitoken_store_close(h->f.store);
    h->f.store = NULL;
    h->records = record_stop(&h->count);
    assert_true(is_log_whole(h));
    return h;
}

void power_history_free(struct power_history *h) {
    fixture_remove(&h->f);
    free(h);
}

struct power_moment power_moment_of(const struct power_history *h, size_t position) {
    struct power_moment moment = { 0, 0 };
    for (size_t i = 0; i < position; i++) {
        if (h->records[i].kind == RECORD_BEGIN) moment.is_under_way = 1;
        if (h->records[i].kind != RECORD_ACK) continue;
        moment.acknowledged++;
        moment.is_under_way = 0;
    }
    return moment;
}
