/* SPDX-License-Identifier: MIT */
#include "temp_dir.h"

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
/* cmocka wants some of those first */
#include <cmocka.h>

#define DIRS_MAX 64
#define PATH_CAP 96

/* The directories of this process that may still exist. An empty path is a free place. */
static struct temp_dir {
    char path[PATH_CAP];
    bool is_kept; /* a case that used it has failed */
} dirs[DIRS_MAX];
static bool case_has_failed;
static pid_t owner; /* its children share the list, but the directories are not theirs */

const char *temp_dir_base(void) {
    const char *base = getenv("TEST_DIR");
    return base && *base ? base : "/var/tmp";
}

static bool exists(const struct temp_dir *dir) {
    return dir->path[0] && access(dir->path, F_OK) == 0;
}

/* When all places are taken the directory is not listed: it stays, but nothing prints its path. */
static void add(const char *path) {
    for (size_t i = 0; i < DIRS_MAX; i++) {
        if (exists(&dirs[i])) continue;
        (void)snprintf(dirs[i].path, sizeof dirs[i].path, "%s", path);
        dirs[i].is_kept = false;
        return;
    }
}

static struct temp_dir *find(const char *path) {
    for (size_t i = 0; i < DIRS_MAX; i++)
        if (strcmp(dirs[i].path, path) == 0) return &dirs[i];
    return NULL;
}

void temp_dir_make(char *path, size_t cap) {
    const int len = snprintf(path, cap, "%s/apitoken-XXXXXX", temp_dir_base());
    assert_in_range(len, 1, cap - 1);
    assert_non_null(mkdtemp(path));
    add(path);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static bool must_keep(const struct temp_dir *dir) {
    const char *keep = getenv("KEEP");
    return case_has_failed || (dir && dir->is_kept) || (keep && strcmp(keep, "1") == 0);
}

void temp_dir_remove(const char *path) {
    struct temp_dir *dir = find(path);
    if (must_keep(dir)) return;
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (dir) dir->path[0] = '\0';
}

void temp_dir_set_failed(bool has_failed) { case_has_failed = has_failed; }

/* A directory that all cases of the group share is printed once only. */
void temp_dir_end_case(bool has_failed) {
    for (size_t i = 0; i < DIRS_MAX; i++) {
        if (!exists(&dirs[i]) || dirs[i].is_kept || !(has_failed || must_keep(&dirs[i]))) continue;
        dirs[i].is_kept = true;
        print_message("# kept: %s\n", dirs[i].path);
    }
    case_has_failed = false;
}

/* Calls only what a signal handler may call. */
static void print_path(const char *path) {
    char line[PATH_CAP + 16] = "# kept: ";
    size_t len = strlen(line);
    for (size_t i = 0; path[i]; i++) line[len++] = path[i];
    line[len++] = '\n';
    if (write(STDOUT_FILENO, line, len) < 0) return;
}

static void print_and_die(int signal_number) {
    if (getpid() == owner)
        for (size_t i = 0; i < DIRS_MAX; i++)
            if (exists(&dirs[i]) && !dirs[i].is_kept) print_path(dirs[i].path);
    (void)raise(signal_number); /* the default action, by SA_RESETHAND */
}

/* SIGABRT is abort(), SIGTERM is what meson sends when the time is up. cmocka itself turns SIGSEGV
 * and the like into failures. */
void temp_dir_watch_signals(void) {
    struct sigaction action = { .sa_handler = print_and_die };
    action.sa_flags = (int)SA_RESETHAND | SA_NODEFER;
    owner = getpid();
    (void)sigaction(SIGABRT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}
