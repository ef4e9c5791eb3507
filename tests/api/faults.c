/* SPDX-License-Identifier: MIT */
/* Opening and creating while the operating system, libsodium or LMDB refuses. */
#include "faulty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"

static int make_second(const struct fixture *f) {
    return apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL);
}

/* Both modes, with the fixture's store closed, and the making of another one. */
static void assert_store_codes(const struct fixture *f, int open_code, int create_code) {
    size_t before = count_entries(f->dir);
    int opened = try_open(f, APITOKEN_MODE_READ_WRITE),
        verify = try_open(f, APITOKEN_MODE_VERIFY_ONLY), made = make_second(f);
    all_well();
    assert_code(opened, open_code);
    assert_code(verify, open_code);
    assert_code(made, create_code);
    if (create_code != 0) assert_int_equal(count_entries(f->dir), before);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0); /* and nothing is left behind */
}

static void network_file_systems_are_refused(void **state) {
    static const unsigned long types[] = { 0x6969,     0x517B,     0xFE534D42, 0xFF534D42,
                                           0x01021997, 0x65735546, 0x5346414F, 0x6B414653,
                                           0x73757245, 0x00C36400, 0x0BD00BD0, 0x47504653,
                                           0x7461636F, 0x01161970, 0x564C,     0x786F4256,
                                           0x19830326, 0x20030528, 0xAAD7AAEA, 0xBEEFDEAD,
                                           0xBACBACBC, 0x7C7C6673 };
    for (size_t i = 0; i < COUNT(types); i++) {
        fault.fs_type = types[i];
        assert_store_codes(*state, APITOKEN_E_NETWORK_FS, APITOKEN_E_NETWORK_FS);
    }
    const struct fixture *f = *state;
    apitoken_store *store = NULL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    fault.fs_type = 0x6969;
    opts.flags = APITOKEN_ANY_FILE_SYSTEM; /* does not lift it */
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, &err),
                APITOKEN_E_NETWORK_FS);
    assert_non_null(strstr(err.text, "(type 0x6969)"));
}

/* btrfs, ZFS, bcachefs, f2fs, NILFS, ramfs, squashfs, UBIFS, exFAT, and one that nobody knows. */
static void untested_file_systems_are_refused(void **state) {
    static const unsigned long types[] = { 0x9123683E, 0x2FC12FC1, 0xCA451A4E, 0xF2F52010, 0x3434,
                                           0x858458F6, 0x73717368, 0x24051905, 0x2011BAB0, 1 };
    for (size_t i = 0; i < COUNT(types); i++) {
        fault.fs_type = types[i];
        assert_store_codes(*state, APITOKEN_E_FILE_SYSTEM, APITOKEN_E_FILE_SYSTEM);
    }
}

/* Nor an overlay whose upper layer counts no inodes, as btrfs does. */
static void tested_file_systems_are_not_refused(void **state) {
    static const unsigned long types[] = { 0xEF53, 0x58465342, 0x01021994, 0x794C7630 };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(types); i++) {
        fault.fs_type = types[i];
        fault.has_no_inodes = types[i] == 0x01021994; /* where they are not limited */
        assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0);
        assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), 0);
    }
    fault.fs_type = 0x794C7630;
    fault.has_no_inodes = 1;
    assert_store_codes(f, APITOKEN_E_FILE_SYSTEM, APITOKEN_E_FILE_SYSTEM);
}

/* Each call that takes the path of a store, without the flag and with it. */
static int on_btrfs(const struct fixture *f, uint32_t flags, int call) {
    apitoken_store_create_opts create = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_grow_opts grow = FIXTURE_GROW_OPTS;
    apitoken_check_opts look = APITOKEN_CHECK_OPTS_INIT;
    apitoken_backup_opts backup = APITOKEN_BACKUP_OPTS_INIT;
    apitoken_restore_opts restore = FIXTURE_RESTORE_OPTS;
    apitoken_store *store = NULL;
    int rc = 0;
    create.flags = open.flags = grow.flags = look.flags = backup.flags = restore.flags = flags;
    if (call == 0) return apitoken_store_create(in_dir(f->dir, "new"), f->keyring, &create, NULL);
    if (call == 1) return apitoken_store_check(f->store_path, f->keyring, &look, NULL);
    if (call == 2)
        return apitoken_store_grow(f->store_path, f->keyring, UINT64_C(2) << 30, &grow, NULL);
    if (call == 4)
        return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring, &restore,
                                      NULL, NULL);
    if (call == 3) open.flags = APITOKEN_ANY_FILE_SYSTEM;
    rc = apitoken_store_open(f->store_path, f->keyring, &open, &store, NULL);
    if (rc == 0 && call == 3)
        rc = apitoken_store_backup(store, in_dir(f->dir, "backup"), &backup, NULL);
    apitoken_store_close(store);
    return rc;
}

