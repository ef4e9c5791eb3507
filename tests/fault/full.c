/* SPDX-License-Identifier: MIT */
/* Stores and disks that are full: create says so, every revoke still works, grow ends it. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define MAP_MIN (UINT64_C(16) << 20)
#define DISK "size=12m"
/* the reserve of the default map, at the most pages that a revoke takes */
#define PINNED_REVOKES ((UINT64_C(1) << 30) / 4096 / 50 / 16)
#define MANY 200
#define VERY_MANY 1000000

struct ids {
    char (*id)[APITOKEN_ID_MAX + 1];
    size_t count, cap;
};

/* Revokes that failed, of all cases. */
static uint64_t failed_revokes, revokes;

static int make_store(struct fixture *f, uint64_t map_bytes) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = map_bytes;
    opts.copy_policy = APITOKEN_COPY_ALWAYS; /* a revoke changes the length of a row */
    fixture_make_keys(f);
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    return 0;
}

static void note_id(struct ids *ids, const char *id) {
    if (ids->count == ids->cap) {
        ids->cap = ids->cap ? 2 * ids->cap : 1024;
        ids->id = realloc(ids->id, ids->cap * sizeof *ids->id);
        assert_non_null(ids->id);
    }
    (void)snprintf(ids->id[ids->count++], sizeof *ids->id, "%s", id);
}

/* Long rows fill a store with few tokens. */
static const char *description(void) {
    static char text[APITOKEN_DESCRIPTION_MAX + 1];
    memset(text, 'x', APITOKEN_DESCRIPTION_MAX);
    return text;
}

static int create_one(struct fixture *f, struct ids *ids) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.description = description();
    opts.description_len = APITOKEN_DESCRIPTION_MAX;
    int rc = apitoken_create(f->store, LIT("owner"), LIT("name"), &opts, &secret, NULL);
    if (rc == 0) note_id(ids, apitoken_secret_id(secret));
    apitoken_secret_free(secret);
    return rc;
}

/* `many` at once with a description of `len` bytes, until that is too many; then one by one. */
static int fill(struct fixture *f, size_t many, uint32_t len, struct ids *ids) {
    const apitoken_batch_item **items = calloc(many, sizeof *items);
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    int rc = 0;
    item.owner = "owner";
    item.name = "name";
    item.owner_len = 5;
    item.name_len = 4;
    item.description = description();
    item.description_len = len;
    assert_non_null(items);
    for (size_t i = 0; i < many; i++) items[i] = &item;
    for (;;) {
        apitoken_batch *batch = NULL;
        if (apitoken_create_batch(f->store, items, many, NULL, &batch, NULL) != 0) break;
        for (size_t i = 0; i < many; i++) note_id(ids, apitoken_batch_id(batch, i));
        apitoken_batch_free(batch);
    }
    free(items);
    while (rc == 0) rc = create_one(f, ids);
    return rc;
}

static void revoke_some(struct fixture *f, const struct ids *ids, size_t count) {
    for (size_t i = 0; i < count && i < ids->count; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc =
            apitoken_revoke(f->store, LIT("owner"), ids->id[i], strlen(ids->id[i]), NULL, &err);
        revokes++;
        if (rc == 0) continue;
        failed_revokes++;
        print_error("revoke %zu of %zu: %s: %s\n", i, ids->count, apitoken_error_name(rc),
                    err.text);
    }
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    fixture_make_dir(f);
    *state = f;
    return 0;
}

static void every_revoke_works_on_a_full_map_and_grow_ends_it(void **state) {
    struct fixture *f = *state;
    struct ids ids = { NULL, 0, 0 };
    make_store(f, MAP_MIN);
    assert_code(fill(f, MANY, APITOKEN_DESCRIPTION_MAX, &ids), APITOKEN_E_FULL);
    uint64_t before = failed_revokes;
    revoke_some(f, &ids, ids.count);
    assert_int_equal(failed_revokes, before);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, 2 * MAP_MIN, FIXTURE_GROW, NULL), 0);
    assert_code(create_one(f, &ids), 0);
    free(ids.id);
}

/* A reader that keeps its snapshot, so that no page of before is ever free again. */
static int read_on(void *ctx) {
    uint32_t *is_reading = ((void **)ctx)[0];
    const struct fixture *f = ((void **)ctx)[1];
    MDB_env *env = NULL;
    MDB_txn *txn = NULL;
    if (mdb_env_create(&env) != 0 || mdb_env_set_maxreaders(env, 4096) != 0) return 1;
    if (mdb_env_open(env, f->store_path, MDB_RDONLY | MDB_NOTLS, 0) != 0) return 2;
    if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0) return 3;
    raise_to(is_reading, 1);
    (void)wait_for(is_reading, 2);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    return 0;
}

