/* SPDX-License-Identifier: MIT */
/*
 * Files of a store that were lost: those that decide nothing are made anew when the rest proves
 * itself, and the others are missed.
 */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "real.h"

#define RW APITOKEN_MODE_READ_WRITE
#define VERIFY APITOKEN_MODE_VERIFY_ONLY
#define HEAD 4096      /* of last-use */
#define SLOT 16        /* of last-use */
#define SLOT_SHARE 128 /* bytes of the map for each slot */
#define READER_TABLE 262272

#define PAUSES 3 /* after so many somebody else goes on */

/* What somebody else does while the library waits. */
static struct {
    void (*act)(void *ctx);
    void *ctx;
    int pauses;
} meanwhile;

int nanosleep(const struct timespec *due, struct timespec *left) {
    int (*real)(const struct timespec *, struct timespec *);
    REAL(real, "nanosleep");
    if (++meanwhile.pauses == PAUSES && meanwhile.act) meanwhile.act(meanwhile.ctx);
    return real(due, left);
}

/* A store with one good and one revoked token, closed; both were used. */
struct place {
    struct fixture fixture; /* first: fixture_teardown() takes it */
    struct made_token good, revoked;
    char data[128], kept[128], newest[128], backup[128];
    int lines, level, code; /* of the log */
    char text[160];
    int other_fd; /* of another process, which has or makes the store's lock files */
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct fixture *f = &p->fixture;
    assert_non_null(p);
    p->other_fd = -1;
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, NULL);
    f->store = fixture_open(f, RW);
    p->good = fixture_create(f->store, "owner", "good", NULL);
    p->revoked = fixture_create(f->store, "owner", "revoked", NULL);
    assert_code(check(f->store, &p->good), 0);
    assert_code(revoke_token(f->store, "owner", p->revoked.id), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)snprintf(p->data, sizeof p->data, "%s/data.mdb", f->store_path);
    (void)snprintf(p->kept, sizeof p->kept, "%s/kept", f->dir);
    (void)snprintf(p->newest, sizeof p->newest, "%s/newest", f->dir);
    (void)snprintf(p->backup, sizeof p->backup, "%s/backup", f->dir);
    *state = p;
    return 0;
}

static void note(int level, int code, const char *text, void *ctx) {
    struct place *p = ctx;
    if (code == APITOKEN_E_MLOCK) return;
    p->lines++;
    p->level = level;
    p->code = code;
    (void)snprintf(p->text, sizeof p->text, "%s", text);
}

static int open_store(struct place *p, uint32_t mode, apitoken_error *err) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    p->lines = 0;
    opts.mode = mode;
    opts.clock = fixture_clock;
    opts.clock_ctx = p;
    opts.log = note;
    opts.log_ctx = p;
    return apitoken_store_open(p->fixture.store_path, p->fixture.keyring, &opts, &p->fixture.store,
                               err);
}

static void close_store(struct place *p) {
    apitoken_store_close(p->fixture.store);
    p->fixture.store = NULL;
}

static int exists(const struct place *p, const char *name) {
    return access(in_store(&p->fixture, name), F_OK) == 0;
}

static void assert_logged(const struct place *p, int code, const char *part) {
    assert_int_equal(p->lines, 1);
    assert_int_equal(p->level, APITOKEN_LOG_WARNING);
    assert_code(p->code, code);
    assert_non_null(strstr(p->text, part));
}

static int64_t last_used_ms(const struct place *p, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(
        apitoken_show(p->fixture.store, LIT("owner"), token->id, APITOKEN_ID_LEN, NULL, &row, NULL),
        0);
    int64_t ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    return ms;
}

static void assert_tokens(const struct place *p) {
    assert_code(check(p->fixture.store, &p->good), 0);
    assert_code(check(p->fixture.store, &p->revoked), APITOKEN_E_REVOKED);
}

/* ---- last-use -------------------------------------------------------------------------------- */