static void the_flag_lets_every_call_use_an_untested_one(void **state) {
    const struct fixture *f = *state;
    fault.fs_type = 0x9123683E;
    for (int call = 0; call < 6; call++) {
        assert_code(on_btrfs(f, 0, call), APITOKEN_E_FILE_SYSTEM);
        assert_code(on_btrfs(f, APITOKEN_ANY_FILE_SYSTEM, call), 0);
    }
}

/* ZFS before 2.2, an old kernel: what is made appears whole, and nothing is replaced. */
static void without_flags_of_rename_stores_are_made(void **state) {
    static const int codes[] = { EINVAL, ENOSYS };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(codes); i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "new-%zu", i);
        fault.renameat2_errno = codes[i];
        assert_code(apitoken_store_create(in_dir(f->dir, name), f->keyring, NULL, NULL), 0);
        assert_code(apitoken_store_create(in_dir(f->dir, name), f->keyring, NULL, NULL),
                    APITOKEN_E_EXISTS);
        assert_code(apitoken_store_check(in_dir(f->dir, name), f->keyring, NULL, NULL), 0);
        (void)snprintf(name, sizeof name, "keys-%zu", i);
        assert_code(apitoken_keyring_create(in_dir(f->dir, name), NULL, NULL), 0);
        assert_code(apitoken_keyring_create(in_dir(f->dir, name), NULL, NULL), APITOKEN_E_EXISTS);
    }
}

/* There a store cannot be replaced in one step. */
static void without_flags_of_rename_no_store_is_replaced(void **state) {
    struct fixture *f = *state;
    const char *backup = in_dir(f->dir, "backup");
    apitoken_error err = APITOKEN_ERROR_INIT;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    fault.renameat2_errno = EINVAL;
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    size_t entries = count_entries(f->dir);
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, &err),
        APITOKEN_E_FILE_SYSTEM);
    assert_non_null(strstr(err.text, f->store_path));
    assert_int_equal(count_entries(f->dir), entries);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), 0);
}

static void read_only_file_systems_are_refused(void **state) {
    fault.is_read_only = 1;
    assert_store_codes(*state, APITOKEN_E_READ_ONLY_FS, APITOKEN_E_READ_ONLY_FS);
}

static void a_full_disk_is_said_so(void **state) {
    fault.fallocate_errno = ENOSPC;
    assert_store_codes(*state, APITOKEN_E_DISK_FULL, APITOKEN_E_DISK_FULL);
    fault.fallocate_errno = EDQUOT;
    assert_store_codes(*state, APITOKEN_E_DISK_FULL, APITOKEN_E_DISK_FULL);
}

/* A file system without fallocate gets zeros instead. */
static void a_disk_that_cannot_reserve_is_used_all_the_same(void **state) {
    const struct fixture *f = *state;
    fault.fallocate_errno = EOPNOTSUPP;
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0);
    assert_code(make_second(f), 0);
}

static void a_sync_that_fails_makes_nothing(void **state) {
    const struct fixture *f = *state;
    const char *keys = in_dir(f->dir, "more-keys"), *verify = in_dir(f->dir, "more-verify-keys");
    char before[1024], after[1024];
    size_t len = file_read(f->keys, before, sizeof before), entries = count_entries(f->dir);
    fault.fsync_errno = EIO;
    assert_code(make_second(f), APITOKEN_E_IO);
    assert_code(apitoken_keyring_create(keys, NULL, NULL), APITOKEN_E_IO);
    assert_code(apitoken_keyring_export_verify(f->keys, verify, NULL, NULL), APITOKEN_E_IO);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), APITOKEN_E_IO);
    assert_int_equal(count_entries(f->dir), entries);
    assert_int_equal(file_read(f->keys, after, sizeof after), len);
    assert_memory_equal(before, after, len);
    fault.fsync_errno = ENOSPC;
    assert_code(apitoken_keyring_create(keys, NULL, NULL), APITOKEN_E_DISK_FULL);
    assert_int_equal(count_entries(f->dir), entries);
}

/* Or a cut of the power leaves a store without one of its files, or a name of nothing. */
static void all_that_is_made_is_synced(void **state) {
    const struct fixture *f = *state;
    all_well();
    assert_code(make_second(f), 0);
    /* four files, their directory, and the one that it stands in */
    assert_int_equal(fault.fsyncs, 6);
    all_well();
    assert_code(apitoken_keyring_create(in_dir(f->dir, "more-keys"), NULL, NULL), 0);
    assert_int_equal(fault.fsyncs, 2);
}

