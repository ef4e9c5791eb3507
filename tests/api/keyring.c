/* SPDX-License-Identifier: MIT */
/* apitoken_keyring_*(): the files they create, read and refuse. */
#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

/* ---- making ---------------------------------------------------------------------------------- */

static void a_new_keyring_has_one_active_key(void **state) {
    const struct fixture *f = *state;
    apitoken_keyring *keyring = load_keys(f->keys);
    assert_int_equal(apitoken_keyring_count(keyring), 1);
    assert_int_equal(apitoken_keyring_key_at(keyring, 0), 1);
    assert_int_equal(apitoken_keyring_key_at(keyring, 1), 0);
    assert_int_equal(apitoken_keyring_active(keyring), 1);
    assert_int_equal(apitoken_keyring_is_verify_only(keyring), 0);
    assert_in_range(apitoken_keyring_is_locked(keyring), 0, 1);
    const char *print = apitoken_keyring_fingerprint(keyring, 1);
    assert_int_equal(strlen(print), APITOKEN_FINGERPRINT_LEN);
    assert_int_equal(strspn(print, "0123456789abcdef"), APITOKEN_FINGERPRINT_LEN);
    assert_null(apitoken_keyring_fingerprint(keyring, 0));
    assert_null(apitoken_keyring_fingerprint(keyring, 2));
    apitoken_keyring_free(keyring);
    apitoken_keyring_free(NULL);
}

/* Whether memory can be locked is the machine's; that the getter agrees with the flag is not. */
static void locked_is_what_the_flag_requires(void **state) {
    const struct fixture *f = *state;
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    apitoken_keyring *any = load_keys(f->keys), *locked = NULL;
    opts.flags = APITOKEN_KEYRING_REQUIRE_LOCK;
    int rc = apitoken_keyring_load(f->keys, &opts, &locked, NULL);
    assert_code(rc, apitoken_keyring_is_locked(any) ? 0 : APITOKEN_E_MLOCK);
    if (locked) assert_int_equal(apitoken_keyring_is_locked(locked), 1);
    apitoken_keyring_free(locked);
    apitoken_keyring_free(any);
}