static void remove_it(const char *path) { assert_int_equal(unlink(path), 0); }
static void cut_it(const char *path) { assert_int_equal(truncate(path, HEAD - 1), 0); }
static void cut_it_off(const char *path) { assert_int_equal(truncate(path, 0), 0); }
static void empty_it(const char *path) {
    remove_it(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

static void (*const losses[])(const char *path) = { remove_it, cut_it, cut_it_off, empty_it };

static void lose(const struct place *p, void (*loss)(const char *path)) {
    loss(in_store(&p->fixture, "last-use"));
}

static void a_lost_last_use_is_made_anew(void **state) {
    struct place *p = *state;
    struct stat st;
    for (size_t i = 0; i < COUNT(losses); i++) {
        lose(p, losses[i]);
        assert_code(open_store(p, RW, NULL), 0);
        assert_logged(p, APITOKEN_E_DAMAGED, "made anew");
        assert_int_equal(last_used_ms(p, &p->good), 0);
        assert_tokens(p);
        assert_true(last_used_ms(p, &p->good) == FIXTURE_NOW);
        struct made_token later = fixture_create(p->fixture.store, "owner", "later", NULL);
        assert_code(check(p->fixture.store, &later), 0);
        assert_true(last_used_ms(p, &later) == FIXTURE_NOW);
        const uint64_t map_bytes = info_of(p->fixture.store).map_bytes;
        close_store(p);
        assert_int_equal(stat(in_store(&p->fixture, "last-use"), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0660);
        assert_int_equal(st.st_size, HEAD + map_bytes / SLOT_SHARE * SLOT);
        assert_int_equal(count_entries(p->fixture.store_path), 4);
        assert_code(open_store(p, RW, NULL), 0);
        assert_int_equal(p->lines, 0);
        close_store(p);
    }
}

/* At once, not only with the next commit. */
static void it_tells_the_number_again(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        lose(p, losses[i]);
        assert_code(open_store(p, RW, NULL), 0);
        close_store(p);
        file_flip(in_store(&p->fixture, "writer.lock"), 40);
        assert_opens(&p->fixture, 0);
        file_flip(in_store(&p->fixture, "writer.lock"), 40);
    }
}

static void it_is_like_the_other_files(void **state) {
    struct place *p = *state;
    struct stat st;
    if (geteuid() != 0) skip_case("only root can give a file away");
    assert_int_equal(chown(in_store(&p->fixture, "writer.lock"), 0, STRANGER), 0);
    assert_int_equal(chmod(in_store(&p->fixture, "writer.lock"), 0640), 0);
    for (size_t i = 0; i < COUNT(losses); i++) {
        lose(p, losses[i]);
        assert_code(open_store(p, RW, NULL), 0);
        close_store(p);
        assert_int_equal(stat(in_store(&p->fixture, "last-use"), &st), 0);
        assert_int_equal(st.st_gid, STRANGER);
        assert_int_equal(st.st_mode & 07777, 0640);
    }
}

static void a_verify_only_handle_does_without(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        lose(p, losses[i]);
        assert_code(open_store(p, VERIFY, NULL), 0);
        assert_logged(p, APITOKEN_E_VERIFY_ONLY, "a read-write open makes it anew");
        assert_tokens(p);
        assert_int_equal(last_used_ms(p, &p->good), 0);
        assert_int_equal(exists(p, "last-use"), losses[i] != remove_it);
        close_store(p);
        assert_code(open_store(p, RW, NULL), 0);
        close_store(p);
    }
}

/* One that cannot make it does all the rest, in a store that has one number alone. */
static void a_handle_that_cannot_make_it_does_without(void **state) {
    struct place *p = *state;
    lose(p, remove_it);
    assert_int_equal(mkdir(in_store(&p->fixture, "last-use.new"), 0700), 0);
    assert_code(open_store(p, RW, NULL), 0);
    assert_logged(p, APITOKEN_E_EXISTS, "cannot be made anew");
    struct made_token later = fixture_create(p->fixture.store, "owner", "later", NULL);
    assert_code(revoke_token(p->fixture.store, "owner", p->good.id), 0);
    assert_int_equal(p->lines, 1);
    assert_code(check(p->fixture.store, &later), 0);
    assert_code(check(p->fixture.store, &p->good), APITOKEN_E_REVOKED);
    close_store(p);
    assert_int_equal(rmdir(in_store(&p->fixture, "last-use.new")), 0);
    assert_code(open_store(p, RW, NULL), 0);
    assert_logged(p, APITOKEN_E_DAMAGED, "made anew");
    assert_code(check(p->fixture.store, &later), 0);
}

/* The rest of one that crashed while it made the file. */
static void half_a_new_one_is_no_matter(void **state) {
    struct place *p = *state;
    lose(p, remove_it);
    file_write(in_store(&p->fixture, "last-use.new"), "half", 4);
    assert_code(open_store(p, RW, NULL), 0);
    assert_logged(p, APITOKEN_E_DAMAGED, "made anew");
    assert_int_equal(exists(p, "last-use.new"), 0);
}

/* What was put back is not made good by the loss of the file that tells. */
static void it_is_not_made_for_a_store_that_proves_nothing(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        file_copy(p->data, p->kept);
        assert_code(open_store(p, RW, NULL), 0);
        (void)fixture_create(p->fixture.store, "owner", "later", NULL);
        close_store(p);
        lose(p, losses[i]);
        file_flip(in_store(&p->fixture, "writer.lock"), 40);
        assert_opens(&p->fixture, APITOKEN_E_DAMAGED);
        file_flip(in_store(&p->fixture, "writer.lock"), 40);
        file_copy(p->data, p->newest);
        file_copy(p->kept, p->data);
        assert_opens(&p->fixture, APITOKEN_E_ROLLED_BACK);
        assert_int_equal(exists(p, "last-use"), losses[i] != remove_it);
        if (exists(p, "last-use")) assert_true(file_size(in_store(&p->fixture, "last-use")) < HEAD);
        file_copy(p->newest, p->data);
        assert_opens(&p->fixture, 0);
    }
}

