/* SPDX-License-Identifier: MIT */
/*
 * Creates and revokes of several threads share a transaction, and each gets the answer that it
 * would have got on its own. To bring them together the test holds the store's write lock: the
 * first one waits for the lock, the others wait behind the first. As in faulty.c, this program
 * replaces functions of LMDB and of the system.
 */
#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "failed_commit.h"
#include "real.h"
#include "storage.h"

enum { JOBS = 8, MDB_MAP_FULL = -30792 };

/* ---- what fails now; set while no job runs --------------------------------------------------- */

static struct {
    const char *no_room_for;  /* puts whose key holds this text find the map full ... */
    int no_room_times;        /* ... so many times */
    int no_room_for_hot;      /* or the put of this number, counted down, whose key is an id */
    int commits, commit_code; /* how many commits fail, and how */
    int commit_anyway;        /* after they were made */
    int nobody_can_look;      /* after a commit failed */
} fault;

static int failed;     /* a commit failed */
static int is_held;    /* commits wait */
static int committing; /* how many have begun */
static int waiting;    /* calls that began to wait for another one */

static int get(const int *at) { return __atomic_load_n(at, __ATOMIC_ACQUIRE); }
static void set(int *at, int value) { __atomic_store_n(at, value, __ATOMIC_RELEASE); }

static void pause_ms(long ms) {
    struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&pause, NULL);
}

static void wait_until(const int *at, int value) {
    for (int i = 0; i < 600000 && get(at) < value; i++) pause_ms(1); /* ten minutes: a hang */
    assert_true(get(at) >= value);
}

/* ---- the functions that stand before the real ones ------------------------------------------- */

struct val {
    size_t len;
    void *data;
};

int mdb_put(void *txn, unsigned tree, struct val *key, struct val *value, unsigned flags);
int mdb_txn_commit(void *txn);
int mdb_txn_renew(void *txn);

int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
                           const struct timespec *end) {
    int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    REAL(real, "pthread_cond_timedwait");
    (void)__atomic_add_fetch(&waiting, 1, __ATOMIC_RELEASE);
    return real(cond, mutex, end);
}

int mdb_put(void *txn, unsigned tree, struct val *key, struct val *value, unsigned flags) {
    int (*real)(void *, unsigned, struct val *, struct val *, unsigned);
    REAL(real, "mdb_put");
    const char *text = fault.no_room_for;
    if (text && fault.no_room_times > 0 && memmem(key->data, key->len, text, strlen(text))) {
        fault.no_room_times--;
        return MDB_MAP_FULL;
    }
    if (fault.no_room_for_hot > 0 && key->len == APITOKEN_ID_LEN && --fault.no_room_for_hot == 0)
        return MDB_MAP_FULL;
    return real(txn, tree, key, value, flags);
}

int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    (void)__atomic_add_fetch(&committing, 1, __ATOMIC_RELEASE);
    while (get(&is_held)) pause_ms(1);
    if (fault.commits == 0) return real(txn);
    fault.commits--;
    set(&failed, 1);
    return fail_commit(txn, fault.commit_anyway, fault.commit_code);
}

int mdb_txn_renew(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_renew");
    return fault.nobody_can_look && get(&failed) ? EIO : real(txn);
}

static void all_well(void) {
    memset(&fault, 0, sizeof fault);
    set(&failed, 0);
    set(&is_held, 0);
    set(&committing, 0);
    set(&waiting, 0);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

/* A create; or a change of a token, if it names one: a rotate, an update, else a revoke. */
struct job {
    apitoken_store *store;
    char owner[16];
    char id[APITOKEN_ID_MAX + 1];
    const char *reason;
    const apitoken_rotate_opts *rotate;
    const apitoken_update_opts *update;
    uint32_t timeout_ms;
    uint32_t revision;
    int rc;
    apitoken_error err;
    struct made_token made;
    pthread_t thread;
};

static int change_token(struct job *job, apitoken_secret **ret_secret) {
    apitoken_revoke_opts revoke = APITOKEN_REVOKE_OPTS_INIT;
    const size_t owner_len = strlen(job->owner), id_len = strlen(job->id);
    if (job->rotate)
        return apitoken_rotate(job->store, job->owner, owner_len, job->id, id_len, job->rotate,
                               ret_secret, &job->err);
    if (job->update)
        return apitoken_update(job->store, job->owner, owner_len, job->id, id_len, job->update,
                               &job->revision, &job->err);
    revoke.timeout_ms = job->timeout_ms;
    revoke.reason = job->reason;
    revoke.reason_len = job->reason ? (uint32_t)strlen(job->reason) : 0;
    return apitoken_revoke(job->store, job->owner, owner_len, job->id, id_len, &revoke, &job->err);
}

static void *run_job(void *ctx) {
    struct job *job = ctx;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    create.timeout_ms = job->timeout_ms;
    job->rc = job->id[0] ? change_token(job, &secret)
                         : apitoken_create(job->store, job->owner, strlen(job->owner), "n", 1,
                                           &create, &secret, &job->err);
    if (job->rc != 0 || !secret) return NULL;
    job->rc = apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, job->made.text,
                                     sizeof job->made.text, &job->made.len, NULL);
    memcpy(job->made.id, apitoken_secret_id(secret), APITOKEN_ID_LEN);
    apitoken_secret_free(secret);
    return NULL;
}

