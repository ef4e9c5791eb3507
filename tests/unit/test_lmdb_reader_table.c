/* SPDX-License-Identifier: MIT */
#include "lmdb/process/reader_table.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "samples.h"
#include "store_file.h"

#define READERS 3
#define SLOT 64
#define PID_AT 8 /* in a slot */

/* A lock.mdb that a dead process has left with its readers in it. */
struct place {
    struct store_file file; /* first: store_file_teardown() takes it */
    int32_t dead;           /* its pid */
    off_t slots[READERS];
};

/* In a child, which dies without closing anything. */
static int leave_readers(void *ctx) {
    const struct fixture *f = ctx;
    MDB_env *mdb;
    MDB_txn *txn;
    if (mdb_env_create(&mdb) != 0 || mdb_env_set_maxreaders(mdb, ATK_READERS_MAX) != 0) return 1;
    if (mdb_env_open(mdb, f->dir, MDB_NOTLS, 0600) != 0) return 2;
    for (int i = 0; i < READERS; i++)
        if (mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn) != 0) return 3;
    return 0;
}

/*
 * Where the slots are is not taken from the library: they are the cache lines that carry the pid.
 */
static void find_slots(struct place *p) {
    uint8_t line[SLOT];
    size_t found = 0;
    for (off_t at = 0; found < READERS && pread(p->file.fd, line, sizeof line, at) == sizeof line;
         at += SLOT) {
        int32_t pid;
        memcpy(&pid, line + PID_AT, sizeof pid);
        if (pid == p->dead) p->slots[found++] = at;
    }
    assert_int_equal(found, READERS);
}

/* ---- without handlers of forks --------------------------------------------------------------- */

typedef int (*register_fn)(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
                           void *dso);

static int no_handlers;

/* What pthread_atfork() of glibc calls, wherever that was linked to. */
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
                      void *dso);
int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
                      void *dso) {
    register_fn next = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "__register_atfork");
    return no_handlers || !next ? ENOMEM : next(before, in_parent, in_child, dso);
}

/* They are installed once in a process, so this one's first try must not have been. */
static int use_without_handlers(void *ctx) {
    const struct fixture *f = ctx;
    unsigned cleared = 77;
    struct stat st;
    no_handlers = 1;
    int dir_fd = open(f->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = openat(dir_fd, ATK_READERS_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0660);
    if (dir_fd < 0 || fd < 0) return 1;
    if (atk_reader_table_allocate(dir_fd, 0, NULL) != APITOKEN_E_NOMEM) return 2;
    if (atk_reader_table_clear_own(dir_fd, 0, &cleared, NULL) != APITOKEN_E_NOMEM || cleared != 0)
        return 3;
    struct atk_reader_head head = { 0 };
    if (atk_reader_table_map(dir_fd, false, &head, NULL) != APITOKEN_E_NOMEM || head.map) return 5;
    return fstat(fd, &st) == 0 && st.st_size == 0 ? 0 : 4;
}

/* A child would have the file open for ever. This test comes before all others: see above. */
static void test_nothing_is_opened_without_handlers(void **state) {
    (void)state;
    struct fixture f;
    fixture_make_dir(&f);
    int code = child_run(use_without_handlers, &f);
    fixture_remove(&f);
    assert_int_equal(code, 0);
}

/* ---- slots ----------------------------------------------------------------------------------- */

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    int status;
    assert_non_null(p);
    fixture_make_dir(&p->file.fixture);
    pid_t pid = fork();
    if (pid == 0) _exit(leave_readers(&p->file.fixture));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    p->dead = (int32_t)pid;
    store_file_open(&p->file, ATK_READERS_FILE, 0);
    assert_code(atk_reader_table_allocate(p->file.dir_fd, 0, NULL), 0);
    find_slots(p);
    *state = p;
    return 0;
}

/* As if the dead process had had our pid. */
static void take_over(const struct place *p, size_t slot) {
    int32_t pid = (int32_t)getpid();
    assert_int_equal(pwrite(p->file.fd, &pid, sizeof pid, p->slots[slot] + PID_AT), sizeof pid);
}

static int32_t pid_in(const struct place *p, size_t slot) {
    int32_t pid = -1;
    assert_int_equal(pread(p->file.fd, &pid, sizeof pid, p->slots[slot] + PID_AT), sizeof pid);
    return pid;
}

static unsigned clear_own(const struct place *p) {
    unsigned cleared = 77;
    assert_code(atk_reader_table_clear_own(p->file.dir_fd, 0, &cleared, NULL), 0);
    return cleared;
}

static void test_only_slots_of_this_pid_are_cleared(void **state) {
    const struct place *p = *state;
    uint64_t transaction = 0;
    assert_int_equal(clear_own(p), 0);
    take_over(p, 0);
    take_over(p, 2);
    assert_int_equal(clear_own(p), 2);
    assert_int_equal(pid_in(p, 0), 0);
    assert_int_equal(pid_in(p, 1), p->dead);
    assert_int_equal(pid_in(p, 2), 0);
    assert_int_equal(pread(p->file.fd, &transaction, 8, p->slots[0]), 8);
    assert_true(transaction == UINT64_MAX);
    assert_int_equal(clear_own(p), 0);
}