/* Those that are added, too. */
static void two_keyrings_differ(void **state) {
    const struct fixture *f = *state;
    assert_code(apitoken_keyring_create(f->verify_keys, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(f->verify_keys, NULL, NULL, NULL), 0);
    apitoken_keyring *a = load_keys(f->keys), *b = load_keys(f->verify_keys);
    assert_string_not_equal(apitoken_keyring_fingerprint(a, 1), apitoken_keyring_fingerprint(b, 1));
    assert_string_not_equal(apitoken_keyring_fingerprint(a, 2), apitoken_keyring_fingerprint(b, 2));
    apitoken_keyring_free(a);
    apitoken_keyring_free(b);
}

static void files_are_the_owners_alone_under_any_umask(void **state) {
    const struct fixture *f = *state;
    static const mode_t masks[] = { 0, 022, 077, 0777 };
    for (size_t i = 0; i < COUNT(masks); i++) {
        const char *path = in_dir(f->dir, "made"), *out = in_dir(f->dir, "exported");
        mode_t before = umask(masks[i]);
        int made = apitoken_keyring_create(path, NULL, NULL);
        int exported = apitoken_keyring_export_verify(path, out, NULL, NULL);
        int added = apitoken_keyring_add_key(path, NULL, NULL, NULL);
        (void)umask(before);
        assert_code(made, 0);
        assert_code(exported, 0);
        assert_code(added, 0);
        assert_int_equal(mode_of(path), 0600);
        assert_int_equal(mode_of(out), 0600);
        assert_int_equal(unlink(path) | unlink(out), 0);
    }
}

/* Nothing is ever overwritten, and nothing is left beside it. */
static void what_exists_is_never_overwritten(void **state) {
    const struct fixture *f = *state;
    const char *file = in_dir(f->dir, "file"), *dir = in_dir(f->dir, "dir"),
               *link = in_dir(f->dir, "link");
    file_write(file, "mine", 4);
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(symlink("nowhere", link), 0);
    const char *const taken[] = { file, dir, link, f->keys };
    for (size_t i = 0; i < COUNT(taken); i++) {
        assert_code(apitoken_keyring_create(taken[i], NULL, NULL), APITOKEN_E_EXISTS);
        assert_code(apitoken_keyring_export_verify(f->keys, taken[i], NULL, NULL),
                    APITOKEN_E_EXISTS);
    }
    char text[8];
    assert_int_equal(file_read(file, text, sizeof text), 4);
    assert_memory_equal(text, "mine", 4);
    assert_int_equal(count_entries(dir), 0);
    assert_int_equal(access(in_dir(f->dir, "nowhere"), F_OK), -1);
    assert_int_equal(count_entries(f->dir), 4);
    assert_code(try_load_keys(f->keys), 0);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void a_missing_keyring_is_said_so(void **state) {
    const struct fixture *f = *state;
    const char *none = in_dir(f->dir, "none");
    assert_code(try_load_keys(none), APITOKEN_E_KEYS_MISSING);
    assert_code(apitoken_keyring_add_key(none, NULL, NULL, NULL), APITOKEN_E_KEYS_MISSING);
    assert_code(apitoken_keyring_activate_key(none, 1, NULL, NULL), APITOKEN_E_KEYS_MISSING);
    assert_code(apitoken_keyring_export_verify(none, in_dir(f->dir, "out"), NULL, NULL),
                APITOKEN_E_KEYS_MISSING);
    assert_int_equal(count_entries(f->dir), 1);
}

static void a_keyring_open_to_others_is_refused(void **state) {
    const struct fixture *f = *state;
    static const mode_t modes[] = { 0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666, 0777 };
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(f->keys, modes[i]), 0);
        assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_UNSAFE);
        assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), APITOKEN_E_KEYS_UNSAFE);
        assert_code(apitoken_keyring_export_verify(f->keys, in_dir(f->dir, "out"), NULL, NULL),
                    APITOKEN_E_KEYS_UNSAFE);
    }
    apitoken_keyring *keyring = NULL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_int_equal(chmod(f->keys, 01641), 0);
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, &err), APITOKEN_E_KEYS_UNSAFE);
    assert_non_null(strstr(err.text, "(mode 1641;")); /* so that one sees what to change */
    assert_int_equal(chmod(f->keys, 0400), 0);
    assert_code(try_load_keys(f->keys), 0);
}

static void a_keyring_of_somebody_else_is_refused(void **state) {
    const struct fixture *f = *state;
    if (geteuid() != 0) skip_case("only root can give a file away");
    assert_int_equal(chown(f->keys, STRANGER, STRANGER), 0);
    assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_UNSAFE);
}

static void a_symbolic_link_is_refused(void **state) {
    const struct fixture *f = *state;
    const char *link = in_dir(f->dir, "link");
    assert_int_equal(symlink(f->keys, link), 0);
    assert_code(try_load_keys(link), APITOKEN_E_SYMLINK);
    assert_code(apitoken_keyring_add_key(link, NULL, NULL, NULL), APITOKEN_E_SYMLINK);
}

static void what_is_no_keyring_is_foreign(void **state) {
    const struct fixture *f = *state;
    static const char *const texts[] = { "hello\n", "API TOKEN", "{\"keys\":[]}",
                                         "\x7F"
                                         "ELF",
                                         "Apitoken-keyring 1 full\n" };
    const char *path = in_dir(f->dir, "file");
    for (size_t i = 0; i < COUNT(texts); i++) {
        file_write(path, texts[i], strlen(texts[i]));
        assert_code(try_load_keys(path), APITOKEN_E_KEYS_FOREIGN);
    }
    const char *dir = in_dir(f->dir, "dir"), *pipe_path = in_dir(f->dir, "pipe");
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    assert_code(try_load_keys(dir), APITOKEN_E_KEYS_FOREIGN);
    assert_code(apitoken_keyring_add_key(dir, NULL, NULL, NULL), APITOKEN_E_KEYS_FOREIGN);
    /* and does not wait for a writer */
    assert_code(try_load_keys(pipe_path), APITOKEN_E_KEYS_FOREIGN);
}

