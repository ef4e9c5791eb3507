/* SPDX-License-Identifier: MIT */
/*
 * When a token was last used, as list and show report it: to the minute, for good tokens only, and
 * nothing depends on it.
 */
#include "api.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

#define MINUTE INT64_C(60000)
#define HEAD 4096 /* of the file, before the slots */

static int64_t shown(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    apitoken_page *page = NULL;
    assert_code(apitoken_show(store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL),
                0);
    int64_t ms = apitoken_token_last_used_ms(row);
    apitoken_token_free(row);
    assert_code(apitoken_list(store, LIT("owner"), NULL, &page, NULL), 0);
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *at = apitoken_page_at(page, i);
        if (strcmp(apitoken_token_id(at), token->id) == 0)
            assert_true(apitoken_token_last_used_ms(at) == ms);
    }
    apitoken_page_free(page);
    return ms;
}

static void a_yes_is_a_use(void **state) {
    struct fixture *f = *state;
    struct made_token one = fixture_create(f->store, "owner", "one", NULL),
                      two = fixture_create(f->store, "owner", "two", NULL);
    assert_true(shown(f->store, &one) == 0); /* making it is none */
    f->now_ms = FIXTURE_NOW + 59999;
    assert_code(check(f->store, &one), 0);
    assert_true(shown(f->store, &one) == FIXTURE_NOW && shown(f->store, &two) == 0);
    f->now_ms = FIXTURE_NOW + MINUTE;
    assert_code(check(f->store, &one), 0);
    assert_true(shown(f->store, &one) == FIXTURE_NOW + MINUTE);
    f->now_ms = FIXTURE_NOW; /* a clock that is set back */
    assert_code(check(f->store, &one), 0);
    assert_true(shown(f->store, &one) == FIXTURE_NOW + MINUTE);
}

static void a_header_is_a_use_too(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char header[APITOKEN_FORMAT_MAX + 8];
    int len = snprintf(header, sizeof header, "Bearer %s", token.text);
    assert_code(apitoken_validate_header(f->store, header, (size_t)len, NULL, NULL, NULL), 0);
    assert_true(shown(f->store, &token) == FIXTURE_NOW);
}

