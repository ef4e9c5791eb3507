/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD for the test of the host. The file named by ADMIN_TEST_ORDER says what happens to the
 * next creations, in one word and sometimes a number. While there is no such file, nothing changes.
 *
 *   code N      creates nothing, returns N
 *   maybe-made  creates a token, returns APITOKEN_E_MAYBE with its id
 *   maybe-not   creates nothing, returns APITOKEN_E_MAYBE with an id that no token has
 *   die-made    creates a token, then ends the process
 *   die-not     creates nothing, ends the process
 *   wait        creates a token, returns when the file is removed
 *   accounts    no transaction can begin, neither on the host's own database nor on the token store
 *   no-zones    the system has no time zone data
 *   no-today    nobody can tell today's date
 */
#include <apitoken/apitoken.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int (*create_fn)(apitoken_store *, const char *, size_t, const char *, size_t,
                         const apitoken_create_opts *, apitoken_secret **, apitoken_error *);
typedef int (*begin_fn)(void *, void *, unsigned, void **);

typedef int (*open_fn)(const char *, int, ...);
typedef int (*today_fn)(apitoken_store *, int32_t *, apitoken_error *);

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn);

struct order {
    char word[16];
    int code;
};

static int read_order(struct order *ret_order) {
    const char *path = getenv("ADMIN_TEST_ORDER");
    FILE *file = path ? fopen(path, "re") : NULL;
    int found = file && fscanf(file, "%15s %d", ret_order->word, &ret_order->code) >= 1;
    if (file) fclose(file);
    return found;
}

static int answer(apitoken_error *err, int code, const char *id) {
    if (err) {
        err->code = code;
        snprintf(err->id, sizeof err->id, "%s", id);
        snprintf(err->text, sizeof err->text, "ordered by the test");
    }
    return code;
}

static int after(const struct order *order, apitoken_secret **ret_secret, apitoken_error *err) {
    struct order now;
    if (strcmp(order->word, "die-made") == 0) raise(SIGKILL);
    if (strcmp(order->word, "maybe-made") == 0) {
        int code = answer(err, APITOKEN_E_MAYBE, apitoken_secret_id(*ret_secret));
        apitoken_secret_free(*ret_secret);
        *ret_secret = NULL;
        return code;
    }
    if (strcmp(order->word, "wait") == 0)
        while (read_order(&now)) usleep(5000);
    return 0;
}

int apitoken_create(apitoken_store *store, const char *owner, size_t owner_len, const char *name,
                    size_t name_len, const apitoken_create_opts *opts, apitoken_secret **ret_secret,
                    apitoken_error *err) {
    struct order order = { "", 0 };
    create_fn real;
    void *symbol = dlsym(RTLD_NEXT, "apitoken_create");
    memcpy(&real, &symbol, sizeof real);
    /* A call without a valid kind of expiry is not meant to create a token. */
    if (opts->expiry_kind <= APITOKEN_EXPIRY_NEVER && read_order(&order)) {
        if (strcmp(order.word, "code") == 0) return answer(err, order.code, "");
        if (strcmp(order.word, "maybe-not") == 0)
            return answer(err, APITOKEN_E_MAYBE, "0123456789ab");
        if (strcmp(order.word, "die-not") == 0) raise(SIGKILL);
    }
    int rc = real(store, owner, owner_len, name, name_len, opts, ret_secret, err);
    return rc == 0 ? after(&order, ret_secret, err) : rc;
}

int mdb_txn_begin(void *env, void *parent, unsigned flags, void **ret_txn) {
    struct order order = { "", 0 };
    begin_fn real;
    void *symbol = dlsym(RTLD_NEXT, "mdb_txn_begin");
    memcpy(&real, &symbol, sizeof real);
    if (read_order(&order) && strcmp(order.word, "accounts") == 0) return EIO;
    return real(env, parent, flags, ret_txn);
}

static int is_ordered(const char *word) {
    struct order order = { "", 0 };
    return read_order(&order) && strcmp(order.word, word) == 0;
}

int open(const char *path, int flags, ...) {
    open_fn real;
    void *symbol = dlsym(RTLD_NEXT, "open");
    memcpy(&real, &symbol, sizeof real);
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (strstr(path, "/zoneinfo/") && is_ordered("no-zones")) {
        errno = ENOENT;
        return -1;
    }
    return real(path, flags, mode);
}

int apitoken_day_today(apitoken_store *store, int32_t *ret_day, apitoken_error *err) {
    today_fn real;
    void *symbol = dlsym(RTLD_NEXT, "apitoken_day_today");
    memcpy(&real, &symbol, sizeof real);
    if (is_ordered("no-today")) return answer(err, APITOKEN_E_CLOCK, "");
    return real(store, ret_day, err);
}
