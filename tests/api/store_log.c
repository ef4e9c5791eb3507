/* SPDX-License-Identifier: MIT */
/* What an open cleans up after processes that ended without a close, and what it logs. */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "storage.h"

#define SLOT_LEN 64 /* of a reader in LMDB's lock file: a cache line, with the pid at 8 */
#define PID_AT 8

/* The last line, and how many there were. */
struct logged {
    int lines, level, code;
    char text[128];
};

static void note(int level, int code, const char *text, void *ctx) {
    struct logged *l = ctx;
    l->lines++;
    l->level = level;
    l->code = code;
    (void)snprintf(l->text, sizeof l->text, "%s", text);
}

/* Lines about memory that could not be locked are of no interest here. */
static void note_but_memory(int level, int code, const char *text, void *ctx) {
    if (code != APITOKEN_E_MLOCK) note(level, code, text, ctx);
}

static struct logged open_and_close(const struct fixture *f) {
    struct logged logged = { .lines = 0 };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.log = note_but_memory;
    opts.log_ctx = &logged;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    apitoken_store_close(store);
    return logged;
}

/* Opens the store and ends without closing it; its pid. */
static int leave_open(void *ctx) {
    static apitoken_store *store; /* within reach to the end: what is left open is no leak */
    const struct fixture *f = ctx;
    return apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL) == 0 ? (int)getpid()
                                                                                   : 0;
}

/*
 * A process that has the store open until holder_end(): alone, an open would begin with a new list
 * of readers.
 */
struct holder {
    pid_t pid;
    int end;
};

static struct holder holder_begin(struct fixture *f) {
    int told[2], ended[2];
    char is_open = 0;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(ended), 0);
    const struct holder holder = { fork(), ended[1] };
    if (holder.pid == 0) {
        (void)close(ended[1]);
        is_open = leave_open(f) > 0;
        if (write(told[1], &is_open, 1) == 1) (void)!read(ended[0], &is_open, 1);
        _exit(0);
    }
    assert_int_equal(read(told[0], &is_open, 1), 1);
    assert_int_equal(is_open, 1);
    assert_int_equal(close(told[0]) | close(told[1]) | close(ended[0]), 0);
    return holder;
}

static void holder_end(const struct holder *holder) {
    assert_int_equal(close(holder->end), 0);
    assert_int_equal(waitpid(holder->pid, NULL, 0), holder->pid);
}

/*
 * The dead process had the pid that this one has, as the first of a container always does. Gives
 * the number of its readers.
 */
