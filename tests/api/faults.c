/* SPDX-License-Identifier: MIT */
/*
 * What the library makes of an operating system, a libsodium or an LMDB that says no. The functions below stand before the real
 * ones, because a program's own definition goes before that of a shared library; they pass on to the real ones unless told to
 * fail.
 */
#include "api.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* ---- what fails now; all 0 = nothing ---- */

static struct {
    unsigned long fs_type;
    int is_read_only;
    int fsync_errno, fallocate_errno;
    unsigned fsyncs;     /* how many were made */
    off_t fallocate_len; /* unless 0: only requests of this length fail */
    int no_sodium, no_memory, no_lock, no_chance;
    unsigned memory_first; /* without memory: so many are given before */
    unsigned interrupts;   /* how many of the next reads fail with EINTR */
    size_t read_len;       /* unless 0: no read gives more */
    int read_errno, fstat_errno;
    int begin, commit, renew; /* LMDB's code */
    int sync, trees;          /* the same; when trees are opened */
    int renew_at_once;        /* not only after a commit failed */
    int commit_anyway;        /* commit, and then say that it failed */
    unsigned commit_first;    /* so many are made before one fails */
    int meta_writes;          /* how many meta page writes fail with EIO ... */
    int meta_anyway;          /* ... after they were made */
    int is_committed;         /* a commit failed: from now on renew fails, too */
} fault;

/* LMDB writes the part of a meta page behind its head in one go: 120 bytes at 32 of the page. */
#define META_WRITE_LEN 120
#define META_WRITE_AT 32

static void all_well(void) { memset(&fault, 0, sizeof fault); }

/* ---- the functions that stand before the real ones ---- */

/* LMDB's and libsodium's, as far as they are stood before; their headers are not for this test. */
int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn);
int mdb_txn_commit(void *txn);
int mdb_txn_renew(void *txn);
int mdb_env_sync(void *env, int force);
int mdb_dbi_open(void *txn, const char *name, unsigned flags, unsigned *ret);
void mdb_txn_abort(void *txn);
int sodium_init(void);
void randombytes_buf(void *data, size_t len);
void *sodium_malloc(size_t size);
int sodium_mlock(void *data, size_t size);

#define MDB_READERS_FULL (-30790)

/* The next definition of a name, into a pointer to a function, which ISO C does not let a pointer to data be. */
#define REAL(pointer, name)                       \
    do {                                          \
        void *found = dlsym(RTLD_NEXT, name);     \
        memcpy(&(pointer), &found, sizeof found); \
    } while (0)

int fstatfs(int fd, struct statfs *fs) {
    int (*real)(int, struct statfs *);
    REAL(real, "fstatfs64");
    int rc = real(fd, fs);
    if (rc == 0 && fault.fs_type) memcpy(&fs->f_type, &fault.fs_type, sizeof fs->f_type);
    return rc;
}

int fstatvfs(int fd, struct statvfs *fs) {
    int (*real)(int, struct statvfs *);
    REAL(real, "fstatvfs64");
    int rc = real(fd, fs);
    if (rc == 0 && fault.is_read_only) fs->f_flag |= ST_RDONLY;
    return rc;
}

int fsync(int fd) {
    int (*real)(int);
    REAL(real, "fsync");
    fault.fsyncs++;
    if (!fault.fsync_errno) return real(fd);
    errno = fault.fsync_errno;
    return -1;
}

int fallocate(int fd, int mode, off_t offset, off_t len) {
    int (*real)(int, int, off_t, off_t);
    REAL(real, "fallocate64");
    if (!fault.fallocate_errno || (fault.fallocate_len && fault.fallocate_len != len)) return real(fd, mode, offset, len);
    errno = fault.fallocate_errno;
    return -1;
}

ssize_t read(int fd, void *data, size_t len) {
    ssize_t (*real)(int, void *, size_t);
    REAL(real, "read");
    int os_code = fault.interrupts ? EINTR : fault.read_errno;
    if (!os_code) return real(fd, data, fault.read_len && fault.read_len < len ? fault.read_len : len);
    if (fault.interrupts) fault.interrupts--;
    errno = os_code;
    return -1;
}

int fstat(int fd, struct stat *st) {
    int (*real)(int, struct stat *);
    REAL(real, "fstat64");
    if (!fault.fstat_errno) return real(fd, st);
    errno = fault.fstat_errno;
    return -1;
}

