/* SPDX-License-Identifier: MIT */
#include "lmdb/form/error.h"

#include <lmdb.h>

#include "base/error.h"
#include "outside/files.h"

int atk_fail_mdb(apitoken_error *err, int mdb_code, const char *action) {
    int code = APITOKEN_E_IO;
    switch (mdb_code) {
    case MDB_MAP_FULL: code = APITOKEN_E_FULL; break;
    case MDB_READERS_FULL: code = APITOKEN_E_READERS_FULL; break;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
    case MDB_BAD_VALSIZE: code = APITOKEN_E_DAMAGED; break;
    default:
        if (mdb_code > 0) return atk_fail_errno(err, mdb_code, action, NULL);
    }
    return atk_fail_os(err, code, mdb_code, "cannot %s: %s", action, mdb_strerror(mdb_code));
}