static int check_store(const struct place *p, uint32_t flags, apitoken_error *err) {
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    fixture_check_flags(&opts, flags);
    return apitoken_store_check(p->fixture.store_path, p->fixture.keyring, &opts, err);
}

static void a_check_says_so(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < COUNT(losses); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        lose(p, losses[i]);
        assert_code(check_store(p, 0, &err), APITOKEN_E_DAMAGED);
        assert_non_null(strstr(err.text, "last-use is lost"));
        assert_code(open_store(p, RW, NULL), 0);
        close_store(p);
        assert_code(check_store(p, 0, NULL), 0);
    }
}

static void a_rollback_can_be_accepted_without_it(void **state) {
    struct place *p = *state;
    file_copy(p->data, p->kept);
    assert_code(open_store(p, RW, NULL), 0);
    (void)fixture_create(p->fixture.store, "owner", "later", NULL);
    close_store(p);
    file_copy(p->kept, p->data);
    lose(p, remove_it);
    assert_code(check_store(p, 0, NULL), APITOKEN_E_ROLLED_BACK);
    assert_code(check_store(p, APITOKEN_CHECK_ACCEPT_ROLLBACK, NULL), 0);
    assert_code(check_store(p, 0, NULL), 0);
    assert_int_equal(mode_of(in_store(&p->fixture, "last-use")), 0660);
}

static void a_store_without_it_grows(void **state) {
    struct place *p = *state;
    lose(p, remove_it);
    assert_code(apitoken_store_grow(p->fixture.store_path, p->fixture.keyring, UINT64_C(1) << 31,
                                    FIXTURE_GROW, NULL),
                0);
    assert_code(open_store(p, RW, NULL), 0);
    assert_int_equal(p->lines, 0);
    assert_int_equal(file_size(in_store(&p->fixture, "last-use")),
                     HEAD + (UINT64_C(1) << 31) / SLOT_SHARE * SLOT);
}