/* All of them creates, each of an owner of its own. */
static void make_jobs(struct job *jobs, apitoken_store *store) {
    const apitoken_error none = APITOKEN_ERROR_INIT;
    memset(jobs, 0, JOBS * sizeof *jobs);
    for (int i = 0; i < JOBS; i++) {
        jobs[i].store = store;
        jobs[i].timeout_ms = 600000;
        jobs[i].err = none;
        (void)snprintf(jobs[i].owner, sizeof jobs[i].owner, "owner-%d", i);
    }
}

static void make_change(struct job *job, const char *owner, const char *id) {
    (void)snprintf(job->owner, sizeof job->owner, "%s", owner);
    (void)snprintf(job->id, sizeof job->id, "%s", id);
}

static int hold_write_lock(const struct fixture *f) {
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1 };
    int fd = open(in_dir(f->store_path, "writer.lock"), O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
    return fd;
}

static void start(struct job *job) {
    assert_int_equal(pthread_create(&job->thread, NULL, run_job, job), 0);
}
static void join(struct job *job) { assert_int_equal(pthread_join(job->thread, NULL), 0); }

/* The first job leads, the others wait behind it; then they are let go. */
static int meet(const struct fixture *f, struct job *jobs) {
    int fd = hold_write_lock(f);
    start(&jobs[0]);
    pause_ms(20); /* if it has not come to lead by then, another one does */
    for (int i = 1; i < JOBS; i++) start(&jobs[i]);
    wait_until(&waiting, JOBS - 1);
    return fd;
}

static void play(const struct fixture *f, struct job *jobs) {
    (void)close(meet(f, jobs));
    for (int i = 0; i < JOBS; i++) join(&jobs[i]);
}

static int setup(void **state) {
    all_well();
    return fixture_setup(state);
}

static int teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}

static void assert_made(const struct fixture *f, const struct job *job) {
    assert_code(job->rc, 0);
    assert_code(check(f->store, &job->made), 0);
    assert_int_equal(state_of(f->store, job->owner, job->made.id), APITOKEN_STATE_VALID);
}

/* What was not made left nothing, and the counts are those of the rows. */
static void assert_counts(const struct fixture *f, const struct job *jobs, uint64_t before) {
    uint64_t made = 0;
    for (int i = 0; i < JOBS; i++) {
        if (jobs[i].id[0]) continue;
        assert_int_equal(count_rows(f->store, jobs[i].owner), jobs[i].rc == 0);
        made += jobs[i].rc == 0;
    }
    assert_int_equal(info_of(f->store).tokens, before + made);
}

/* ---- one transaction, each judged alone ------------------------------------------------------ */

static void those_who_wait_share_a_transaction(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    struct made_token old = fixture_create(f->store, "old", "n", NULL);
    make_change(&jobs[5], "old", old.id);
    uint64_t before = info_of(f->store).transaction;
    play(f, jobs);
    for (int i = 0; i < JOBS; i++)
        if (i != 5) assert_made(f, &jobs[i]);
    assert_code(jobs[5].rc, 0);
    assert_code(check(f->store, &old), APITOKEN_E_REVOKED);
    assert_int_equal(info_of(f->store).transaction, before + 1);
    assert_int_equal(info_of(f->store).revoked, 1);
    assert_counts(f, jobs, 1);
}

