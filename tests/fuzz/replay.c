/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without a fuzzer: replay FOLDER NAME EXECUTIONS. Each file of the corpus, each
 * of its beginnings, each with one bit flipped; then so many mutations of them, the same in every
 * run. Prints TAP.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "target.h"

enum { FILES_MAX = 512, BYTES_MAX = 16384 };

static struct {
    uint8_t bytes[BYTES_MAX];
    size_t size;
} files[FILES_MAX];
static size_t file_count;
static uint64_t executions;

/* From memory of exactly its size, so that a sanitizer sees a byte too far. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    MUST(exact != NULL);
    memcpy(exact, bytes, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    executions++;
}

static void load(const char *folder) {
    DIR *dir = opendir(folder);
    MUST(dir != NULL);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[512];
        if (entry->d_name[0] == '.') continue;
        MUST(file_count < FILES_MAX);
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rbe");
        MUST(file != NULL);
        files[file_count].size = fread(files[file_count].bytes, 1, BYTES_MAX, file);
        (void)fclose(file);
        file_count++;
    }
    (void)closedir(dir);
    MUST(file_count > 0);
}

static void run_around(size_t at) {
    uint8_t *bytes = files[at].bytes;
    const size_t size = files[at].size;
    for (size_t len = 0; len <= size; len++) run(bytes, len);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        run(bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* xorshift64 (Marsaglia 2003) */
static uint64_t draw(void) {
    static uint64_t random = 88172645463325252;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
}

/* A file, or the beginning of one and the end of another, with some bytes changed. */
static void run_mutation(void) {
    static uint8_t bytes[2 * BYTES_MAX];
    const size_t a = draw() % file_count, b = draw() % file_count;
    size_t size = files[a].size;
    memcpy(bytes, files[a].bytes, size);
    if (draw() % 8 == 0) {
        const size_t begin = size ? draw() % size : 0,
                     end = files[b].size ? draw() % files[b].size : 0;
        memcpy(bytes + begin, files[b].bytes + end, files[b].size - end);
        size = begin + files[b].size - end;
    }
    for (uint64_t changes = 1 + draw() % 4; changes > 0 && size > 0; changes--)
        bytes[draw() % size] = (uint8_t)draw();
    run(bytes, draw() % 16 == 0 ? draw() % (size + 1) : size);
}

int main(int argc, char **argv) {
    MUST(argc == 4);
    const uint64_t due = strtoull(argv[3], NULL, 10) * (getenv("APITOKEN_LONG") ? 100 : 1);
    load(argv[1]);
    for (size_t i = 0; i < file_count; i++) run_around(i);
    while (executions < due) run_mutation();
    printf("# figure {\"figure\": \"fuzz executions, %s\", \"value\": %" PRIu64
           ", \"bound\": \">= %" PRIu64 "\", \"ok\": true}\n",
           argv[2], executions, due);
    printf("ok 1 - %s: %zu files of the corpus and what is like them\n1..1\n", argv[2],
           file_count); /* a crash has ended it before */
    return 0;
}
