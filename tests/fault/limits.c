/* SPDX-License-Identifier: MIT */
/*
 * A process that the system gives nothing more: no descriptor, no memory. A store that it opened
 * before still validates and revokes.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"

enum { TOKENS = 1000, THREADS = 8, HANDLES = 2 };

/* In shared memory. */
struct host {
    struct fixture *f;
    void (*use_up)(void);
    uint32_t is_over, validated, revoked;
    struct made_token made[TOKENS];
};

/* Of all cases with the same figure. */
static uint64_t without_descriptor, without_memory;

/* ---- what is used up ------------------------------------------------------------------------- */

static void use_up_descriptors(void) {
    const struct rlimit few = { 64, 64 };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0) >= 0) {}
    assert_int_equal(errno, EMFILE);
}

/* What a process sees if the whole system has no descriptor left. */
static void refuse_descriptors(void) {
    static const int calls[] = { SYS_openat, SYS_dup,      SYS_pipe2,
                                 SYS_socket, SYS_eventfd2, SYS_memfd_create,
#ifdef SYS_open
                                 SYS_open,   SYS_creat
#endif
    };
    enum { CALLS = sizeof calls / sizeof *calls };
    static struct sock_filter code[2 * CALLS + 2] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                                                               offsetof(struct seccomp_data, nr)) };
    const struct sock_fprog program = { 2 * CALLS + 2, code };
    for (size_t i = 0; i < CALLS; i++) {
        code[2 * i + 1] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
        code[2 * i + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENFILE);
    }
    code[2 * CALLS + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    assert_int_equal(open("/", O_RDONLY | O_CLOEXEC), -1);
    assert_int_equal(errno, ENFILE);
}

static void use_up_address_space(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu", &pages), 1);
    (void)fclose(file);
    const rlim_t bytes = pages * (rlim_t)sysconf(_SC_PAGESIZE);
    const struct rlimit limit = { bytes, bytes };
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_ptr_equal(mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
                     MAP_FAILED);
}

static void use_up_memory(void) {
    void *volatile more; /* or the compiler would leave out the calls; goes with the process */
    use_up_address_space();
    for (size_t size = (size_t)1 << 20; size >= sizeof more; size /= 2) do
            more = malloc(size);
        while (more);
}

/* ---- a host ---------------------------------------------------------------------------------- */

/* The part of one thread. */
struct part {
    struct host *host;
    apitoken_store *store;
    uint32_t first, step;
};

static int revoke_part(void *ctx) {
    const struct part *part = ctx;
    struct host *host = part->host;
    for (uint32_t i = part->first; i < TOKENS; i += part->step) {
        const struct made_token *made = &host->made[i];
        THREAD_DUE(apitoken_validate(part->store, made->text, made->len, NULL, NULL, NULL), 0);
        raise_by_one(&host->validated);
        THREAD_DUE(
            apitoken_revoke(part->store, LIT("anna"), made->id, strlen(made->id), NULL, NULL), 0);
        THREAD_DUE(apitoken_validate(part->store, made->text, made->len, NULL, NULL, NULL),
                   APITOKEN_E_REVOKED);
        raise_by_one(&host->revoked);
    }
    return 0;
}

static int revoke_alone(void *ctx) {
    struct host *host = ctx;
    const struct part all = { host, fixture_open(host->f, APITOKEN_MODE_READ_WRITE), 0, 1 };
    host->use_up();
    return revoke_part((void *)(uintptr_t)&all);
}

/* The threads are there before: a new one needs memory for its stack. */
static int revoke_when_told(void *ctx) {
    struct part *part = ctx;
    return wait_for(&part->host->is_over, 1) ? revoke_part(part) : 1;
}

