/* SPDX-License-Identifier: MIT */
/*
 * The last use of a token across processes: each notes its own, all see the latest, and no validate
 * writes to the tokens.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "fixture.h"
#include "storage.h"

#define MINUTE INT64_C(60000)
#define ROUNDS 20000

struct shared {
    struct made_token token;
    uint32_t begun;
};

struct user {
    struct fixture *f;
    struct shared *shared;
    int64_t step, first; /* minutes */
};

/* Validates at first, first + step, ... */
static int use(void *ctx) {
    struct user *user = ctx;
    apitoken_store *store = fixture_open(user->f, APITOKEN_MODE_VERIFY_ONLY);
    raise_by_one(&user->shared->begun);
    if (!wait_for(&user->shared->begun, 2)) return 1;
    for (int64_t i = 0; i < ROUNDS; i++) {
        user->f->now_ms = FIXTURE_NOW + (user->first + i * user->step) * MINUTE;
        if (apitoken_validate(store, user->shared->token.text, user->shared->token.len, NULL, NULL,
                              NULL) != 0)
            return 2;
    }
    apitoken_store_close(store);
    return 0;
}

static int64_t shown(const struct fixture *f, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(
        apitoken_show(f->store, LIT("anna"), token->id, strlen(token->id), NULL, &row, NULL), 0);
    int64_t ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    return ms;
}

/* Two processes with clocks of their own, one always ahead; a third looks on. */
static void it_goes_forward_whoever_notes_it(void **state) {
    struct fixture *f = *state;
    struct shared *shared = shared_memory(sizeof *shared);
    shared->token = fixture_create(f->store, "anna", "both", NULL);
    struct user ahead = { f, shared, 2, 2 }, behind = { f, shared, 2, 1 };
    pid_t one = child_start(use, &ahead), two = child_start(use, &behind);
    int64_t seen = 0;
    while (seen < FIXTURE_NOW + 2 * ROUNDS * MINUTE) {
        int64_t now = shown(f, &shared->token);
        assert_true(now >= seen && now % MINUTE == 0);
        seen = now;
        if (now != 0) assert_in_range(now, FIXTURE_NOW, FIXTURE_NOW + 2 * ROUNDS * MINUTE);
    }
    child_join(one);
    child_join(two);
    assert_true(shown(f, &shared->token) == FIXTURE_NOW + 2 * ROUNDS * MINUTE);
}

static char *content_of(const struct fixture *f, size_t *ret_len) {
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/data.mdb", f->store_path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0 && fstat(fd, &st) == 0);
    char *bytes = malloc((size_t)st.st_size);
    assert_non_null(bytes);
    assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
    (void)close(fd);
    *ret_len = (size_t)st.st_size;
    return bytes;
}

/*
 * As many minutes as there are rounds, in two processes: not a byte of the tokens changes, and no
 * transaction is made.
 */
static void no_use_is_written_to_the_tokens(void **state) {
    struct fixture *f = *state;
    struct shared *shared = shared_memory(sizeof *shared);
    apitoken_store_info before_info = APITOKEN_STORE_INFO_INIT,
                        after_info = APITOKEN_STORE_INFO_INIT;
    size_t before_len, after_len;
    shared->token = fixture_create(f->store, "anna", "quiet", NULL);
    assert_code(apitoken_store_stat(f->store, NULL, &before_info, NULL), 0);
    char *before = content_of(f, &before_len);
    struct user one = { f, shared, 1, 1 }, two = { f, shared, 1, 1 };
    pid_t first = child_start(use, &one), second = child_start(use, &two);
    child_join(first);
    child_join(second);
    char *after = content_of(f, &after_len);
    assert_code(apitoken_store_stat(f->store, NULL, &after_info, NULL), 0);
    assert_int_equal(after_len, before_len);
    assert_memory_equal(after, before, before_len);
    assert_true(after_info.transaction == before_info.transaction);
    free(before);
    free(after);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_forward_whoever_notes_it),
        cmocka_unit_test(no_use_is_written_to_the_tokens),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, fixture_setup, fixture_teardown);
}