static unsigned give_pid(const struct fixture *f, int32_t from, int32_t to) {
    unsigned given = 0;
    int32_t pid;
    int fd = open(in_dir(f->store_path, "lock.mdb"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = PID_AT; pread(fd, &pid, sizeof pid, at) == sizeof pid; at += SLOT_LEN) {
        if (pid != from) continue;
        assert_int_equal(pwrite(fd, &to, sizeof to, at), sizeof to);
        given++;
    }
    assert_int_equal(close(fd), 0);
    return given;
}

static void an_ordinary_open_says_nothing(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_int_equal(open_and_close(f).lines, 0);
}

static void assert_cleared(const struct logged *logged, unsigned readers, const char *whose) {
    char due[128];
    (void)snprintf(due, sizeof due, "cleared %u reader slots of %s", readers, whose);
    assert_true(readers > 0);
    assert_int_equal(logged->lines, 1);
    assert_int_equal(logged->level, APITOKEN_LOG_INFO);
    assert_int_equal(logged->code, 0);
    assert_string_equal(logged->text, due);
}

static void readers_of_a_dead_process_are_cleared_and_told(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    const struct holder holder = holder_begin(f);
    const int pid = in_child(leave_open, f);
    const unsigned readers = give_pid(f, pid, pid);
    const struct logged logged = open_and_close(f);
    assert_cleared(&logged, readers, "dead processes");
    assert_int_equal(give_pid(f, pid, pid), 0);
    assert_int_equal(give_pid(f, holder.pid, holder.pid), readers); /* those of the living stay */
    assert_int_equal(open_and_close(f).lines, 0);
    holder_end(&holder);
}

static void readers_of_an_earlier_process_with_this_pid_are_cleared_and_told(void **state) {
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    const unsigned readers = give_pid(f, in_child(leave_open, f), (int32_t)getpid());
    const struct logged logged = open_and_close(f);
    assert_cleared(&logged, readers, "an earlier process with this PID");
    assert_int_equal(open_and_close(f).lines, 0);
}

/* ---- an open beside a process that writes ---------------------------------------------------- */

#define MAP (UINT64_C(16) << 20)
#define RESERVE (UINT64_C(1024) * 4096) /* of such a map */
#define BATCH 1000

static int create_many(apitoken_store *store, size_t count) {
    static const apitoken_batch_item *items[BATCH];
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_batch *batch = NULL;
    item.owner = "many";
    item.owner_len = item.name_len = 4;
    item.name = "name";
    for (size_t i = 0; i < count; i++) items[i] = &item;
    int rc = apitoken_create_batch(store, items, count, NULL, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static int setup_small(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    assert_non_null(f);
    opts.map_bytes = MAP;
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

/* The store without the disk space that no page of it uses so far, as in a copy with holes. */
static void make_holes(const struct fixture *f) {
    const off_t used = (off_t)(MAP - RESERVE);
    int fd = open(in_store(f, "data.mdb"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(
        fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, used, (off_t)RESERVE), 0);
    assert_int_equal(close(fd), 0);
}

static uint64_t on_disk(const struct fixture *f) {
    struct stat st;
    assert_int_equal(stat(in_store(f, "data.mdb"), &st), 0);
    return (uint64_t)st.st_blocks * 512;
}

/* Opens the store while another process holds the write lock. */
static void open_beside_a_writer(struct fixture *f, struct logged *logged) {
    struct flock write = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store_close(f->store);
    f->store = NULL;
    opts.log = note_but_memory;
    opts.log_ctx = logged;
    int fd = open(in_store(f, "writer.lock"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &write), 0);
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &f->store, NULL), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(logged->lines, 0);
}

/* In a store that is almost full: in others every write allocates more than that. */
static void its_first_write_allocates_the_reserve(void **state) {
    struct fixture *f = *state;
    struct logged logged = { .lines = 0 };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t count = BATCH; count > 1; count /= 10)
        while (create_many(f->store, count) == 0) continue;
    make_holes(f);
    open_beside_a_writer(f, &logged);
    const uint64_t before = on_disk(f);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_true(on_disk(f) >= MAP);
    assert_true(before < MAP);
    assert_int_equal(logged.lines, 0);
}

static void limit_files(rlim_t bytes, struct rlimit *ret_before) {
    assert_int_equal(getrlimit(RLIMIT_FSIZE, ret_before), 0);
    struct rlimit low = *ret_before;
    low.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
}

/* It may write no further than the first pages need. */
static void its_first_write_tells_that_there_is_no_room(void **state) {
    struct fixture *f = *state;
    struct logged logged = { .lines = 0 };
    struct rlimit before;
    struct made_token token[] = { fixture_create(f->store, "owner", "one", NULL),
                                  fixture_create(f->store, "owner", "two", NULL) };
    open_beside_a_writer(f, &logged);
    limit_files((rlim_t)RESERVE, &before);
    for (int i = 0; i < 2; i++) assert_code(revoke_token(f->store, "owner", token[i].id), 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(logged.lines, 1);
    assert_int_equal(logged.level, APITOKEN_LOG_WARNING);
    assert_code(logged.code, APITOKEN_E_IO);
    assert_non_null(strstr(logged.text, "revokes need"));
}

#define SMALL_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_small, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(an_ordinary_open_says_nothing),
        CASE(readers_of_a_dead_process_are_cleared_and_told),
        CASE(readers_of_an_earlier_process_with_this_pid_are_cleared_and_told),
        SMALL_CASE(its_first_write_allocates_the_reserve),
        SMALL_CASE(its_first_write_tells_that_there_is_no_room),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
