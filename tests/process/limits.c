/* SPDX-License-Identifier: MIT */
/*
 * A process at its limits: the size of a file (RLIMIT_FSIZE) and of the address space (RLIMIT_AS).
 * Nobody dies, and whatever can be revoked within them is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define MAP (UINT64_C(16) << 20)
#define TOKENS 1000
#define PAGE 4096

struct world {
    struct fixture f;
    char id[TOKENS][APITOKEN_ID_MAX + 1];
    struct made_token kept; /* not revoked */
    uint32_t *revoked;      /* shared: how many revokes worked */
    rlim_t limit;
};

static const char *member(const struct fixture *f, const char *name) {
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", f->store_path, name);
    return path;
}

static int setup(void **state) {
    struct world *w = calloc(1, sizeof *w);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    assert_non_null(w);
    opts.map_bytes = MAP;
    fixture_make_dir(&w->f);
    fixture_make_keys(&w->f);
    fixture_make_store(&w->f, &opts);
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < TOKENS; i++) {
        w->kept = fixture_create(w->f.store, "owner", "name", NULL);
        (void)snprintf(w->id[i], sizeof w->id[i], "%s", w->kept.id);
    }
    w->kept = fixture_create(w->f.store, "owner", "name", NULL);
    apitoken_store_close(w->f.store);
    w->f.store = NULL;
    w->revoked = shared_memory(sizeof *w->revoked);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    fixture_remove(&w->f);
    free(w);
    return 0;
}

static void set_limit(int which, rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit((__rlimit_resource_t)which, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit((__rlimit_resource_t)which, &limit), 0);
}

static void revoke_all(struct world *w) {
    for (size_t i = 0; i < TOKENS; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = apitoken_revoke(w->f.store, LIT("owner"), w->id[i], strlen(w->id[i]), NULL, &err);
        if (rc == 0) raise_by_one(w->revoked);
        if (rc != 0) print_error("revoke %zu: %s: %s\n", i, apitoken_error_name(rc), err.text);
    }
}

static int check_kept(const struct world *w) {
    return apitoken_validate(w->f.store, w->kept.text, w->kept.len, NULL, NULL, NULL);
}

static int create(const struct world *w, apitoken_error *err) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(w->f.store, LIT("owner"), LIT("name"), NULL, &secret, err);
    apitoken_secret_free(secret);
    return rc;
}

/* ---- the size of a file ---------------------------------------------------------------------- */

static int live_with_what_is_allocated(void *ctx) {
    struct world *w = ctx;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct stat st;
    int rc;
    assert_int_equal(stat(member(&w->f, "data.mdb"), &st), 0);
    set_limit(RLIMIT_FSIZE, (rlim_t)st.st_size);
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    do rc = create(w, &err);
    while (rc == 0);
    assert_code(rc, APITOKEN_E_IO);
    assert_non_null(strstr(err.text, "RLIMIT_FSIZE"));
    revoke_all(w);
    assert_code(check_kept(w), 0);
    apitoken_store_close(w->f.store);
    return 0;
}

static void every_revoke_works_at_the_limit_of_a_file(void **state) {
    struct world *w = *state;
    child_join(child_start(live_with_what_is_allocated, w));
    figure_at_least("revokes of 1,000 at the limit of a file", reads(w->revoked), TOKENS);
}

/* It was done, or the caller is told why not. */
static void assert_told(int rc) {
    assert_true(rc == 0 || apitoken_error_class(rc) != APITOKEN_CLASS_DENIED);
}

/* Every call that writes a file, with a limit below what some of them need. */
static int live_below(void *ctx) {
    struct world *w = ctx;
    char path[128];
    apitoken_keyring *keyring = NULL;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    set_limit(RLIMIT_FSIZE, w->limit);
    assert_told(create(w, NULL));
    assert_told(apitoken_revoke(w->f.store, LIT("owner"), w->id[0], strlen(w->id[0]), NULL, NULL));
    assert_code(check_kept(w), 0);
    (void)snprintf(path, sizeof path, "%s/backup", w->f.dir);
    int backed_up = apitoken_store_backup(w->f.store, path, NULL, NULL);
    apitoken_store_close(w->f.store);
    if (backed_up == 0)
        assert_told(apitoken_store_restore(path, w->f.store_path, w->f.keyring, FIXTURE_RESTORE,
                                           &result, NULL));
    assert_told(apitoken_store_grow(w->f.store_path, w->f.keyring, 2 * MAP, FIXTURE_GROW, NULL));
    assert_told(apitoken_store_check(w->f.store_path, w->f.keyring, NULL, NULL));
    (void)snprintf(path, sizeof path, "%s/second", w->f.dir);
    assert_told(apitoken_store_create(path, w->f.keyring, NULL, NULL));
    (void)snprintf(path, sizeof path, "%s/more-keys", w->f.dir);
    assert_told(apitoken_keyring_create(path, NULL, NULL));
    assert_told(apitoken_keyring_add_key(w->f.keys, NULL, NULL, NULL));
    w->f.store = NULL;
    if (apitoken_store_open(w->f.store_path, w->f.keyring, NULL, &w->f.store, NULL) == 0)
        assert_code(check_kept(w), 0);
    apitoken_store_close(w->f.store);
    assert_code(apitoken_keyring_load(w->f.keys, NULL, &keyring, NULL), 0);
    apitoken_keyring_free(keyring);
    return 0;
}

static void no_limit_of_a_file_ends_a_host(void **state) {
    static const rlim_t limits[] = { 0,         1,          100,     PAGE,    2 * PAGE,
                                     20 * PAGE, 300 * 1024, 1 << 20, MAP / 4, MAP / 2 };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        w->limit = limits[i];
        child_join(child_start(live_below, w));
        w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
        assert_code(check_kept(w), 0);
        apitoken_store_close(w->f.store);
        w->f.store = NULL;
    }
}

/* ---- the address space ----------------------------------------------------------------------- */

static rlim_t address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    (void)fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static int live_in_what_is_mapped(void *ctx) {
    struct world *w = ctx;
    w->f.store = fixture_open(&w->f, APITOKEN_MODE_READ_WRITE);
    set_limit(RLIMIT_AS, address_space());
    revoke_all(w);
    assert_code(check_kept(w), 0);
    return 0;
}

static void every_revoke_works_at_the_limit_of_the_address_space(void **state) {
    struct world *w = *state;
    child_join(child_start(live_in_what_is_mapped, w));
    figure_at_least("revokes of 1,000 at the limit of the address space", reads(w->revoked),
                    TOKENS);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_revoke_works_at_the_limit_of_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(no_limit_of_a_file_ends_a_host, setup, teardown),
        cmocka_unit_test_setup_teardown(every_revoke_works_at_the_limit_of_the_address_space, setup,
                                        teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
