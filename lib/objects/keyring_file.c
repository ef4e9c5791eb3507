/* SPDX-License-Identifier: MIT */
#include "objects/keyring_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "outside/clock.h"
#include "outside/files.h"
#include "outside/keyfile.h"

void atk_keyring_file_free(const struct atk_keyring_file *file) {
    atk_guarded_free(file->text);
    atk_guarded_free(file->keys);
}

static int init_file(struct atk_keyring_file *file, apitoken_error *err) {
    bool is_text_locked;
    int rc = atk_crypto_init();
    if (rc < 0) return atk_fail(err, rc, NULL);
    file->text = atk_guarded_alloc(ATK_KEYRING_FILE_MAX, &is_text_locked);
    file->keys = atk_guarded_alloc(sizeof *file->keys, &file->is_locked);
    return file->text && file->keys ? 0 : atk_fail(err, APITOKEN_E_NOMEM, "out of guarded memory");
}

static int open_file(const char *path, int flags, int *ret_fd, apitoken_error *err) {
    *ret_fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (*ret_fd >= 0) return 0;
    if (errno == ENOENT || errno == ENOTDIR)
        return atk_fail_os(err, APITOKEN_E_KEYS_MISSING, errno, "no keyring at %s", path);
    if (errno == EISDIR)
        return atk_fail_os(err, APITOKEN_E_KEYS_FOREIGN, errno, "%s is a directory", path);
    if (errno == ENAMETOOLONG) return atk_fail_os(err, APITOKEN_E_PATH, errno, NULL);
    if (errno == ELOOP)
        return atk_fail_os(err, APITOKEN_E_SYMLINK, errno, "%s is a symbolic link", path);
    return atk_fail_errno(err, errno, "open", path);
}

static int require_safe_file(const struct stat *st, const char *path, apitoken_error *err) {
    if (!S_ISREG(st->st_mode))
        return atk_fail(err, APITOKEN_E_KEYS_FOREIGN, "%s is not a regular file", path);
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return atk_fail(err, APITOKEN_E_KEYS_UNSAFE, "%s is owned by user %lu", path,
                        (unsigned long)st->st_uid);
    if (st->st_mode & 077)
        return atk_fail(err, APITOKEN_E_KEYS_UNSAFE,
                        "%s is accessible to others (mode %04o; it should be 0600)", path,
                        (unsigned)st->st_mode & 07777);
    return 0;
}

static int read_text(int fd, char *text, size_t cap, size_t *ret_len, const char *path,
                     apitoken_error *err) {
    size_t len = 0;
    for (;;) {
        ssize_t got = read(fd, text + len, cap - len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return atk_fail_errno(err, errno, "read", path);
        len += (size_t)got;
        if (got == 0 || len == cap) break;
    }
    *ret_len = len;
    return 0;
}

static void derive_subkeys(struct atk_keys *keys) {
    for (uint32_t i = 0; i < keys->count; i++) {
        if (!keys->verify_only) atk_key_derive(&keys->key[i]);
        atk_key_begin_digest(&keys->key[i]);
        atk_key_fingerprint(&keys->key[i], !keys->verify_only);
    }
}

static int read_file(int fd, const char *path, struct atk_keyring_file *file, apitoken_error *err) {
    size_t len = 0;
    if (fstat(fd, &file->st) != 0) return atk_fail_errno(err, errno, "examine", path);
    ATK_TRY(require_safe_file(&file->st, path, err));
    ATK_TRY(init_file(file, err));
    ATK_TRY(read_text(fd, file->text, ATK_KEYRING_FILE_MAX, &len, path, err));
    int rc = atk_keyfile_parse(file->text, len, file->keys);
    /* only the buffer cut it off: the file is too long */
    if (rc == APITOKEN_E_KEYS_SHORT && len == ATK_KEYRING_FILE_MAX) rc = APITOKEN_E_KEYS_DAMAGED;
    if (rc < 0) return atk_fail(err, rc, "%s: %s", path, apitoken_error_text(rc));
    derive_subkeys(file->keys);
    return 0;
}

int atk_keyring_file_load(const char *path, struct atk_keyring_file *file, apitoken_error *err) {
    ATK_SCOPED_FD fd = -1;
    ATK_TRY(open_file(path, O_RDONLY, &fd, err));
    return read_file(fd, path, file, err);
}

static int write_file(const char *path, struct atk_keyring_file *file, bool verify_only,
                      const struct stat *replaced, apitoken_error *err) {
    size_t len = atk_keyfile_write(file->keys, verify_only, file->text);
    return atk_file_put(path, file->text, len, replaced, err);
}

int atk_keyring_opts_load(const apitoken_keyring_opts *opts, uint32_t allowed_flags,
                          apitoken_keyring_opts *full, apitoken_error *err) {
    ATK_TRY(atk_opts_load(full, sizeof *full, ATK_SIZE_KEYRING_OPTS, allowed_flags, opts, err));
    ATK_TRY(atk_input_reserved(full->reserved, err));
    if (!full->timeout_ms) full->timeout_ms = ATK_TIMEOUT_DEFAULT_MS;
    return 0;
}

int apitoken_keyring_create(const char *path, const apitoken_keyring_opts *opts,
                            apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_keyring_opts full;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_keyring_opts_load(opts, 0, &full, err));
    ATK_TRY(init_file(&file, err));
    file.keys->count = 1;
    file.keys->active = file.keys->key[0].id = 1;
    atk_random(file.keys->key[0].master, ATK_KEY_LEN);
    return write_file(path, &file, false, NULL, err);
}

