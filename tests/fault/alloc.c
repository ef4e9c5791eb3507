/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of every verb fails once, and from then on for the rest of the call: an error or a success, no crash, no leak,
 * outputs untouched, the handle usable, nothing accepted that should not be. The allocator's functions below stand before libc's,
 * for the library, LMDB and libsodium alike.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "figure.h"

/* ---- before libc ------------------------------------------------------------------------------------------------------ */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *data, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *data);

static struct {
    int is_armed;
    int is_sticky;
    uint64_t asked;   /* allocations since it was armed */
    uint64_t fail_at; /* which one fails, from 1; 0 = none */
    uint64_t failed;
    int64_t live;  /* blocks, all the time */
    int64_t grown; /* by the last call */
} heap;

static int fails(void) {
    if (!heap.is_armed) return 0;
    heap.asked++;
    if (!heap.fail_at || (heap.is_sticky ? heap.asked < heap.fail_at : heap.asked != heap.fail_at)) return 0;
    heap.failed++;
    errno = ENOMEM;
    return 1;
}

static void *given(void *data) {
    heap.live += data != NULL;
    return data;
}

void *malloc(size_t size) { return fails() ? NULL : given(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : given(__libc_calloc(count, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return fails() ? NULL : given(__libc_memalign(alignment, size)); }

void *realloc(void *data, size_t size) {
    if (fails()) return NULL;
    void *fresh = __libc_realloc(data, size);
    heap.live += !data && fresh;
    return fresh;
}

int posix_memalign(void **ret_data, size_t alignment, size_t size) {
    if (fails()) return ENOMEM;
    void *data = given(__libc_memalign(alignment, size));
    if (!data) return ENOMEM;
    *ret_data = data;
    return 0;
}

void free(void *data) {
    heap.live -= data != NULL;
    __libc_free(data);
}

/* ---- the verbs -------------------------------------------------------------------------------------------------------- */

struct world {
    struct fixture *f;
    struct made_token good, bad; /* bad was revoked */
    struct made_token next;      /* the one that revoke is tried on */
    unsigned serial;
};

/* One call, whose outputs are freed again. On failure they must be untouched. */
typedef int (*verb_fn)(struct world *w);

static const char *fresh_path(struct world *w, const char *name) {
    static char path[160];
    (void)snprintf(path, sizeof path, "%s/%s-%u", w->f->dir, name, w->serial++);
    return path;
}

static int verb_keyring_create(struct world *w) { return apitoken_keyring_create(fresh_path(w, "keys"), NULL, NULL); }

static int verb_keyring_load(struct world *w) {
    apitoken_keyring *keyring = UNTOUCHED;
    int rc = apitoken_keyring_load(w->f->keys, NULL, &keyring, NULL);
    if (rc == 0)
        apitoken_keyring_free(keyring);
    else
        assert_ptr_equal(keyring, UNTOUCHED);
    return rc;
}

static int verb_keyring_export(struct world *w) {
    return apitoken_keyring_export_verify(w->f->keys, fresh_path(w, "verify"), NULL, NULL);
}

static int verb_keyring_activate(struct world *w) { return apitoken_keyring_activate_key(w->f->keys, 1, NULL, NULL); }

static int verb_store_create(struct world *w) { return apitoken_store_create(fresh_path(w, "store"), w->f->keyring, NULL, NULL); }

static int open_mode(struct world *w, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = UNTOUCHED;
    opts.mode = mode;
    int rc = apitoken_store_open(w->f->store_path, w->f->keyring, &opts, &store, NULL);
    if (rc == 0)
        apitoken_store_close(store);
    else
        assert_ptr_equal(store, UNTOUCHED);
    return rc;
}

/* The environment is opened, too: nobody else has it. */
static int verb_open_first(struct world *w) {
    int was_armed = heap.is_armed;
    heap.is_armed = 0;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    heap.is_armed = was_armed;
    int rc = open_mode(w, APITOKEN_MODE_READ_WRITE);
    heap.is_armed = 0;
    w->f->store = fixture_open(w->f, APITOKEN_MODE_READ_WRITE);
    heap.is_armed = was_armed;
    return rc;
}

static int verb_open_second(struct world *w) { return open_mode(w, APITOKEN_MODE_VERIFY_ONLY); }

static int verb_stat(struct world *w) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    return apitoken_store_stat(w->f->store, NULL, &info, NULL);
}

static int verb_grow(struct world *w) {
    int was_armed = heap.is_armed;
    heap.is_armed = 0;
    uint64_t map_bytes = info_of(w->f->store).map_bytes;
    apitoken_store_close(w->f->store);
    w->f->store = NULL;
    heap.is_armed = was_armed;
    int rc = apitoken_store_grow(w->f->store_path, w->f->keyring, map_bytes + 4096, NULL, NULL);
    heap.is_armed = 0;
    w->f->store = fixture_open(w->f, APITOKEN_MODE_READ_WRITE);
    heap.is_armed = was_armed;
    return rc;
}

static int verb_create(struct world *w) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_create(w->f->store, LIT("other"), LIT("name"), NULL, &secret, NULL);
    if (rc == 0)
        apitoken_secret_free(secret);
    else
        assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int verb_create_batch(struct world *w) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item, &item };
    apitoken_batch *batch = UNTOUCHED;
    item.owner = "other";
    item.name = "name";
    item.owner_len = 5;
    item.name_len = 4;
    int rc = apitoken_create_batch(w->f->store, items, COUNT(items), NULL, &batch, NULL);
    if (rc == 0)
        apitoken_batch_free(batch);
    else
        assert_ptr_equal(batch, UNTOUCHED);
    return rc;
}

