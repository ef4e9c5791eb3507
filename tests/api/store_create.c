/* SPDX-License-Identifier: MIT */
/* apitoken_store_create(): what it creates, and what it refuses without leaving a trace. */
#include "api.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

#define MIB (UINT64_C(1) << 20)

/* Keys and no store yet. */
static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    fixture_make_dir(f);
    fixture_make_keys(f);
    *state = f;
    return 0;
}

static apitoken_store_create_opts small(void) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    opts.map_bytes = 16 * MIB;
    return opts;
}

static int make(const struct fixture *f, const apitoken_store_create_opts *opts,
                apitoken_error *err) {
    return apitoken_store_create(f->store_path, f->keyring, opts, err);
}

/* Opens what was made, reads its facts, and removes it. */
static apitoken_store_info unmake(struct fixture *f) {
    apitoken_store *store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store_info info = info_of(store);
    apitoken_store_close(store);
    static const char *const members[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    for (size_t i = 0; i < COUNT(members); i++)
        assert_int_equal(unlink(in_dir(f->store_path, members[i])), 0);
    assert_int_equal(rmdir(f->store_path), 0);
    return info;
}

/* Nothing but the two keyrings: neither a store nor a directory that a store was begun in. */
static void assert_no_trace(const struct fixture *f) { assert_int_equal(count_entries(f->dir), 2); }

/* ---- what is made ---------------------------------------------------------------------------- */

static void the_defaults_are_those_of_the_header(void **state) {
    struct fixture *f = *state;
    assert_code(make(f, NULL, NULL), 0);
    assert_int_equal(count_entries(f->dir), 3);
    assert_int_equal(count_entries(f->store_path), 4);
    apitoken_store_info info = unmake(f);
    assert_int_equal(info.copy_policy, APITOKEN_COPY_ONCE);
    assert_int_equal(info.map_bytes, 1024 * MIB);
    assert_string_equal(info.prefix, "tdh");
    assert_string_equal(info.zone, "UTC");
    assert_int_equal(info.tokens, 0);
    assert_true(info.created_ms > INT64_C(1700000000000)); /* the system's clock */
}

static void what_was_asked_for_is_what_is_made(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts opts = small();
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    opts.prefix = "a0";
    opts.prefix_len = 2;
    opts.zone_id = "Europe/Berlin";
    opts.zone_id_len = 13;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(make(f, &opts, NULL), 0);
    apitoken_store_info info = unmake(f);
    assert_int_equal(info.copy_policy, APITOKEN_COPY_ALWAYS);
    assert_int_equal(info.map_bytes, 16 * MIB);
    assert_string_equal(info.prefix, "a0");
    assert_string_equal(info.zone, "Europe/Berlin");
    assert_int_equal(info.created_ms, FIXTURE_NOW);
}

static void two_stores_have_two_ids(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts opts = small();
    assert_code(make(f, &opts, NULL), 0);
    apitoken_store_info first = unmake(f);
    assert_code(make(f, &opts, NULL), 0);
    apitoken_store_info second = unmake(f);
    assert_int_equal(strspn(first.store_id, "0123456789abcdef"), 32);
    assert_string_not_equal(first.store_id, second.store_id);
}

static void modes_are_explicit_under_any_umask(void **state) {
    struct fixture *f = *state;
    static const mode_t masks[] = { 0, 022, 027, 077 };
    for (size_t i = 0; i < 2 * COUNT(masks); i++) {
        apitoken_store_create_opts opts = small();
        opts.flags = i % 2 ? APITOKEN_STORE_GROUP : 0;
        mode_t before = umask(masks[i / 2]);
        int rc = make(f, &opts, NULL);
        (void)umask(before);
        assert_code(rc, 0);
        assert_int_equal(mode_of(f->store_path), i % 2 ? 02770 : 0750);
        assert_int_equal(mode_of(in_dir(f->store_path, "data.mdb")), 0640);
        assert_int_equal(mode_of(in_dir(f->store_path, "lock.mdb")), 0660);
        assert_int_equal(mode_of(in_dir(f->store_path, "writer.lock")), 0660);
        assert_int_equal(mode_of(in_dir(f->store_path, "last-use")), 0660);
        (void)unmake(f);
    }
}

/* So that a revoke works on a disk that is full by then. */
static void the_reserve_is_on_disk_from_the_first(void **state) {
    struct fixture *f = *state;
    struct stat st;
    fixture_make_store(f, NULL);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_store_info info = info_of(f->store);
    assert_int_equal(stat(in_dir(f->store_path, "data.mdb"), &st), 0);
    assert_true((uint64_t)st.st_blocks * 512 >= info.used_bytes + info.map_bytes / 50);
}

static void slashes_at_the_end_are_no_matter(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts opts = small();
    assert_code(apitoken_store_create(in_dir(f->dir, "store//"), f->keyring, &opts, NULL), 0);
    assert_int_equal(count_entries(f->dir), 3);
    (void)unmake(f);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void what_exists_is_never_overwritten(void **state) {
    const struct fixture *f = *state;
    const char *file = in_dir(f->dir, "file"), *empty = in_dir(f->dir, "empty"),
               *full = in_dir(f->dir, "full"), *link = in_dir(f->dir, "link");
    file_write(file, "mine", 4);
    assert_int_equal(mkdir(empty, 0750) | mkdir(full, 0750), 0);
    assert_int_equal(symlink("nowhere", link), 0);
    const char *const taken[] = { file, empty, full, link };
    apitoken_store_create_opts opts = small();
    for (size_t i = 0; i < COUNT(taken); i++)
        assert_code(apitoken_store_create(taken[i], f->keyring, &opts, NULL), APITOKEN_E_EXISTS);
    assert_int_equal(file_size(file), 4);
    assert_int_equal(count_entries(empty) + count_entries(full), 0);
    assert_int_equal(access(in_dir(f->dir, "nowhere"), F_OK), -1);
    assert_int_equal(count_entries(f->dir), 6);
    assert_code(make(f, &opts, NULL), 0);
    assert_code(make(f, &opts, NULL), APITOKEN_E_EXISTS); /* a store as well */
}

static const struct {
    const char *text;
    int is_good;
} prefixes[] = {
    { "ab", 1 },
    { "a0", 1 },
    { "abcdefghij", 1 },
    { "z9z9z9z9z9", 1 },
    { "", 0 },
    { "a", 0 },
    { "abcdefghijk", 0 },
    { "0a", 0 },
    { "Ab", 0 },
    { "aB", 0 },
    { "a_b", 0 },
    { "a-b", 0 },
    { "a b", 0 },
    { "ab\n", 0 },
    { "\xC3\xA4"
      "b",
      0 },
};

static void prefixes_follow_their_rule(void **state) {
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_store_create_opts opts = small();
        opts.prefix = prefixes[i].text;
        opts.prefix_len = (uint32_t)strlen(prefixes[i].text);
        assert_code(make(f, &opts, &err), prefixes[i].is_good ? 0 : APITOKEN_E_PREFIX);
        if (prefixes[i].is_good) {
            assert_string_equal(unmake(f).prefix, prefixes[i].text);
        } else {
            assert_field(&err, APITOKEN_E_PREFIX, APITOKEN_FIELD_PREFIX, 0);
        }
        assert_no_trace(f);
    }
}

#define Z64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz/ABCDEFGHIJK"

static const struct {
    const char *text;
    int is_good;
} zones[] = {
    { "UTC", 1 },
    { "Z", 1 },
    { "America/Port-au-Prince", 1 },
    { "Etc/GMT+12", 1 },
    { "America/Argentina/Buenos_Aires", 1 },
    { Z64, 1 },
    { "", 0 },
    { Z64 "L", 0 },
    { "/UTC", 0 },
    { "UTC/", 0 },
    { "a//b", 0 },
    { "../etc/passwd", 0 },
    { "Europe Berlin", 0 },
    { "UTC\n", 0 },
    { "Z\xC3\xBCrich", 0 },
    { "a.b", 0 },
    { "/", 0 },
};

static int answer_zone(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                       void *ctx) {
    const int *answer = ctx;
    assert_int_equal(strlen(zone), zone_len);
    assert_true(day >= 19700101);
    /* the library asks for the day after the first one */
    if (*answer == 0) *ret_start_ms = 86400000;
    return *answer;
}

static void zone_ids_follow_their_rule(void **state) {
    struct fixture *f = *state;
    int answer = 0;
    for (size_t i = 0; i < COUNT(zones); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_store_create_opts opts = small();
        opts.zone_id = zones[i].text;
        opts.zone_id_len = (uint32_t)strlen(zones[i].text);
        opts.zone = answer_zone;
        opts.zone_ctx = &answer;
        assert_code(make(f, &opts, &err), zones[i].is_good ? 0 : APITOKEN_E_ZONE);
        if (zones[i].is_good) {
            assert_string_equal(unmake(f).zone, zones[i].text);
        } else {
            assert_int_equal(err.field, APITOKEN_FIELD_ZONE);
        }
        assert_no_trace(f);
    }
}

static void a_zone_that_the_host_does_not_know_is_refused(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *zone;
        int answer, code;
    } cases[] = {
        { "Europe/Berlin", 0, 0 },
        { "Europe/Berlin", 1, APITOKEN_E_ZONE },
        { "Europe/Berlin", -1, APITOKEN_E_ZONE_FAILED },
        { "UTC", 1, 0 }, /* nobody is asked about UTC */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int answer = cases[i].answer;
        apitoken_store_create_opts opts = small();
        opts.zone_id = cases[i].zone;
        opts.zone_id_len = (uint32_t)strlen(cases[i].zone);
        opts.zone = answer_zone;
        opts.zone_ctx = &answer;
        assert_code(make(f, &opts, NULL), cases[i].code);
        if (cases[i].code == 0) (void)unmake(f);
        assert_no_trace(f);
    }
}

