/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: none is left behind, and 0 is as good as any other, as a daemon that closed its
 * standard input may get it.
 */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

/*
 * Each verb once on files of its own; the first code that is not 0. It runs in a child, too, so it
 * asserts nothing.
 */
static int call_all(const char *dir) {
    char keys[96], verify[96], path[96], text[APITOKEN_FORMAT_MAX];
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    apitoken_secret *secret = NULL;
    apitoken_page *page = NULL;
    apitoken_token *row = NULL;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    uint32_t key = 0;
    size_t len = 0;
    int rc = 0;
    (void)snprintf(keys, sizeof keys, "%s/keys", dir);
    (void)snprintf(verify, sizeof verify, "%s/verify", dir);
    (void)snprintf(path, sizeof path, "%s/store", dir);
#define CALL(call) rc = rc ? rc : (call)
    CALL(mkdir(dir, 0700));
    CALL(apitoken_keyring_create(keys, NULL, NULL));
    CALL(apitoken_keyring_add_key(keys, NULL, &key, NULL));
    CALL(apitoken_keyring_activate_key(keys, key, NULL, NULL));
    CALL(apitoken_keyring_export_verify(keys, verify, NULL, NULL));
    CALL(apitoken_keyring_load(keys, NULL, &keyring, NULL));
    CALL(apitoken_store_create(path, keyring, NULL, NULL));
    CALL(apitoken_store_grow(path, keyring, UINT64_C(1) << 31, FIXTURE_GROW, NULL));
    CALL(apitoken_store_open(path, keyring, NULL, &store, NULL));
    CALL(apitoken_create(store, LIT("owner"), LIT("name"), NULL, &secret, NULL));
    CALL(
        apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, text, sizeof text, &len, NULL));
    CALL(apitoken_validate(store, text, len, NULL, NULL, NULL));
    CALL(apitoken_list(store, LIT("owner"), NULL, &page, NULL));
    CALL(apitoken_show(store, LIT("owner"), apitoken_secret_id(secret), APITOKEN_ID_LEN, NULL, &row,
                       NULL));
    CALL(apitoken_revoke(store, LIT("owner"), apitoken_secret_id(secret), APITOKEN_ID_LEN, NULL,
                         NULL));
    CALL(apitoken_store_stat(store, NULL, &info, NULL));
#undef CALL
    apitoken_token_free(row);
    apitoken_page_free(page);
    apitoken_secret_free(secret);
    apitoken_store_close(store);
    apitoken_keyring_free(keyring);
    return rc;
}

/* What fails, too, leaves nothing. */
static int fail_all(const char *dir) {
    char keys[96], path[96];
    apitoken_keyring *keyring = NULL;
    apitoken_store *store = NULL;
    (void)snprintf(keys, sizeof keys, "%s/keys", dir);
    (void)snprintf(path, sizeof path, "%s/store", dir);
    if (apitoken_keyring_load(keys, NULL, &keyring, NULL) != 0) return 1;
    int failed = apitoken_keyring_create(keys, NULL, NULL) != 0 &&
                 apitoken_keyring_activate_key(keys, 99, NULL, NULL) != 0 &&
                 apitoken_store_create(path, keyring, NULL, NULL) != 0 &&
                 apitoken_store_grow(path, keyring, 4096, FIXTURE_GROW, NULL) != 0 &&
                 apitoken_store_open(dir, keyring, NULL, &store, NULL) != 0 &&
                 apitoken_store_open(keys, keyring, NULL, &store, NULL) != 0;
    apitoken_keyring_free(keyring);
    return !failed;
}

static size_t count_descriptors(void) { return count_entries("/proc/self/fd"); }

static void none_stays_behind(void **state) {
    const struct fixture *f = *state;
    const size_t before = count_descriptors();
    for (int i = 0; i < 3; i++) {
        char dir[80];
        (void)snprintf(dir, sizeof dir, "%s/%d", f->dir, i);
        assert_code(call_all(dir), 0);
        assert_int_equal(fail_all(dir), 0);
        assert_int_equal(count_descriptors(), before);
    }
}

/* Every descriptor of the library's is number 0 once, and none of them stays. */
static int without_standard_input(void *ctx) {
    (void)close(STDIN_FILENO);
    int rc = call_all(ctx);
    if (rc == 0) rc = fail_all(ctx);
    return rc ? rc : fcntl(STDIN_FILENO, F_GETFD) == -1 ? 0 : 1;
}

static void number_0_is_one_like_others(void **state) {
    const struct fixture *f = *state;
    char dir[80];
    (void)snprintf(dir, sizeof dir, "%s/without", f->dir);
    assert_code(in_child(without_standard_input, dir), 0);
}

/*
 * A file of a store that the host has open by itself, with whatever numbers the library had for it
 * before.
 */
struct own {
    const struct fixture *f;
    int fds[16];
    ino_t ino; /* its number may be another file's by then */
};

static int open_in_child(void *ctx) {
    const struct own *own = ctx;
    apitoken_store *store = NULL;
    struct stat st;
    if (apitoken_store_open(own->f->store_path, own->f->keyring, NULL, &store, NULL) != 0) return 1;
    for (size_t i = 0; i < COUNT(own->fds); i++)
        if (fstat(own->fds[i], &st) != 0 || st.st_ino != own->ino) return 2;
    apitoken_store_close(store);
    return 0;
}

/*
 * A child's first open closes what the library had open at the fork, and nothing that it had closed
 * before.
 */
static void what_the_host_opened_later_is_the_hosts(void **state) {
    static const char *const names[] = { "second/data.mdb", "second/lock.mdb", "second/writer.lock",
                                         "second/last-use" };
    const struct fixture *f = *state;
    struct stat st;
    assert_code(apitoken_store_create(in_dir(f->dir, "second"), f->keyring, NULL, NULL), 0);
    for (size_t n = 0; n < COUNT(names); n++) {
        struct own own = { .f = f };
        for (size_t i = 0; i < COUNT(own.fds); i++) {
            own.fds[i] = open(in_dir(f->dir, names[n]), O_RDONLY | O_CLOEXEC);
            assert_true(own.fds[i] >= 0);
        }
        assert_int_equal(fstat(own.fds[0], &st), 0);
        own.ino = st.st_ino;
        int code = in_child(open_in_child, &own);
        for (size_t i = 0; i < COUNT(own.fds); i++) assert_int_equal(close(own.fds[i]), 0);
        assert_int_equal(code, 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(none_stays_behind),
        CASE(number_0_is_one_like_others),
        CASE(what_the_host_opened_later_is_the_hosts),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
