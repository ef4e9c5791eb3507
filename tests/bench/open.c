/* SPDX-License-Identifier: MIT */
/*
 * One open in a process of its own: open PLACE off|check LOOKS
 *
 * Prints: open MICROSECONDS validate MICROSECONDS private KIBIBYTES file MEBIBYTES resident
 * MEBIBYTES. Private is the anonymous memory that the keyring, the handle, a validate and LOOKS
 * more of tokens from the whole store added; resident is all memory after these, most of it the
 * page cache.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "due.h"
#include "machine.h"
#include "place.h"

#define ANONYMOUS "Anonymous:"
#define RESIDENT "Rss:"

/* The number after the name in a line of the kernel's account of this process. */
static long memory_kib(const char *name) {
    char line[128];
    long kib = -1;
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    DUE_THAT(file != NULL);
    while (kib < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0) kib = strtol(line + strlen(name), NULL, 10);
    (void)fclose(file);
    DUE_THAT(kib >= 0);
    return kib;
}

static double file_mib(const char *dir) {
    struct stat st;
    DUE(stat(place_path(dir, "store/data.mdb"), &st));
    return (double)st.st_size / 1048576;
}

/* Reads each text from the file, so that the texts are not in what is measured. */
static void look_at(apitoken_store *store, const char *dir, size_t looks) {
    struct stat st;
    char text[PLACE_STRIDE];
    uint64_t random = 88172645463325252;
    FILE *file = fopen(place_path(dir, "texts"), "re");
    DUE_THAT(file && fgets(text, sizeof text, file));
    DUE(fstat(fileno(file), &st));
    size_t len = strcspn(text, "\n");
    for (size_t i = 0; i < looks; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        DUE(apitoken_validate(store, text, len, NULL, &verdict, NULL));
        long token = (long)(draw(&random) % ((uint64_t)st.st_size / (len + 1)));
        DUE(fseek(file, token * (long)(len + 1), SEEK_SET));
        DUE_THAT(fgets(text, sizeof text, file) != NULL);
    }
    (void)fclose(file);
}

int main(int argc, char **argv) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    DUE_THAT(argc == 4);
    pin_to(1);
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    opts.check_max_bytes = strcmp(argv[2], "off") == 0 ? APITOKEN_CHECK_OFF : UINT64_MAX;
    long before = memory_kib(ANONYMOUS);
    DUE(apitoken_keyring_load(place_path(argv[1], "keys"), NULL, &keyring, NULL));
    double begin = wall_ns();
    DUE(apitoken_store_open(place_path(argv[1], "store"), keyring, &opts, &store, NULL));
    double opened = wall_ns();
    look_at(store, argv[1], 1);
    double end = wall_ns();
    look_at(store, argv[1], strtoul(argv[3], NULL, 10));
    (void)printf("open %.1f validate %.1f private %ld file %.1f resident %.1f\n",
                 (opened - begin) / 1e3, (end - opened) / 1e3, memory_kib(ANONYMOUS) - before,
                 file_mib(argv[1]), (double)memory_kib(RESIDENT) / 1024);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    return 0;
}