/* Without a callback the system's zones decide. */
static void a_zone_that_the_system_does_not_know_is_refused(void **state) {
    struct fixture *f = *state;
    static const char *const unknown[] = { "Mars/Base", "Europe",     "Europe/Berlin/Mitte",
                                           "localtime", "posixrules", "posix/Europe/Berlin" };
    apitoken_store_create_opts opts = small();
    for (size_t i = 0; i < COUNT(unknown); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        opts.zone_id = unknown[i];
        opts.zone_id_len = (uint32_t)strlen(unknown[i]);
        assert_code(make(f, &opts, &err), APITOKEN_E_ZONE);
        assert_field(&err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0);
        assert_no_trace(f);
    }
    opts.zone_id = "Asia/Kolkata";
    opts.zone_id_len = 12;
    assert_code(make(f, &opts, NULL), 0);
    assert_string_equal(unmake(f).zone, "Asia/Kolkata");
}

static void map_sizes_have_limits(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint64_t asked, made; /* 0: refused */
    } cases[] = {
        { 1, 0 },
        { 16 * MIB - 1, 0 },
        { 16 * MIB, 16 * MIB },
        { 16 * MIB + 1, 16 * MIB + 4096 },
        { 17 * MIB, 17 * MIB },
        { MIB * MIB + 1, 0 },
        { UINT64_MAX, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
        opts.map_bytes = cases[i].asked;
        assert_code(make(f, &opts, &err), cases[i].made ? 0 : APITOKEN_E_MAP_SIZE);
        if (cases[i].made) {
            assert_int_equal(unmake(f).map_bytes, cases[i].made);
        } else {
            assert_int_equal(err.field, APITOKEN_FIELD_MAP_SIZE);
        }
        assert_no_trace(f);
    }
}

