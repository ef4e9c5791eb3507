/* SPDX-License-Identifier: MIT */
/* A store of version 0.1 is of another schema: refuse_golden DIR, where golden.py unpacked it. */
#include <stdio.h>
#include <stdlib.h>

#include "cases.h"
#include "fixture.h"

static char keys[256], store_path[256];

static void test_a_store_of_0_1_is_refused(void **state) {
    apitoken_keyring *keyring = NULL;
    (void)state;
    assert_code(apitoken_keyring_load(keys, NULL, &keyring, NULL), 0);
    for (uint32_t mode = APITOKEN_MODE_READ_WRITE; mode <= APITOKEN_MODE_VERIFY_ONLY; mode++) {
        apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
        apitoken_store *store = NULL;
        opts.mode = mode;
        assert_code(apitoken_store_open(store_path, keyring, &opts, &store, NULL),
                    APITOKEN_E_SCHEMA);
    }
    assert_code(apitoken_store_check(store_path, keyring, NULL, NULL), APITOKEN_E_SCHEMA);
    assert_code(apitoken_store_grow(store_path, keyring, UINT64_C(1) << 30, FIXTURE_GROW, NULL),
                APITOKEN_E_SCHEMA);
    apitoken_keyring_free(keyring);
}

/* refuse_golden DIRECTORY [CASE...] */
int main(int argc, char **argv) {
    if (argc < 2) return EXIT_FAILURE;
    (void)snprintf(keys, sizeof keys, "%s/keys", argv[1]);
    (void)snprintf(store_path, sizeof store_path, "%s/store", argv[1]);
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_a_store_of_0_1_is_refused) };
    return run_cases(argc - 1, argv + 1, tests, NULL, NULL);
}
