/* SPDX-License-Identifier: MIT */
/*
 * The host's own clock decides expiry: here a variable that the program changes. Run it in an empty
 * directory: it creates `keys` and `store` there, and never overwrites them.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int rc, const apitoken_error *err) {
    if (rc == 0) return;
    (void)fprintf(stderr, "%s: %s\n", apitoken_error_name(rc), err->text);
    exit(EXIT_FAILURE);
}

/* Any result but 0 means that the time is unknown; the library then denies the call. */
static int read_variable(int64_t *ret_now_ms, void *ctx) {
    *ret_now_ms = *(const int64_t *)ctx;
    return *ret_now_ms < 0;
}

static const char *verdict_name(apitoken_store *store, const char *text, size_t len) {
    return apitoken_error_name(apitoken_validate(store, text, len, NULL, NULL, NULL));
}

int main(void) {
    const int64_t steps_ms[] = { 0, 86399999, 1 };
    int64_t now_ms = INT64_C(1798675200000); /* 2026-12-31T00:00:00Z */
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_create_opts until = APITOKEN_CREATE_OPTS_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL;
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    open.clock = read_variable;
    open.clock_ctx = &now_ms;
    until.expiry_kind = APITOKEN_EXPIRY_DAY;
    until.expiry_day = 20261231;
    must(apitoken_keyring_create("keys", NULL, &err), &err);
    must(apitoken_keyring_load("keys", NULL, &keyring, &err), &err);
    must(apitoken_store_create("store", keyring, NULL, &err), &err);
    must(apitoken_store_open("store", keyring, &open, &store, &err), &err);
    must(apitoken_create(store, "alice", 5, "until the end of the year", 25, &until, &secret, &err),
         &err);
    must(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, &err),
         &err);

    for (size_t i = 0; i < sizeof steps_ms / sizeof *steps_ms; i++) {
        now_ms += steps_ms[i];
        printf("%lld: %s\n", (long long)now_ms, verdict_name(store, text, len));
    }
    now_ms = -1;
    printf("no time: %s\n", verdict_name(store, text, len));

    explicit_bzero(text, sizeof text);
    apitoken_secret_free(secret);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    return EXIT_SUCCESS;
}
