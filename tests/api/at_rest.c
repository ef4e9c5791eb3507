/* SPDX-License-Identifier: MIT */
/*
 * No file of a store holds anything that would let its reader present a token: not the text, not
 * its secret, neither of them in hexadecimal or base64. Tried with both copy policies, for valid,
 * rotated, expired and revoked tokens.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "fixture.h"

#define SECRET_AT 17 /* behind "tdh_", version and id */
#define SECRET_LEN 30
#define NEEDLES_MAX 8

/* The forms in which a secret could give itself away. */
struct needles {
    size_t count;
    char form[NEEDLES_MAX][2 * APITOKEN_FORMAT_MAX];
};

static void add_hex(struct needles *n, const char *text, size_t len) {
    char *out = n->form[n->count++];
    for (size_t i = 0; i < len; i++) (void)snprintf(out + 2 * i, 3, "%02x", (unsigned char)text[i]);
}

/* Without padding and without the last character, which depends on what follows. */
static void add_base64(struct needles *n, const char *text, size_t len) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *out = n->form[n->count++];
    size_t at = 0;
    for (size_t bit = 0; bit + 6 <= 8 * len; bit += 6) {
        unsigned next = bit / 8 + 1 < len ? (unsigned char)text[bit / 8 + 1] : 0;
        unsigned pair = (unsigned)(unsigned char)text[bit / 8] << 8 | next;
        out[at++] = digits[pair >> (10 - bit % 8) & 63];
    }
    out[at - 1] = '\0';
}

static struct needles needles_of(const char *token) {
    struct needles n;
    char secret[SECRET_LEN + 1];
    memset(&n, 0, sizeof n);
    memcpy(secret, token + SECRET_AT, SECRET_LEN);
    secret[SECRET_LEN] = '\0';
    (void)snprintf(n.form[n.count++], sizeof n.form[0], "%s", secret);
    /* a half tells too much as well */
    (void)snprintf(n.form[n.count++], sizeof n.form[0], "%.15s", secret);
    (void)snprintf(n.form[n.count++], sizeof n.form[0], "%s", secret + 15);
    add_hex(&n, secret, SECRET_LEN);
    for (size_t shift = 0; shift < 3; shift++) add_base64(&n, secret + shift, SECRET_LEN - shift);
    return n;
}

/* In what of the file is written: most of it is holes. */
static int is_in(int fd, const char *map, const char *form) {
    off_t end = 0;
    for (off_t at; (at = lseek(fd, end, SEEK_DATA)) >= 0;) {
        end = lseek(fd, at, SEEK_HOLE);
        assert_true(end > at);
        if (memmem(map + at, (size_t)(end - at), form, strlen(form))) return 1;
    }
    return 0;
}

static int file_holds(const char *path, const struct needles *n) {
    struct stat st;
    int found = 0, fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    if (st.st_size > 0) {
        void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        assert_ptr_not_equal(map, MAP_FAILED);
        for (size_t i = 0; i < n->count; i++)
            if (is_in(fd, map, n->form[i])) found++;
        (void)munmap(map, (size_t)st.st_size);
    }
    (void)close(fd);
    return found;
}

static int store_holds(const struct fixture *f, const char *token) {
    const struct needles n = needles_of(token);
    char path[512];
    int found = 0, files = 0;
    DIR *dir = opendir(f->store_path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", f->store_path, entry->d_name);
        found += file_holds(path, &n);
        files++;
    }
    (void)closedir(dir);
    assert_int_equal(files, 4);
    return found;
}

static struct made_token rotate(const struct fixture *f, const char *id) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    struct made_token newest = { .len = 0 };
    opts.grace_ms = 60000;
    assert_code(apitoken_rotate(f->store, LIT("alice"), id, APITOKEN_ID_LEN, &opts, &secret, NULL),
                0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, newest.text,
                                       sizeof newest.text, &newest.len, NULL),
                0);
    apitoken_secret_free(secret);
    assert_code(apitoken_validate(f->store, newest.text, newest.len, NULL, NULL, NULL), 0);
    return newest;
}

static void holds_no_secret(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts soon = APITOKEN_CREATE_OPTS_INIT;
    soon.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    soon.expiry_ms = f->now_ms + 1;
    for (int i = 0; i < 6; i++) {
        const struct made_token made =
            fixture_create(f->store, "alice", "job", i % 3 == 1 ? &soon : NULL);
        assert_code(apitoken_validate(f->store, made.text, made.len, NULL, NULL, NULL), 0);
        assert_int_equal(store_holds(f, made.text), 0);
        const struct made_token newest = rotate(f, made.id);
        assert_int_equal(store_holds(f, made.text), 0);
        assert_int_equal(store_holds(f, newest.text), 0);
        if (i % 3 != 2) continue;
        assert_code(apitoken_revoke(f->store, LIT("alice"), made.id, APITOKEN_ID_LEN, NULL, NULL),
                    0);
        assert_int_equal(store_holds(f, made.text), 0);
        assert_int_equal(store_holds(f, newest.text), 0);
    }
}

/*
 * The control: a secret that somebody wrote into a description is found, in each of its forms; the
 * last one holds others.
 */
static void finds_a_planted_secret(void **state) {
    struct fixture *f = *state;
    const struct made_token made = fixture_create(f->store, "alice", "job", NULL);
    const struct needles n = needles_of(made.text);
    for (size_t i = n.count; i-- > 0;) {
        apitoken_create_opts planted = APITOKEN_CREATE_OPTS_INIT;
        planted.description = n.form[i];
        planted.description_len = (uint32_t)strlen(n.form[i]);
        (void)fixture_create(f->store, "alice", "planted", &planted);
        assert_int_equal(store_holds(f, made.text), n.count - i);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        { "holds_no_secret_with_policy_once", holds_no_secret, fixture_setup, fixture_teardown,
          NULL },
        { "holds_no_secret_with_policy_always", holds_no_secret, fixture_setup_always,
          fixture_teardown, NULL },
        { "finds_a_planted_secret", finds_a_planted_secret, fixture_setup, fixture_teardown, NULL },
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
