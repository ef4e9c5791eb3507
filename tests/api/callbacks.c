/* SPDX-License-Identifier: MIT */
/* Clock and zone callbacks: when and how often they are called, with what, and what they may do. */
#include "api.h"

#include <errno.h>
#include <string.h>

#include "cases.h"

#define MS_MAX INT64_C(253402300799999)
#define ID "0123456789AB"

/* A clock that counts, and that may call the library. */
struct ticker {
    int64_t now_ms;
    int answer; /* what it returns */
    int calls;
    int errno_after;           /* unless 0: what it leaves in errno */
    apitoken_store *busy_with; /* if given: a token is made, checked and revoked there meanwhile */
};

static int tick(int64_t *ret_now_ms, void *ctx) {
    struct ticker *t = ctx;
    t->calls++;
    if (t->errno_after) errno = t->errno_after;
    if (t->busy_with) {
        struct made_token token = fixture_create(t->busy_with, "meanwhile", "name", NULL);
        assert_code(check(t->busy_with, &token), 0);
        assert_code(revoke_token(t->busy_with, "meanwhile", token.id), 0);
    }
    if (t->answer == 0) *ret_now_ms = t->now_ms;
    return t->answer;
}

static apitoken_store *open_with(const struct fixture *f, struct ticker *t) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN; /* for every verb */
    opts.clock = tick;
    opts.clock_ctx = t;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    return store;
}

/* ---- every verb, once with good input and once with bad -------------------------------------- */

/* `bad` spoils one input. Returns the code. */
typedef int (*verb_fn)(apitoken_store *store, const struct made_token *token, int bad);

static int do_create(apitoken_store *store, const struct made_token *token, int bad) {
    (void)token;
    return try_create(store, "owner", bad ? "bad\n" : "name", NULL);
}

static int do_list(apitoken_store *store, const struct made_token *token, int bad) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    (void)token;
    opts.limit = bad ? APITOKEN_LIST_MAX + 1 : 1;
    int rc = apitoken_list(store, LIT("owner"), &opts, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int do_list_all(apitoken_store *store, const struct made_token *token, int bad) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    apitoken_page *page = NULL;
    (void)token;
    opts.limit = bad ? APITOKEN_LIST_MAX + 1 : 1;
    int rc = apitoken_list_all(store, &opts, &page, NULL);
    apitoken_page_free(page);
    return rc;
}

static int do_show(apitoken_store *store, const struct made_token *token, int bad) {
    apitoken_token *row = NULL;
    int rc =
        apitoken_show(store, LIT("owner"), token->id, bad ? 3 : APITOKEN_ID_LEN, NULL, &row, NULL);
    apitoken_token_free(row);
    return rc;
}

static int do_revoke(apitoken_store *store, const struct made_token *token, int bad) {
    return apitoken_revoke(store, LIT("owner"), token->id, bad ? 3 : APITOKEN_ID_LEN, NULL, NULL);
}

static int do_validate(apitoken_store *store, const struct made_token *token, int bad) {
    return apitoken_validate(store, token->text, bad ? token->len - 1 : token->len, NULL, NULL,
                             NULL);
}

static int do_validate_header(apitoken_store *store, const struct made_token *token, int bad) {
    char value[APITOKEN_FORMAT_MAX + 7] = "Bearer ";
    memcpy(value + 7, token->text, token->len);
    return apitoken_validate_header(store, value, bad ? 6 : token->len + 7, NULL, NULL, NULL);
}

static int do_copy(apitoken_store *store, const struct made_token *token, int bad) {
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    return apitoken_copy(store, LIT("owner"), token->id, bad ? 3 : APITOKEN_ID_LEN,
                         APITOKEN_FORMAT_MASKED, NULL, buf, sizeof buf, &len, NULL);
}

static int do_stat(apitoken_store *store, const struct made_token *token, int bad) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    (void)token;
    if (bad) info.size = 1;
    return apitoken_store_stat(store, NULL, &info, NULL);
}

