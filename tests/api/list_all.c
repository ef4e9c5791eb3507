/* SPDX-License-Identifier: MIT */
/* apitoken_list_all(): who may call it, order, pages, cursors, and what changes meanwhile. */
#include "lists.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "life.h"

#define ROOM 256

/* In the order of the list. */
static const char *const owners[] = { "A", "a", "aa", "ab", "ba", "\xC3\xA4", "aaa", "aab" };
enum { OWNERS = COUNT(owners), EACH = 4 };

static struct question ask(apitoken_store *store, uint32_t limit) {
    return (struct question){ .store = store, .limit = limit };
}

/* EACH of every owner, made in turns and in another order than that of the list. */
static void make_tokens(apitoken_store *store, struct made_token made[OWNERS][EACH]) {
    for (size_t round = 0; round < EACH; round++)
        for (size_t i = OWNERS; i-- > 0;)
            made[i][round] = fixture_create(store, owners[i], "name", NULL);
}

/* ---- who may --------------------------------------------------------------------------------- */

static void only_a_handle_for_administration_may(void **state) {
    struct fixture *f = *state;
    apitoken_store *others[] = { f->store, fixture_open(f, APITOKEN_MODE_VERIFY_ONLY) };
    for (size_t i = 0; i < COUNT(others); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_page *page;
        struct question q = ask(others[i], 0);
        assert_code(try_page(&q, &page, &err), APITOKEN_E_ADMIN);
        assert_field(&err, APITOKEN_E_ADMIN, APITOKEN_FIELD_NONE, 0);
        assert_code(err.code, APITOKEN_E_ADMIN);
    }
    apitoken_store_close(others[1]);
    apitoken_store *admin = fixture_open_admin(f);
    struct question q = ask(admin, 0);
    apitoken_page_free(next_page(&q));
    apitoken_store_close(admin);
}

static int open_as(const struct fixture *f, const apitoken_keyring *keyring, uint32_t mode,
                   uint32_t flags, apitoken_error *err) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = UNTOUCHED;
    opts.mode = mode;
    opts.flags = flags;
    int rc = apitoken_store_open(f->store_path, keyring, &opts, &store, err);
    if (rc < 0) assert_ptr_equal(store, UNTOUCHED);
    if (rc == 0) apitoken_store_close(store);
    return rc;
}

static void administration_needs_a_full_keyring_and_a_read_write_handle(void **state) {
    const struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    static const uint32_t flags[] = { APITOKEN_OPEN_ADMIN,
                                      APITOKEN_OPEN_ADMIN | APITOKEN_OPEN_NO_RECENT };
    for (size_t i = 0; i < COUNT(flags); i++) {
        assert_code(open_as(f, f->keyring, 0, flags[i], NULL), 0);
        assert_code(open_as(f, f->keyring, APITOKEN_MODE_READ_WRITE, flags[i], NULL), 0);
        assert_code(open_as(f, f->keyring, APITOKEN_MODE_VERIFY_ONLY, flags[i], &err),
                    APITOKEN_E_MODE);
        assert_field(&err, APITOKEN_E_MODE, APITOKEN_FIELD_OPTS, 0);
        assert_code(open_as(f, f->verify_keyring, APITOKEN_MODE_VERIFY_ONLY, flags[i], NULL),
                    APITOKEN_E_MODE);
        assert_code(open_as(f, f->verify_keyring, APITOKEN_MODE_READ_WRITE, flags[i], NULL),
                    APITOKEN_E_KEYS_VERIFY);
    }
}

/* The handle can also do what any other can. */
static void a_handle_for_administration_is_a_read_write_one(void **state) {
    const struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_answers(f->store, &token, 0);
    assert_int_equal(count_rows(f->store, "owner"), 1);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_answers(f->store, &token, APITOKEN_E_REVOKED);
}

/* ---- order and pages ------------------------------------------------------------------------- */

