/* SPDX-License-Identifier: MIT */
#include "secret_calls.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "due.h"

#define MAP_BYTES (UINT64_C(16) << 20)
#define KEYRING_CAP 8192

/* ---- keyrings -------------------------------------------------------------------------------- */

/* They may be there or not. */
static int remove_file(struct stage *s, const char *name) {
    (void)unlink(in_dir(s->f->dir, name));
    return 0;
}

static int remove_keys(struct stage *s) { return remove_file(s, "keys-other"); }
static int remove_export(struct stage *s) { return remove_file(s, "keys-verify"); }

/* One of a series, so that the key is known also if nothing comes of it. */
static int keyring_create(struct stage *s) {
    begin_series(s->seed);
    int rc = apitoken_keyring_create(in_dir(s->f->dir, "keys-other"), NULL, &s->err);
    end_series();
    return rc;
}

static int load(struct stage *s, const char *path) {
    return apitoken_keyring_load(path, NULL, &s->keyring, &s->err);
}

static int keyring_load(struct stage *s) { return load(s, s->f->keys); }
static int keyring_load_verify(struct stage *s) { return load(s, s->f->verify_keys); }
static int keyring_load_other(struct stage *s) { return load(s, in_dir(s->f->dir, "keys-other")); }
static int keyring_load_bad(struct stage *s) { return load(s, in_dir(s->f->dir, "keys-bad")); }

static int keyring_free(struct stage *s) {
    apitoken_keyring_free(s->keyring);
    s->keyring = NULL;
    return 0;
}

/*
 * The fixture's file with one digit of the key in another case, with something after it, without
 * its end; open to others.
 */
static int spoil(struct stage *s, size_t at, size_t less) {
    char text[KEYRING_CAP];
    const char *path = in_dir(s->f->dir, "keys-bad");
    const size_t len = file_read(s->f->keys, text, sizeof text);
    if (at) text[at] = text[at] == '7' ? '8' : '7';
    file_write(path, text, len - less);
    return chmod(path, 0600);
}

static int spoil_key(struct stage *s) { return spoil(s, 60, 0); }
static int spoil_check(struct stage *s) { return spoil(s, file_size(s->f->keys) - 3, 0); }
static int cut_keys(struct stage *s) { return spoil(s, 0, 4); }

static int open_keys_to_others(struct stage *s) {
    DUE(spoil(s, 0, 0));
    return chmod(in_dir(s->f->dir, "keys-bad"), 0644);
}

static int keyring_add_key(struct stage *s) {
    begin_series(s->seed);
    int rc = apitoken_keyring_add_key(in_dir(s->f->dir, "keys-other"), NULL, NULL, &s->err);
    end_series();
    return rc;
}

static int keyring_add_to_verify(struct stage *s) {
    return apitoken_keyring_add_key(s->f->verify_keys, NULL, NULL, &s->err);
}

static int keyring_activate(struct stage *s) {
    return apitoken_keyring_activate_key(in_dir(s->f->dir, "keys-other"), 2, NULL, &s->err);
}

static int keyring_activate_none(struct stage *s) {
    return apitoken_keyring_activate_key(in_dir(s->f->dir, "keys-other"), 9, NULL, &s->err);
}

static int keyring_remove_active(struct stage *s) {
    return apitoken_keyring_remove_key(in_dir(s->f->dir, "keys-other"), NULL, 2, &s->err);
}

static int keyring_export(struct stage *s) {
    return apitoken_keyring_export_verify(in_dir(s->f->dir, "keys-other"),
                                          in_dir(s->f->dir, "keys-verify"), NULL, &s->err);
}

/* ---- stores ---------------------------------------------------------------------------------- */

static int store_create(struct stage *s) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = MAP_BYTES;
    return apitoken_store_create(in_dir(s->f->dir, "other"), s->keyring, &opts, &s->err);
}

static int open_other(struct stage *s, const apitoken_keyring *keyring) {
    return apitoken_store_open(in_dir(s->f->dir, "other"), keyring, NULL, &s->store, &s->err);
}

static int store_open(struct stage *s) { return open_other(s, s->keyring); }
static int store_open_missing(struct stage *s) { return open_other(s, s->f->keyring); }

static int store_open_wrong(struct stage *s) {
    return apitoken_store_open(in_dir(s->f->dir, "once"), s->keyring, NULL, &s->store, &s->err);
}

