/* SPDX-License-Identifier: MIT */
#include "storage.h"
#include "verbs.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void remove_tree(const char *path) {
    int were_on = faults_are_on;
    faults_are_on = 0;
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    faults_are_on = were_on;
}

apitoken_store *world_open(struct world *w) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN; /* for every verb */
    opts.timeout_ms = PATIENCE_MS;
    opts.clock = fixture_clock;
    opts.clock_ctx = w->f;
    assert_code(apitoken_store_open(w->f->store_path, w->f->keyring, &opts, &store, NULL), 0);
    return store;
}

struct world world_make(struct fixture *f) {
    struct world w = { .f = f };
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = MAP_BYTES;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    apitoken_store_close(f->store);
    remove_tree(f->store_path);
    fixture_make_store(f, &opts);
    f->store = world_open(&w);
    w.good = fixture_create(f->store, "owner", "name", NULL);
    w.bad = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", w.bad.id), 0);
    return w;
}

void world_renew(struct world *w) {
    const unsigned serial = w->serial;
    *w = world_make(w->f);
    w->serial = serial;
}

void world_tidy(struct world *w) {
    static const char *const kept[] = { ".", "..", "store", "keys", "verify-keys" };
    DIR *dir = opendir(w->f->dir);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char path[400];
        int is_kept = 0;
        for (size_t i = 0; i < COUNT(kept); i++) is_kept |= strcmp(entry->d_name, kept[i]) == 0;
        (void)snprintf(path, sizeof path, "%s/%s", w->f->dir, entry->d_name);
        if (!is_kept) remove_tree(path);
    }
    (void)closedir(dir);
}

int world_setup_in_memory(void **state) {
    storage_in_memory(STORAGE_USUAL);
    return fixture_setup_always(state);
}

void world_assert_sound(struct world *w) {
    assert_code(check(w->f->store, &w->good), 0);
    assert_code(check(w->f->store, &w->bad), APITOKEN_E_REVOKED);
}
