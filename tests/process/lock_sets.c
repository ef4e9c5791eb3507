/* SPDX-License-Identifier: MIT */
/*
 * Two processes with one data.mdb and different lock files, of which each would take the other for
 * absent: whoever comes second is refused until the first is gone.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"

enum { PATH_LEN = 160 };

/* A process that has the store open until it is told to end. */
struct host {
    struct fixture *f;
    uint32_t mode, is_up, is_over;
};

static int hold_open(void *ctx) {
    struct host *host = ctx;
    apitoken_store *store = fixture_open(host->f, host->mode);
    raise_to(&host->is_up, 1);
    if (!wait_for(&host->is_over, 1)) return 1;
    apitoken_store_close(store);
    return 0;
}

/* A child made past the handlers of fork() has the descriptors, too, and outlives the store. */
static int leave_a_clone(void *ctx) {
    struct host *host = ctx;
    apitoken_store *store = fixture_open(host->f, host->mode);
    long clone = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (clone == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(wait_for(&host->is_over, 2) ? 0 : 1);
    }
    raise_to(&host->is_up, 1);
    if (clone < 0 || !wait_for(&host->is_over, 1)) return 1;
    apitoken_store_close(store);
    raise_to(&host->is_up, 2);
    return child_wait((pid_t)clone);
}

static pid_t start(child_fn run, struct fixture *f, uint32_t mode, struct host **ret_host) {
    struct host *host = *ret_host = shared_memory(sizeof *host);
    host->f = f;
    host->mode = mode;
    apitoken_store_close(f->store);
    f->store = NULL;
    pid_t pid = child_start(run, host);
    assert_true(wait_for(&host->is_up, 1));
    return pid;
}

static pid_t start_host(struct fixture *f, uint32_t mode, struct host **ret_host) {
    return start(hold_open, f, mode, ret_host);
}

static int open_at(const struct fixture *f, const char *path, uint32_t mode, apitoken_error *err) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.mode = mode;
    int rc = apitoken_store_open(path, f->keyring, &opts, &store, err);
    apitoken_store_close(store);
    return rc;
}

static void expect_opens(const struct fixture *f, const char *path, int due) {
    for (uint32_t mode = APITOKEN_MODE_READ_WRITE; mode <= APITOKEN_MODE_VERIFY_ONLY; mode++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(open_at(f, path, mode, &err), due);
        if (due == APITOKEN_E_REPLACED) assert_non_null(strstr(err.text, "another process"));
    }
}

/* Another file of the name: one that holds what the old one does, or an empty one. */
static void replace(const struct fixture *f, const char *member, bool is_copy) {
    char command[2 * PATH_LEN + 40], old[PATH_LEN], anew[PATH_LEN];
    (void)snprintf(old, sizeof old, "%s/%s", f->store_path, member);
    (void)snprintf(anew, sizeof anew, "%s/anew", f->dir);
    if (is_copy)
        (void)snprintf(command, sizeof command, "cp -p '%s' '%s'", old, anew);
    else
        (void)snprintf(command, sizeof command, "install -m 0660 /dev/null '%s'", anew);
    assert_int_equal(system(command), 0);
    assert_int_equal(rename(anew, old), 0);
}

static const char *const lock_files[] = { "lock.mdb", "writer.lock" };
enum { LOCK_FILES = sizeof lock_files / sizeof *lock_files };

static void a_new_lock_file_is_refused_until_the_others_are_gone(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 4 * LOCK_FILES; i++) {
        struct host *host;
        pid_t pid = start_host(
            f, i / LOCK_FILES % 2 ? APITOKEN_MODE_VERIFY_ONLY : APITOKEN_MODE_READ_WRITE, &host);
        expect_opens(f, f->store_path, 0);
        replace(f, lock_files[i % LOCK_FILES], i / LOCK_FILES < 2);
        expect_opens(f, f->store_path, APITOKEN_E_REPLACED);
        raise_to(&host->is_over, 1);
        child_join(pid);
        expect_opens(f, f->store_path, 0);
    }
}

static void a_killed_process_refuses_nobody(void **state) {
    struct fixture *f = *state;
    struct host *host;
    pid_t pid = start_host(f, APITOKEN_MODE_READ_WRITE, &host);
    replace(f, "lock.mdb", false);
    expect_opens(f, f->store_path, APITOKEN_E_REPLACED);
    child_kill(pid);
    expect_opens(f, f->store_path, 0);
}

static void a_closed_store_refuses_nobody(void **state) {
    struct fixture *f = *state;
    struct host *host;
    pid_t pid = start(leave_a_clone, f, APITOKEN_MODE_READ_WRITE, &host);
    replace(f, "lock.mdb", false);
    expect_opens(f, f->store_path, APITOKEN_E_REPLACED);
    raise_to(&host->is_over, 1);
    assert_true(wait_for(&host->is_up, 2));
    expect_opens(f, f->store_path, 0);
    raise_to(&host->is_over, 2);
    child_join(pid);
}

static void a_missing_lock_file_is_not_made(void **state) {
    struct fixture *f = *state;
    struct host *host;
    pid_t pid = start_host(f, APITOKEN_MODE_READ_WRITE, &host);
    for (int i = 0; i < LOCK_FILES; i++) {
        char path[PATH_LEN], aside[PATH_LEN];
        (void)snprintf(path, sizeof path, "%s/%s", f->store_path, lock_files[i]);
        (void)snprintf(aside, sizeof aside, "%s/aside", f->dir);
        assert_int_equal(rename(path, aside), 0);
        expect_opens(f, f->store_path, APITOKEN_E_DAMAGED);
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(rename(aside, path), 0);
    }
    expect_opens(f, f->store_path, 0);
    raise_to(&host->is_over, 1);
    child_join(pid);
}

/* data.mdb has one name there, and leads to the same file all the same. */
static void a_mount_of_the_data_alone_is_refused(void **state) {
    struct fixture *f = *state;
    char other[PATH_LEN], data[PATH_LEN], other_data[PATH_LEN + 16], command[2 * PATH_LEN + 40];
    struct host *host;
    if (unshare(CLONE_NEWNS) != 0) {
        assert_int_equal(errno, EPERM);
        skip_case("only root can make a mount namespace");
    }
    assert_int_equal(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    (void)snprintf(other, sizeof other, "%s/other", f->dir);
    (void)snprintf(data, sizeof data, "%s/data.mdb", f->store_path);
    (void)snprintf(other_data, sizeof other_data, "%s/data.mdb", other);
    pid_t pid = start_host(f, APITOKEN_MODE_READ_WRITE, &host);
    (void)snprintf(command, sizeof command, "cp -a --sparse=always '%s' '%s'", f->store_path,
                   other);
    assert_int_equal(system(command), 0);
    assert_int_equal(mount(data, other_data, NULL, MS_BIND, NULL), 0);
    expect_opens(f, other, APITOKEN_E_REPLACED);
    raise_to(&host->is_over, 1);
    child_join(pid);
    expect_opens(f, other, 0);
    assert_int_equal(umount2(other_data, MNT_DETACH), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(a_new_lock_file_is_refused_until_the_others_are_gone),
        TEST(a_killed_process_refuses_nobody),
        TEST(a_closed_store_refuses_nobody),
        TEST(a_missing_lock_file_is_not_made),
        TEST(a_mount_of_the_data_alone_is_refused),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
