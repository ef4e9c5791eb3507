/* SPDX-License-Identifier: MIT */
#include "outside/file_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "samples.h"

#define LIMIT 4096

static struct rlimit usual;

static int setup(void **state) {
    (void)state;
    struct rlimit low;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    low = usual;
    low.rlim_cur = LIMIT;
    return setrlimit(RLIMIT_FSIZE, &low);
}

static int teardown(void **state) {
    (void)state;
    return setrlimit(RLIMIT_FSIZE, &usual);
}

static sigset_t file_signal(void) {
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGXFSZ);
    return set;
}

static bool is_pending(void) {
    sigset_t pending;
    assert_int_equal(sigpending(&pending), 0);
    return sigismember(&pending, SIGXFSZ) == 1;
}

static bool is_blocked(void) {
    sigset_t mask;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &mask), 0);
    return sigismember(&mask, SIGXFSZ) == 1;
}

/* Writes behind the limit; without the hold that is the end of the process. */
static void write_too_far(void) {
    ATK_NO_FILE_SIGNAL;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(pwrite(fileno(file), "x", 1, LIMIT), -1);
    assert_int_equal(errno, EFBIG);
    assert_int_equal(fclose(file), 0);
}

static void test_the_limit_is_known(void **state) {
    (void)state;
    struct rlimit none = usual;
    assert_true(atk_file_limit() == LIMIT);
    none.rlim_cur = none.rlim_max = RLIM_INFINITY;
    if (setrlimit(RLIMIT_FSIZE, &none) != 0) return; /* only root may exceed the highest */
    assert_true(atk_file_limit() == UINT64_MAX);
}

static void test_a_write_too_far_is_an_error_and_leaves_nothing(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) write_too_far();
    assert_false(is_pending());
    assert_false(is_blocked());
}

/* As in a function that holds it off and calls another that does. */
static void test_holds_may_be_nested(void **state) {
    (void)state;
    {
        ATK_NO_FILE_SIGNAL;
        write_too_far();
        assert_true(is_blocked());
        assert_false(is_pending());
        write_too_far();
    }
    assert_false(is_blocked());
}

static void test_the_hosts_own_signal_stays(void **state) {
    (void)state;
    const sigset_t set = file_signal();
    const struct timespec now = { 0, 0 };
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    assert_int_equal(pthread_kill(pthread_self(), SIGXFSZ), 0);
    write_too_far();
    assert_true(is_blocked());
    assert_true(is_pending());
    assert_int_equal(sigtimedwait(&set, NULL, &now), SIGXFSZ);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

/* ---- signals that others send meanwhile ------------------------------------------------------ */

static siginfo_t got;
static int times;

static void note_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    got = *info;
    times++;
}

static int setup_handler(void **state) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = note_signal;
    action.sa_flags = SA_SIGINFO;
    times = 0;
    return sigaction(SIGXFSZ, &action, NULL) == 0 ? setup(state) : -1;
}

static int teardown_handler(void **state) {
    return signal(SIGXFSZ, SIG_DFL) == SIG_ERR ? -1 : teardown(state);
}

static pid_t sender;

static void send_from_a_child(void) {
    int status;
    sender = fork();
    assert_true(sender >= 0);
    if (sender == 0) _exit(kill(getppid(), SIGXFSZ) == 0 ? 0 : 1);
    assert_int_equal(waitpid(sender, &status, 0), sender);
    assert_int_equal(status, 0);
}

static void send_a_value(void) {
    sender = getpid();
    assert_int_equal(sigqueue(sender, SIGXFSZ, (union sigval){ .sival_int = 4711 }), 0);
}

static void send_to_the_thread(void) {
    sender = getpid();
    assert_int_equal(pthread_kill(pthread_self(), SIGXFSZ), 0);
}

static const struct {
    void (*send)(void);
    int code;
} sends[] = {
    { send_from_a_child, SI_USER },
    { send_a_value, SI_QUEUE },
    { send_to_the_thread, SI_TKILL },
};

/* Every other time a write is too far as well. */
static void expect_signals_after_the_call(void) {
    for (int i = 0; i < 2 * (int)ATK_LEN(sends); i++) {
        times = 0;
        {
            ATK_NO_FILE_SIGNAL;
            sends[i / 2].send();
            if (i % 2) write_too_far();
            assert_int_equal(times, 0);
        }
        assert_int_equal(times, 1);
        assert_int_equal(got.si_code, sends[i / 2].code);
        assert_int_equal(got.si_pid, sender);
        if (got.si_code == SI_QUEUE) assert_int_equal(got.si_value.sival_int, 4711);
        assert_false(is_pending());
    }
}

static void test_a_signal_of_others_arrives_when_the_call_is_over(void **state) {
    (void)state;
    expect_signals_after_the_call();
}

static void *call_in_a_thread(void *ctx) {
    const sigset_t set = file_signal();
    (void)ctx;
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
    expect_signals_after_the_call();
    return NULL;
}

/* In one that may not send to the process in the name of others. */
static void test_it_arrives_in_any_thread(void **state) {
    (void)state;
    const sigset_t set = file_signal();
    pthread_t thread;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, call_in_a_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

/* Signals that wait for the thread, or for the process, as the kernel tells them. */
static bool waits_for(const char *whom) {
    unsigned long long set = 0;
    char line[128];
    FILE *file = fopen("/proc/thread-self/status", "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) && strncmp(line, whom, strlen(whom)) != 0) continue;
    assert_int_equal(fclose(file), 0);
    assert_int_equal(sscanf(line, "%*s %llx", &set), 1);
    return (set >> (SIGXFSZ - 1) & 1) != 0;
}

/* No other thread gets one that was sent to this one. */
static void test_it_goes_to_whom_it_was_sent(void **state) {
    (void)state;
    const sigset_t set = file_signal();
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    for (int i = 0; i < (int)ATK_LEN(sends); i++) {
        const bool to_thread = sends[i].code == SI_TKILL;
        {
            ATK_NO_FILE_SIGNAL;
            sends[i].send();
        }
        assert_int_equal(waits_for("SigPnd"), to_thread);
        assert_int_equal(waits_for("ShdPnd"), !to_thread);
        assert_int_equal(sigwaitinfo(&set, NULL), SIGXFSZ);
    }
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

/* Of a write that the host itself made too far, with the signal blocked. */
static void test_the_signal_of_a_hosts_own_write_stays(void **state) {
    (void)state;
    const sigset_t set = file_signal();
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(pwrite(fileno(file), "x", 1, LIMIT), -1);
    assert_int_equal(fclose(file), 0);
    assert_true(is_pending());
    write_too_far();
    assert_true(is_pending());
    assert_int_equal(sigwaitinfo(&set, NULL), SIGXFSZ);
    assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
}

#define WITH_LIMIT(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#define WITH_HANDLER(test) cmocka_unit_test_setup_teardown(test, setup_handler, teardown_handler)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_LIMIT(test_the_limit_is_known),
        WITH_LIMIT(test_a_write_too_far_is_an_error_and_leaves_nothing),
        WITH_LIMIT(test_holds_may_be_nested),
        WITH_LIMIT(test_the_hosts_own_signal_stays),
        WITH_LIMIT(test_the_signal_of_a_hosts_own_write_stays),
        WITH_HANDLER(test_a_signal_of_others_arrives_when_the_call_is_over),
        WITH_HANDLER(test_it_arrives_in_any_thread),
        WITH_HANDLER(test_it_goes_to_whom_it_was_sent),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
