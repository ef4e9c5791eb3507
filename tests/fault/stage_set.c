/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "due.h"
#include "needles.h"

#define MAP_BYTES (UINT64_C(16) << 20)
#define KEYRING_CAP 8192
#define KEY_LEN 32
#define CHECK_KEY_LEN 16
#define SOON 1000

/* ---- what is learnt -------------------------------------------------------------------------- */

/* The subkeys as doc/store-format.md describes them. */
static void learn_master(const uint8_t *master) {
    uint8_t key[KEY_LEN];
    needles_add_key(master, KEY_LEN);
    for (uint64_t subkey = 1; subkey <= 4; subkey++) {
        const size_t len = subkey == 2 ? CHECK_KEY_LEN : KEY_LEN;
        DUE(crypto_kdf_derive_from_key(key, len, subkey, "apitoken", master));
        needles_add_key(key, len);
    }
}

static int learn_keys(const char *path) {
    static const char word[] = "\nkey ";
    char text[KEYRING_CAP];
    const size_t len = file_read(path, text, sizeof text - 1);
    text[len] = '\0';
    for (const char *line = text; (line = strstr(line, word)); line++) {
        uint8_t master[KEY_LEN];
        const char *digits = strchr(line + 1, '\n') - 2 * KEY_LEN;
        DUE(sodium_hex2bin(master, sizeof master, digits, 2 * KEY_LEN, NULL, NULL, NULL));
        learn_master(master);
    }
    return 0;
}

static int learn_secret(const apitoken_secret *secret, struct hidden *ret_hidden) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    int rc =
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL);
    needles_add_token(text, len);
    if (ret_hidden) hide(ret_hidden, apitoken_secret_id(secret), text, len);
    return rc;
}

int learn_created(struct stage *s) { return learn_secret(s->secret, NULL); }

int learn_batch(struct stage *s) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    for (size_t i = 0; i < apitoken_batch_count(s->batch); i++) {
        DUE(apitoken_batch_format(s->batch, i, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                                  NULL));
        needles_add_token(text, len);
    }
    return 0;
}

/* ---- the stage ------------------------------------------------------------------------------- */

static void make_token(struct stage *s, apitoken_store *store, int64_t expiry_ms,
                       struct hidden *ret_hidden) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.expiry_kind = expiry_ms ? APITOKEN_EXPIRY_INSTANT : APITOKEN_EXPIRY_NEVER;
    opts.expiry_ms = expiry_ms;
    DUE(apitoken_create(store, LIT("owner"), LIT("name"), &opts, &secret, &s->err));
    DUE(learn_secret(secret, ret_hidden));
    apitoken_secret_free(secret);
}

static char next_digit(char digit) {
    return digit == '9' ? 'A' : digit == 'Z' ? 'a' : digit == 'z' ? '0' : (char)(digit + 1);
}

/*
 * The text of `from` with twelve other characters in its secret, or in its id, and a checksum that
 * fits.
 */
static void alter(const struct hidden *from, size_t at, struct hidden *ret_hidden) {
    char id[APITOKEN_ID_MAX + 1] = "";
    (void)show_clear(from);
    for (size_t i = at; i < at + APITOKEN_ID_LEN; i++) clear.text[i] = next_digit(clear.text[i]);
    token_put_checksum(clear.text, clear.len);
    memcpy(id, clear.text + TOKEN_BODY + 1, APITOKEN_ID_LEN);
    needles_add_token(clear.text, clear.len);
    hide(ret_hidden, id, clear.text, clear.len);
}

static apitoken_store *make_store(struct stage *s, const char *name, uint32_t policy) {
    apitoken_store_create_opts create = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open_opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    create.map_bytes = MAP_BYTES;
    create.copy_policy = policy;
    open_opts.clock = fixture_clock;
    open_opts.clock_ctx = s->f;
    DUE(apitoken_store_create(in_dir(s->f->dir, name), s->f->keyring, &create, NULL));
    DUE(apitoken_store_open(in_dir(s->f->dir, name), s->f->keyring, &open_opts, &store, NULL));
    return store;
}

/* As many at once as still go in, in the end one. */
int stage_fill(struct stage *s) {
    static char description[APITOKEN_DESCRIPTION_MAX];
    static const apitoken_batch_item *items[512];
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    s->full = make_store(s, "full", APITOKEN_COPY_ALWAYS);
    memset(description, 'x', sizeof description);
    item.owner = "owner";
    item.owner_len = 5;
    item.name = "name";
    item.name_len = 4;
    item.description = description;
    item.description_len = sizeof description;
    for (size_t i = 0; i < COUNT(items); i++) items[i] = &item;
    for (size_t many = COUNT(items); many > 0;) {
        apitoken_batch *batch = NULL;
        const int rc = apitoken_create_batch(s->full, items, many, NULL, &batch, NULL);
        apitoken_batch_free(batch);
        if (rc != 0) many /= 4;
    }
    opts.description = description;
    opts.description_len = sizeof description;
    while (try_create(s->full, "owner", "name", &opts) == 0) {}
    return 0;
}

int stage_set(struct stage *s) {
    DUE(learn_keys(s->f->keys));
    s->verifier = fixture_open(s->f, APITOKEN_MODE_VERIFY_ONLY);
    s->once = make_store(s, "once", APITOKEN_COPY_ONCE);
    make_token(s, s->f->store, 0, &s->good);
    make_token(s, s->f->store, 0, &s->revoked);
    make_token(s, s->f->store, s->f->now_ms + SOON, &s->expired);
    make_token(s, s->once, 0, &s->kept_once);
    alter(&s->good, TOKEN_BODY + 1 + APITOKEN_ID_LEN, &s->wrong);
    alter(&s->good, TOKEN_BODY + 1, &s->unknown);
    s->f->now_ms += SOON;
    return 0;
}

int foretell(struct stage *s) {
    begin_series(++s->seed);
    make_token(s, s->once, 0, NULL);
    end_series();
    return 0;
}

int foretell_keys(struct stage *s) {
    const char *path = in_dir(s->f->dir, "keys-foretold");
    begin_series(++s->seed);
    DUE(apitoken_keyring_create(path, NULL, NULL));
    end_series();
    (void)learn_keys(path);
    return unlink(path);
}

int stage_strike(struct stage *s) {
    apitoken_store_close(s->verifier);
    apitoken_store_close(s->once);
    apitoken_store_close(s->full);
    apitoken_store_close(s->f->store);
    apitoken_keyring_free(s->f->keyring);
    apitoken_keyring_free(s->f->verify_keyring);
    s->f->store = NULL;
    s->f->keyring = s->f->verify_keyring = NULL;
    sodium_memzero(&clear, sizeof clear);
    return 0;
}
