/* SPDX-License-Identifier: MIT */
/*
 * Temporary directories of tests. They are removed when the case passes. When it fails they stay,
 * and a comment line of the TAP output says where: `# kept: PATH`. That includes a case that
 * crashes, and one that is stopped because its time is up. With KEEP=1 in the environment they
 * always stay.
 */
#ifndef TEMP_DIR_H
#define TEMP_DIR_H

#include <stdbool.h>
#include <stddef.h>

/* The directory for temporary directories: TEST_DIR, or /var/tmp, which is on a real disk where
 * /tmp may be in memory. */
const char *temp_dir_base(void);

/* Makes a directory and writes its path to `path`. Fails the test if it cannot. */
void temp_dir_make(char *path, size_t cap);

/* Removes the directory and all that is in it, unless it is to be kept. */
void temp_dir_remove(const char *path);

/* For cases.c: whether the running case has failed so far; it has ended. */
void temp_dir_set_failed(bool has_failed);
void temp_dir_end_case(bool has_failed);
/* From here on, prints the directories of this process if a signal ends it. */
void temp_dir_watch_signals(void);

#endif