/* Its data prove what was revoked: nothing is lost but times of last use. */
static void a_restore_over_a_store_without_it_is_proven(void **state) {
    struct place *p = *state;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    assert_code(open_store(p, RW, NULL), 0);
    assert_code(apitoken_store_backup(p->fixture.store, p->backup, NULL, NULL), 0);
    assert_code(revoke_token(p->fixture.store, "owner", p->good.id), 0);
    close_store(p);
    lose(p, remove_it);
    if (geteuid() == 0)
        assert_int_equal(chown(in_store(&p->fixture, "writer.lock"), 0, STRANGER), 0);
    assert_code(apitoken_store_restore(p->backup, p->fixture.store_path, p->fixture.keyring,
                                       FIXTURE_RESTORE, &result, NULL),
                0);
    assert_int_equal(result.is_proven, 1);
    assert_int_equal(result.carried_over, 1);
    assert_code(open_store(p, RW, NULL), 0);
    assert_code(check(p->fixture.store, &p->good), APITOKEN_E_REVOKED);
    struct stat st;
    assert_int_equal(stat(in_store(&p->fixture, "last-use"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    if (geteuid() == 0) assert_int_equal(st.st_gid, STRANGER);
}

static void a_backup_without_it_can_be_restored(void **state) {
    struct place *p = *state;
    assert_code(open_store(p, RW, NULL), 0);
    assert_code(apitoken_store_backup(p->fixture.store, p->backup, NULL, NULL), 0);
    close_store(p);
    remove_it(in_dir(p->backup, "last-use"));
    assert_code(apitoken_store_restore(p->backup, p->fixture.store_path, p->fixture.keyring,
                                       FIXTURE_RESTORE, NULL, NULL),
                0);
    assert_code(open_store(p, RW, NULL), 0);
    assert_tokens(p);
}

/* ---- lock.mdb and writer.lock ---------------------------------------------------------------- */

static void a_lost_reader_table_is_made_anew(void **state) {
    struct place *p = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct stat st;
    remove_it(in_store(&p->fixture, "lock.mdb"));
    assert_code(open_store(p, VERIFY, &err), APITOKEN_E_DAMAGED);
    assert_non_null(strstr(err.text, "a read-write open makes it anew"));
    assert_int_equal(exists(p, "lock.mdb"), 0);
    assert_code(open_store(p, RW, NULL), 0);
    assert_tokens(p);
    assert_int_equal(stat(in_store(&p->fixture, "lock.mdb"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(st.st_size, READER_TABLE);
    assert_true(st.st_blocks * 512 >= READER_TABLE);
    assert_int_equal(count_entries(p->fixture.store_path), 4);
}

/* Another process takes the lock on the in-use byte, shared or alone, in place of what it had. */
static void hold_in_use(struct place *p, short type) {
    struct flock in_use = { .l_type = type, .l_whence = SEEK_SET, .l_start = 3, .l_len = 1 };
    if (p->other_fd < 0)
        p->other_fd = open(in_store(&p->fixture, "writer.lock"), O_RDWR | O_CLOEXEC);
    assert_int_equal(fcntl(p->other_fd, F_OFD_SETLK, &in_use), 0);
}

static void let_in_use_go(void *ctx) {
    struct place *p = ctx;
    assert_int_equal(close(p->other_fd), 0);
    p->other_fd = -1;
}

/* The other process has made the file, and goes on to have the store open. */
static void put_it_back(void *ctx) {
    struct place *p = ctx;
    assert_int_equal(rename(p->kept, in_store(&p->fixture, "lock.mdb")), 0);
    hold_in_use(p, F_RDLCK);
}

/* Opens the store without its lock.mdb, which another process is about to make. */
static int open_beside(struct place *p, uint32_t mode, void (*act)(void *ctx),
                       apitoken_error *err) {
    assert_int_equal(rename(in_store(&p->fixture, "lock.mdb"), p->kept), 0);
    hold_in_use(p, F_WRLCK);
    meanwhile.act = act;
    meanwhile.ctx = p;
    meanwhile.pauses = 0;
    int rc = open_store(p, mode, err);
    meanwhile.act = NULL;
    assert_true(meanwhile.pauses >= PAUSES);
    return rc;
}

static void whoever_comes_meanwhile_waits_for_it(void **state) {
    struct place *p = *state;
    static const uint32_t modes[] = { RW, VERIFY };
    struct stat made, st;
    assert_int_equal(stat(in_store(&p->fixture, "lock.mdb"), &made), 0);
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_code(open_beside(p, modes[i], put_it_back, NULL), 0);
        assert_tokens(p);
        assert_int_equal(stat(in_store(&p->fixture, "lock.mdb"), &st), 0);
        assert_int_equal(st.st_ino, made.st_ino);
        close_store(p);
        let_in_use_go(p);
    }
}

/* The other process has died: who may write makes the file in its place. */
static void whoever_waited_in_vain_makes_it(void **state) {
    struct place *p = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(open_beside(p, RW, let_in_use_go, NULL), 0);
    assert_tokens(p);
    close_store(p);
    assert_code(open_beside(p, VERIFY, let_in_use_go, &err), APITOKEN_E_DAMAGED);
    assert_non_null(strstr(err.text, "a read-write open makes it anew"));
}

/* Who has the store open goes on with the lost one, and would not see the readers of this one. */
static void it_is_not_made_under_another_process(void **state) {
    struct place *p = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    hold_in_use(p, F_RDLCK);
    remove_it(in_store(&p->fixture, "lock.mdb"));
    meanwhile.pauses = 0;
    assert_code(open_store(p, VERIFY, &err), APITOKEN_E_DAMAGED);
    assert_int_equal(meanwhile.pauses, 0); /* nobody is about to make it */
    assert_code(open_store(p, RW, &err), APITOKEN_E_DAMAGED);
    assert_non_null(strstr(err.text, "stop all hosts"));
    assert_int_equal(exists(p, "lock.mdb"), 0);
    let_in_use_go(p);
    assert_code(open_store(p, RW, NULL), 0);
}

static void a_lost_lock_file_says_what_to_do(void **state) {
    struct place *p = *state;
    static const uint32_t modes[] = { VERIFY, RW };
    remove_it(in_store(&p->fixture, "writer.lock"));
    for (size_t i = 0; i < COUNT(modes); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(open_store(p, modes[i], &err), APITOKEN_E_DAMAGED);
        assert_non_null(strstr(err.text, "stop all hosts and restore a backup"));
    }
    assert_int_equal(exists(p, "writer.lock"), 0);
}

#define LOST_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        LOST_CASE(a_lost_last_use_is_made_anew),
        LOST_CASE(it_tells_the_number_again),
        LOST_CASE(it_is_like_the_other_files),
        LOST_CASE(a_verify_only_handle_does_without),
        LOST_CASE(a_handle_that_cannot_make_it_does_without),
        LOST_CASE(half_a_new_one_is_no_matter),
        LOST_CASE(it_is_not_made_for_a_store_that_proves_nothing),
        LOST_CASE(a_check_says_so),
        LOST_CASE(a_rollback_can_be_accepted_without_it),
        LOST_CASE(a_store_without_it_grows),
        LOST_CASE(a_restore_over_a_store_without_it_is_proven),
        LOST_CASE(a_backup_without_it_can_be_restored),
        LOST_CASE(a_lost_reader_table_is_made_anew),
        LOST_CASE(whoever_comes_meanwhile_waits_for_it),
        LOST_CASE(whoever_waited_in_vain_makes_it),
        LOST_CASE(it_is_not_made_under_another_process),
        LOST_CASE(a_lost_lock_file_says_what_to_do),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
