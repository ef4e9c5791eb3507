/* SPDX-License-Identifier: MIT */
#include "lmdb/tokens/homes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/bytes.h"
#include "base/error.h"
#include "lmdb/process/locks.h"
#include "lmdb/tokens/last_use.h"
#include "outside/files.h"
#include "outside/crypto.h"

#define MAGIC_LEN 8
#define COVERED (MAGIC_LEN + ATK_ENVIRONMENT_LEN + 8)
#define CHECKSUM_LEN (ATK_HOME_LEN - COVERED)

static const struct {
    const char *file;
    const char *magic;
} kinds[ATK_HOMES] = { { ATK_LAST_USE_FILE, "apituse2" }, { ATK_LOCK_FILE, "apitwit2" } };

static bool read_home(int fd, const char *magic, struct atk_home *ret) {
    uint8_t head[ATK_HOME_LEN], checksum[CHECKSUM_LEN];
    if (pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head) return false;
    atk_hash(head, COVERED, checksum, sizeof checksum);
    if (memcmp(head, magic, MAGIC_LEN) != 0 || memcmp(head + COVERED, checksum, CHECKSUM_LEN) != 0)
        return false;
    memcpy(ret->environment, head + MAGIC_LEN, ATK_ENVIRONMENT_LEN);
    ret->transaction = atk_le_at(head + MAGIC_LEN + ATK_ENVIRONMENT_LEN, 8);
    return true;
}

void atk_homes_read(const struct atk_homes *homes, struct atk_homes_said *ret) {
    for (size_t i = 0; i < ATK_HOMES; i++)
        ret->has_said[i] = read_home(homes->fd[i], kinds[i].magic, &ret->home[i]);
}

int atk_homes_check(const struct atk_homes_said *said, const struct atk_home *snapshot,
                    apitoken_error *err) {
    for (size_t i = 0; i < ATK_HOMES; i++) {
        const struct atk_home *home = &said->home[i];
        if (!said->has_said[i]) continue;
        if (memcmp(home->environment, snapshot->environment, sizeof home->environment) != 0)
            return atk_fail(err, APITOKEN_E_ROLLED_BACK, "%s belongs to another copy of the store",
                            kinds[i].file);
        if (home->transaction > snapshot->transaction)
            return atk_fail(err, APITOKEN_E_ROLLED_BACK, NULL);
    }
    return 0;
}

int atk_homes_require(const struct atk_homes_said *said, const struct atk_home *snapshot,
                      apitoken_error *err) {
    if (!said->has_said[0] && !said->has_said[1])
        return atk_fail(err, APITOKEN_E_DAMAGED, "neither %s nor %s records the last transaction",
                        kinds[0].file, kinds[1].file);
    return atk_homes_check(said, snapshot, err);
}

static int write_home(int fd, const char *magic, const struct atk_home *home) {
    uint8_t head[ATK_HOME_LEN];
    struct atk_writer w = atk_writer_of(head, sizeof head);
    atk_put_bytes(&w, magic, MAGIC_LEN);
    atk_put_bytes(&w, home->environment, sizeof home->environment);
    atk_put_uint(&w, home->transaction, 8);
    atk_hash(head, COVERED, head + COVERED, CHECKSUM_LEN);
    ssize_t written = pwrite(fd, head, sizeof head, 0);
    if (written == (ssize_t)sizeof head) return 0;
    return written < 0 ? errno : ENOSPC;
}

int atk_homes_write(const struct atk_homes *homes, const struct atk_home *home,
                    apitoken_error *err) {
    int rc = 0;
    for (size_t i = 0; i < ATK_HOMES; i++) {
        if (homes->fd[i] < 0) continue;
        int os_code = write_home(homes->fd[i], kinds[i].magic, home);
        if (os_code && rc == 0) rc = atk_fail_errno(err, os_code, "write", kinds[i].file);
    }
    return rc;
}

int atk_homes_sync(const struct atk_homes *homes, apitoken_error *err) {
    for (size_t i = 0; i < ATK_HOMES; i++)
        if (homes->fd[i] >= 0 && fdatasync(homes->fd[i]) != 0)
            return atk_fail_errno(err, errno, "sync", kinds[i].file);
    return 0;
}