static void without_guarded_memory_there_are_no_keys(void **state) {
    struct fixture *f = *state;
    apitoken_keyring *keyring = UNTOUCHED;
    fault.no_memory = 1;
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), APITOKEN_E_NOMEM);
    fault.memory_first = 1; /* for the text, and then none for its keys */
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), APITOKEN_E_NOMEM);
    assert_ptr_equal(keyring, UNTOUCHED);
    assert_code(apitoken_keyring_create(in_dir(f->dir, "more-keys"), NULL, NULL), APITOKEN_E_NOMEM);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_NOMEM);
    all_well();
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    fault.no_memory = 1;
    assert_code(try_create(f->store, "owner", "name", NULL), APITOKEN_E_NOMEM);
    assert_int_equal(info_of(f->store).tokens, 0);
}

/* Signals come, and file systems give less than they are asked for. */
static void a_keyring_is_read_to_its_end(void **state) {
    static char text[3 * 8192];
    const struct fixture *f = *state;
    const char *path = in_dir(f->dir, "long-keys");
    apitoken_keyring *whole = NULL, *pieces = NULL, *none = UNTOUCHED;
    assert_code(apitoken_keyring_load(f->keys, NULL, &whole, NULL), 0);
    fault.interrupts = 3;
    fault.read_len = 7;
    assert_code(apitoken_keyring_load(f->keys, NULL, &pieces, NULL), 0);
    assert_int_equal(fault.interrupts, 0);
    assert_string_equal(apitoken_keyring_fingerprint(pieces, 1),
                        apitoken_keyring_fingerprint(whole, 1));
    apitoken_keyring_free(whole);
    apitoken_keyring_free(pieces);
    all_well();
    memset(text, '\n', sizeof text);
    memcpy(text, "apitoken-keyring 1 full\n", 24);
    file_write(path, text, sizeof text); /* longer than any keyring */
    assert_int_equal(chmod(path, 0600), 0);
    fault.read_len = 1000;
    assert_code(apitoken_keyring_load(path, NULL, &none, NULL), APITOKEN_E_KEYS_DAMAGED);
    fault.read_errno = EIO;
    assert_code(apitoken_keyring_load(f->keys, NULL, &none, NULL), APITOKEN_E_IO);
    all_well();
    fault.fstat_errno = EIO;
    assert_code(apitoken_keyring_load(f->keys, NULL, &none, NULL), APITOKEN_E_IO);
    assert_ptr_equal(none, UNTOUCHED);
}

static void memory_that_is_not_locked_is_reported_and_can_be_required(void **state) {
    const struct fixture *f = *state;
    apitoken_keyring_opts opts = APITOKEN_KEYRING_OPTS_INIT;
    apitoken_keyring *keyring = NULL, *locked = UNTOUCHED;
    fault.no_lock = 1;
    assert_code(apitoken_keyring_load(f->keys, &opts, &keyring, NULL), 0);
    assert_int_equal(apitoken_keyring_is_locked(keyring), 0);
    apitoken_keyring_free(keyring);
    opts.flags = APITOKEN_KEYRING_REQUIRE_LOCK;
    assert_code(apitoken_keyring_load(f->keys, &opts, &locked, NULL), APITOKEN_E_MLOCK);
    assert_ptr_equal(locked, UNTOUCHED);
}

/* What a log callback was told; it calls the library, too. */
struct logged {
    int lines, level, code;
    const struct fixture *f;
};

static void note(int level, int code, const char *text, void *ctx) {
    struct logged *l = ctx;
    assert_true(text && text[0]);
    assert_code(try_open(l->f, APITOKEN_MODE_READ_WRITE), 0);
    l->lines++;
    l->level = level;
    l->code = code;
}

static void memory_that_is_not_locked_is_logged(void **state) {
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    struct logged l = { .f = f };
    opts.log = note;
    opts.log_ctx = &l;
    fault.no_lock = 1;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
    assert_int_equal(info_of(f->store).keys_locked, 0);
    assert_int_equal(l.lines, 1);
    assert_int_equal(l.level, APITOKEN_LOG_WARNING);
    assert_code(l.code, APITOKEN_E_MLOCK);
    all_well();
    apitoken_store *second = NULL;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &second, NULL), 0);
    /* an ordinary open says nothing */
    assert_int_equal(l.lines, info_of(second).keys_locked ? 1 : 2);
    apitoken_store_close(second);
}

static int load_without_sodium(void *ctx) {
    apitoken_keyring *keyring = NULL;
    fault.no_sodium = 1;
    return apitoken_keyring_load(ctx, NULL, &keyring, NULL);
}

/*
 * Restored by a tool that makes holes of zeros, on a disk that is full: a write to a slot through
 * the map would be a SIGBUS. The handle says so and works, only that it notes no uses.
 */