static void rows_are_grouped_by_owner(void **state) {
    const struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    struct listed rows[ROOM];
    make_tokens(f->store, made);
    for (uint32_t limit = 0; limit <= OWNERS * EACH + 1; limit++) {
        const uint32_t size = limit ? limit : 100;
        size_t pages;
        assert_int_equal(list_pages(ask(f->store, limit), rows, ROOM, &pages), OWNERS * EACH);
        assert_int_equal(pages, (OWNERS * EACH + size - 1) / size);
        for (size_t i = 0; i < OWNERS * EACH; i++) {
            assert_string_equal(rows[i].owner, owners[i / EACH]);
            assert_string_equal(rows[i].id, made[i / EACH][i % EACH].id);
        }
    }
}

static void an_empty_store_has_an_empty_page(void **state) {
    const struct fixture *f = *state;
    struct question q = ask(f->store, 0);
    apitoken_page *page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 0);
    assert_null(apitoken_page_cursor(page));
    apitoken_page_free(page);
}

/* Rows outlive the handle, each with its own owner. */
static void a_page_outlives_its_store(void **state) {
    struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    make_tokens(f->store, made);
    struct question q = ask(f->store, 0);
    apitoken_page *page = next_page(&q);
    apitoken_store_close(f->store);
    f->store = NULL;
    for (size_t i = 0; i < OWNERS * EACH; i++)
        assert_string_equal(apitoken_token_owner(apitoken_page_at(page, i)), owners[i / EACH]);
    apitoken_page_free(page);
}

/* What the list of all tells of a token is what that of its owner tells. */
static void rows_are_those_of_the_owners_lists(void **state) {
    const struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    struct listed all[ROOM], own[ROOM];
    make_tokens(f->store, made);
    assert_code(revoke_token(f->store, owners[2], made[2][1].id), 0);
    const size_t count = list_pages(ask(f->store, 7), all, ROOM, NULL);
    for (size_t i = 0; i < OWNERS; i++) {
        struct question q = ask(f->store, 0);
        q.owner = owners[i];
        assert_int_equal(list_pages(q, own, ROOM, NULL), EACH);
        assert_memory_equal(own, all + i * EACH, EACH * sizeof own[0]);
    }
    assert_int_equal(count, OWNERS * EACH);
    assert_int_equal(all[2 * EACH + 1].state, APITOKEN_STATE_REVOKED);
}

static void states_filter(void **state) {
    struct fixture *f = *state;
    struct listed rows[ROOM];
    struct made_token ends = create_until(f->store, "b", FIXTURE_NOW + 1000),
                      revoked = fixture_create(f->store, "a", "name", NULL),
                      valid = fixture_create(f->store, "c", "name", NULL);
    assert_code(revoke_token(f->store, "a", revoked.id), 0);
    f->now_ms += 1000;
    const struct {
        uint32_t states;
        const char *ids[3];
    } cases[] = {
        { 0, { revoked.id, ends.id, valid.id } },
        { APITOKEN_STATE_VALID, { valid.id } },
        { APITOKEN_STATE_EXPIRED, { ends.id } },
        { APITOKEN_STATE_REVOKED, { revoked.id } },
        { APITOKEN_STATE_REVOKED | APITOKEN_STATE_VALID, { revoked.id, valid.id } },
        { APITOKEN_STATE_SUSPENDED, { NULL } },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct question q = ask(f->store, 1);
        q.states = cases[i].states;
        const size_t count = list_pages(q, rows, ROOM, NULL);
        for (size_t n = 0; n < count; n++) assert_string_equal(rows[n].id, cases[i].ids[n]);
        assert_true(count == 3 || cases[i].ids[count] == NULL);
    }
}

