/* SPDX-License-Identifier: MIT */
#include "lmdb/form/error.h"

#include <errno.h>
#include <lmdb.h>

#include "cases.h"
#include "samples.h"

static void test_codes(void **state) {
    (void)state;
    static const struct {
        int mdb, due;
    } rows[] = {
        { MDB_MAP_FULL, APITOKEN_E_FULL },
        { MDB_READERS_FULL, APITOKEN_E_READERS_FULL },
        { MDB_CORRUPTED, APITOKEN_E_DAMAGED },
        { MDB_PAGE_NOTFOUND, APITOKEN_E_DAMAGED },
        { MDB_INVALID, APITOKEN_E_DAMAGED },
        { MDB_INCOMPATIBLE, APITOKEN_E_DAMAGED },
        { MDB_NOTFOUND, APITOKEN_E_DAMAGED },
        { MDB_BAD_VALSIZE, APITOKEN_E_DAMAGED },
        { MDB_PANIC, APITOKEN_E_IO },
        { MDB_VERSION_MISMATCH, APITOKEN_E_IO },
        { MDB_BAD_TXN, APITOKEN_E_IO },
        { MDB_KEYEXIST, APITOKEN_E_IO },
        { EIO, APITOKEN_E_IO },
        { ENOSPC, APITOKEN_E_DISK_FULL },
        { ENOMEM, APITOKEN_E_NOMEM },
        { EACCES, APITOKEN_E_ACCESS },
        { EROFS, APITOKEN_E_READ_ONLY_FS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(atk_fail_mdb(&err, rows[i].mdb, "try"), rows[i].due);
        assert_int_equal(err.code, rows[i].due);
        assert_int_equal(err.os_code, rows[i].mdb);
        assert_code(atk_fail_mdb(NULL, rows[i].mdb, "try"), rows[i].due);
    }
}

static void assert_text(int code, const char *text) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    (void)atk_fail_mdb(&err, code, "write to the store");
    assert_string_equal(err.text, text);
}

/* The action names what it is done to. */
static void test_texts(void **state) {
    (void)state;
    assert_text(EIO, "cannot write to the store");
    assert_text(ENOSPC, "cannot write to the store");
    assert_text(EFBIG, "cannot write to the store: the limit on the size of files (RLIMIT_FSIZE) "
                       "is reached");
    assert_text(MDB_BAD_TXN, "cannot write to the store: MDB_BAD_TXN: Transaction must abort, has "
                             "a child, or is invalid");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_texts),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
