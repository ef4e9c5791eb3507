/* SPDX-License-Identifier: MIT */
#include "objects/keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "outside/files.h"
#include "objects/keyring.h"
#include "cases.h"
#include "samples.h"

static int setup(void **state) {
    struct fixture *f = malloc(sizeof *f);
    assert_non_null(f);
    fixture_make_dir(f);
    *state = f;
    return 0;
}

static void make(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
}

/* The sample's keys as a file gives them: bound to no store yet. */
static void unbound_keys(struct atk_keys *keys) {
    sample_keys(keys);
    for (uint32_t i = 0; i < keys->count; i++)
        memset(keys->key[i].store_tag, 0, sizeof keys->key[i].store_tag);
}

/* A keyring file of this text gives these keys. */
static void assert_loaded(const struct fixture *f, const char *text, const struct atk_keys *due) {
    struct atk_keyring_file file = { 0 };
    make(f->keys, text);
    assert_code(atk_keyring_file_load(f->keys, &file, NULL), 0);
    assert_memory_equal(file.keys, due, sizeof *due);
    atk_keyring_file_free(&file);
}

/* All keys, not just the first. */
static void test_a_full_file_gives_all_subkeys_and_prints(void **state) {
    const struct fixture *f = *state;
    struct atk_keys due;
    unbound_keys(&due);
    assert_loaded(f, VECTOR_KEYFILE_FULL, &due);
}

static void test_a_verify_only_file_gives_neither_seal_nor_audit_keys(void **state) {
    const struct fixture *f = *state;
    struct atk_keys due;
    unbound_keys(&due);
    due.verify_only = 1;
    for (uint32_t i = 0; i < due.count; i++) {
        memset(due.key[i].master, 0, sizeof due.key[i].master);
        memset(due.key[i].seal, 0, sizeof due.key[i].seal);
        memset(due.key[i].prints.seal, 0, sizeof due.key[i].prints.seal);
        memset(due.key[i].audit, 0, sizeof due.key[i].audit);
    }
    assert_loaded(f, VECTOR_KEYFILE_VERIFY, &due);
}

/* 1 if not even the kernel can write there. */
static int is_read_only(void *data) {
    ATK_SCOPED_FD zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_true(zeros >= 0);
    return read(zeros, data, 1) == -1 && errno == EFAULT;
}

/* A bug in the host cannot change a key unnoticed. */
static void test_loaded_keys_cannot_be_written(void **state) {
    const struct fixture *f = *state;
    apitoken_keyring *keyring = NULL;
    make(f->keys, VECTOR_KEYFILE_FULL);
    assert_code(apitoken_keyring_load(f->keys, NULL, &keyring, NULL), 0);
    assert_true(is_read_only(keyring->keys));
    apitoken_keyring_free(keyring);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_full_file_gives_all_subkeys_and_prints, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_loaded_keys_cannot_be_written, setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_verify_only_file_gives_neither_seal_nor_audit_keys,
                                        setup, fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