static void a_refusal_is_no_use(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts end = APITOKEN_CREATE_OPTS_INIT;
    end.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    end.expiry_ms = FIXTURE_NOW + MINUTE;
    struct made_token revoked = fixture_create(f->store, "owner", "revoked", NULL);
    struct made_token expired = fixture_create(f->store, "owner", "expired", &end);
    struct made_token other = fixture_create(f->store, "owner", "other", NULL);
    assert_code(apitoken_revoke(f->store, LIT("owner"), revoked.id, strlen(revoked.id), NULL, NULL),
                0);
    f->now_ms = FIXTURE_NOW + MINUTE;
    assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
    assert_code(check(f->store, &expired), APITOKEN_E_EXPIRED);
    struct made_token forged = other; /* its id with another secret and a right checksum */
    forged.text[TOKEN_BODY + 20] = forged.text[TOKEN_BODY + 20] == 'a' ? 'b' : 'a';
    token_put_checksum(forged.text, forged.len);
    assert_code(check(f->store, &forged), APITOKEN_E_UNKNOWN);
    f->now_ms = -1;
    assert_code(check(f->store, &other), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    assert_true(shown(f->store, &revoked) == 0 && shown(f->store, &expired) == 0 &&
                shown(f->store, &other) == 0);
}

/* In a child, if this process has the store open verify-only. */
static int open_read_write(void *ctx) { return try_open(ctx, APITOKEN_MODE_READ_WRITE); }

static void a_verify_only_handle_notes_and_shows(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(check(f->store, &token), 0);
    assert_true(shown(f->store, &token) == FIXTURE_NOW);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_true(shown(f->store, &token) == FIXTURE_NOW);
}

/*
 * It is news, not a fact that anything hangs on: whatever stands in the slots, tokens are as good
 * as they are.
 */
static void rubbish_in_the_slots_changes_no_answer(void **state) {
    struct fixture *f = *state;
    struct made_token good = fixture_create(f->store, "owner", "good", NULL),
                      bad = fixture_create(f->store, "owner", "bad", NULL);
    char path[128], rubbish[64];
    assert_code(apitoken_revoke(f->store, LIT("owner"), bad.id, strlen(bad.id), NULL, NULL), 0);
    (void)snprintf(path, sizeof path, "%s/last-use", f->store_path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (int byte = 0; byte < 256; byte += 5) {
        memset(rubbish, byte, sizeof rubbish);
        assert_int_equal(pwrite(fd, rubbish, sizeof rubbish, HEAD), sizeof rubbish);
        assert_true(shown(f->store, &good) == 0);
        assert_code(check(f->store, &good), 0);
        assert_code(check(f->store, &bad), APITOKEN_E_REVOKED);
        assert_true(shown(f->store, &good) == f->now_ms && shown(f->store, &bad) == 0);
        f->now_ms += 60000; /* what was noted is noted once a minute */
    }
    (void)close(fd);
}

/*
 * A copy of the file by a tool that makes holes of zeros: opening gives the slots their disk blocks
 * back.
 */
static void opening_fills_the_holes_of_a_copy(void **state) {
    struct fixture *f = *state;
    struct made_token token = { 0 };
    char path[128];
    struct stat before, after;
    for (int i = 0; i < 600; i++) token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store_close(f->store);
    (void)snprintf(path, sizeof path, "%s/last-use", f->store_path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, HEAD, 16 * HEAD) != 0)
        skip_case("this file system punches no holes");
    assert_int_equal(fstat(fd, &before), 0);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_int_equal(fstat(fd, &after), 0);
    assert_true(after.st_blocks * 512 >= before.st_blocks * 512 + 2 * HEAD);
    assert_int_equal(after.st_size, before.st_size);
    assert_code(check(f->store, &token), 0);
    assert_true(shown(f->store, &token) == FIXTURE_NOW);
    (void)close(fd);
}

/* A note through the map finds its disk block there, however full the disk is by then. */
static void each_token_has_room_for_its_use(void **state) {
    struct fixture *f = *state;
    enum { SLOT = 8, BLOCK = 4096, SLOTS = BLOCK / SLOT };
    const apitoken_batch_item *items[SLOTS - 2];
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    apitoken_batch *batch = NULL;
    struct stat st;
    item.owner = item.name = "owner";
    item.owner_len = item.name_len = 5;
    for (size_t i = 0; i < COUNT(items); i++) items[i] = &item;
    assert_code(apitoken_create_batch(f->store, items, COUNT(items), NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
    for (int i = 0; i < 4; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(stat(in_dir(f->store_path, "last-use"), &st), 0);
    assert_true(st.st_blocks * 512 >= HEAD + 2 * BLOCK);
}

/*
 * Whoever may write makes a short one longer, and the others find that out when they look at their
 * files the next time.
 */
static void a_file_that_gets_longer_is_used_as_it_is_then(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const char *file = in_dir(f->store_path, "last-use");
    const off_t due = (off_t)file_size(file);
    apitoken_store_close(f->store);
    assert_int_equal(truncate(file, HEAD), 0);
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(check(verify, &token), 0);
    assert_true(shown(verify, &token) == 0);
    f->store = NULL;
    assert_code(in_child(open_read_write, f), 0);
    assert_int_equal(file_size(file), due);
    /* which looks at the files before it begins */
    assert_code(apitoken_store_backup(verify, in_dir(f->dir, "backup"), NULL, NULL), 0);
    assert_code(check(verify, &token), 0);
    assert_true(shown(verify, &token) == FIXTURE_NOW);
    apitoken_store_close(verify);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_true(shown(f->store, &token) == FIXTURE_NOW);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_yes_is_a_use),
        CASE(a_header_is_a_use_too),
        CASE(a_refusal_is_no_use),
        CASE(a_verify_only_handle_notes_and_shows),
        CASE(rubbish_in_the_slots_changes_no_answer),
        CASE(opening_fills_the_holes_of_a_copy),
        CASE(each_token_has_room_for_its_use),
        CASE(a_file_that_gets_longer_is_used_as_it_is_then),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