static void unknown_policies_are_refused(void **state) {
    const struct fixture *f = *state;
    static const uint32_t policies[] = { 3, 256 + APITOKEN_COPY_ONCE, UINT32_MAX };
    for (size_t i = 0; i < COUNT(policies); i++) {
        apitoken_store_create_opts opts = small();
        opts.copy_policy = policies[i];
        assert_code(make(f, &opts, NULL), APITOKEN_E_COPY_POLICY);
    }
    assert_no_trace(f);
}

static void a_verify_only_keyring_makes_no_store(void **state) {
    const struct fixture *f = *state;
    assert_code(apitoken_store_create(f->store_path, f->verify_keyring, NULL, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_no_trace(f);
}

static void a_clock_that_fails_makes_no_store(void **state) {
    struct fixture *f = *state;
    static const int64_t times[] = { -1, INT64_C(253402300800000), INT64_MAX, INT64_MIN };
    for (size_t i = 0; i < COUNT(times); i++) {
        apitoken_store_create_opts opts = small();
        opts.clock = fixture_clock;
        opts.clock_ctx = f;
        f->now_ms = times[i];
        assert_code(make(f, &opts, NULL), APITOKEN_E_CLOCK);
    }
    assert_no_trace(f);
}

static void paths_that_are_none_are_refused(void **state) {
    const struct fixture *f = *state;
    char *too_long = malloc(3074);
    memset(too_long, 'x', 3073);
    too_long[3073] = '\0';
    const char *const paths[] = { "", "postgres://host/db", "lmdb:///var/lib/x", too_long };
    for (size_t i = 0; i < COUNT(paths); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_store *store = UNTOUCHED;
        assert_code(apitoken_store_create(paths[i], f->keyring, NULL, &err), APITOKEN_E_PATH);
        assert_field(&err, APITOKEN_E_PATH, APITOKEN_FIELD_PATH, 0);
        assert_code(apitoken_store_open(paths[i], f->keyring, NULL, &store, NULL), APITOKEN_E_PATH);
        assert_ptr_equal(store, UNTOUCHED);
        assert_code(apitoken_store_grow(paths[i], f->keyring, 32 * MIB, FIXTURE_GROW, NULL),
                    APITOKEN_E_PATH);
    }
    free(too_long);
    assert_no_trace(f);
}

static int make_in_child(void *ctx) {
    const struct fixture *f = ctx;
    apitoken_store_create_opts opts = small();
    return make(f, &opts, NULL);
}

static void a_directory_that_cannot_be_written_is_said_so(void **state) {
    struct fixture *f = *state;
    assert_int_equal(chmod(f->dir, 0555), 0);
    assert_code(as_stranger(make_in_child, f), APITOKEN_E_ACCESS);
    assert_int_equal(chmod(f->dir, 0700), 0);
    assert_no_trace(f);
}

static void no_store_is_made_where_no_directory_is(void **state) {
    const struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_store_create(in_dir(f->dir, "no/store"), f->keyring, NULL, &err),
                APITOKEN_E_IO);
    assert_true(err.os_code > 0);
    assert_no_trace(f);
}

#define NEW_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        NEW_CASE(the_defaults_are_those_of_the_header),
        NEW_CASE(what_was_asked_for_is_what_is_made),
        NEW_CASE(two_stores_have_two_ids),
        NEW_CASE(modes_are_explicit_under_any_umask),
        NEW_CASE(slashes_at_the_end_are_no_matter),
        NEW_CASE(the_reserve_is_on_disk_from_the_first),
        NEW_CASE(what_exists_is_never_overwritten),
        NEW_CASE(prefixes_follow_their_rule),
        NEW_CASE(zone_ids_follow_their_rule),
        NEW_CASE(a_zone_that_the_host_does_not_know_is_refused),
        NEW_CASE(a_zone_that_the_system_does_not_know_is_refused),
        NEW_CASE(map_sizes_have_limits),
        NEW_CASE(unknown_policies_are_refused),
        NEW_CASE(a_verify_only_keyring_makes_no_store),
        NEW_CASE(a_clock_that_fails_makes_no_store),
        NEW_CASE(paths_that_are_none_are_refused),
        NEW_CASE(a_directory_that_cannot_be_written_is_said_so),
        NEW_CASE(no_store_is_made_where_no_directory_is),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
