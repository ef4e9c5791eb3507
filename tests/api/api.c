/* SPDX-License-Identifier: MIT */
#include "api.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- texts ----------------------------------------------------------------------------------- */

#define BAD(what, bytes, offset) \
    { what, bytes, sizeof(bytes) - 1, offset, 1 }
#define ILL_FORMED(what, bytes, offset) \
    { what, bytes, sizeof(bytes) - 1, offset, 0 }

const struct bad_text bad_texts[] = {
    BAD("NUL", "a\0b", 1),
    BAD("NUL at the end", "ab\0", 2),
    BAD("tab", "a\tb", 1),
    BAD("line feed", "a\nb", 1),
    BAD("carriage return and line feed", "ab\r\n", 2),
    BAD("escape", "\x1B[31m", 0),
    BAD("last C0 control", "a\x1F", 1),
    BAD("DEL", "a\x7F", 1),
    BAD("first C1 control", "a\xC2\x80", 1),
    BAD("next line", "ab\xC2\x85", 2),
    BAD("last C1 control", "\xC2\x9F", 0),
    BAD("Arabic letter mark", "a\xD8\x9C", 1),
    BAD("zero-width space", "a\xE2\x80\x8B", 1),
    BAD("zero-width joiner", "\xF0\x9F\x91\xA9\xE2\x80\x8D", 4),
    BAD("left-to-right mark", "a\xE2\x80\x8E", 1),
    BAD("right-to-left mark", "a\xE2\x80\x8F", 1),
    BAD("line separator", "a\xE2\x80\xA8", 1),
    BAD("paragraph separator", "a\xE2\x80\xA9", 1),
    BAD("left-to-right embedding", "a\xE2\x80\xAA", 1),
    BAD("right-to-left override", "abc\xE2\x80\xAE", 3),
    BAD("word joiner", "a\xE2\x81\xA0", 1),
    BAD("invisible plus", "a\xE2\x81\xA4", 1),
    BAD("left-to-right isolate", "a\xE2\x81\xA6", 1),
    BAD("pop directional isolate", "a\xE2\x81\xA9", 1),
    BAD("byte order mark",
        "\xEF\xBB\xBF"
        "a",
        0),
    BAD("first interlinear annotation", "a\xEF\xBF\xB9", 1),
    BAD("last interlinear annotation", "a\xEF\xBF\xBB", 1),
    BAD("tag", "a\xF3\xA0\x81\x81", 1),
    BAD("last variation selector", "a\xF3\xA0\x87\xAF", 1),
    BAD("soft hyphen", "a\xC2\xAD", 1),
    BAD("no-break space", "a\xC2\xA0", 1),
    BAD("Hangul filler", "\xE3\x85\xA4", 0),
    BAD("Braille blank", "\xE2\xA0\x80", 0),
    BAD("private use", "a\xEE\x80\x80", 1),
    BAD("noncharacter", "a\xF4\x8F\xBF\xBF", 1),
    BAD("space", " ", 0),
    BAD("space at the end", "ab ", 2),
    BAD("mark at the beginning", "\xCC\x81", 0),
    BAD("fifth mark", "a\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81", 9),
    BAD("ZWNJ in Latin",
        "a\xE2\x80\x8C"
        "b",
        1),
    ILL_FORMED("overlong NUL", "a\xC0\x80", 1),
    ILL_FORMED("overlong slash in two", "a\xC0\xAF", 1),
    ILL_FORMED("overlong letter in two", "\xC1\xBF", 0),
    ILL_FORMED("overlong slash in three", "a\xE0\x80\xAF", 1),
    ILL_FORMED("overlong letter in three", "a\xE0\x9F\xBF", 1),
    ILL_FORMED("overlong slash in four", "a\xF0\x80\x80\xAF", 1),
    ILL_FORMED("overlong letter in four", "a\xF0\x8F\xBF\xBF", 1),
    ILL_FORMED("first surrogate", "a\xED\xA0\x80", 1),
    ILL_FORMED("last surrogate", "a\xED\xBF\xBF", 1),
    ILL_FORMED("beyond U+10FFFF", "a\xF4\x90\x80\x80", 1),
    ILL_FORMED("five bytes", "a\xF8\x88\x80\x80\x80", 1),
    ILL_FORMED("byte FE", "a\xFE", 1),
    ILL_FORMED("byte FF", "a\xFF", 1),
    ILL_FORMED("continuation alone", "a\x80", 1),
    ILL_FORMED("cut off after one of two", "ab\xC3", 2),
    ILL_FORMED("cut off after two of three", "ab\xE2\x82", 2),
    ILL_FORMED("cut off after three of four", "ab\xF0\x9F\x98", 2),
    ILL_FORMED("no continuation", "a\xC3(", 1),
    ILL_FORMED("Latin-1", "caf\xE9 au lait", 3),
};
const size_t bad_text_count = COUNT(bad_texts);