int apitoken_keyring_export_verify(const char *path, const char *out_path,
                                   const apitoken_keyring_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_keyring_opts full;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_input_path(out_path, err));
    ATK_TRY(atk_keyring_opts_load(opts, 0, &full, err));
    ATK_TRY(atk_keyring_file_load(path, &file, err));
    return write_file(out_path, &file, true, NULL, err);
}

/* 0, or an errno. */
static int set_lock(int fd, short type) {
    struct flock lock;
    memset(&lock, 0, sizeof lock);
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return fcntl(fd, F_OFD_SETLK, &lock) == 0 ? 0 : errno;
}

/* Closing alone would leave the lock to a child that was forked meanwhile. */
static void unlock_and_close(const int *fd) {
    if (*fd < 0) return;
    (void)set_lock(*fd, F_UNLCK);
    (void)close(*fd);
}

/*
 * Opens the file and locks it against others that change it; what was locked must still be what
 * stands at the path.
 */
static int open_locked(const char *path, uint32_t timeout_ms, int *ret_fd, apitoken_error *err) {
    struct atk_deadline deadline = atk_deadline_in(timeout_ms);
    for (;;) {
        ATK_SCOPED_FD fd = -1;
        struct stat held, present;
        ATK_TRY(open_file(path, O_RDWR, &fd, err));
        int os_code = set_lock(fd, F_WRLCK);
        if (os_code != 0 && os_code != EAGAIN && os_code != EACCES && os_code != EINTR)
            return atk_fail_errno(err, os_code, "lock", path);
        if (os_code == 0 && fstat(fd, &held) == 0 && lstat(path, &present) == 0 &&
            held.st_dev == present.st_dev && held.st_ino == present.st_ino) {
            *ret_fd = fd;
            fd = -1;
            return 0;
        }
        if (atk_deadline_pause(&deadline) < 0)
            return atk_fail(err, APITOKEN_E_BUSY, "another process is changing %s", path);
    }
}

/* The beginning of every change: loads the options, locks the file and reads a full keyring. */
static int load_for_change(const char *path, const apitoken_keyring_opts *opts, int *ret_fd,
                           struct atk_keyring_file *file, apitoken_error *err) {
    apitoken_keyring_opts full;
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_keyring_opts_load(opts, 0, &full, err));
    ATK_TRY(open_locked(path, full.timeout_ms, ret_fd, err));
    ATK_TRY(read_file(*ret_fd, path, file, err));
    return file->keys->verify_only ? atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL) : 0;
}

int apitoken_keyring_add_key(const char *path, const apitoken_keyring_opts *opts,
                             uint32_t *ret_key_id, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_SCOPED(unlock_and_close) int fd = -1;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(load_for_change(path, opts, &fd, &file, err));
    struct atk_keys *keys = file.keys;
    const uint32_t highest = keys->key[keys->count - 1].id;
    if (keys->count == ATK_KEYS_MAX || highest == UINT32_MAX)
        return atk_fail(err, APITOKEN_E_KEY_LIMIT, NULL);
    struct atk_key *added = &keys->key[keys->count++];
    added->id = highest + 1;
    atk_random(added->master, ATK_KEY_LEN);
    ATK_TRY(write_file(path, &file, false, &file.st, err));
    if (ret_key_id) *ret_key_id = added->id;
    return 0;
}

int apitoken_keyring_activate_key(const char *path, uint32_t key_id,
                                  const apitoken_keyring_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_SCOPED(unlock_and_close) int fd = -1;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(load_for_change(path, opts, &fd, &file, err));
    if (!atk_keys_find(file.keys, key_id))
        return atk_fail_item(err, APITOKEN_E_KEY_ID, key_id, NULL);
    if (file.keys->active == key_id) return 0;
    file.keys->active = key_id;
    return write_file(path, &file, false, &file.st, err);
}

/* The highest id stays, so that add_key never gives it a second time. */
static int require_removable(const struct atk_keys *keys, uint32_t key_id, apitoken_error *err) {
    if (!atk_keys_find(keys, key_id)) return atk_fail_item(err, APITOKEN_E_KEY_ID, key_id, NULL);
    if (keys->active != key_id && keys->key[keys->count - 1].id != key_id) return 0;
    return atk_fail_field(err, APITOKEN_E_KEY_USED, APITOKEN_FIELD_KEY, 0, "key %lu is the %s",
                          (unsigned long)key_id,
                          keys->active == key_id ? "active one" : "newest one: its id must stay");
}

int apitoken_keyring_remove_key(const char *path, const apitoken_keyring_opts *opts,
                                uint32_t key_id, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    ATK_SCOPED(atk_keyring_file_free) struct atk_keyring_file file = { 0 };
    ATK_SCOPED(unlock_and_close) int fd = -1;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(load_for_change(path, opts, &fd, &file, err));
    struct atk_keys *keys = file.keys;
    ATK_TRY(require_removable(keys, key_id, err));
    uint32_t i = 0;
    while (keys->key[i].id != key_id) i++;
    keys->count--;
    memmove(&keys->key[i], &keys->key[i + 1], (keys->count - i) * sizeof keys->key[0]);
    return write_file(path, &file, false, &file.st, err);
}