/*
 * What LMDB tells of the file's readers. Another process keeps it open meanwhile, or LMDB would
 * start it anew.
 */
static int count_line(const char *line, void *ctx) {
    char *end;
    *(int *)ctx += strtol(line, &end, 10) > 0;
    return 0;
}

static int count_readers(void *ctx) {
    const struct fixture *f = ctx;
    MDB_env *mdb;
    int readers = 0;
    if (mdb_env_create(&mdb) != 0 || mdb_env_set_maxreaders(mdb, ATK_READERS_MAX) != 0) return 101;
    if (mdb_env_open(mdb, f->dir, MDB_NOTLS, 0600) != 0) return 102;
    (void)mdb_reader_list(mdb, count_line, &readers);
    mdb_env_close(mdb);
    return readers;
}

static void test_lmdb_sees_the_slots_as_free(void **state) {
    struct place *p = *state;
    /* the first to open: it clears all, then holds its own */
    struct child other = child_begin(leave_readers, &p->file.fixture);
    assert_int_equal(other.code, 0);
    p->dead = (int32_t)other.pid;
    find_slots(p);
    assert_int_equal(child_run(count_readers, &p->file.fixture), READERS);
    take_over(p, 1);
    assert_int_equal(clear_own(p), 1);
    assert_int_equal(child_run(count_readers, &p->file.fixture), READERS - 1);
    child_end(&other);
}

/*
 * A live process in another PID namespace may have the same number; LMDB's lock on the byte of that
 * number tells.
 */
static int hold_byte(void *ctx) {
    const struct place *p = ctx;
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = getppid(), .l_len = 1
    };
    int fd = openat(p->file.dir_fd, ATK_READERS_FILE, O_RDWR | O_CLOEXEC);
    return fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0;
}

static void test_nothing_while_another_process_holds_that_pid(void **state) {
    struct place *p = *state;
    take_over(p, 0);
    struct child child = child_begin(hold_byte, p);
    assert_int_equal(child.code, 1);
    assert_int_equal(clear_own(p), 0);
    assert_int_equal(pid_in(p, 0), getpid());
    child_end(&child);
    assert_int_equal(clear_own(p), 1);
}