const char *const good_texts[] = {
    "~",
    "a b",
    "\xC2\xA1",         /* U+00A1, after the C1 controls and a space */
    "\xD8\x9B",         /* U+061B */
    "\xD8\x9D",         /* U+061D */
    "\xE2\x80\x90",     /* U+2010, after the marks */
    "\xE2\x80\xA7",     /* U+2027, before the line separator */
    "\xE2\x81\x9E",     /* U+205E, before a space and the word joiner */
    "\xE2\x81\xB0",     /* U+2070, after the invisible */
    "\xED\x9F\xBF",     /* U+D7FF, before the surrogates */
    "\xEF\xA4\x80",     /* U+F900, after private use */
    "\xEF\xBF\xBD",     /* U+FFFD */
    "\xF3\x9F\xBF\xBD", /* U+DFFFD, before the tags; unassigned */
    "\xF3\xA1\x80\x80", /* U+E1000, after them; unassigned */
    "\xD9\x85\xDB\x8C\xE2\x80\x8C\xD8\xAE\xD9\x88\xD8\xA7\xD9\x87\xD9\x85", /* Persian: I want */
    "\xE0\xB7\x81\xE0\xB7\x8A\xE2\x80\x8D\xE0\xB6\xBB\xE0\xB7\x93",         /* Sinhala: Sri */
    "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA6", /* a family */
    "Z\xC3\xBCrich \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x94\x91 <b>&amp;\"'\\$(x)",
};
const size_t good_text_count = COUNT(good_texts);

const struct token_format token_formats[] = {
    { APITOKEN_FORMAT_PLAIN, "", "" },
    { APITOKEN_FORMAT_BEARER, "Bearer ", "" },
    { APITOKEN_FORMAT_HEADER, "Authorization: Bearer ", "" },
    { APITOKEN_FORMAT_ENV, "API_TOKEN=", "" },
    { APITOKEN_FORMAT_CURL, "header = \"Authorization: Bearer ", "\"" },
};
const size_t token_format_count = COUNT(token_formats);

const char *long_text(size_t len) {
    static char text[2001];
    assert_true(len < sizeof text);
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

/* ---- token text ------------------------------------------------------------------------------ */

static uint32_t crc32_of(const char *text, size_t len) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)text[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
    }
    return ~crc;
}

void token_put_checksum(char *text, size_t len) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    uint32_t crc = crc32_of(text + TOKEN_BODY, len - TOKEN_BODY - TOKEN_CRC_LEN);
    for (size_t i = 0; i < TOKEN_CRC_LEN; i++, crc /= 62) text[len - 1 - i] = digits[crc % 62];
}

/* ---- stores ---------------------------------------------------------------------------------- */

apitoken_store_info info_of(apitoken_store *store) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    assert_code(apitoken_store_stat(store, NULL, &info, NULL), 0);
    return info;
}

size_t count_rows(apitoken_store *store, const char *owner) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    size_t rows = 0;
    opts.limit = APITOKEN_LIST_MAX;
    for (;;) {
        apitoken_page *page = NULL;
        assert_code(apitoken_list(store, owner, strlen(owner), &opts, &page, NULL), 0);
        rows += apitoken_page_count(page);
        const char *next = apitoken_page_cursor(page);
        if (next) (void)snprintf(cursor, sizeof cursor, "%s", next);
        apitoken_page_free(page);
        if (!next) return rows;
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
    }
}

int state_of(apitoken_store *store, const char *owner, const char *id) {
    apitoken_token *token = NULL;
    assert_code(apitoken_show(store, owner, strlen(owner), id, strlen(id), NULL, &token, NULL), 0);
    int state = apitoken_token_state(token);
    apitoken_token_free(token);
    return state;
}

int check(apitoken_store *store, const struct made_token *token) {
    return apitoken_validate(store, token->text, token->len, NULL, NULL, NULL);
}

void assert_copies(apitoken_store *store, const struct made_token *token) {
    char buf[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    assert_code(apitoken_copy(store, LIT("owner"), token->id, strlen(token->id),
                              APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL),
                0);
    assert_string_equal(buf, token->text);
}

int revoke_token(apitoken_store *store, const char *owner, const char *id) {
    return apitoken_revoke(store, owner, strlen(owner), id, strlen(id), NULL, NULL);
}

int try_create(apitoken_store *store, const char *owner, const char *name,
               const apitoken_create_opts *opts) {
    apitoken_secret *secret = NULL;
    int rc = apitoken_create(store, owner, strlen(owner), name, strlen(name), opts, &secret, NULL);
    apitoken_secret_free(secret);
    return rc;
}

struct made_token create_until(apitoken_store *store, const char *owner, int64_t end_ms) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = end_ms;
    return fixture_create(store, owner, "name", &opts);
}

