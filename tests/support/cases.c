/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include "temp_dir.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX 512

enum progress { BEFORE, RUNNING, PASSED, SKIPPED };

/* The cases to run. cmocka gets wrappers of them, in the same order, which record how far each one
 * came. */
static struct {
    struct CMUnitTest cases[CASES_MAX];
    size_t count, next; /* next: the case that begins next */
    enum progress progress;
} run;

static const struct CMUnitTest *running_case(void) { return &run.cases[run.next - 1]; }

static bool has_failed(void) { return run.progress == BEFORE || run.progress == RUNNING; }

/* The last case has ended, and cmocka has printed its result. */
static void end_case(void) {
    if (run.next > 0) temp_dir_end_case(has_failed());
}

static int setup(void **state) {
    end_case();
    run.next++;
    run.progress = BEFORE;
    const CMFixtureFunction function = running_case()->setup_func;
    return function ? function(state) : 0;
}

static void body(void **state) {
    run.progress = RUNNING;
    running_case()->test_func(state);
    run.progress = PASSED;
}

static int teardown(void **state) {
    temp_dir_set_failed(has_failed());
    const CMFixtureFunction function = running_case()->teardown_func;
    return function ? function(state) : 0;
}

void skip_running_case(const char *reason, const char *file, int line) {
    run.progress = SKIPPED;
    print_message("# skipped: %s\n", reason);
    _skip(file, line);
}

static bool matches_any(const char *name, char **patterns, int count) {
    for (int i = 0; i < count; i++)
        if (fnmatch(patterns[i], name, 0) == 0) return true;
    return count == 0;
}

static void take_matching(const struct CMUnitTest *cases, size_t count, char **patterns,
                          int pattern_count) {
    for (size_t i = 0; i < count; i++)
        if (matches_any(cases[i].name, patterns, pattern_count)) run.cases[run.count++] = cases[i];
}

static bool is_matched(const char *pattern) {
    for (size_t i = 0; i < run.count; i++)
        if (fnmatch(pattern, run.cases[i].name, 0) == 0) return true;
    return false;
}

static void print_names(void) {
    for (size_t i = 0; i < run.count; i++) (void)puts(run.cases[i].name);
}

static int run_all(CMFixtureFunction group_setup, CMFixtureFunction group_teardown) {
    static struct CMUnitTest wrappers[CASES_MAX];
    for (size_t i = 0; i < run.count; i++)
        wrappers[i] = (struct CMUnitTest){ run.cases[i].name, body, setup, teardown,
                                           run.cases[i].initial_state };
    temp_dir_watch_signals();
    const int failed =
        _cmocka_run_group_tests("tests", wrappers, run.count, group_setup, group_teardown);
    end_case();
    return failed;
}

static int print_usage(const char *program) {
    (void)printf("usage: %s [CASE...]   patterns of the shell; without one all cases run\n"
                 "       %s --list      the names of the cases\n"
                 "CASE=PATTERN in the environment does the same as one argument. KEEP=1 keeps the\n"
                 "directories of cases that pass.\n",
                 program, program);
    return 0;
}

int run_case_array(int argc, char **argv, const struct CMUnitTest *cases, size_t count,
                   CMFixtureFunction group_setup, CMFixtureFunction group_teardown) {
    const bool only_list = argc == 2 && strcmp(argv[1], "--list") == 0;
    char *from_environment = getenv("CASE"), **patterns = argv + 1;
    int pattern_count = only_list ? 0 : argc - 1;
    if (argc == 1 && from_environment) {
        patterns = &from_environment;
        pattern_count = 1;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) return print_usage(argv[0]);
    if (count > CASES_MAX) abort();
    take_matching(cases, count, patterns, pattern_count);
    for (int i = 0; i < pattern_count; i++) {
        if (is_matched(patterns[i])) continue;
        (void)fprintf(stderr, "%s: no case matches '%s'; --list prints their names\n", argv[0],
                      patterns[i]);
        return 2;
    }
    if (only_list) {
        print_names();
        return 0;
    }
    return run_all(group_setup, group_teardown);
}