static void a_keyring_cut_off_anywhere_is_short(void **state) {
    const struct fixture *f = *state;
    char text[1024];
    size_t len = file_read(f->keys, text, sizeof text);
    const char *path = in_dir(f->dir, "short");
    for (size_t kept = 0; kept < len; kept++) {
        file_write(path, text, kept);
        assert_code(try_load_keys(path), APITOKEN_E_KEYS_SHORT);
    }
}

/* One bit of any byte: never loaded, and never taken for a missing or an unsafe file. */
static void a_keyring_changed_anywhere_is_refused(void **state) {
    const struct fixture *f = *state;
    size_t len = file_size(f->keys);
    for (size_t at = 0; at < len; at++) {
        file_flip(f->keys, at);
        int rc = try_load_keys(f->keys);
        assert_true(rc == APITOKEN_E_KEYS_DAMAGED || rc == APITOKEN_E_KEYS_SHORT ||
                    rc == APITOKEN_E_KEYS_FOREIGN || rc == APITOKEN_E_KEYS_VERSION);
        file_flip(f->keys, at);
    }
    file_flip(f->keys, len / 2); /* inside the key itself */
    assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_DAMAGED);
}

static void a_newer_keyring_is_left_to_a_newer_library(void **state) {
    const struct fixture *f = *state;
    char text[1024];
    size_t len = file_read(f->keys, text, sizeof text);
    char *version = memchr(text, '1', len);
    assert_non_null(version);
    *version = '2';
    file_write(f->keys, text, len);
    assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_VERSION);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), APITOKEN_E_KEYS_VERSION);
}

static int load_in_child(void *ctx) {
    apitoken_keyring *keyring = NULL;
    int rc = apitoken_keyring_load(ctx, NULL, &keyring, NULL);
    apitoken_keyring_free(keyring);
    return rc;
}

static void a_keyring_that_cannot_be_read_is_said_so(void **state) {
    struct fixture *f = *state;
    assert_int_equal(chmod(f->keys, 0), 0);
    assert_int_equal(chmod(f->dir, 0711), 0);
    assert_code(as_stranger(load_in_child, f->keys), APITOKEN_E_ACCESS);
}

/* What stands at the path, or cannot, has a code of its own each; the detail has the system's. */
static void what_cannot_be_opened_is_said_so(void **state) {
    const struct fixture *f = *state;
    char name[300], path[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(path, sizeof path, "%s/%s", f->dir, name);
    const struct {
        const char *path;
        int code, os_code;
    } cases[] = {
        { in_dir(f->keys, "below"), APITOKEN_E_KEYS_MISSING, ENOTDIR },
        { path, APITOKEN_E_PATH, ENAMETOOLONG },
        { f->dir, APITOKEN_E_KEYS_FOREIGN, EISDIR },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_keyring_add_key(cases[i].path, NULL, NULL, &err), cases[i].code);
        assert_int_equal(err.os_code, cases[i].os_code);
        assert_code(try_load_keys(cases[i].path), cases[i].code);
    }
    if (geteuid() != 0) return;
    assert_int_equal(seteuid(STRANGER), 0); /* the directory is closed to others */
    apitoken_error err = APITOKEN_ERROR_INIT;
    int rc = apitoken_keyring_add_key(f->keys, NULL, NULL, &err);
    assert_int_equal(seteuid(0), 0);
    assert_code(rc, APITOKEN_E_ACCESS);
    assert_int_equal(err.os_code, EACCES);
}