static const struct {
    const char *what;
    verb_fn call;
    int clock_reads;
} verbs[] = {
    { "create", do_create, 1 },     { "list", do_list, 1 },
    { "list_all", do_list_all, 1 }, { "show", do_show, 1 },
    { "validate", do_validate, 1 }, { "validate_header", do_validate_header, 1 },
    { "copy", do_copy, 0 },                                     /* looks at no expiry */
    { "stat", do_stat, 0 },         { "revoke", do_revoke, 1 }, /* last: it ends the token */
};

static void the_clock_is_read_once_a_call(void **state) {
    const struct fixture *f = *state;
    struct ticker t = { .now_ms = FIXTURE_NOW };
    apitoken_store *store = open_with(f, &t);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_int_equal(t.calls, 0); /* not by the open */
    for (size_t i = 0; i < COUNT(verbs); i++) {
        t.calls = 0;
        assert_code(verbs[i].call(store, &token, 0), 0);
        assert_int_equal(t.calls, verbs[i].clock_reads);
    }
    apitoken_store_close(store);
}

static void what_a_clock_leaves_in_errno_reaches_nobody(void **state) {
    const struct fixture *f = *state;
    struct ticker t = { .now_ms = FIXTURE_NOW, .errno_after = EDOM };
    apitoken_store *store = open_with(f, &t);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(verbs); i++) {
        errno = ERANGE;
        int rc = verbs[i].call(store, &token, 0), errno_after = errno;
        assert_code(rc, 0);
        assert_int_equal(errno_after, ERANGE);
    }
    apitoken_store_close(store);
}

static void bad_input_never_reaches_the_clock(void **state) {
    const struct fixture *f = *state;
    struct ticker t = { .now_ms = FIXTURE_NOW, .answer = 1 };
    apitoken_store *store = open_with(f, &t);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(verbs); i++) {
        int rc = verbs[i].call(store, &token, 1);
        assert_true(rc < 0 && rc != APITOKEN_E_CLOCK);
        assert_int_equal(t.calls, 0);
    }
    apitoken_store_close(store);
}

static void a_verify_only_handle_asks_no_clock_for_what_it_refuses(void **state) {
    const struct fixture *f = *state;
    struct ticker t = { .now_ms = FIXTURE_NOW };
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *v = NULL;
    opts.mode = APITOKEN_MODE_VERIFY_ONLY;
    opts.clock = tick;
    opts.clock_ctx = &t;
    assert_code(apitoken_store_open(f->store_path, f->verify_keyring, &opts, &v, NULL), 0);
    assert_code(try_create(v, "owner", "name", NULL), APITOKEN_E_VERIFY_ONLY);
    assert_code(revoke_token(v, "owner", ID), APITOKEN_E_VERIFY_ONLY);
    assert_int_equal(t.calls, 0);
    apitoken_store_close(v);
}

static const struct {
    int answer;
    int64_t now_ms;
} broken[] = {
    { 1, FIXTURE_NOW },         { -1, FIXTURE_NOW }, { APITOKEN_E_EXPIRED, FIXTURE_NOW },
    { INT32_MIN, FIXTURE_NOW }, { 0, -1 },           { 0, INT64_MIN },
    { 0, MS_MAX + 1 },          { 0, INT64_MAX },
};

static void a_broken_clock_denies_and_changes_nothing(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    uint64_t before = info_of(f->store).transaction;
    for (size_t b = 0; b < COUNT(broken); b++) {
        struct ticker t = { .now_ms = broken[b].now_ms, .answer = broken[b].answer };
        apitoken_store *store = open_with(f, &t);
        for (size_t i = 0; i < COUNT(verbs); i++)
            assert_code(verbs[i].call(store, &token, 0),
                        verbs[i].clock_reads ? APITOKEN_E_CLOCK : 0);
        apitoken_store_close(store);
    }
    assert_int_equal(info_of(f->store).transaction, before);
    assert_code(check(f->store, &token), 0);
}

static void the_first_and_the_last_moment_are_times(void **state) {
    const struct fixture *f = *state;
    static const int64_t times[] = { 0, MS_MAX };
    for (size_t i = 0; i < COUNT(times); i++) {
        struct ticker t = { .now_ms = times[i] };
        apitoken_store *store = open_with(f, &t);
        struct made_token token = fixture_create(store, "owner", "name", NULL);
        assert_code(check(store, &token), 0);
        assert_code(revoke_token(store, "owner", token.id), 0);
        apitoken_store_close(store);
    }
}