int try_open_with(const struct fixture *f, const apitoken_open_opts *opts) {
    apitoken_store *store = UNTOUCHED;
    int rc = apitoken_store_open(f->store_path, f->keyring, opts, &store, NULL);
    if (rc == 0) apitoken_store_close(store);
    if (rc < 0) assert_ptr_equal(store, UNTOUCHED);
    return rc;
}

int try_open(const struct fixture *f, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    opts.mode = mode;
    return try_open_with(f, &opts);
}

void assert_opens(const struct fixture *f, int code) {
    assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), code);
    assert_code(try_open(f, APITOKEN_MODE_VERIFY_ONLY), code);
}

int setup_closed(void **state) {
    int rc = fixture_setup(state);
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = NULL;
    return rc;
}

/* ---- keyrings -------------------------------------------------------------------------------- */

int setup_keys(void **state) {
    struct fixture *f = malloc(sizeof *f);
    fixture_make_dir(f);
    assert_code(apitoken_keyring_create(f->keys, NULL, NULL), 0);
    *state = f;
    return 0;
}

apitoken_keyring *load_keys(const char *path) {
    apitoken_keyring *keyring = NULL;
    assert_code(apitoken_keyring_load(path, NULL, &keyring, NULL), 0);
    return keyring;
}

int try_load_keys(const char *path) {
    apitoken_keyring *keyring = UNTOUCHED;
    int rc = apitoken_keyring_load(path, NULL, &keyring, NULL);
    if (rc == 0) apitoken_keyring_free(keyring);
    if (rc < 0) assert_ptr_equal(keyring, UNTOUCHED);
    return rc;
}

/* ---- files ----------------------------------------------------------------------------------- */

const char *in_dir(const char *dir, const char *name) {
    static char paths[4][256];
    static unsigned turn;
    char *path = paths[turn++ % COUNT(paths)];
    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}

const char *in_store(const struct fixture *f, const char *name) {
    return in_dir(f->store_path, name);
}

void file_write(const char *path, const void *data, size_t len) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

size_t file_read(const char *path, void *buf, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t len = read(fd, buf, cap);
    assert_true(len >= 0);
    assert_int_equal(close(fd), 0);
    return (size_t)len;
}

size_t file_size(const char *path) {
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return (size_t)st.st_size;
}

void file_copy(const char *from, const char *to) {
    size_t len = file_size(from);
    char *data = malloc(len + 1);
    assert_non_null(data);
    assert_int_equal(file_read(from, data, len), len);
    file_write(to, data, len);
    free(data);
}

void file_flip(const char *path, size_t at) {
    unsigned char byte;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
    assert_int_equal(close(fd), 0);
}

mode_t mode_of(const char *path) {
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode & 07777;
}

size_t count_entries(const char *dir) {
    size_t count = 0;
    DIR *open_dir = opendir(dir);
    assert_non_null(open_dir);
    for (const struct dirent *entry; (entry = readdir(open_dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    assert_int_equal(closedir(open_dir), 0);
    return count;
}

size_t count_guards(void) {
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    size_t guards = 0;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) guards += strstr(line, " ---p ") != NULL;
    (void)fclose(maps);
    return guards;
}

/* ---- children -------------------------------------------------------------------------------- */

static void become_stranger(void) {
    if (geteuid() != 0) return;
    if (setgroups(0, NULL) != 0 || setresgid(STRANGER, STRANGER, STRANGER) != 0 ||
        setresuid(STRANGER, STRANGER, STRANGER) != 0)
        _exit(1);
}

static int run_child(child_fn fn, void *ctx, int is_stranger) {
    int ends[2], status = -1, rc = 1;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (is_stranger) become_stranger();
        rc = fn(ctx);
        _exit(write(ends[1], &rc, sizeof rc) == (ssize_t)sizeof rc ? 0 : 1);
    }
    assert_int_equal(close(ends[1]), 0);
    ssize_t got = read(ends[0], &rc, sizeof rc);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(got, sizeof rc);
    return rc;
}

int in_child(child_fn fn, void *ctx) { return run_child(fn, ctx, 0); }

int as_stranger(child_fn fn, void *ctx) { return run_child(fn, ctx, 1); }
