/* SPDX-License-Identifier: MIT */
/*
 * The whole life of a token: create a keyring and a store, create a token, validate it, revoke it,
 * validate it again. Run it in an empty directory: it creates `keys` and `store` there, and never
 * overwrites them.
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

static void validate(apitoken_store *store, const char *text, size_t len) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    int rc = apitoken_validate(store, text, len, NULL, &verdict, NULL);
    if (rc == 0)
        printf("valid, owner %s\n", verdict.owner);
    else
        printf("answer with HTTP status %d: %s\n", apitoken_public_status(rc),
               apitoken_error_text(rc));
}

int main(void) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL;
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    must(apitoken_keyring_create("keys", NULL, &err), &err);
    must(apitoken_keyring_load("keys", NULL, &keyring, &err), &err);
    must(apitoken_store_create("store", keyring, NULL, &err), &err);
    must(apitoken_store_open("store", keyring, NULL, &store, &err), &err);

    must(apitoken_create(store, "alice", 5, "import job", 10, NULL, &secret, &err), &err);
    must(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, &err),
         &err);
    validate(store, text, len);
    must(
        apitoken_revoke(store, "alice", 5, apitoken_secret_id(secret), APITOKEN_ID_LEN, NULL, &err),
        &err);
    validate(store, text, len);

    explicit_bzero(text, sizeof text);
    apitoken_secret_free(secret);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    return EXIT_SUCCESS;
}