static void the_first_revokes_work_beside_a_pinned_reader(void **state) {
    struct fixture *f = *state;
    struct ids ids = { NULL, 0, 0 };
    uint32_t *is_reading = shared_memory(sizeof *is_reading);
    void *ctx[] = { is_reading, f };
    make_store(f, 0);                         /* the default */
    pid_t reader = child_start(read_on, ctx); /* from the beginning */
    assert_true(wait_for(is_reading, 1));
    assert_code(fill(f, VERY_MANY, 0, &ids), APITOKEN_E_FULL);
    assert_true(ids.count >= 1000000);
    uint64_t before = failed_revokes;
    revoke_some(f, &ids, PINNED_REVOKES);
    raise_to(is_reading, 2);
    child_join(reader);
    assert_int_equal(failed_revokes, before);
    free(ids.id);
}

/* The last block, by somebody else. */
static void use_up_disk(const char *path) {
    static const char block[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {}
    assert_int_equal(errno, ENOSPC);
    (void)close(fd);
}

/* A disk of its own that is smaller than the map. */
static void every_revoke_works_on_a_full_disk(void **state) {
    struct fixture *f = *state;
    struct ids ids = { NULL, 0, 0 };
    char junk[128];
    if (mount("none", f->dir, "tmpfs", 0, DISK ",mode=0700") != 0)
        skip_case(strerror(errno)); /* only root can mount */
    make_store(f, MAP_MIN << 4);
    int rc = fill(f, MANY, APITOKEN_DESCRIPTION_MAX, &ids);
    if (rc != APITOKEN_E_FULL) assert_code(rc, APITOKEN_E_DISK_FULL);
    (void)snprintf(junk, sizeof junk, "%s/junk", f->dir);
    use_up_disk(junk);
    uint64_t before = failed_revokes;
    revoke_some(f, &ids, ids.count);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(failed_revokes, before);
    free(ids.id);
}

static uint64_t map_bytes_of(const struct fixture *f) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    return info.map_bytes;
}

/*
 * A grow needs disk space for the larger reserve, and for nothing else. Without it the store is as
 * it was.
 */
static void a_store_on_a_full_disk_grows_as_far_as_its_reserve_is_there(void **state) {
    struct fixture *f = *state;
    struct ids ids = { NULL, 0, 0 };
    apitoken_error err = APITOKEN_ERROR_INIT;
    char junk[128];
    if (mount("none", f->dir, "tmpfs", 0, DISK ",mode=0700") != 0)
        skip_case(strerror(errno)); /* only root can mount */
    make_store(f, MAP_MIN);
    assert_code(create_one(f, &ids), 0);
    (void)snprintf(junk, sizeof junk, "%s/junk", f->dir);
    use_up_disk(junk);
    /* 2 % of it are more than 4 MiB */
    assert_code(apitoken_store_grow(f->store_path, f->keyring, MAP_MIN << 5, FIXTURE_GROW, &err),
                APITOKEN_E_DISK_FULL);
    assert_non_null(strstr(err.text, "data.mdb"));
    assert_int_equal(map_bytes_of(f), MAP_MIN);
    assert_code(create_one(f, &ids), 0);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, 4 * MAP_MIN, FIXTURE_GROW, NULL), 0);
    assert_int_equal(map_bytes_of(f), 4 * MAP_MIN);
    uint64_t before = failed_revokes;
    revoke_some(f, &ids, ids.count);
    assert_int_equal(failed_revokes, before);
    assert_int_equal(unlink(junk), 0);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, MAP_MIN << 4, FIXTURE_GROW, NULL),
                0);
    assert_int_equal(map_bytes_of(f), MAP_MIN << 4);
    free(ids.id);
}

static int teardown(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)umount2(f->dir, MNT_DETACH);
    fixture_remove(f);
    free(f);
    return 0;
}

static void none_failed(void **state) {
    (void)state;
    figure_at_least("revokes on a full store or disk", revokes, 1);
    figure_at_most("revokes that failed on a full store or disk", failed_revokes, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_revoke_works_on_a_full_map_and_grow_ends_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_first_revokes_work_beside_a_pinned_reader, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_revoke_works_on_a_full_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(a_store_on_a_full_disk_grows_as_far_as_its_reserve_is_there,
                                        setup, teardown),
        cmocka_unit_test(none_failed),
    };
    storage_in_memory(UINT64_C(2) << 30);
    return run_cases(argc, argv, tests, NULL, NULL);
}
