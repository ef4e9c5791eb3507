/* SPDX-License-Identifier: MIT */
/*
 * Thousands of processes that have one store open, each with one thread: the reader table has a
 * place for every one of them, and what one of them revokes the others refuse.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"
#include "watch.h"

enum { PROCESSES = 4000, AT_ONCE = 8, OPEN_MS = 120000, KIB_EACH = 1024 };

struct crowd {
    struct fixture *f;
    struct made_token made;
    int gate[2]; /* a pipe: they wait until its other end is closed */
    uint32_t up, refused;
};

/* With as little as a host can do, so that many fit into a small machine. */
static int have_it_open(void *ctx) {
    struct crowd *crowd = ctx;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    char byte;
    (void)close(crowd->gate[1]);
    opts.timeout_ms = OPEN_MS;
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    opts.clock = fixture_clock;
    opts.clock_ctx = crowd->f;
    assert_code(apitoken_store_open(crowd->f->store_path, crowd->f->keyring, &opts, &store, NULL),
                0);
    assert_code(apitoken_validate(store, crowd->made.text, crowd->made.len, NULL, NULL, NULL), 0);
    raise_by_one(&crowd->up);
    assert_int_equal(read(crowd->gate[0], &byte, 1), 0);
    assert_code(apitoken_validate(store, crowd->made.text, crowd->made.len, NULL, NULL, NULL),
                APITOKEN_E_REVOKED);
    raise_by_one(&crowd->refused);
    apitoken_store_close(store);
    return 0;
}

static void require_memory(void) {
    unsigned long long free_kib = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu", &free_kib) == 1) break;
    (void)fclose(file);
    if (free_kib < (unsigned long long)PROCESSES * KIB_EACH)
        skip_case("so many processes need more memory than is free");
}

static void thousands_of_processes_have_the_store_open(void **state) {
    static pid_t children[PROCESSES];
    struct fixture *f = *state;
    struct crowd *crowd = shared_memory(sizeof *crowd);
    require_memory();
    crowd->f = f;
    crowd->made = fixture_create(f->store, "anna", "n", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_int_equal(pipe(crowd->gate), 0);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        children[i] = child_start(have_it_open, crowd);
        assert_true(wait_for(&crowd->up, i < AT_ONCE ? 0 : i - AT_ONCE));
    }
    assert_true(wait_for(&crowd->up, PROCESSES));
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(watch_readers(f->store), PROCESSES + 1);
    assert_code(
        apitoken_revoke(f->store, LIT("anna"), crowd->made.id, strlen(crowd->made.id), NULL, NULL),
        0);
    (void)close(crowd->gate[1]);
    for (int i = 0; i < PROCESSES; i++) child_join(children[i]);
    (void)close(crowd->gate[0]);
    assert_int_equal(reads(&crowd->refused), PROCESSES);
    figure_at_least("processes with the store open", reads(&crowd->up), PROCESSES);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(thousands_of_processes_have_the_store_open, fixture_setup,
                                        fixture_teardown),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, NULL, NULL);
}
