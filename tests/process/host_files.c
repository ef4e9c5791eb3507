/* SPDX-License-Identifier: MIT */
/*
 * Threads of a host that open and close files and sockets while others open and close stores. Which
 * descriptors of the process belong to LMDB must be found out without touching those of the host.
 * Made for ThreadSanitizer (tests/run.sh), which takes a look at a descriptor that another thread
 * is closing for a race.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"
#include "thread.h"

enum { HOST_THREADS = 3, OPENERS = 2, OPENS = 40 };

struct host {
    struct fixture f[OPENERS]; /* a store for each opener */
    uint32_t turns, is_over;
};

struct opener {
    struct host *host;
    const struct fixture *f;
};

static int use_files(void *ctx) {
    struct host *host = ctx;
    while (!reads(&host->is_over)) {
        int ends[2], sockets[2], fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        THREAD_DUE(pipe(ends), 0);
        THREAD_DUE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
        const int fds[] = { fd, ends[0], ends[1], sockets[0], sockets[1] };
        for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) THREAD_DUE(close(fds[i]), 0);
        raise_by_one(&host->turns);
    }
    return 0;
}

/* While the host's threads go on. */
static int open_stores(void *ctx) {
    const struct opener *opener = ctx;
    struct host *host = opener->host;
    for (int i = 0; i < OPENS; i++) {
        apitoken_store *store = NULL;
        THREAD_DUE(
            apitoken_store_open(opener->f->store_path, opener->f->keyring, NULL, &store, NULL), 0);
        apitoken_store_close(store);
        if (!wait_for(&host->turns, reads(&host->turns) + 1)) return 1;
    }
    return 0;
}

static void make_fixture(struct fixture *f) {
    fixture_make_dir(f);
    fixture_make_keys(f);
    fixture_make_store(f, NULL);
}

static void an_open_touches_no_descriptor_of_the_host(void **state) {
    static struct host host;
    struct thread users[HOST_THREADS], openers[OPENERS];
    struct opener opener[OPENERS];
    (void)state;
    for (int i = 0; i < OPENERS; i++) make_fixture(&host.f[i]);
    for (int i = 0; i < HOST_THREADS; i++) thread_start(&users[i], use_files, &host);
    for (int i = 0; i < OPENERS; i++) {
        opener[i] = (struct opener){ &host, &host.f[i] };
        thread_start(&openers[i], open_stores, &opener[i]);
    }
    for (int i = 0; i < OPENERS; i++) thread_join(&openers[i]);
    raise_to(&host.is_over, 1);
    for (int i = 0; i < HOST_THREADS; i++) thread_join(&users[i]);
    for (int i = 0; i < OPENERS; i++) fixture_remove(&host.f[i]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_touches_no_descriptor_of_the_host),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
