/* SPDX-License-Identifier: MIT */
#include "levels.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { QUARTER = LEVELS / 4, ALLOC_STEP_KB = 4096 };

static const char *const names[SOAKERS] = { "validator", "validator that reopens",
                                            "creator and revoker", "lister" };

static struct level {
    uint64_t memory_kb[SOAKERS]; /* resident, of the process alone */
    uint64_t fds[SOAKERS];
    uint64_t done[SOAKERS];
    uint64_t slots, file_kb, tokens;
} levels[LEVELS];

static uint64_t memory_kb(pid_t pid) {
    char path[40], line[256];
    uint64_t kb = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file); /* the process has died */
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "RssAnon:", 8) == 0) kb = strtoull(line + 8, NULL, 10);
    (void)fclose(file);
    return kb;
}

static uint64_t fds(pid_t pid) {
    char path[40];
    uint64_t count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) count += entry->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static uint64_t file_kb(const struct fixture *f) {
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/data.mdb", f->store_path);
    assert_int_equal(stat(path, &st), 0);
    return (uint64_t)st.st_size / 1024;
}

void levels_take(int at, const struct fixture *f, const pid_t pids[SOAKERS],
                 const uint64_t done[SOAKERS], uint32_t created) {
    struct level *level = &levels[at];
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(f->store, NULL, &info, NULL), 0);
    level->slots = info.readers;
    level->tokens = created;
    level->file_kb = file_kb(f);
    for (int i = 0; i < SOAKERS; i++) {
        level->memory_kb[i] = memory_kb(pids[i]);
        level->fds[i] = fds(pids[i]);
        level->done[i] = done[i];
    }
}

/* A value of sample `at`: its place in the first sample says which one. */
static uint64_t value(const uint64_t *of_first, int at) {
    const size_t offset = (size_t)((const char *)of_first - (const char *)&levels[0]);
    uint64_t found;
    memcpy(&found, (const char *)&levels[at] + offset, sizeof found);
    return found;
}

static int compare(const void *a, const void *b) {
    const uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

static uint64_t middle(const uint64_t *of_first, int quarter) {
    uint64_t sorted[QUARTER];
    for (int i = 0; i < QUARTER; i++) sorted[i] = value(of_first, quarter * QUARTER + i);
    qsort(sorted, QUARTER, sizeof *sorted, compare);
    return sorted[QUARTER / 2];
}

static uint64_t most(const uint64_t *of_first, int quarter) {
    uint64_t found = 0;
    for (int i = 0; i < QUARTER; i++) {
        const uint64_t one = value(of_first, quarter * QUARTER + i);
        if (one > found) found = one;
    }
    return found;
}

/* From the end of the quarter before to its own end. */
static uint64_t growth(const uint64_t *of_first, int quarter) {
    return value(of_first, (quarter + 1) * QUARTER - 1) - value(of_first, quarter * QUARTER - 1);
}

static int is_memory_flat(const uint64_t *kb) {
    return middle(kb, 3) <= middle(kb, 0) + middle(kb, 0) / 20 + 256;
}

static int is_count_flat(const uint64_t *count) { return most(count, 3) <= most(count, 0); }

/* The file grows in steps, so one step more is no sign. */
static int is_file_flat(void) {
    const uint64_t *kb = &levels[0].file_kb, *tokens = &levels[0].tokens;
    if (growth(tokens, 1) == 0) return 0;
    const uint64_t due_kb = growth(kb, 1) * growth(tokens, 3) / growth(tokens, 1);
    return growth(kb, 3) <= due_kb + due_kb / 10 + ALLOC_STEP_KB;
}

static void show(const char *what, const char *whose, uint64_t first, uint64_t last, int is_flat) {
    print_message("# %-8s %-22s %10" PRIu64 " %10" PRIu64 "  %s\n", what, whose, first, last,
                  is_flat ? "good" : "NOT FLAT");
}

void levels_show(void) {
    const struct level *first = &levels[0];
    print_message("# %-8s %-22s %10s %10s\n", "", "", "quarter 1", "quarter 4");
    for (int i = 0; i < SOAKERS; i++) {
        const uint64_t *kb = &first->memory_kb[i], *count = &first->fds[i], *done = &first->done[i];
        show("KiB", names[i], middle(kb, 0), middle(kb, 3), is_memory_flat(kb));
        show("fds", names[i], most(count, 0), most(count, 3), is_count_flat(count));
        show("calls", names[i], value(done, QUARTER - 1), growth(done, 3), growth(done, 3) > 0);
    }
    show("slots", "all", most(&first->slots, 0), most(&first->slots, 3),
         is_count_flat(&first->slots));
    show("file KiB", "growth, quarters 2, 4", growth(&first->file_kb, 1),
         growth(&first->file_kb, 3), is_file_flat());
    show("tokens", "made, quarters 2, 4", growth(&first->tokens, 1), growth(&first->tokens, 3),
         growth(&first->tokens, 3) > 0);
}

uint64_t levels_not_flat(void) {
    const struct level *first = &levels[0];
    uint64_t count = (uint64_t)!is_count_flat(&first->slots) + !is_file_flat();
    for (int i = 0; i < SOAKERS; i++) {
        count += !is_memory_flat(&first->memory_kb[i]);
        count += !is_count_flat(&first->fds[i]);
        count += growth(&first->done[i], 3) == 0;
    }
    return count;
}