static void without_room_for_uses_none_are_noted(void **state) {
    struct fixture *f = *state;
    struct logged l = { .f = f };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    apitoken_token *row = NULL;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    opts.log = note;
    opts.log_ctx = &l;
    fault.fallocate_errno = ENOSPC;
    fault.fallocate_len = 8192; /* the header of last-use and its first slots */
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    assert_code(l.code, APITOKEN_E_DISK_FULL);
    assert_int_equal(l.level, APITOKEN_LOG_WARNING);
    assert_code(check(store, &token), 0);
    assert_code(apitoken_show(store, LIT("owner"), token.id, strlen(token.id), NULL, &row, NULL),
                0);
    assert_true(apitoken_token_last_used_ms(row) == 0);
    apitoken_token_free(row);
    apitoken_store_close(store);
}

/* Of a copy that has holes, say: somebody should know before a revoke fails. */
static void without_room_for_the_reserve_there_is_a_warning(void **state) {
    struct fixture *f = *state;
    struct logged l = { .f = f };
    struct stat st;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.log = note;
    opts.log_ctx = &l;
    assert_int_equal(stat(in_dir(f->store_path, "data.mdb"), &st), 0);
    fault.fallocate_errno = ENOSPC;
    fault.fallocate_len = st.st_size;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    assert_code(l.code, APITOKEN_E_DISK_FULL);
    assert_int_equal(l.level, APITOKEN_LOG_WARNING);
    fault.fallocate_len = 0; /* for a group of creates it asks for more */
    assert_code(try_create(store, "owner", "name", NULL), APITOKEN_E_DISK_FULL);
    all_well();
    assert_code(try_create(store, "owner", "name", NULL), 0);
    apitoken_store_close(store);
}

/* A use that is copied is written through the map, where a full disk is a SIGBUS. */
static void a_backup_needs_room_for_the_uses(void **state) {
    struct fixture *f = *state;
    const char *backup = in_dir(f->dir, "backup");
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    size_t entries = count_entries(f->dir);
    fault.fallocate_errno = ENOSPC;
    fault.fallocate_len = 8192; /* the header of last-use and its first slots */
    int rc = apitoken_store_backup(f->store, backup, NULL, NULL);
    all_well();
    assert_code(rc, APITOKEN_E_DISK_FULL);
    assert_int_equal(count_entries(f->dir), entries);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
}

static void without_libsodium_there_are_no_keys(void **state) {
    struct fixture *f = *state;
    assert_code(in_child(load_without_sodium, f->keys), APITOKEN_E_RANDOM);
}

/* The tick keeps the ids apart. */
static void a_generator_that_repeats_itself_repeats_no_id(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    fault.no_chance = 1;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct made_token other = fixture_create(f->store, "owner", "name", NULL);
    all_well();
    assert_string_not_equal(token.id, other.id);
    assert_code(check(f->store, &token), 0);
    assert_code(check(f->store, &other), 0);
    assert_int_equal(count_rows(f->store, "owner"), 2);
}

static void a_table_of_readers_that_is_full_is_said_so(void **state) {
    const struct fixture *f = *state;
    fault.begin = MDB_READERS_FULL;
    assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), APITOKEN_E_READERS_FULL);
    all_well();
    assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), 0);
}

/* LMDB answers so when another process holds the lock byte of our pid. */
static void a_pid_that_is_taken_is_said_so(void **state) {
    const struct fixture *f = *state;
    fault.begin = EAGAIN;
    assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), APITOKEN_E_PID_CLASH);
    all_well();
    assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        FAULT_CASE(network_file_systems_are_refused),
        FAULT_CASE(read_only_file_systems_are_refused),
        FAULT_CASE(a_full_disk_is_said_so),
        FAULT_CASE(a_disk_that_cannot_reserve_is_used_all_the_same),
        FAULT_CASE(a_sync_that_fails_makes_nothing),
        FAULT_CASE(all_that_is_made_is_synced),
        FAULT_CASE(without_guarded_memory_there_are_no_keys),
        FAULT_CASE(a_keyring_is_read_to_its_end),
        FAULT_CASE(memory_that_is_not_locked_is_reported_and_can_be_required),
        FAULT_CASE(memory_that_is_not_locked_is_logged),
        FAULT_CASE(without_room_for_uses_none_are_noted),
        FAULT_CASE(without_room_for_the_reserve_there_is_a_warning),
        FAULT_CASE(a_backup_needs_room_for_the_uses),
        FAULT_CASE(without_libsodium_there_are_no_keys),
        FAULT_CASE(a_generator_that_repeats_itself_repeats_no_id),
        FAULT_CASE(a_table_of_readers_that_is_full_is_said_so),
        FAULT_CASE(a_pid_that_is_taken_is_said_so),
        FAULT_CASE(untested_file_systems_are_refused),
        FAULT_CASE(tested_file_systems_are_not_refused),
        FAULT_CASE(the_flag_lets_every_call_use_an_untested_one),
        FAULT_CASE(without_flags_of_rename_stores_are_made),
        FAULT_CASE(without_flags_of_rename_no_store_is_replaced),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
