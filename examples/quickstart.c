/* SPDX-License-Identifier: MIT */
/* The whole life of a token: keyring, store, create, validate, revoke, validate. */
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

static void check(apitoken_store *store, const char *text, size_t len) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    int rc = apitoken_validate(store, text, len, NULL, &verdict, &err);
    if (rc == 0)
        printf("good, owner %s\n", verdict.owner);
    else
        printf("refused with %d: %s\n", apitoken_public_status(rc), apitoken_error_text(rc));
}

int main(void) {
    char dir[] = "/tmp/quickstart-XXXXXX", text[APITOKEN_FORMAT_MAX];
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL;
    size_t len = 0;

    if (!mkdtemp(dir) || chdir(dir) != 0) return EXIT_FAILURE;
    must(apitoken_keyring_create("keys", NULL, &err));
    must(apitoken_keyring_load("keys", NULL, &keyring, &err));
    must(apitoken_store_create("store", keyring, NULL, &err));
    must(apitoken_store_open("store", keyring, NULL, &store, &err));

    must(apitoken_create(store, "alice", 5, "import job", 10, NULL, &secret, &err));
    must(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, &err));
    check(store, text, len);
    must(apitoken_revoke(store, "alice", 5, apitoken_secret_id(secret), APITOKEN_ID_LEN, NULL,
                         &err));
    check(store, text, len);

    explicit_bzero(text, sizeof text);
    apitoken_secret_free(secret);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    (void)fflush(stdout);
    /* the demonstration leaves nothing behind */
    return execlp("rm", "rm", "-r", dir, (char *)NULL);
}