/* Guarded memory is mapped for each keyring, and for each change of one: none of it stays. */
static void a_keyring_that_is_freed_leaves_no_memory(void **state) {
    struct fixture *f = *state;
    size_t before = 0;
    file_write(in_dir(f->dir, "foreign"), "hello", 5);
    for (int i = 0; i < 8; i++) {
        apitoken_keyring *keyring = NULL;
        const char *made = in_dir(f->dir, "made"), *out = in_dir(f->dir, "out");
        assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), 0);
        apitoken_keyring_free(keyring);
        assert_code(try_load_keys(in_dir(f->dir, "foreign")), APITOKEN_E_KEYS_FOREIGN);
        assert_code(apitoken_keyring_create(made, NULL, NULL), 0);
        assert_code(apitoken_keyring_add_key(made, NULL, NULL, NULL), 0);
        assert_code(apitoken_keyring_activate_key(made, 2, NULL, NULL), 0);
        assert_code(apitoken_keyring_export_verify(made, out, NULL, NULL), 0);
        assert_int_equal(unlink(made) | unlink(out), 0);
        if (i == 3) before = count_guards();
    }
    assert_int_equal(count_guards(), before);
}

/* Hosts are seldom root: what matters is that the file is one's own. */
static void a_user_without_rights_loads_a_keyring_of_their_own(void **state) {
    struct fixture *f = *state;
    if (geteuid() != 0) skip_case("not root, so all other cases show this");
    assert_int_equal(chmod(f->dir, 0755), 0);
    assert_int_equal(chown(f->keys, STRANGER, STRANGER), 0);
    assert_code(as_stranger(load_in_child, f->keys), 0);
    assert_int_equal(chown(f->keys, STRANGER + 1, STRANGER), 0);
    assert_true(as_stranger(load_in_child, f->keys) != 0);
    assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_UNSAFE);
}

/* It is not short, as more of it would make it no better. */
static void a_keyring_longer_than_any_is_damaged(void **state) {
    const struct fixture *f = *state;
    static char text[3 * 8192];
    size_t len = file_read(f->keys, text, sizeof text);
    char *check = memmem(text, len, "\ncheck ", 7);
    assert_non_null(check);
    for (char *at = check + 1; at + 6 < text + sizeof text; at += 6) memcpy(at, "key 1\n", 6);
    file_write(f->keys, text, sizeof text - 6);
    assert_code(try_load_keys(f->keys), APITOKEN_E_KEYS_DAMAGED);
}

/* A host that closed its standard input gets it for the next file that it opens. */
static void descriptor_0_is_one_like_others(void **state) {
    const struct fixture *f = *state;
    const char *made = in_dir(f->dir, "made");
    uint32_t id = 0;
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 100);
    assert_int_equal(close(0), 0);
    assert_code(try_load_keys(f->keys), 0);
    assert_code(apitoken_keyring_create(made, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
    assert_int_equal(fcntl(0, F_GETFD), -1); /* each of them closed it */
    if (kept >= 0) assert_int_equal(dup2(kept, 0), 0);
    if (kept >= 0) assert_int_equal(close(kept), 0);
}

/* ---- verify-only ----------------------------------------------------------------------------- */

static void a_verify_only_keyring_has_the_same_fingerprints(void **state) {
    const struct fixture *f = *state;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, 2, NULL, NULL), 0);
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    apitoken_keyring *full = load_keys(f->keys), *verify = load_keys(f->verify_keys);
    assert_int_equal(apitoken_keyring_is_verify_only(verify), 1);
    assert_int_equal(apitoken_keyring_count(verify), 2);
    assert_int_equal(apitoken_keyring_active(verify), 2);
    for (uint32_t id = 1; id <= 2; id++)
        assert_string_equal(apitoken_keyring_fingerprint(verify, id),
                            apitoken_keyring_fingerprint(full, id));
    apitoken_keyring_free(full);
    apitoken_keyring_free(verify);
}