static apitoken_counters counters_of(apitoken_store *store) {
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    assert_code(apitoken_store_counters(store, NULL, &counters, NULL), 0);
    return counters;
}

static void a_group_is_counted(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    int fd = meet(f, jobs);
    pause_ms(30);
    (void)close(fd);
    for (int i = 0; i < JOBS; i++) join(&jobs[i]);
    const apitoken_counters counters = counters_of(f->store);
    assert_int_equal(counters.writes, JOBS);
    assert_int_equal(counters.writes_failed, 0);
    assert_int_equal(counters.transactions, 1);
    assert_int_equal(counters.tokens_changed, JOBS);
    assert_int_equal(counters.shared_writes, JOBS);
    assert_int_equal(counters.largest_group, JOBS);
    assert_int_equal(counters.queued_writes, JOBS - 1);
    assert_int_equal(counters.lock_waits, 1);
    assert_true(counters.lock_wait_us >= 30000);
    assert_int_equal(counters.longest_lock_wait_us, counters.lock_wait_us);
}

/* Nobody else shared its transaction, and it changed nothing. */
static void a_write_that_gave_up_is_counted(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    jobs[0].timeout_ms = 20;
    int fd = hold_write_lock(f);
    for (int i = 1; i <= 2; i++) {
        start(&jobs[0]);
        join(&jobs[0]);
        assert_code(jobs[0].rc, APITOKEN_E_BUSY);
        const apitoken_counters counters = counters_of(f->store);
        assert_int_equal(counters.writes, 0);
        assert_int_equal(counters.writes_failed, i);
        assert_int_equal(counters.transactions, 0);
        assert_int_equal(counters.largest_group, 0);
        assert_int_equal(counters.lock_waits, i);
        assert_true(counters.longest_lock_wait_us >= 15000);
        assert_true(counters.longest_lock_wait_us < counters.lock_wait_us || i == 1);
    }
    (void)close(fd);
}

static void each_of_them_is_judged_alone(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    struct made_token old = fixture_create(f->store, "old", "n", NULL),
                      gone = fixture_create(f->store, "old", "n", NULL);
    assert_code(revoke_token(f->store, "old", gone.id), 0);
    make_change(&jobs[1], "old", "000000000000");
    make_change(&jobs[2], "stranger", old.id);
    make_change(&jobs[3], "old", gone.id);
    make_change(&jobs[4], "old", old.id);
    jobs[4].reason = "why";
    uint64_t before = info_of(f->store).transaction;
    play(f, jobs);
    assert_code(jobs[1].rc, APITOKEN_E_NOT_FOUND);
    assert_code(jobs[1].err.code, APITOKEN_E_NOT_FOUND);
    assert_code(jobs[2].rc, APITOKEN_E_NOT_FOUND);
    assert_code(jobs[3].rc, 0);
    assert_code(jobs[4].rc, 0);
    assert_code(jobs[4].err.code, 0);
    for (int i = 5; i < JOBS; i++) assert_made(f, &jobs[i]);
    assert_code(check(f->store, &old), APITOKEN_E_REVOKED);
    /* two, if one of those that fail came to lead */
    assert_true(info_of(f->store).transaction <= before + 2);
    assert_counts(f, jobs, 2);
}

/* The same token twice: one of them revokes it, for the other it is revoked. */
static void two_revokes_of_a_token_meet(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    struct made_token old = fixture_create(f->store, "old", "n", NULL);
    make_change(&jobs[3], "old", old.id);
    make_change(&jobs[6], "old", old.id);
    play(f, jobs);
    assert_code(jobs[3].rc, 0);
    assert_code(jobs[6].rc, 0);
    assert_int_equal(info_of(f->store).revoked, 1);
}

/*
 * Changes of one token in one transaction: each sees what the one before it made of the token. Of
 * two rotates of what both saw the second one fails, whichever that is.
 */
