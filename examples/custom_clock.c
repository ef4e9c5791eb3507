/* SPDX-License-Identifier: MIT */
/* A clock of the host's own decides expiry: here a variable that the program moves. */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static apitoken_error err = APITOKEN_ERROR_INIT;

static void must(int rc) {
    if (rc == 0) return;
    (void)fprintf(stderr, "%s: %s\n", apitoken_error_name(rc), err.text);
    exit(EXIT_FAILURE);
}

static int read_variable(int64_t *ret_now_ms, void *ctx) {
    *ret_now_ms = *(const int64_t *)ctx;
    /* anything but 0 means that the time is not known: the call is denied */
    return *ret_now_ms < 0;
}

int main(void) {
    char dir[] = "/tmp/custom-clock-XXXXXX", text[APITOKEN_FORMAT_MAX];
    int64_t now_ms = INT64_C(1798675200000); /* 2026-12-31T00:00:00Z */
    const int64_t moves[] = { 0, 86399999, 1 };
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_create_opts until = APITOKEN_CREATE_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL;
    size_t len = 0;

    open.clock = read_variable;
    open.clock_ctx = &now_ms;
    until.expiry_kind = APITOKEN_EXPIRY_DAY;
    until.expiry_day = 20261231;
    if (!mkdtemp(dir) || chdir(dir) != 0) return EXIT_FAILURE;
    must(apitoken_keyring_create("keys", NULL, &err));
    must(apitoken_keyring_load("keys", NULL, &keyring, &err));
    must(apitoken_store_create("store", keyring, NULL, &err));
    must(apitoken_store_open("store", keyring, &open, &store, &err));
    must(
        apitoken_create(store, "alice", 5, "until the end of the year", 25, &until, &secret, &err));
    must(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, &err));
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
        now_ms += moves[i];
        printf("%lld: %s\n", (long long)now_ms,
               apitoken_error_name(apitoken_validate(store, text, len, NULL, NULL, NULL)));
    }
    now_ms = -1;
    printf("no time: %s\n",
           apitoken_error_name(apitoken_validate(store, text, len, NULL, NULL, NULL)));
    explicit_bzero(text, sizeof text);
    apitoken_secret_free(secret);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    (void)fflush(stdout);
    return execlp("rm", "rm", "-r", dir, (char *)NULL);
}
