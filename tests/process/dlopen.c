/* SPDX-License-Identifier: MIT */
/*
 * The library as part of a plugin: loaded by dlopen() and used by threads that outlive dlclose().
 * It stays in memory, because threads and fork handlers may still run its code. This program is not
 * linked to the library; argument 1 is its path.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"
#include "temp_dir.h"

enum { ROUNDS = 1000, THREADS = 4 };

static const char *library;

/* ---- the library's functions, as far as they are used here ----------------------------------- */

static struct {
    void *handle;
    __typeof__(&apitoken_keyring_create) keyring_create;
    __typeof__(&apitoken_keyring_load) keyring_load;
    __typeof__(&apitoken_keyring_free) keyring_free;
    __typeof__(&apitoken_store_create) store_create;
    __typeof__(&apitoken_store_open) store_open;
    __typeof__(&apitoken_store_close) store_close;
    __typeof__(&apitoken_create) create;
    __typeof__(&apitoken_secret_format) secret_format;
    __typeof__(&apitoken_secret_free) secret_free;
    __typeof__(&apitoken_validate) validate;
} lib;

/* A function's address leaves dlsym() as a data pointer; POSIX lets it be copied. */
static void find(const char *name, void *ret_function, size_t size) {
    void *symbol = dlsym(lib.handle, name);
    assert_non_null(symbol);
    assert_int_equal(size, sizeof symbol);
    memcpy(ret_function, &symbol, size);
}

#define FIND(member) find("apitoken_" #member, &lib.member, sizeof lib.member)

static void load(void) {
    lib.handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(lib.handle);
    FIND(keyring_create);
    FIND(keyring_load);
    FIND(keyring_free);
    FIND(store_create);
    FIND(store_open);
    FIND(store_close);
    FIND(create);
    FIND(secret_format);
    FIND(secret_free);
    FIND(validate);
}

static int is_loaded(void) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
    if (handle) assert_int_equal(dlclose(handle), 0);
    return handle != NULL;
}

/* ---- a store --------------------------------------------------------------------------------- */

static struct {
    char dir[64], keys[96], path[96];
    struct made_token made;
} on_disk;

static int teardown(void **state) {
    (void)state;
    temp_dir_remove(on_disk.dir);
    return 0;
}

static apitoken_store *open_store(void) {
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    assert_int_equal(lib.keyring_load(on_disk.keys, NULL, &keyring, NULL), 0);
    assert_int_equal(lib.store_open(on_disk.path, keyring, NULL, &store, NULL), 0);
    lib.keyring_free(keyring);
    return store;
}

static void make_token(apitoken_store *store) {
    struct made_token *made = &on_disk.made;
    apitoken_secret *secret = NULL;
    assert_int_equal(lib.create(store, LIT("anna"), LIT("n"), NULL, &secret, NULL), 0);
    assert_int_equal(lib.secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made->text,
                                       sizeof made->text, &made->len, NULL),
                     0);
    lib.secret_free(secret);
}

static int setup(void **state) {
    apitoken_keyring *keyring = NULL;
    (void)state;
    temp_dir_make(on_disk.dir, sizeof on_disk.dir);
    (void)snprintf(on_disk.keys, sizeof on_disk.keys, "%s/keys", on_disk.dir);
    (void)snprintf(on_disk.path, sizeof on_disk.path, "%s/store", on_disk.dir);
    assert_false(is_loaded());
    load();
    assert_int_equal(lib.keyring_create(on_disk.keys, NULL, NULL), 0);
    assert_int_equal(lib.keyring_load(on_disk.keys, NULL, &keyring, NULL), 0);
    assert_int_equal(lib.store_create(on_disk.path, keyring, NULL, NULL), 0);
    lib.keyring_free(keyring);
    apitoken_store *store = open_store();
    make_token(store);
    lib.store_close(store);
    return dlclose(lib.handle);
}

/* ---- threads that outlive it ----------------------------------------------------------------- */

struct user {
    pthread_t id;
    apitoken_store *store;
    pthread_barrier_t *is_used, *is_closed;
    int rc;
};

static void *use(void *ctx) {
    struct user *user = ctx;
    user->rc = lib.validate(user->store, on_disk.made.text, on_disk.made.len, NULL, NULL, NULL);
    (void)pthread_barrier_wait(user->is_used);
    (void)pthread_barrier_wait(user->is_closed);
    return NULL; /* the thread's destructors run with the library closed */
}

static void play_round(void) {
    struct user users[THREADS];
    pthread_barrier_t is_used, is_closed;
    assert_int_equal(pthread_barrier_init(&is_used, NULL, THREADS + 1), 0);
    assert_int_equal(pthread_barrier_init(&is_closed, NULL, THREADS + 1), 0);
    load();
    apitoken_store *store = open_store();
    for (int i = 0; i < THREADS; i++) {
        users[i] =
            (struct user){ .store = store, .is_used = &is_used, .is_closed = &is_closed, .rc = 1 };
        assert_int_equal(pthread_create(&users[i].id, NULL, use, &users[i]), 0);
    }
    (void)pthread_barrier_wait(&is_used);
    lib.store_close(store);
    assert_int_equal(dlclose(lib.handle), 0);
    (void)pthread_barrier_wait(&is_closed);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(users[i].id, NULL), 0);
        assert_int_equal(users[i].rc, 0);
    }
    (void)pthread_barrier_destroy(&is_used);
    (void)pthread_barrier_destroy(&is_closed);
}

static void threads_may_exit_after_dlclose(void **state) {
    (void)state;
    uint64_t rounds = 0;
    for (; rounds < ROUNDS; rounds++) play_round();
    figure_at_least("rounds of dlopen() and dlclose()", rounds, ROUNDS);
}

static void it_stays_in_memory(void **state) {
    (void)state;
    load();
    assert_int_equal(dlclose(lib.handle), 0);
    assert_true(is_loaded());
}

static int does_nothing(void *unused) {
    (void)unused;
    return 0;
}

/* Its fork handlers stay, too. */
static void a_fork_after_dlclose_is_safe(void **state) {
    (void)state;
    load();
    apitoken_store *store = open_store();
    assert_int_equal(dlclose(lib.handle), 0);
    child_join(child_start(does_nothing, NULL));
    lib.store_close(store);
    child_join(child_start(does_nothing, NULL));
}

/* dlopen LIBRARY [CASE...] */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_may_exit_after_dlclose),
        cmocka_unit_test(it_stays_in_memory),
        cmocka_unit_test(a_fork_after_dlclose_is_safe),
    };
    storage_in_memory(STORAGE_USUAL);
    if (argc < 2) return 2;
    library = argv[1];
    return run_cases(argc - 1, argv + 1, tests, setup, teardown);
}
