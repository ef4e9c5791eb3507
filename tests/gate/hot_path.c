/* SPDX-License-Identifier: MIT */
/*
 * hot_path make DIR | hot_path run DIR CALLS
 *
 * A million validates of a verify-only handle: tokens that are good, seen before and at first
 * sight, and some that are not. Counts what they allocate and lock by functions that stand before
 * libc's; hot_path.py counts the system calls between two getppid().
 */
#include <apitoken/apitoken.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "due.h"

enum { TOKENS = 2000, TEXT_CAP = 64 };

static uint64_t allocations, locks;

/* ---- before libc ----------------------------------------------------------------------------- */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *data, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *data, size_t size) {
    allocations++;
    return __libc_realloc(data, size);
}

static int pass_on(const char *name, pthread_mutex_t *mutex) {
    int (*real)(pthread_mutex_t *);
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(&real, &found, sizeof found);
    locks++;
    return real(mutex);
}

int pthread_mutex_lock(pthread_mutex_t *mutex) { return pass_on("pthread_mutex_lock", mutex); }
int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    return pass_on("pthread_mutex_trylock", mutex);
}

/* ---- the calls ------------------------------------------------------------------------------- */

static const char *below(const char *dir, const char *name) {
    static char path[4][256];
    static unsigned at;
    char *here = path[at++ % 4];
    (void)snprintf(here, sizeof path[0], "%s/%s", dir, name);
    return here;
}

static void make(const char *dir) {
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    FILE *texts = fopen(below(dir, "texts"), "we");
    DUE_THAT(texts != NULL);
    DUE(apitoken_keyring_create(below(dir, "keys"), NULL, NULL));
    DUE(apitoken_keyring_load(below(dir, "keys"), NULL, &keyring, NULL));
    DUE(apitoken_store_create(below(dir, "store"), keyring, NULL, NULL));
    DUE(apitoken_store_open(below(dir, "store"), keyring, NULL, &store, NULL));
    for (int i = 0; i < TOKENS; i++) {
        apitoken_secret *secret = NULL;
        char text[TEXT_CAP];
        size_t len;
        DUE(apitoken_create(store, "owner", 5, "name", 4, NULL, &secret, NULL));
        DUE(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len,
                                   NULL));
        DUE_THAT(fprintf(texts, "%s\n", text) > 0);
        apitoken_secret_free(secret);
    }
    DUE_THAT(fclose(texts) == 0);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
}

static void load_texts(const char *dir, char (*texts)[TEXT_CAP]) {
    FILE *file = fopen(below(dir, "texts"), "re");
    DUE_THAT(file != NULL);
    for (int i = 0; i < TOKENS; i++) {
        DUE_THAT(fgets(texts[i], TEXT_CAP, file) != NULL);
        texts[i][strcspn(texts[i], "\n")] = '\0';
    }
    (void)fclose(file);
}

/*
 * Most of them good; every eighth has a wrong checksum, another eighth is asked for without a
 * verdict.
 */
static int look(apitoken_store *store, const char *text, size_t len, unsigned long i) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    if (i % 8 == 0)
        return apitoken_validate(store, text, len - 1, NULL, &verdict, NULL) ==
               APITOKEN_E_MALFORMED;
    return apitoken_validate(store, text, len, NULL, i % 8 == 1 ? NULL : &verdict, NULL) == 0;
}

static void run(const char *dir, unsigned long calls) {
    static char texts[TOKENS][TEXT_CAP];
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    load_texts(dir, texts);
    const size_t len = strlen(texts[0]);
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    DUE(apitoken_keyring_load(below(dir, "keys"), NULL, &keyring, NULL));
    DUE(apitoken_store_open(below(dir, "store"), keyring, &opts, &store, NULL));
    DUE(apitoken_validate(store, texts[0], len, NULL, NULL, NULL)); /* the pool has an entry now */
    (void)syscall(SYS_getppid);
    allocations = locks = 0;
    for (unsigned long i = 0; i < calls; i++)
        DUE_THAT(look(store, texts[i % 3 == 0 ? i / 8 % TOKENS : i % 16], len, i));
    const uint64_t allocated = allocations, locked = locks;
    (void)syscall(SYS_getppid);
    printf("allocations %llu locks %llu\n", (unsigned long long)allocated,
           (unsigned long long)locked);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
}

int main(int argc, char **argv) {
    DUE_THAT(argc >= 3);
    if (strcmp(argv[1], "make") == 0) make(argv[2]);
    if (strcmp(argv[1], "run") == 0 && argc == 4) run(argv[2], strtoul(argv[3], NULL, 10));
    return 0;
}