static void changes_of_a_token_meet(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_update_opts rename = APITOKEN_UPDATE_OPTS_INIT, describe = APITOKEN_UPDATE_OPTS_INIT;
    make_jobs(jobs, f->store);
    const struct made_token old = fixture_create(f->store, "old", "n", NULL),
                            both = fixture_create(f->store, "old", "n", NULL);
    rotate.revision = 1;
    rotate.timeout_ms = rename.timeout_ms = describe.timeout_ms = 600000;
    rename.mask = APITOKEN_UPDATE_NAME;
    rename.name = "new";
    rename.name_len = 3;
    describe.mask = APITOKEN_UPDATE_DESCRIPTION;
    describe.description = "described";
    describe.description_len = 9;
    for (int i = 1; i < 5; i++) make_change(&jobs[i], "old", i < 3 ? old.id : both.id);
    jobs[1].rotate = jobs[2].rotate = &rotate;
    jobs[3].update = &rename;
    jobs[4].update = &describe;
    uint64_t before = info_of(f->store).transaction;
    play(f, jobs);
    assert_true(info_of(f->store).transaction <= before + 2);
    const struct job *good = jobs[1].rc == 0 ? &jobs[1] : &jobs[2],
                     *late = jobs[1].rc == 0 ? &jobs[2] : &jobs[1];
    assert_code(good->rc, 0);
    assert_code(late->rc, APITOKEN_E_REVISION);
    assert_code(check(f->store, &old), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &good->made), 0);
    assert_code(jobs[3].rc, 0);
    assert_code(jobs[4].rc, 0);
    assert_int_equal(jobs[3].revision + jobs[4].revision, 2 + 3);
    assert_int_equal(jobs[3].revision > 1 && jobs[4].revision > 1, 1);
    for (int i = 5; i < JOBS; i++) assert_made(f, &jobs[i]);
    assert_counts(f, jobs, 2);
}

/* ---- deadlines ------------------------------------------------------------------------------- */

static void until_it_is_taken_up_a_call_may_time_out(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    jobs[4].timeout_ms = 30;
    int fd = meet(f, jobs);
    join(&jobs[4]);
    assert_code(jobs[4].rc, APITOKEN_E_BUSY);
    assert_code(jobs[4].err.code, APITOKEN_E_BUSY);
    (void)close(fd);
    for (int i = 0; i < JOBS; i++) {
        if (i == 4) continue;
        join(&jobs[i]);
        assert_made(f, &jobs[i]);
    }
    assert_counts(f, jobs, 0);
}

/* The first one's time is up: the next one leads, with its own. */
static void the_leader_times_out_alone(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    jobs[0].timeout_ms = 1000;
    int fd = meet(f, jobs);
    join(&jobs[0]);
    assert_code(jobs[0].rc, APITOKEN_E_BUSY);
    (void)close(fd);
    for (int i = 1; i < JOBS; i++) {
        join(&jobs[i]);
        assert_made(f, &jobs[i]);
    }
    assert_counts(f, jobs, 0);
}

static void a_call_that_was_taken_up_cannot_time_out(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    for (int i = 1; i < JOBS; i++) jobs[i].timeout_ms = 3000;
    set(&is_held, 1);
    (void)close(meet(f, jobs));
    wait_until(&committing, 1);
    pause_ms(3500);
    set(&is_held, 0);
    for (int i = 0; i < JOBS; i++) {
        join(&jobs[i]);
        assert_made(f, &jobs[i]);
    }
}

/* ---- what they share fails ------------------------------------------------------------------- */

/*
 * The map is full in the middle of a create: none of them is done, and each goes again, in a
 * transaction of its own.
 */
static void a_full_map_has_each_go_alone(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    uint64_t before = info_of(f->store).transaction;
    fault.no_room_for = "owner-3"; /* the row's key: the hot record stands already */
    fault.no_room_times = 1;
    play(f, jobs);
    for (int i = 0; i < JOBS; i++) {
        assert_made(f, &jobs[i]);
        assert_code(jobs[i].err.code, 0); /* nobody is told of what went well in the end */
    }
    assert_true(info_of(f->store).transaction > before + 2);
    assert_counts(f, jobs, 0);
}

/* The same at the first record of one of those who were taken up. */
static void a_map_full_at_the_first_record_has_each_go_alone(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    fault.no_room_for_hot = 3;
    play(f, jobs);
    assert_int_equal(fault.no_room_for_hot, 0);
    for (int i = 0; i < JOBS; i++) {
        assert_made(f, &jobs[i]);
        assert_code(jobs[i].err.code, 0);
    }
    assert_counts(f, jobs, 0);
}

