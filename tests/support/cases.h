/* SPDX-License-Identifier: MIT */
/*
 * The main function of a test program: runs all of its cases, or those named on the command line:
 *
 *     build/tests/api/api-revoke                      all cases
 *     build/tests/api/api-revoke 'a_revoked_*' other  those that match a pattern of the shell
 *     build/tests/api/api-revoke --list               prints the names
 *
 * Without arguments, CASE in the environment may hold one pattern; that works for every
 * test of the tree, also for those that are scripts: `CASE='a_revoked_*' meson test revoke`.
 *
 * A pattern that matches no case is an error. The directories of a case that fails are kept
 * (temp_dir.h).
 */
#ifndef CASES_H
#define CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants those first */
#include <cmocka.h>

/* `cases` is an array. Returns what main() should return. */
#define run_cases(argc, argv, cases, group_setup, group_teardown)                           \
    run_case_array((argc), (argv), (cases), sizeof(cases) / sizeof *(cases), (group_setup), \
                   (group_teardown))
int run_case_array(int argc, char **argv, const struct CMUnitTest *cases, size_t count,
                   CMFixtureFunction group_setup, CMFixtureFunction group_teardown);

/* Ends the running case as skipped, and prints the reason. cmocka's own skip() would look like a
 * failure to temp_dir.h. */
#define skip_case(reason) skip_running_case((reason), __FILE__, __LINE__)
void skip_running_case(const char *reason, const char *file, int line);

#endif