static int verb_list(struct world *w) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list(w->f->store, LIT("owner"), NULL, &page, NULL);
    if (rc == 0) {
        assert_int_equal(apitoken_page_count(page), 2);
        apitoken_page_free(page);
    } else {
        assert_ptr_equal(page, UNTOUCHED);
    }
    return rc;
}

static int verb_show(struct world *w) {
    apitoken_token *row = UNTOUCHED;
    int rc = apitoken_show(w->f->store, LIT("owner"), w->good.id, strlen(w->good.id), NULL, &row, NULL);
    if (rc == 0)
        apitoken_token_free(row);
    else
        assert_ptr_equal(row, UNTOUCHED);
    return rc;
}

static int verb_revoke(struct world *w) {
    return apitoken_revoke(w->f->store, LIT("other"), w->next.id, strlen(w->next.id), NULL, NULL);
}

static int verb_copy(struct world *w) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    return apitoken_copy(w->f->store, LIT("owner"), w->good.id, strlen(w->good.id), APITOKEN_FORMAT_HEADER, NULL, text,
                         sizeof text, &len, NULL);
}

static int verb_validate(struct world *w) { return check(w->f->store, &w->good); }

static const struct {
    const char *name;
    verb_fn call;
} verbs[] = {
    { "keyring_create", verb_keyring_create },
    { "keyring_load", verb_keyring_load },
    { "keyring_export_verify", verb_keyring_export },
    { "keyring_activate_key", verb_keyring_activate },
    { "store_create", verb_store_create },
    { "store_open", verb_open_first },
    { "store_open, a second handle", verb_open_second },
    { "store_stat", verb_stat },
    { "store_grow", verb_grow },
    { "create", verb_create },
    { "create_batch", verb_create_batch },
    { "list", verb_list },
    { "show", verb_show },
    { "revoke", verb_revoke },
    { "copy", verb_copy },
    { "validate", verb_validate },
};

/* ---- the sweep -------------------------------------------------------------------------------------------------------- */

/* All is as it was: the handle answers, and right. */
static void assert_sound(struct world *w) {
    assert_code(check(w->f->store, &w->good), 0);
    assert_code(check(w->f->store, &w->bad), APITOKEN_E_REVOKED);
}

static size_t count_fds(void) { return count_entries("/proc/self/fd"); }

static int run_verb(struct world *w, verb_fn call, uint64_t fail_at, int is_sticky) {
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    heap.asked = heap.failed = 0;
    heap.fail_at = fail_at;
    heap.is_sticky = is_sticky;
    heap.is_armed = 1;
    int rc = call(w);
    heap.is_armed = 0;
    return rc;
}

/* Blocks in use while the store is closed: LMDB keeps some for the next write as long as it is open. */
static int64_t live_when_closed(struct world *w) {
    apitoken_store_close(w->f->store);
    int64_t live = heap.live;
    w->f->store = fixture_open(w->f, APITOKEN_MODE_READ_WRITE);
    return live;
}

/* Returns how many runs had an allocation that failed. */
static uint64_t sweep(struct world *w, verb_fn call, int is_sticky) {
    for (uint64_t n = 1;; n++) {
        size_t fds = count_fds();
        int rc = run_verb(w, call, n, is_sticky);
        if (rc != 0) assert_int_equal(apitoken_error_class(rc), APITOKEN_CLASS_FAILED);
        assert_sound(w);
        int is_revoked = check(w->f->store, &w->next) != 0;
        if (call == verb_revoke) assert_int_equal(is_revoked, rc == 0);
        assert_int_equal(count_fds(), fds);
        if (!heap.failed) return n - 1;
    }
}

/* Both sweeps of a verb. Adds the blocks that are still in use after it. */
static uint64_t sweep_verb(struct world *w, size_t at, int64_t *ret_leaked) {
    for (int i = 0; i < 2; i++) assert_code(run_verb(w, verbs[at].call, 0, 0), 0); /* what stays for good is there now */
    int64_t before = live_when_closed(w);
    uint64_t once = sweep(w, verbs[at].call, 0), sticky = sweep(w, verbs[at].call, 1);
    int64_t leaked = live_when_closed(w) - before;
    print_message("# %s: %u points, %d blocks more\n", verbs[at].name, (unsigned)once, (int)leaked);
    *ret_leaked += leaked > 0 ? leaked : 0;
    return once + sticky;
}

static void every_allocation_of_every_verb(void **state) {
    struct world w = { .f = *state };
    uint64_t runs = 0;
    int64_t leaked = 0;
    w.good = fixture_create(w.f->store, "owner", "name", NULL);
    w.bad = fixture_create(w.f->store, "owner", "name", NULL);
    assert_code(revoke_token(w.f->store, "owner", w.bad.id), 0);
    for (size_t at = 0; at < COUNT(verbs); at++) runs += sweep_verb(&w, at, &leaked);
    figure_at_least("allocation-failure runs, every point of every verb", runs, 100);
    figure_at_most("allocation-failure runs, crashes or leaks", (uint64_t)leaked, 0); /* a crash ends the program */
}

int main(void) {
    const struct CMUnitTest tests[] = { CASE_ALWAYS(every_allocation_of_every_verb) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