/* By its plain name, which LMDB calls; the header would make it pwrite64. */
ssize_t pwrite_plain(int fd, const void *data, size_t len, off_t offset) __asm__("pwrite");
ssize_t pwrite_plain(int fd, const void *data, size_t len, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t);
    REAL(real, "pwrite");
    if (fault.meta_writes == 0 || len != META_WRITE_LEN || offset % sysconf(_SC_PAGESIZE) != META_WRITE_AT)
        return real(fd, data, len, offset);
    fault.meta_writes--;
    if (fault.meta_anyway) (void)real(fd, data, len, offset);
    errno = EIO;
    return -1;
}

int sodium_init(void) {
    int (*real)(void);
    REAL(real, "sodium_init");
    return fault.no_sodium ? -1 : real();
}

/* Without chance the same bytes come again and again. */
void randombytes_buf(void *data, size_t len) {
    void (*real)(void *, size_t);
    REAL(real, "randombytes_buf");
    real(data, len);
    if (fault.no_chance) memset(data, 1, len);
}

void *sodium_malloc(size_t size) {
    void *(*real)(size_t);
    REAL(real, "sodium_malloc");
    if (!fault.no_memory) return real(size);
    if (fault.memory_first == 0) return NULL;
    fault.memory_first--;
    return real(size);
}

int sodium_mlock(void *data, size_t size) {
    int (*real)(void *, size_t);
    REAL(real, "sodium_mlock");
    return fault.no_lock ? -1 : real(data, size);
}

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn) {
    int (*real)(void *, void *, unsigned, void **);
    REAL(real, "mdb_txn_begin");
    return fault.begin ? fault.begin : real(env, parent, flags, ret_txn);
}

int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    if (!fault.commit) return real(txn);
    if (fault.commit_first > 0) {
        fault.commit_first--;
        return real(txn);
    }
    fault.is_committed = 1;
    if (fault.commit_anyway)
        (void)real(txn);
    else
        mdb_txn_abort(txn);
    return fault.commit;
}

int mdb_txn_renew(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_renew");
    return fault.renew && (fault.is_committed || fault.renew_at_once) ? fault.renew : real(txn);
}

int mdb_env_sync(void *env, int force) {
    int (*real)(void *, int);
    REAL(real, "mdb_env_sync");
    return fault.sync ? fault.sync : real(env, force);
}

int mdb_dbi_open(void *txn, const char *name, unsigned flags, unsigned *ret) {
    int (*real)(void *, const char *, unsigned, unsigned *);
    REAL(real, "mdb_dbi_open");
    return fault.trees ? fault.trees : real(txn, name, flags, ret);
}

/* Only passes on: it is called from here, and this program is linked against the library alone. */
void mdb_txn_abort(void *txn) {
    void (*real)(void *);
    REAL(real, "mdb_txn_abort");
    real(txn);
}

/* ---- opening and making ---- */

static int make_second(const struct fixture *f) {
    return apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL);
}

/* Both modes, with the fixture's store closed, and the making of another one. */
static void assert_store_codes(const struct fixture *f, int open_code, int create_code) {
    size_t before = count_entries(f->dir);
    int opened = try_open(f, APITOKEN_MODE_READ_WRITE), verify = try_open(f, APITOKEN_MODE_VERIFY_ONLY), made = make_second(f);
    all_well();
    assert_code(opened, open_code);
    assert_code(verify, open_code);
    assert_code(made, create_code);
    if (create_code != 0) assert_int_equal(count_entries(f->dir), before);
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), 0); /* and nothing is left behind */
}

static int setup(void **state) {
    all_well();
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    return rc;
}

static int teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}

static void network_file_systems_are_refused(void **state) {
    static const unsigned long types[] = { 0x6969,     0x517B,     0xFE534D42, 0xFF534D42, 0x01021997,
                                           0x65735546, 0x5346414F, 0x6B414653, 0x73757245, 0x00C36400,
                                           0x0BD00BD0, 0x47504653, 0x7461636F, 0x01161970, 0x564C };
    for (size_t i = 0; i < COUNT(types); i++) {
        fault.fs_type = types[i];
        assert_store_codes(*state, APITOKEN_E_NETWORK_FS, APITOKEN_E_NETWORK_FS);
    }
    const struct fixture *f = *state;
    apitoken_store *store = NULL;
    apitoken_error err = APITOKEN_ERROR_INIT;
    fault.fs_type = 0x6969;
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, &err), APITOKEN_E_NETWORK_FS);
    assert_non_null(strstr(err.text, "(type 0x6969)"));
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