static int revoke_with_threads(void *ctx) {
    struct host *host = ctx;
    apitoken_store *store[HANDLES];
    struct part parts[THREADS];
    struct thread threads[THREADS];
    for (int i = 0; i < HANDLES; i++) store[i] = fixture_open(host->f, APITOKEN_MODE_READ_WRITE);
    for (uint32_t i = 0; i < THREADS; i++) {
        parts[i] = (struct part){ host, store[i % HANDLES], i, THREADS };
        thread_start(&threads[i], revoke_when_told, &parts[i]);
    }
    host->use_up();
    raise_to(&host->is_over, 1);
    for (int i = 0; i < THREADS; i++) thread_join(&threads[i]);
    return 0;
}

static int stay(void *ctx) { return !wait_for(&((struct host *)ctx)->is_over, 1); }

static int revoke_beside_a_child(void *ctx) {
    struct host *host = ctx;
    const struct part all = { host, fixture_open(host->f, APITOKEN_MODE_READ_WRITE), 0, 1 };
    host->use_up();
    pid_t child = child_start(stay, host);
    int rc = revoke_part((void *)(uintptr_t)&all);
    raise_to(&host->is_over, 1);
    return rc ? rc : child_wait(child);
}

/* Returns how many were revoked. */
static uint64_t revoke_all(struct fixture *f, void (*use_up)(void), child_fn run) {
    struct host *host = shared_memory(sizeof *host);
    host->f = f;
    host->use_up = use_up;
    for (int i = 0; i < TOKENS; i++) host->made[i] = fixture_create(f->store, "anna", "n", NULL);
    const int rc = child_wait(child_start(run, host));
    print_message("# validated %u revoked %u of %d\n", reads(&host->validated),
                  reads(&host->revoked), TOKENS);
    assert_int_equal(rc, 0);
    for (int i = 0; i < TOKENS; i++)
        assert_code(
            apitoken_validate(f->store, host->made[i].text, host->made[i].len, NULL, NULL, NULL),
            APITOKEN_E_REVOKED);
    return reads(&host->revoked);
}

/* ---- the cases ------------------------------------------------------------------------------- */

static void every_revoke_works_without_a_free_descriptor(void **state) {
    without_descriptor += revoke_all(*state, use_up_descriptors, revoke_alone);
}

static void every_revoke_of_several_threads_and_handles_does(void **state) {
    without_descriptor += revoke_all(*state, use_up_descriptors, revoke_with_threads);
}

static void every_revoke_beside_a_forked_child_does(void **state) {
    without_descriptor += revoke_all(*state, use_up_descriptors, revoke_beside_a_child);
}

static void every_revoke_works_on_a_system_without_a_free_descriptor(void **state) {
    without_descriptor += revoke_all(*state, refuse_descriptors, revoke_alone);
}

static void every_revoke_works_without_free_address_space(void **state) {
    without_memory += revoke_all(*state, use_up_address_space, revoke_alone);
}

static void every_revoke_of_several_threads_works_without_free_address_space(void **state) {
    without_memory += revoke_all(*state, use_up_address_space, revoke_with_threads);
}

static void every_revoke_works_without_free_memory(void **state) {
    without_memory += revoke_all(*state, use_up_memory, revoke_alone);
}

static void every_revoke_of_several_threads_works_without_free_memory(void **state) {
    without_memory += revoke_all(*state, use_up_memory, revoke_with_threads);
}

static void none_failed(void **state) {
    (void)state;
    figure_at_least("revokes without a free descriptor", without_descriptor, 4 * TOKENS);
    figure_at_least("revokes without free memory", without_memory, 4 * TOKENS);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(every_revoke_works_without_a_free_descriptor),
        CASE(every_revoke_of_several_threads_and_handles_does),
        CASE(every_revoke_beside_a_forked_child_does),
        CASE(every_revoke_works_on_a_system_without_a_free_descriptor),
        CASE(every_revoke_works_without_free_address_space),
        CASE(every_revoke_of_several_threads_works_without_free_address_space),
        CASE(every_revoke_works_without_free_memory),
        CASE(every_revoke_of_several_threads_works_without_free_memory),
        cmocka_unit_test(none_failed),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