static void a_revoke_that_finds_the_map_full_goes_again(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    struct made_token old = fixture_create(f->store, "old", "n", NULL);
    make_change(&jobs[3], "old", old.id);
    fault.no_room_for = old.id;
    fault.no_room_times = 1;
    play(f, jobs);
    assert_int_equal(fault.no_room_times, 0);
    for (int i = 0; i < JOBS; i++) {
        assert_code(jobs[i].rc, 0);
        assert_code(jobs[i].err.code, 0);
    }
    assert_code(check(f->store, &old), APITOKEN_E_REVOKED);
    assert_int_equal(info_of(f->store).revoked, 1);
}

static void only_the_one_that_finds_no_room_fails(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    fault.no_room_for = "owner-3";
    fault.no_room_times = 1000;
    play(f, jobs);
    for (int i = 0; i < JOBS; i++) {
        if (i != 3) assert_made(f, &jobs[i]);
    }
    assert_code(jobs[3].rc, APITOKEN_E_FULL);
    assert_code(jobs[3].err.code, APITOKEN_E_FULL);
    assert_counts(f, jobs, 0);
}

static void a_commit_that_fails_has_each_go_alone(void **state) {
    static const int codes[] = { MDB_MAP_FULL, ENOSPC, EIO };
    const struct fixture *f = *state;
    for (size_t k = 0; k < COUNT(codes); k++) {
        struct job jobs[JOBS];
        make_jobs(jobs, f->store);
        for (int i = 0; i < JOBS; i++) jobs[i].owner[0] = (char)('a' + k);
        uint64_t before = info_of(f->store).tokens;
        set(&waiting, 0);
        fault.commits = 1;
        fault.commit_code = codes[k];
        play(f, jobs);
        for (int i = 0; i < JOBS; i++) assert_made(f, &jobs[i]);
        assert_counts(f, jobs, before);
    }
}

static void a_commit_that_goes_on_failing_fails_each(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    fault.commits = 1000;
    fault.commit_code = EIO;
    play(f, jobs);
    for (int i = 0; i < JOBS; i++) {
        assert_code(jobs[i].rc, APITOKEN_E_IO);
        assert_code(jobs[i].err.code, APITOKEN_E_IO);
        assert_int_equal(jobs[i].err.os_code, EIO);
    }
    assert_counts(f, jobs, 0);
}

static void a_commit_that_was_made_after_all_is_a_success(void **state) {
    const struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    fault.commits = 1;
    fault.commit_code = EIO;
    fault.commit_anyway = 1;
    play(f, jobs);
    for (int i = 0; i < JOBS; i++) assert_made(f, &jobs[i]);
    assert_counts(f, jobs, 0);
}

/* Each is told its own id, by which it finds out later what became of it. */
static void a_commit_that_nobody_can_read_is_a_maybe_for_each(void **state) {
    const struct fixture *f = *state;
    for (int was_made = 0; was_made <= 1; was_made++) {
        struct job jobs[JOBS];
        make_jobs(jobs, f->store);
        for (int i = 0; i < JOBS; i++) jobs[i].owner[0] = (char)('a' + was_made);
        set(&failed, 0);
        set(&waiting, 0);
        fault.commits = 1;
        fault.commit_code = EIO;
        fault.commit_anyway = was_made;
        fault.nobody_can_look = 1;
        play(f, jobs);
        fault.nobody_can_look = 0;
        int maybe = 0;
        for (int i = 0; i < JOBS; i++) {
            /* if it came late, or the one before failed to look at its space */
            if (jobs[i].rc == 0) continue;
            if (jobs[i].rc != APITOKEN_E_MAYBE) continue;
            maybe++;
            assert_code(jobs[i].err.code, APITOKEN_E_MAYBE);
            assert_int_equal(strlen(jobs[i].err.id), APITOKEN_ID_LEN);
            apitoken_token *row = NULL;
            assert_code(apitoken_show(f->store, jobs[i].owner, strlen(jobs[i].owner),
                                      jobs[i].err.id, APITOKEN_ID_LEN, NULL, &row, NULL),
                        was_made ? 0 : APITOKEN_E_NOT_FOUND);
            apitoken_token_free(row);
        }
        assert_int_equal(maybe, JOBS);
    }
}

/* ---- near the end of the space --------------------------------------------------------------- */

/* Where the answer to one depends on those before it, each has a transaction of its own. */
static void assert_go_one_by_one(const struct fixture *f) {
    struct job jobs[JOBS];
    uint64_t transaction = info_of(f->store).transaction;
    make_jobs(jobs, f->store);
    for (int i = 0; i < JOBS; i++) jobs[i].owner[0] = 'p';
    set(&waiting, 0);
    play(f, jobs);
    for (int i = 0; i < JOBS; i++) assert_made(f, &jobs[i]);
    assert_int_equal(info_of(f->store).transaction, transaction + JOBS);
}