/* A file system without fallocate gets longer files instead. */
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
    assert_int_equal(fault.fsyncs, 6); /* four files, their directory, and the one that it stands in */
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
    assert_string_equal(apitoken_keyring_fingerprint(pieces, 1), apitoken_keyring_fingerprint(whole, 1));
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
    assert_int_equal(l.lines, info_of(second).keys_locked ? 1 : 2); /* an ordinary open says nothing */
    apitoken_store_close(second);
}

static int load_without_sodium(void *ctx) {
    apitoken_keyring *keyring = NULL;
    fault.no_sodium = 1;
    return apitoken_keyring_load(ctx, NULL, &keyring, NULL);
}

/*
 * Restored by a tool that makes holes of zeros, on a disk that is full: a write to a slot through the map would be a SIGBUS. The
 * handle says so and works, only that it notes no uses.
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
    assert_code(apitoken_show(store, LIT("owner"), token.id, strlen(token.id), NULL, &row, NULL), 0);
    assert_true(apitoken_token_last_used_ms(row) == 0);
    apitoken_token_free(row);
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

/* An id is never given twice, and who draws for ever would hang. */
static void a_generator_that_repeats_itself_is_found_out(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = UNTOUCHED;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    fault.no_chance = 1;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err), APITOKEN_E_RANDOM);
    assert_code(err.code, APITOKEN_E_RANDOM);
    assert_ptr_equal(secret, UNTOUCHED);
    all_well();
    assert_code(check(f->store, &token), 0);
    assert_int_equal(count_rows(f->store, "owner"), 1);
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

/* ---- commits ---- */

static void a_commit_that_failed_changed_nothing(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    static const struct {
        int os_code, code;
    } cases[] = { { EIO, APITOKEN_E_IO }, { ENOSPC, APITOKEN_E_DISK_FULL }, { ENOMEM, APITOKEN_E_NOMEM } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fault.commit = cases[i].os_code;
        assert_code(try_create(f->store, "owner", "name", NULL), cases[i].code);
        assert_code(revoke_token(f->store, "owner", token.id), cases[i].code);
        all_well();
        assert_code(check(f->store, &token), 0);
        assert_int_equal(count_rows(f->store, "owner"), 1);
    }
    assert_code(revoke_token(f->store, "owner", token.id), 0); /* repeating it is right */
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

static void a_commit_that_was_made_after_all_is_a_success(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    all_well();
    assert_code(check(f->store, &token), 0);
    fault.commit = EIO;
    fault.commit_anyway = 1;
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    all_well();
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

/* Nobody can look: the detail names the id, by which it can be found out later. */
static void a_commit_that_nobody_can_read_may_have_been_made(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_secret *secret = UNTOUCHED;
        apitoken_token *row = NULL;
        fault.commit = fault.renew = EIO;
        fault.commit_anyway = was_made;
        assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err), APITOKEN_E_MAYBE);
        all_well();
        assert_ptr_equal(secret, UNTOUCHED);
        assert_code(err.code, APITOKEN_E_MAYBE);
        assert_int_equal(err.os_code, EIO);
        assert_int_equal(strlen(err.id), APITOKEN_ID_LEN);
        assert_code(apitoken_show(f->store, LIT("owner"), err.id, strlen(err.id), NULL, &row, NULL),
                    was_made ? 0 : APITOKEN_E_NOT_FOUND);
        apitoken_token_free(row);
        if (was_made) assert_code(revoke_token(f->store, "owner", err.id), 0);
    }
}

/* It stands there, but may be gone after the next cut of the power. */
static void a_commit_that_was_made_but_not_synced_is_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    fault.commit = fault.sync = EIO;
    fault.commit_anyway = 1;
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &err), APITOKEN_E_MAYBE);
    assert_code(err.code, APITOKEN_E_MAYBE);
    assert_int_equal(err.os_code, EIO);
    assert_string_equal(err.id, token.id);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
}

/* Who repeats a revoke may do so because the first one's process died before its sync: it is durable, or it is no success. */
static void a_repeated_revoke_is_durable_or_fails(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    fault.sync = EIO;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_IO);
    fault.sync = ENOSPC;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_DISK_FULL);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
}