static void flip_bit(const struct place *p, off_t at) {
    uint8_t byte;
    assert_int_equal(pread(p->file.fd, &byte, 1, at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(p->file.fd, &byte, 1, at), 1);
}

/* Another version of LMDB may have another layout: hands off. */
static void test_nothing_in_a_file_of_another_layout(void **state) {
    const struct place *p = *state;
    take_over(p, 0);
    for (off_t at = 0; at < 8; at += 4) { /* magic, format */
        flip_bit(p, at);
        assert_int_equal(clear_own(p), 0);
        flip_bit(p, at);
    }
    assert_int_equal(pid_in(p, 0), getpid());
    assert_int_equal(clear_own(p), 1);
}

/* The number that a transaction begun now gets is the one that is found in the mapped head. */
static int compare_with_lmdb(void *ctx) {
    const struct place *p = ctx;
    struct atk_reader_head head = { 0 };
    MDB_env *mdb;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val value = { 0, NULL };
    if (atk_reader_table_map(p->file.dir_fd, false, &head, NULL) != 0) return 1;
    if (mdb_env_create(&mdb) != 0 || mdb_env_set_maxreaders(mdb, ATK_READERS_MAX) != 0) return 2;
    if (mdb_env_open(mdb, p->file.fixture.dir, MDB_NOTLS | MDB_NOSYNC, 0600) != 0) return 3;
    const uint64_t *newest = atk_reader_table_newest(&head, p->file.dir_fd);
    for (uint64_t i = 0; newest && i < 3; i++) {
        const uint64_t before = *newest;
        if (mdb_txn_begin(mdb, NULL, 0, &txn) != 0 || mdb_dbi_open(txn, NULL, 0, &dbi) != 0)
            return 4;
        if (mdb_put(txn, dbi, &(MDB_val){ sizeof i, &i }, &value, 0) != 0) return 5;
        if (*newest != before || mdb_txn_commit(txn) != 0) return 6;
        if (mdb_txn_begin(mdb, NULL, MDB_RDONLY, &txn) != 0) return 7;
        if (*newest != before + 1 || mdb_txn_id(txn) != *newest) return 8;
        mdb_txn_abort(txn);
    }
    mdb_env_close(mdb);
    atk_reader_table_unmap(&head);
    return newest && !head.map ? 0 : 9;
}

static void test_the_newest_transaction_is_found(void **state) {
    assert_int_equal(child_run(compare_with_lmdb, *state), 0);
}

static bool finds_newest(const struct place *p, const struct atk_reader_head *head) {
    return atk_reader_table_newest(head, p->file.dir_fd) != NULL;
}

static void test_no_newest_transaction_in_a_file_of_another_layout(void **state) {
    const struct place *p = *state;
    struct atk_reader_head head = { 0 };
    assert_code(atk_reader_table_map(p->file.dir_fd, false, &head, NULL), 0);
    assert_true(finds_newest(p, &head));
    for (off_t at = 0; at < 8; at += 4) { /* magic, format */
        flip_bit(p, at);
        assert_false(finds_newest(p, &head));
        flip_bit(p, at);
        assert_true(finds_newest(p, &head));
    }
    atk_reader_table_unmap(&head);
}

/* The file that LMDB opened is another one than the mapped one. */
static void test_no_newest_transaction_in_a_file_that_was_exchanged(void **state) {
    const struct place *p = *state;
    struct atk_reader_head head = { 0 };
    assert_code(atk_reader_table_map(p->file.dir_fd, false, &head, NULL), 0);
    assert_int_equal(renameat(p->file.dir_fd, ATK_READERS_FILE, p->file.dir_fd, "old"), 0);
    assert_false(finds_newest(p, &head));
    int fd = openat(p->file.dir_fd, ATK_READERS_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_false(finds_newest(p, &head));
    assert_int_equal(renameat(p->file.dir_fd, "old", p->file.dir_fd, ATK_READERS_FILE), 0);
    assert_true(finds_newest(p, &head));
    atk_reader_table_unmap(&head);
}

static void test_a_count_that_is_too_large_is_bounded(void **state) {
    const struct place *p = *state;
    take_over(p, 0);
    for (off_t at = 8; at + 4 <= p->slots[0]; at += 4) { /* wherever the count stands */
        uint32_t number, most = UINT32_MAX;
        assert_int_equal(pread(p->file.fd, &number, 4, at), 4);
        if (number != READERS) continue;
        assert_int_equal(pwrite(p->file.fd, &most, 4, at), 4);
    }
    assert_int_equal(clear_own(p), 1);
}

static void test_nothing_in_a_short_file(void **state) {
    const struct place *p = *state;
    static const off_t lengths[] = { 0, 4, 64, 128, 200, 4096 };
    take_over(p, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        assert_int_equal(ftruncate(p->file.fd, lengths[i]), 0);
        assert_int_equal(clear_own(p), 0);
    }
}

static void test_a_new_file_gets_room_for_all_readers(void **state) {
    const struct place *p = *state;
    struct stat st;
    assert_int_equal(ftruncate(p->file.fd, 0), 0);
    assert_code(atk_reader_table_allocate(p->file.dir_fd, 0, NULL), 0);
    assert_int_equal(fstat(p->file.fd, &st), 0);
    assert_true(st.st_size >= ATK_READERS_MAX * SLOT && st.st_size < ATK_READERS_MAX * SLOT + 4096);
    assert_true(st.st_blocks * 512 >= st.st_size);
    assert_int_equal(clear_own(p), 0);
    assert_code(atk_reader_table_allocate(p->file.dir_fd, 0, NULL), 0);
}

static void test_a_missing_file_is_damage(void **state) {
    const struct place *p = *state;
    unsigned cleared;
    assert_int_equal(unlinkat(p->file.dir_fd, ATK_READERS_FILE, 0), 0);
    assert_code(atk_reader_table_allocate(p->file.dir_fd, 0, NULL), APITOKEN_E_DAMAGED);
    assert_code(atk_reader_table_clear_own(p->file.dir_fd, 0, &cleared, NULL), APITOKEN_E_DAMAGED);
    assert_code(atk_reader_table_map(p->file.dir_fd, false, &(struct atk_reader_head){ 0 }, NULL),
                APITOKEN_E_DAMAGED);
    assert_int_equal(symlinkat("/dev/null", p->file.dir_fd, ATK_READERS_FILE), 0);
    assert_code(atk_reader_table_allocate(p->file.dir_fd, 0, NULL), APITOKEN_E_SYMLINK);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, store_file_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_opened_without_handlers),
        WITH_FILE(test_only_slots_of_this_pid_are_cleared),
        WITH_FILE(test_lmdb_sees_the_slots_as_free),
        WITH_FILE(test_nothing_while_another_process_holds_that_pid),
        WITH_FILE(test_nothing_in_a_file_of_another_layout),
        WITH_FILE(test_the_newest_transaction_is_found),
        WITH_FILE(test_no_newest_transaction_in_a_file_of_another_layout),
        WITH_FILE(test_no_newest_transaction_in_a_file_that_was_exchanged),
        WITH_FILE(test_a_count_that_is_too_large_is_bounded),
        WITH_FILE(test_nothing_in_a_short_file),
        WITH_FILE(test_a_new_file_gets_room_for_all_readers),
        WITH_FILE(test_a_missing_file_is_damage),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
