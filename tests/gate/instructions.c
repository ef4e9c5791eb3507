/* SPDX-License-Identifier: MIT */
/*
 * What instructions.py counts the instructions of:
 *
 *   instructions make DIR COUNT           a store and the floor's with COUNT tokens, and the file
 *   DIR/texts instructions library|floor DIR N ROUND   N looks at the tokens of the file, each
 *   ROUND of them again and again
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "floor.h"

#define PATH_CAP 512
#define TEXT_CAP 64
#define MAP_BYTES ((size_t)256 << 20)
#define OWNERS 1000
#define PUTS 1000 /* the floor's tokens a transaction */

static const uint8_t floor_key[FLOOR_KEY_LEN] = "the floor hashes under this key";

#define DUE(expr) due((expr) == 0, #expr)

static void due(int is_well, const char *what) {
    if (is_well) return;
    (void)fprintf(stderr, "failed: %s\n", what);
    exit(1);
}

static const char *below(const char *dir, const char *name) {
    static char path[4][PATH_CAP];
    static unsigned at;
    char *out = path[at++ % 4];
    (void)snprintf(out, PATH_CAP, "%s/%s", dir, name);
    return out;
}

static apitoken_store *open_store(const char *dir, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    opts.mode = mode;
    opts.check_max_bytes = APITOKEN_CHECK_OFF;
    DUE(apitoken_keyring_load(below(dir, "keys"), NULL, &keyring, NULL));
    DUE(apitoken_store_open(below(dir, "store"), keyring, &opts, &store, NULL));
    apitoken_keyring_free(keyring);
    return store;
}

static apitoken_store *make_store(const char *dir) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    opts.map_bytes = MAP_BYTES;
    DUE(apitoken_keyring_create(below(dir, "keys"), NULL, NULL));
    DUE(apitoken_keyring_load(below(dir, "keys"), NULL, &keyring, NULL));
    DUE(apitoken_store_create(below(dir, "store"), keyring, &opts, NULL));
    apitoken_keyring_free(keyring);
    return open_store(dir, APITOKEN_MODE_READ_WRITE);
}

static void make_token(apitoken_store *store, unsigned long number, FILE *texts,
                       struct floor *floor) {
    char owner[24], text[TEXT_CAP];
    size_t len;
    apitoken_secret *secret = NULL;
    int owner_len = snprintf(owner, sizeof owner, "owner-%010lu", number % OWNERS); /* 16 bytes */
    DUE(apitoken_create(store, owner, (size_t)owner_len, "name", 4, NULL, &secret, NULL));
    DUE(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL));
    apitoken_secret_free(secret);
    DUE(floor_put(floor, text, len, INT64_MAX));
    due(fprintf(texts, "%s\n", text) > 0, "write texts");
}

static void make(const char *dir, unsigned long count) {
    DUE(mkdir(below(dir, "floor"), 0700));
    apitoken_store *store = make_store(dir);
    struct floor *floor = floor_open(below(dir, "floor"), floor_key, MAP_BYTES, 1);
    FILE *texts = fopen(below(dir, "texts"), "we");
    due(floor && texts, "open");
    DUE(floor_put_begin(floor));
    for (unsigned long i = 0; i < count; i++) {
        make_token(store, i, texts, floor);
        if (i % PUTS != PUTS - 1) continue;
        DUE(floor_put_end(floor));
        DUE(floor_put_begin(floor));
    }
    DUE(floor_put_end(floor));
    DUE(fclose(texts));
    floor_close(floor);
    apitoken_store_close(store);
}

/* The first `count` texts, one after the other. */
static char (*load_texts(const char *dir, size_t count))[TEXT_CAP] {
    char(*texts)[TEXT_CAP] = calloc(count, sizeof *texts);
    FILE *file = fopen(below(dir, "texts"), "re");
    due(texts && file, "open texts");
    for (size_t i = 0; i < count; i++) {
        due(fgets(texts[i], TEXT_CAP, file) != NULL, "read texts");
        texts[i][strcspn(texts[i], "\n")] = '\0';
    }
    (void)fclose(file);
    return texts;
}

static void look_library(const char *dir, char (*texts)[TEXT_CAP], size_t n, size_t round,
                         size_t len) {
    apitoken_store *store = open_store(dir, APITOKEN_MODE_VERIFY_ONLY);
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    /* what comes only once, comes in both runs */
    DUE(apitoken_validate(store, texts[round], len, NULL, &verdict, NULL));
    for (size_t i = 0; i < n; i++)
        DUE(apitoken_validate(store, texts[i % round], len, NULL, &verdict, NULL));
    apitoken_store_close(store);
}

static void look_floor(const char *dir, char (*texts)[TEXT_CAP], size_t n, size_t round,
                       size_t len) {
    struct floor *floor = floor_open(below(dir, "floor"), floor_key, MAP_BYTES, 0);
    due(floor != NULL, "open the floor");
    DUE(floor_validate(floor, texts[round], len));
    for (size_t i = 0; i < n; i++) DUE(floor_validate(floor, texts[i % round], len));
    floor_close(floor);
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "make") == 0) {
        make(argv[2], strtoul(argv[3], NULL, 10));
        return 0;
    }
    due(argc == 5, "usage");
    size_t n = strtoul(argv[3], NULL, 10), round = strtoul(argv[4], NULL, 10);
    char(*texts)[TEXT_CAP] = load_texts(argv[2], round + 1);
    size_t len = strlen(texts[0]);
    if (strcmp(argv[1], "library") == 0) look_library(argv[2], texts, n, round, len);
    if (strcmp(argv[1], "floor") == 0) look_floor(argv[2], texts, n, round, len);
    free(texts);
    return 0;
}