/* Nobody knows whether a create would leave the reserve; a revoke needs none of it. */
static void where_the_spare_space_cannot_be_read_only_revokes_go_on(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_secret *secret = UNTOUCHED;
    fault.renew = EIO;
    fault.renew_at_once = 1;
    int made = apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, &err);
    int revoked = revoke_token(f->store, "owner", token.id);
    all_well();
    assert_code(made, APITOKEN_E_IO);
    assert_code(err.code, APITOKEN_E_IO);
    assert_ptr_equal(secret, UNTOUCHED);
    assert_code(revoked, 0);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(count_rows(f->store, "owner"), 1);
}

#define FAULT_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* What a fresh handle says of the token is what this one said, and the store goes on. */
static void assert_settled(struct fixture *f, const struct made_token *token, int verdict) {
    assert_code(check(f->store, token), verdict);
    (void)fixture_create(f->store, "next", "name", NULL);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, token), verdict);
}

/*
 * After a failed meta page write the disk may hold the old state or the new one, and LMDB answers no call of this process any
 * more. The library finds out which, whatever page the trees' roots have moved to, and the answer stays true.
 */
static void a_meta_page_write_that_failed_is_settled(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < 24; i++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        fault.meta_writes = 1;
        fault.meta_anyway = i % 2;
        int rc = revoke_token(f->store, "owner", token.id);
        all_well();
        if (rc != 0) assert_code(rc, APITOKEN_E_IO);
        assert_settled(f, &token, rc == 0 ? APITOKEN_E_REVOKED : 0);
        assert_code(revoke_token(f->store, "owner", token.id), 0);
    }
}

/* If that cannot be found out either, nobody claims to know; when the disk is well again the store opens and the token is as it
 * is. */
static void a_disk_that_goes_on_failing_leaves_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    fault.meta_writes = 1000;
    assert_code(apitoken_revoke(f->store, LIT("owner"), token.id, strlen(token.id), NULL, &err), APITOKEN_E_MAYBE);
    assert_string_equal(err.id, token.id);
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_settled(f, &token, APITOKEN_E_REVOKED);
}

/* Until the meta page is written anew, what is seen need not be what stays. */
static void a_state_that_could_not_be_written_anew_is_a_maybe(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int was_made = 0; was_made <= 1; was_made++) {
        const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        fault.meta_writes = 1;
        fault.meta_anyway = was_made;
        fault.commit = EIO;
        fault.commit_first = 2; /* the one whose meta page fails, and that of the open */
        int rc = revoke_token(f->store, "owner", token.id);
        int is_committed = fault.is_committed;
        all_well();
        assert_true(is_committed);
        assert_code(rc, APITOKEN_E_MAYBE);
        assert_code(revoke_token(f->store, "owner", token.id), 0);
        assert_settled(f, &token, APITOKEN_E_REVOKED);
    }
}

/* After a commit that failed LMDB's environment has to be opened anew. If that fails, too, the next write tries it again. */
static void an_environment_that_cannot_be_opened_anew_is_later(void **state) {
    struct fixture *f = *state;
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    fault.meta_writes = 1;
    fault.trees = EIO;
    assert_code(revoke_token(f->store, "owner", token.id), APITOKEN_E_MAYBE);
    assert_code(check(f->store, &token), APITOKEN_E_IO); /* denied until then, whatever became of the revoke */
    all_well();
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_settled(f, &token, APITOKEN_E_REVOKED);
}

int main(void) {
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
        FAULT_CASE(a_backup_needs_room_for_the_uses),
        FAULT_CASE(without_libsodium_there_are_no_keys),
        FAULT_CASE(a_generator_that_repeats_itself_is_found_out),
        FAULT_CASE(a_table_of_readers_that_is_full_is_said_so),
        FAULT_CASE(a_pid_that_is_taken_is_said_so),
        FAULT_CASE(a_commit_that_failed_changed_nothing),
        FAULT_CASE(a_commit_that_was_made_after_all_is_a_success),
        FAULT_CASE(a_meta_page_write_that_failed_is_settled),
        FAULT_CASE(a_disk_that_goes_on_failing_leaves_a_maybe),
        FAULT_CASE(a_state_that_could_not_be_written_anew_is_a_maybe),
        FAULT_CASE(a_commit_that_nobody_can_read_may_have_been_made),
        FAULT_CASE(an_environment_that_cannot_be_opened_anew_is_later),
        FAULT_CASE(a_commit_that_was_made_but_not_synced_is_a_maybe),
        FAULT_CASE(a_repeated_revoke_is_durable_or_fails),
        FAULT_CASE(where_the_spare_space_cannot_be_read_only_revokes_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