static int store_close(struct stage *s) {
    apitoken_store_close(s->store);
    s->store = NULL;
    return 0;
}

static int store_stat(struct stage *s) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(s->f->store, NULL, &info, &s->err);
}

static int grow_other(struct stage *s, uint64_t map_bytes) {
    return apitoken_store_grow(in_dir(s->f->dir, "other"), s->keyring, map_bytes, FIXTURE_GROW,
                               &s->err);
}

/* A store of this size has a map of 1 GiB. */
static int store_grow(struct stage *s) { return grow_other(s, 2 * MAP_BYTES); }
static int store_grow_beyond(struct stage *s) { return grow_other(s, UINT64_C(2) << 30); }

static int store_reload_keys(struct stage *s) {
    return apitoken_store_reload_keys(s->store, s->keyring, NULL, &s->err);
}

static int store_reload_missing(struct stage *s) {
    return apitoken_store_reload_keys(s->store, s->f->keyring, NULL, &s->err);
}

const struct secret_call key_calls[] = {
    { "keyring_create", 0, keyring_create, foretell_keys, NULL, remove_keys },
    { "keyring_create, there is one", APITOKEN_E_EXISTS, keyring_create, NULL, NULL },
    { "keyring_load", 0, keyring_load, NULL, NULL, keyring_free },
    { "keyring_free", 0, keyring_free, NULL, NULL },
    { "keyring_load, verify-only", 0, keyring_load_verify, NULL, NULL, keyring_free },
    { "keyring_free, verify-only", 0, keyring_free, NULL, NULL },
    { "keyring_load, a damaged key", APITOKEN_E_KEYS_DAMAGED, keyring_load_bad, spoil_key, NULL },
    { "keyring_load, a damaged checksum", APITOKEN_E_KEYS_DAMAGED, keyring_load_bad, spoil_check,
      NULL },
    { "keyring_load, cut off", APITOKEN_E_KEYS_SHORT, keyring_load_bad, cut_keys, NULL },
    { "keyring_load, open to others", APITOKEN_E_KEYS_UNSAFE, keyring_load_bad, open_keys_to_others,
      NULL },
    { "keyring_add_key", 0, keyring_add_key, foretell_keys, NULL, nothing },
    { "keyring_add_key, verify-only", APITOKEN_E_KEYS_VERIFY, keyring_add_to_verify, NULL, NULL },
    { "keyring_activate_key", 0, keyring_activate, NULL, NULL },
    { "keyring_activate_key, none of that id", APITOKEN_E_KEY_ID, keyring_activate_none, NULL,
      NULL },
    { "keyring_remove_key, the active one", APITOKEN_E_KEY_USED, keyring_remove_active, NULL,
      NULL },
    { "keyring_export_verify", 0, keyring_export, NULL, NULL, remove_export },
    { "keyring_export_verify, there is one", APITOKEN_E_EXISTS, keyring_export, NULL, NULL },
    { "keyring_load, two keys", 0, keyring_load_other, NULL, NULL },
    { "store_create", 0, store_create, NULL, NULL },
    { "store_create, there is one", APITOKEN_E_EXISTS, store_create, NULL, NULL },
    { "store_open", 0, store_open, NULL, NULL, store_close },
    { "store_grow", 0, store_grow, NULL, NULL, nothing },
    { "store_grow, too large while in use", APITOKEN_E_IN_USE, store_grow_beyond, NULL, NULL },
    { "store_reload_keys", 0, store_reload_keys, NULL, NULL, nothing },
    { "store_reload_keys, a key is missing", APITOKEN_E_KEY_MISSING, store_reload_missing, NULL,
      NULL },
    { "store_close", 0, store_close, NULL, NULL },
    { "store_grow, beyond its map", 0, store_grow_beyond, NULL, NULL },
    { "store_open, a key is missing", APITOKEN_E_KEY_MISSING, store_open_missing, NULL, NULL },
    { "store_open, wrong keyring", APITOKEN_E_KEY_WRONG, store_open_wrong, NULL, NULL },
    { "keyring_free, two keys", 0, keyring_free, NULL, NULL },
    { "store_stat", 0, store_stat, NULL, NULL },
};
const size_t key_call_count = COUNT(key_calls);