static void every_handle_has_its_own_clock(void **state) {
    const struct fixture *f = *state;
    struct ticker early = { .now_ms = FIXTURE_NOW }, late = { .now_ms = FIXTURE_NOW + 1 };
    apitoken_store *a = open_with(f, &early), *b = open_with(f, &late);
    struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_code(check(a, &token), 0);
    assert_code(check(b, &token), APITOKEN_E_EXPIRED);
    assert_int_equal(early.calls + late.calls, 2);
    apitoken_store_close(a);
    apitoken_store_close(b);
}

/* Without a clock it is the system's. */
static void the_system_clock_is_the_default(void **state) {
    const struct fixture *f = *state;
    apitoken_create_opts past = APITOKEN_CREATE_OPTS_INIT;
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(f->store_path, f->keyring, NULL, &store, NULL), 0);
    past.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    past.expiry_ms = INT64_C(1700000000000); /* 2023 */
    assert_code(try_create(store, "owner", "name", &past), APITOKEN_E_EXPIRY_PAST);
    past.expiry_ms = MS_MAX;
    assert_code(try_create(store, "owner", "name", &past), 0);
    apitoken_store_close(store);
}

/* Nothing is held while a callback runs: it may write to the same store, by another handle. */
static void a_clock_may_call_the_library(void **state) {
    const struct fixture *f = *state;
    struct ticker t = { .now_ms = FIXTURE_NOW, .busy_with = f->store };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *store = open_with(f, &t);
    for (size_t i = 0; i < COUNT(verbs); i++) assert_code(verbs[i].call(store, &token, 0), 0);
    assert_int_equal(t.calls, 7);
    assert_int_equal(count_rows(f->store, "meanwhile"), 7);
    apitoken_store_close(store);
}

/* ---- zone ------------------------------------------------------------------------------------ */

static int busy_zone(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                     void *ctx) {
    struct ticker *t = ctx;
    int64_t unused;
    (void)zone, (void)zone_len, (void)day;
    *ret_start_ms = FIXTURE_NOW + 16 * INT64_C(3600000);
    return tick(&unused, t);
}

static int mars_zone(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                     void *ctx) {
    (void)zone, (void)zone_len, (void)day, (void)ctx;
    *ret_start_ms = INT64_C(86400000); /* the day after the first one: what a create asks for */
    return 0;
}

static void a_zone_may_call_the_library(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts made = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *plain = NULL, *store = NULL;
    const char *path = in_dir(f->dir, "zoned");
    made.zone_id = "Mars/Base";
    made.zone_id_len = 9;
    made.zone = mars_zone;
    assert_code(apitoken_store_create(path, f->keyring, &made, NULL), 0);
    assert_code(apitoken_store_open(path, f->keyring, NULL, &plain, NULL), 0);
    struct ticker t = { .busy_with = plain };
    opts.zone = busy_zone;
    opts.zone_ctx = &t;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(path, f->keyring, &opts, &store, NULL), 0);
    create.expiry_kind = APITOKEN_EXPIRY_DAY;
    create.expiry_day = 20270115;
    assert_code(try_create(store, "owner", "name", &create), 0);
    assert_int_equal(t.calls, 1);
    apitoken_store_close(store);
    apitoken_store_close(plain);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(the_clock_is_read_once_a_call),
        CASE(what_a_clock_leaves_in_errno_reaches_nobody),
        CASE(bad_input_never_reaches_the_clock),
        CASE(a_verify_only_handle_asks_no_clock_for_what_it_refuses),
        CASE(a_broken_clock_denies_and_changes_nothing),
        CASE(the_first_and_the_last_moment_are_times),
        CASE(every_handle_has_its_own_clock),
        CASE(the_system_clock_is_the_default),
        CASE(a_clock_may_call_the_library),
        CASE(a_zone_may_call_the_library),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
