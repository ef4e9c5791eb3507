/* SPDX-License-Identifier: MIT */
/* Cases that pass, fail and crash on purpose, for test_cases.py. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "temp_dir.h"

static char dir[64], group_dir[64];

static int make_group_dir(void **state) {
    (void)state;
    temp_dir_make(group_dir, sizeof group_dir);
    return 0;
}

static int remove_group_dir(void **state) {
    (void)state;
    temp_dir_remove(group_dir);
    return 0;
}

static int make_dir(void **state) {
    (void)state;
    temp_dir_make(dir, sizeof dir);
    return 0;
}

static int make_dir_and_fail(void **state) {
    (void)make_dir(state);
    return -1;
}

static int remove_dir(void **state) {
    (void)state;
    temp_dir_remove(dir);
    return 0;
}

static void passes(void **state) { (void)state; }

static void passes_and_removes(void **state) {
    (void)make_dir(state);
    (void)remove_dir(state);
}

static void is_skipped(void **state) {
    (void)state;
    skip_case("for the test");
}

static void fails(void **state) {
    (void)state;
    fail();
}

static void fails_without_teardown(void **state) {
    (void)make_dir(state);
    fail();
}

static void segfaults(void **state) {
    (void)state;
    (void)raise(SIGSEGV);
}

static void aborts(void **state) {
    (void)state;
    abort();
}

static void is_stopped(void **state) {
    (void)state;
    (void)raise(SIGTERM);
}

#define WITH_DIR(function) cmocka_unit_test_setup_teardown(function, make_dir, remove_dir)

/* sample_cases [--group] [CASE...]; --group makes a directory for all cases together */
int main(int argc, char **argv) {
    const struct CMUnitTest cases[] = {
        WITH_DIR(passes),
        cmocka_unit_test(passes_and_removes),
        WITH_DIR(is_skipped),
        WITH_DIR(fails),
        cmocka_unit_test(fails_without_teardown),
        { "fails_in_setup", passes, make_dir_and_fail, remove_dir, NULL },
        WITH_DIR(segfaults),
        WITH_DIR(aborts),
        WITH_DIR(is_stopped),
    };
    if (argc < 2 || strcmp(argv[1], "--group") != 0)
        return run_cases(argc, argv, cases, NULL, NULL);
    return run_cases(argc - 1, argv + 1, cases, make_group_dir, remove_group_dir);
}