static void a_verify_only_keyring_cannot_be_changed_but_copied(void **state) {
    const struct fixture *f = *state;
    const char *copy = in_dir(f->dir, "copy");
    char first[1024], second[1024];
    assert_code(apitoken_keyring_export_verify(f->keys, f->verify_keys, NULL, NULL), 0);
    assert_code(apitoken_keyring_add_key(f->verify_keys, NULL, NULL, NULL), APITOKEN_E_KEYS_VERIFY);
    assert_code(apitoken_keyring_activate_key(f->verify_keys, 1, NULL, NULL),
                APITOKEN_E_KEYS_VERIFY);
    assert_code(apitoken_keyring_export_verify(f->verify_keys, copy, NULL, NULL), 0);
    size_t len = file_read(f->verify_keys, first, sizeof first);
    assert_int_equal(file_read(copy, second, sizeof second), len);
    assert_memory_equal(first, second, len);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static void paths_that_are_none_are_refused(void **state) {
    const struct fixture *f = *state;
    char *too_long = malloc(3074);
    memset(too_long, 'x', 3073);
    too_long[3073] = '\0';
    const char *const paths[] = { "", "postgres://host/keys", "a://", too_long };
    for (size_t i = 0; i < COUNT(paths); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(try_load_keys(paths[i]), APITOKEN_E_PATH);
        assert_code(apitoken_keyring_create(paths[i], NULL, &err), APITOKEN_E_PATH);
        assert_field(&err, APITOKEN_E_PATH, APITOKEN_FIELD_PATH, 0);
        assert_code(apitoken_keyring_add_key(paths[i], NULL, NULL, NULL), APITOKEN_E_PATH);
        assert_code(apitoken_keyring_activate_key(paths[i], 1, NULL, NULL), APITOKEN_E_PATH);
        assert_code(apitoken_keyring_export_verify(f->keys, paths[i], NULL, NULL), APITOKEN_E_PATH);
        assert_code(apitoken_keyring_export_verify(paths[i], in_dir(f->dir, "out"), NULL, NULL),
                    APITOKEN_E_PATH);
    }
    too_long[300] = '\0'; /* a name that no file system takes */
    assert_code(try_load_keys(too_long), APITOKEN_E_PATH);
    free(too_long);
    assert_int_equal(count_entries(f->dir), 1);
}

static void no_keyring_is_made_where_no_directory_is(void **state) {
    const struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_keyring_create(in_dir(f->dir, "no/keys"), NULL, &err), APITOKEN_E_IO);
    assert_true(err.os_code > 0);
    assert_code(apitoken_keyring_export_verify(f->keys, in_dir(f->dir, "no/keys"), NULL, NULL),
                APITOKEN_E_IO);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        KEYS_CASE(a_new_keyring_has_one_active_key),
        KEYS_CASE(locked_is_what_the_flag_requires),
        KEYS_CASE(two_keyrings_differ),
        KEYS_CASE(files_are_the_owners_alone_under_any_umask),
        KEYS_CASE(what_exists_is_never_overwritten),
        KEYS_CASE(a_missing_keyring_is_said_so),
        KEYS_CASE(a_keyring_open_to_others_is_refused),
        KEYS_CASE(a_keyring_of_somebody_else_is_refused),
        KEYS_CASE(a_symbolic_link_is_refused),
        KEYS_CASE(what_is_no_keyring_is_foreign),
        KEYS_CASE(a_keyring_cut_off_anywhere_is_short),
        KEYS_CASE(a_keyring_changed_anywhere_is_refused),
        KEYS_CASE(a_newer_keyring_is_left_to_a_newer_library),
        KEYS_CASE(a_keyring_that_cannot_be_read_is_said_so),
        KEYS_CASE(what_cannot_be_opened_is_said_so),
        KEYS_CASE(descriptor_0_is_one_like_others),
        KEYS_CASE(a_keyring_that_is_freed_leaves_no_memory),
        CASE(a_user_without_rights_loads_a_keyring_of_their_own),
        KEYS_CASE(a_keyring_longer_than_any_is_damaged),
        KEYS_CASE(a_verify_only_keyring_has_the_same_fingerprints),
        KEYS_CASE(a_verify_only_keyring_cannot_be_changed_but_copied),
        KEYS_CASE(paths_that_are_none_are_refused),
        KEYS_CASE(no_keyring_is_made_where_no_directory_is),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