/* More owners than a page has rows, so that owners end and begin at its edges. */
static void many_owners_of_one_token(void **state) {
    const struct fixture *f = *state;
    enum { MANY = 2100 };
    static apitoken_batch_item items[MANY];
    static char names[MANY][8];
    static struct listed rows[MANY];
    const apitoken_batch_item *wanted[MANY];
    apitoken_batch *batch = NULL;
    size_t pages;
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(names[i], sizeof names[i], "o%zu", i);
        items[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        items[i].owner = items[i].name = names[i];
        items[i].owner_len = items[i].name_len = (uint32_t)strlen(names[i]);
        wanted[i] = &items[i];
    }
    assert_code(apitoken_create_batch(f->store, wanted, MANY, NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
    assert_int_equal(list_pages(ask(f->store, APITOKEN_LIST_MAX), rows, MANY, &pages), MANY);
    assert_int_equal(pages, 3);
    /* their numbers have as many digits as the length says: so this is the order of the numbers */
    for (size_t i = 0; i < MANY; i++) {
        assert_string_equal(rows[i].owner, names[i]);
        assert_string_equal(rows[i].name, names[i]);
    }
}

/* A filter that keeps nothing: every page is empty, the last has no cursor, and it ends. */
static void a_call_looks_at_a_limited_number_of_rows(void **state) {
    const struct fixture *f = *state;
    enum { MANY = 5001 };
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    static const apitoken_batch_item *items[MANY];
    apitoken_filter filter = APITOKEN_FILTER_INIT;
    apitoken_batch *batch = NULL;
    struct listed rows[1];
    size_t pages;
    item.owner = item.name = "x";
    item.owner_len = item.name_len = 1;
    for (size_t i = 0; i < MANY; i++) items[i] = &item;
    assert_code(apitoken_create_batch(f->store, items, MANY, NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
    filter.name_contains = "y";
    filter.name_contains_len = 1;
    for (int of_all = 0; of_all < 2; of_all++) {
        struct question q = ask(f->store, 1);
        q.owner = of_all ? NULL : "x";
        q.filter = &filter;
        assert_int_equal(list_pages(q, rows, 1, &pages), 0);
        assert_in_range(pages, 2, MANY); /* more if the machine is slow: its time ran out */
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void limits_and_states_are_held(void **state) {
    const struct fixture *f = *state;
    apitoken_page *page;
    static const uint32_t limits[] = { APITOKEN_LIST_MAX + 1, UINT32_MAX };
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct question q = ask(f->store, limits[i]);
        assert_code(try_page(&q, &page, NULL), APITOKEN_E_LIMIT);
    }
    for (unsigned bit = 6; bit < 32; bit++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        struct question q = ask(f->store, 1);
        q.states = UINT32_C(1) << bit | APITOKEN_STATE_VALID;
        assert_code(try_page(&q, &page, &err), APITOKEN_E_ABI);
        assert_field(&err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0);
    }
}

static void assert_cursor_code(apitoken_store *store, const char *cursor, size_t len, int code) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_page *page = UNTOUCHED;
    opts.cursor = cursor;
    opts.cursor_len = (uint32_t)len;
    assert_code(apitoken_list_all(store, &opts, &page, &err), code);
    if (code < 0) assert_field(&err, code, APITOKEN_FIELD_CURSOR, 0);
    if (code < 0) assert_ptr_equal(page, UNTOUCHED);
    if (code == 0) apitoken_page_free(page);
}

static void what_is_no_cursor_is_refused(void **state) {
    const struct fixture *f = *state;
    static const char others[] = "09AZaz-_ \n\xC3";
    struct made_token made[OWNERS][EACH];
    make_tokens(f->store, made);
    struct question q = ask(f->store, OWNERS * EACH - 1); /* of an owner of three bytes */
    apitoken_page_free(next_page(&q));
    const size_t len = strlen(q.cursor);
    assert_in_range(len, 1, APITOKEN_CURSOR_MAX);
    assert_int_equal(
        strspn(q.cursor, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"), len);
    assert_cursor_code(f->store, q.cursor, len, 0);
    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; i < sizeof others; i++) { /* with the NUL */
            char kept = q.cursor[at];
            if (others[i] == kept) continue;
            q.cursor[at] = others[i];
            assert_cursor_code(f->store, q.cursor, len, APITOKEN_E_CURSOR);
            q.cursor[at] = kept;
        }
    for (size_t cut = 0; cut < len; cut++)
        assert_cursor_code(f->store, q.cursor, cut, APITOKEN_E_CURSOR);
    q.cursor[len] = '0';
    assert_cursor_code(f->store, q.cursor, len + 1, APITOKEN_E_CURSOR);
    assert_cursor_code(f->store, long_text(300), 300, APITOKEN_E_CURSOR);
    assert_cursor_code(f->store, NULL, 1, APITOKEN_E_ARGUMENT);
}

static void the_cursor_of_one_list_is_none_of_the_other(void **state) {
    const struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_page *page;
    make_tokens(f->store, made);
    struct question all = ask(f->store, 1), own = ask(f->store, 1);
    own.owner = owners[0];
    apitoken_page_free(next_page(&all));
    apitoken_page_free(next_page(&own));
    assert_cursor_code(f->store, own.cursor, strlen(own.cursor), APITOKEN_E_CURSOR);
    (void)snprintf(own.cursor, sizeof own.cursor, "%s", all.cursor);
    assert_code(try_page(&own, &page, &err), APITOKEN_E_CURSOR);
    assert_field(&err, APITOKEN_E_CURSOR, APITOKEN_FIELD_CURSOR, 0);
}

/* The longest owner that there may be fits into a cursor. */
static void the_longest_owner_has_a_cursor(void **state) {
    const struct fixture *f = *state;
    struct listed rows[2];
    const char *owner = long_text(APITOKEN_OWNER_MAX);
    for (int i = 0; i < 2; i++) (void)fixture_create(f->store, owner, "name", NULL);
    assert_int_equal(list_pages(ask(f->store, 1), rows, 2, NULL), 2);
    for (int i = 0; i < 2; i++) assert_string_equal(rows[i].owner, owner);
    assert_string_not_equal(rows[0].id, rows[1].id);
}

/* ---- what changes meanwhile ------------------------------------------------------------------ */

/* The place of a row is good when the row, its owner's others or all before it are revoked. */
static void a_cursor_is_good_in_another_handle_and_later(void **state) {
    struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    struct listed rows[ROOM];
    make_tokens(f->store, made);
    struct question q = ask(f->store, 2 * EACH + 2);
    apitoken_page_free(next_page(&q));
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    for (size_t i = 0; i < EACH; i++)
        assert_code(revoke_token(f->store, owners[2], made[2][i].id), 0);
    (void)fixture_create(f->store, owners[1], "before the place", NULL);
    const struct made_token own = fixture_create(f->store, owners[2], "behind it", NULL),
                            last = fixture_create(f->store, "zzzz", "behind it", NULL);
    q.store = f->store;
    const size_t count = list_pages(q, rows, ROOM, NULL);
    assert_int_equal(count, OWNERS * EACH - 2 * EACH - 2 + 2);
    assert_string_equal(rows[0].id, made[2][2].id);
    assert_string_equal(rows[2].id, own.id);
    assert_string_equal(rows[3].id, made[3][0].id);
    assert_string_equal(rows[count - 1].id, last.id);
}

struct heir {
    const struct fixture *f;
    struct question q;
};

/* Goes on with a cursor, in a process that has the store open for itself. Gives the rows. */
static int go_on(void *ctx) {
    struct heir *heir = ctx;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    apitoken_store *store = NULL;
    apitoken_page *page = NULL;
    open.flags = APITOKEN_OPEN_ADMIN;
    if (apitoken_store_open(heir->f->store_path, heir->f->keyring, &open, &store, NULL) != 0)
        return 100;
    opts.cursor = heir->q.cursor;
    opts.cursor_len = (uint32_t)strlen(opts.cursor);
    if (apitoken_list_all(store, &opts, &page, NULL) != 0) return 101;
    const int count = (int)apitoken_page_count(page);
    apitoken_page_free(page);
    apitoken_store_close(store);
    return count;
}

static void a_cursor_is_good_in_another_process(void **state) {
    const struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    make_tokens(f->store, made);
    struct heir heir = { .f = f, .q = ask(f->store, 5) };
    apitoken_page_free(next_page(&heir.q));
    assert_int_equal(in_child(go_on, &heir), OWNERS * EACH - 5);
}

/*
 * Another handle creates and revokes between any two pages. What was there before the first page is
 * in exactly one of them.
 */
static void what_is_there_all_the_time_comes_once(void **state) {
    struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    unsigned seen[OWNERS][EACH] = { 0 };
    make_tokens(f->store, made);
    struct question q = ask(f->store, 3);
    unsigned turn = 0;
    do {
        apitoken_page *page = next_page(&q);
        for (size_t i = 0; i < apitoken_page_count(page); i++)
            for (size_t m = 0; m < OWNERS * EACH; m++)
                seen[m / EACH][m % EACH] += !strcmp(apitoken_token_id(apitoken_page_at(page, i)),
                                                    made[m / EACH][m % EACH].id);
        apitoken_page_free(page);
        /* as many before the place as behind it, so that the list comes to its end */
        if (turn < 2 * OWNERS) (void)fixture_create(other, owners[turn % OWNERS], "new", NULL);
        const struct made_token *ends = &made[turn % OWNERS][turn % EACH];
        assert_code(revoke_token(other, owners[turn % OWNERS], ends->id), 0);
        turn++;
    } while (q.cursor[0]);
    for (size_t m = 0; m < OWNERS * EACH; m++) assert_int_equal(seen[m / EACH][m % EACH], 1);
    apitoken_store_close(other);
}

struct writer {
    const char *path;
    const apitoken_keyring *keyring;
    int made[2]; /* a pipe: a byte for each token that it made */
};

/* Creates tokens of all owners in turn, until nobody reads how many. */
static void write_on(const struct writer *w) {
    apitoken_store *store = NULL;
    (void)close(w->made[0]);
    (void)signal(SIGPIPE, SIG_IGN);
    if (apitoken_store_open(w->path, w->keyring, NULL, &store, NULL) != 0) _exit(1);
    for (size_t i = 0; i < 100000; i++) {
        apitoken_secret *secret = NULL;
        const char *owner = owners[i % OWNERS];
        if (apitoken_create(store, owner, strlen(owner), LIT("new"), NULL, &secret, NULL) != 0)
            _exit(2);
        apitoken_secret_free(secret);
        if (write(w->made[1], "x", 1) != 1) break;
    }
    apitoken_store_close(store);
    _exit(0);
}

/* Waits until the other process has made another token. */
static void await_one(const struct writer *w) {
    char byte;
    assert_int_equal(read(w->made[0], &byte, 1), 1);
}

/* The same while a process writes all the time; the list is read to its end, over and over. */
static void a_process_that_writes_hides_nothing(void **state) {
    struct fixture *f = *state;
    struct made_token made[OWNERS][EACH];
    static struct listed rows[200000];
    struct writer w = { .path = f->store_path, .keyring = f->keyring };
    make_tokens(f->store, made);
    assert_int_equal(pipe(w.made), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) write_on(&w);
    (void)close(w.made[1]);
    for (int round = 0; round < 20; round++) {
        await_one(&w);
        const size_t count = list_pages(ask(f->store, 5), rows, COUNT(rows), NULL);
        size_t found = 0, owner = 0;
        for (size_t i = 0; i < count; i++) {
            const size_t at = found / EACH;
            while (strcmp(rows[i].owner, owners[owner]) != 0) assert_true(++owner < OWNERS);
            if (i > 0 && !strcmp(rows[i].owner, rows[i - 1].owner))
                assert_true(strcmp(rows[i].id, rows[i - 1].id) > 0);
            if (at < OWNERS && !strcmp(rows[i].id, made[at][found % EACH].id)) found++;
        }
        assert_int_equal(found, OWNERS * EACH); /* each, and in order */
    }
    (void)close(w.made[0]);
    int status = 1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(only_a_handle_for_administration_may),
        CASE(administration_needs_a_full_keyring_and_a_read_write_handle),
        CASE_ADMIN(a_handle_for_administration_is_a_read_write_one),
        CASE_ADMIN(rows_are_grouped_by_owner),
        CASE_ADMIN(an_empty_store_has_an_empty_page),
        CASE_ADMIN(a_page_outlives_its_store),
        CASE_ADMIN(rows_are_those_of_the_owners_lists),
        CASE_ADMIN(states_filter),
        CASE_ADMIN(many_owners_of_one_token),
        CASE_ADMIN(a_call_looks_at_a_limited_number_of_rows),
        CASE_ADMIN(limits_and_states_are_held),
        CASE_ADMIN(what_is_no_cursor_is_refused),
        CASE_ADMIN(the_cursor_of_one_list_is_none_of_the_other),
        CASE_ADMIN(the_longest_owner_has_a_cursor),
        CASE_ADMIN(a_cursor_is_good_in_another_handle_and_later),
        CASE_ADMIN(a_cursor_is_good_in_another_process),
        CASE_ADMIN(what_is_there_all_the_time_comes_once),
        CASE_ADMIN(a_process_that_writes_hides_nothing),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