/* Creates stop where they would have stopped one by one, and revokes go on. */
static void on_a_full_store_each_gets_its_own_answer(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts store_opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_create_opts long_one = APITOKEN_CREATE_OPTS_INIT;
    struct made_token old[4];
    apitoken_store_close(f->store);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/small", f->dir);
    store_opts.map_bytes = UINT64_C(16) << 20;
    fixture_make_store(f, &store_opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (size_t i = 0; i < COUNT(old); i++) old[i] = fixture_create(f->store, "old", "n", NULL);
    long_one.description = long_text(APITOKEN_DESCRIPTION_MAX);
    long_one.description_len = APITOKEN_DESCRIPTION_MAX;
    int rc, is_near_the_end = 0;
    while ((rc = try_create(f->store, "filler", "n", &long_one)) == 0) {
        if (is_near_the_end || info_of(f->store).spare_bytes > UINT64_C(3) << 20) continue;
        is_near_the_end = 1;
        assert_go_one_by_one(f);
    }
    assert_true(is_near_the_end);
    assert_code(rc, APITOKEN_E_FULL);
    uint64_t before = info_of(f->store).tokens;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    for (int i = 0; i < 4; i++) make_change(&jobs[2 * i], "old", old[i].id);
    jobs[4].reason = "why";
    set(&waiting, 0);
    play(f, jobs);
    for (int i = 0; i < 4; i++) {
        /* a page that a revoke before it freed may be enough for one */
        int made = jobs[2 * i + 1].rc;
        assert_code(jobs[2 * i].rc, 0);
        assert_code(check(f->store, &old[i]), APITOKEN_E_REVOKED);
        if (made != 0) assert_code(made, APITOKEN_E_FULL);
    }
    assert_counts(f, jobs, before);
}

/* ---- fork ------------------------------------------------------------------------------------ */

static int close_in_child(void *ctx) {
    struct fixture *f = ctx;
    int rc = try_create(f->store, "child", "n", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    return rc;
}

/* A child that is born while calls wait has none of them, and they lose nothing. */
static void a_child_leaves_those_who_wait_alone(void **state) {
    struct fixture *f = *state;
    struct job jobs[JOBS];
    make_jobs(jobs, f->store);
    int fd = meet(f, jobs);
    assert_code(in_child(close_in_child, f), APITOKEN_E_FORKED);
    (void)close(fd);
    for (int i = 0; i < JOBS; i++) {
        join(&jobs[i]);
        assert_made(f, &jobs[i]);
    }
    assert_counts(f, jobs, 0);
}

#define GROUP_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        GROUP_CASE(those_who_wait_share_a_transaction),
        GROUP_CASE(a_group_is_counted),
        GROUP_CASE(a_write_that_gave_up_is_counted),
        GROUP_CASE(each_of_them_is_judged_alone),
        GROUP_CASE(two_revokes_of_a_token_meet),
        GROUP_CASE(changes_of_a_token_meet),
        GROUP_CASE(until_it_is_taken_up_a_call_may_time_out),
        GROUP_CASE(the_leader_times_out_alone),
        GROUP_CASE(a_call_that_was_taken_up_cannot_time_out),
        GROUP_CASE(a_full_map_has_each_go_alone),
        GROUP_CASE(a_map_full_at_the_first_record_has_each_go_alone),
        GROUP_CASE(a_revoke_that_finds_the_map_full_goes_again),
        GROUP_CASE(only_the_one_that_finds_no_room_fails),
        GROUP_CASE(a_commit_that_fails_has_each_go_alone),
        GROUP_CASE(a_commit_that_goes_on_failing_fails_each),
        GROUP_CASE(a_commit_that_was_made_after_all_is_a_success),
        GROUP_CASE(a_commit_that_nobody_can_read_is_a_maybe_for_each),
        GROUP_CASE(on_a_full_store_each_gets_its_own_answer),
        GROUP_CASE(a_child_leaves_those_who_wait_alone),
    };
    storage_in_memory(STORAGE_USUAL); /* thousands of commits fill a store */
    return run_cases(argc, argv, tests, NULL, NULL);
}
