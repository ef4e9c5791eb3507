/* SPDX-License-Identifier: MIT */
/* apitoken_list(): pages, cursors, states, owners. */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define TOKENS 25

/* A list under way: the same question, page after page. */
struct question {
    apitoken_store *store;
    const char *owner;
    size_t owner_len;
    uint32_t limit;
    uint32_t states;
    char cursor[APITOKEN_CURSOR_MAX + 1]; /* "" = from the beginning */
};

static struct question ask(apitoken_store *store, const char *owner, uint32_t limit,
                           uint32_t states) {
    return (struct question){
        .store = store, .owner = owner, .owner_len = strlen(owner), .limit = limit, .states = states
    };
}

static apitoken_page *next_page(struct question *q) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_page *page = NULL;
    opts.limit = q->limit;
    opts.states = q->states;
    if (q->cursor[0]) opts.cursor = q->cursor;
    opts.cursor_len = (uint32_t)strlen(q->cursor);
    assert_code(apitoken_list(q->store, q->owner, q->owner_len, &opts, &page, NULL), 0);
    const char *cursor = apitoken_page_cursor(page);
    (void)snprintf(q->cursor, sizeof q->cursor, "%s", cursor ? cursor : "");
    return page;
}

/* The ids of all pages, joined. Returns how many pages there were. */
static size_t gather(struct question *q, char ids[][APITOKEN_ID_MAX + 1], size_t room,
                     size_t *ret_count) {
    size_t pages = 0;
    *ret_count = 0;
    do {
        apitoken_page *page = next_page(q);
        pages++;
        for (size_t i = 0; i < apitoken_page_count(page); i++) {
            const apitoken_token *row = apitoken_page_at(page, i);
            assert_string_equal(apitoken_token_owner(row), q->owner);
            assert_true(*ret_count < room);
            (void)snprintf(ids[(*ret_count)++], APITOKEN_ID_MAX + 1, "%s", apitoken_token_id(row));
        }
        assert_null(apitoken_page_at(page, apitoken_page_count(page)));
        apitoken_page_free(page);
    } while (q->cursor[0]);
    return pages;
}

static void make_tokens(apitoken_store *store, const char *owner, struct made_token made[],
                        size_t count) {
    for (size_t i = 0; i < count; i++) made[i] = fixture_create(store, owner, "name", NULL);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void pages_of_every_size_give_all_rows_in_order(void **state) {
    const struct fixture *f = *state;
    struct made_token made[TOKENS];
    make_tokens(f->store, "owner", made, TOKENS);
    for (uint32_t limit = 1; limit <= TOKENS + 1; limit++) {
        char ids[TOKENS][APITOKEN_ID_MAX + 1];
        size_t count = 0;
        struct question q = ask(f->store, "owner", limit, 0);
        size_t pages = gather(&q, ids, TOKENS, &count);
        assert_int_equal(count, TOKENS);
        assert_int_equal(pages, (TOKENS + limit - 1) / limit);
        for (size_t i = 0; i < TOKENS; i++) assert_string_equal(ids[i], made[i].id);
    }
}

static void an_owner_without_tokens_has_an_empty_page(void **state) {
    const struct fixture *f = *state;
    struct question q = ask(f->store, "nobody", 0, 0);
    apitoken_page *page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 0);
    assert_null(apitoken_page_at(page, 0));
    assert_null(apitoken_page_cursor(page));
    apitoken_page_free(page);
    apitoken_page_free(NULL);
}

static void a_page_has_a_hundred_rows_if_not_said_otherwise(void **state) {
    const struct fixture *f = *state;
    for (int i = 0; i < 101; i++) (void)fixture_create(f->store, "owner", "name", NULL);
    struct question q = ask(f->store, "owner", 0, 0);
    apitoken_page *page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 100);
    apitoken_page_free(page);
    page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 1);
    assert_string_equal(q.cursor, "");
    apitoken_page_free(page);
}

static int list_code(apitoken_store *store, const apitoken_list_opts *opts, apitoken_error *err) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list(store, LIT("owner"), opts, &page, err);
    if (rc == 0) apitoken_page_free(page);
    if (rc < 0) assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

static void limits_are_held(void **state) {
    const struct fixture *f = *state;
    static const struct {
        uint32_t limit;
        int code;
    } cases[] = {
        { 1, 0 },
        { APITOKEN_LIST_MAX, 0 },
        { APITOKEN_LIST_MAX + 1, APITOKEN_E_LIMIT },
        { UINT32_MAX, APITOKEN_E_LIMIT },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
        opts.limit = cases[i].limit;
        assert_code(list_code(f->store, &opts, NULL), cases[i].code);
    }
}

static void unknown_states_are_refused(void **state) {
    const struct fixture *f = *state;
    for (unsigned bit = 0; bit < 32; bit++) {
        apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
        opts.states = UINT32_C(1) << bit | APITOKEN_STATE_VALID;
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(list_code(f->store, &opts, &err), bit < 6 ? 0 : APITOKEN_E_ABI);
        if (bit >= 6) assert_field(&err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0);
    }
}

/* ---- cursors --------------------------------------------------------------------------------- */

static void a_cursor_is_good_in_another_handle_and_later(void **state) {
    struct fixture *f = *state;
    struct made_token made[5];
    make_tokens(f->store, "owner", made, 4);
    struct question q = ask(f->store, "owner", 2, 0);
    apitoken_page_free(next_page(&q));
    assert_in_range(strlen(q.cursor), 1, APITOKEN_CURSOR_MAX);
    assert_int_equal(
        strspn(q.cursor, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
        strlen(q.cursor));
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(revoke_token(f->store, "owner", made[1].id), 0); /* the row that it names */
    make_tokens(f->store, "owner", made + 4, 1);
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    q.store = other;
    q.limit = 10;
    apitoken_page *page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(apitoken_token_id(apitoken_page_at(page, i)), made[2 + i].id);
    apitoken_page_free(page);
    apitoken_store_close(other);
}

static void assert_cursor_code(apitoken_store *store, const char *cursor, size_t len, int code) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    opts.cursor = cursor;
    opts.cursor_len = (uint32_t)len;
    assert_code(list_code(store, &opts, &err), code);
    if (code < 0) assert_field(&err, code, APITOKEN_FIELD_CURSOR, 0);
}

static void what_is_no_cursor_is_refused(void **state) {
    const struct fixture *f = *state;
    static const char others[] = "09AZaz-_ \n\xC3";
    struct made_token made[2];
    make_tokens(f->store, "owner", made, 2);
    struct question q = ask(f->store, "owner", 1, 0);
    apitoken_page_free(next_page(&q));
    size_t len = strlen(q.cursor);
    assert_cursor_code(f->store, q.cursor, len, 0);
    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; i < sizeof others; i++) { /* with the NUL */
            char kept = q.cursor[at];
            if (others[i] == kept) continue;
            q.cursor[at] = others[i];
            assert_cursor_code(f->store, q.cursor, len, APITOKEN_E_CURSOR);
            q.cursor[at] = kept;
        }
    q.cursor[len] = '0';
    assert_cursor_code(f->store, q.cursor, len + 1, APITOKEN_E_CURSOR);
    for (size_t cut = 0; cut < len; cut++)
        assert_cursor_code(f->store, q.cursor, cut, APITOKEN_E_CURSOR);
    assert_cursor_code(f->store, long_text(300), 300, APITOKEN_E_CURSOR);
    assert_cursor_code(f->store, NULL, 1, APITOKEN_E_ARGUMENT);
}

/* A cursor names a place and no owner. */
static void the_cursor_of_another_owner_gives_none_of_their_rows(void **state) {
    const struct fixture *f = *state;
    struct made_token theirs[3], own[3];
    make_tokens(f->store, "own", own, 2);
    make_tokens(f->store, "theirs", theirs, 3);
    make_tokens(f->store, "own", own + 2, 1);
    struct question q = ask(f->store, "theirs", 1, 0);
    apitoken_page_free(next_page(&q));
    q.owner = "own";
    q.owner_len = 3;
    q.limit = 10;
    apitoken_page *page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), 1);
    assert_string_equal(apitoken_token_id(apitoken_page_at(page, 0)), own[2].id);
    apitoken_page_free(page);
}

/* ---- states ---------------------------------------------------------------------------------- */

static const uint32_t masks[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

/* Of every three tokens one ends a second after FIXTURE_NOW, one is revoked, one is neither. */
static void make_mixed(apitoken_store *store, struct made_token made[], size_t count) {
    apitoken_create_opts ends = APITOKEN_CREATE_OPTS_INIT;
    ends.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    ends.expiry_ms = FIXTURE_NOW + 1000;
    for (size_t i = 0; i < count; i++) {
        made[i] = fixture_create(store, "owner", "name", i % 3 == 1 ? &ends : NULL);
        if (i % 3 == 2) assert_code(revoke_token(store, "owner", made[i].id), 0);
    }
}

static uint32_t state_due(size_t i, int64_t now_ms) {
    if (i % 3 == 2) return APITOKEN_STATE_REVOKED;
    return i % 3 == 1 && now_ms >= FIXTURE_NOW + 1000 ? APITOKEN_STATE_EXPIRED
                                                      : APITOKEN_STATE_VALID;
}

static void assert_filtered(const struct fixture *f, const struct made_token made[], uint32_t mask,
                            uint32_t limit) {
    char ids[TOKENS][APITOKEN_ID_MAX + 1];
    size_t count = 0, due = 0;
    struct question q = ask(f->store, "owner", limit, mask);
    (void)gather(&q, ids, TOKENS, &count);
    for (size_t i = 0; i < TOKENS; i++) {
        if (mask != 0 && !(state_due(i, f->now_ms) & mask)) continue;
        assert_true(due < count);
        assert_string_equal(ids[due++], made[i].id);
    }
    assert_int_equal(count, due);
}

static void states_filter_by_the_clock(void **state) {
    struct fixture *f = *state;
    static const int64_t times[] = { FIXTURE_NOW, FIXTURE_NOW + 999, FIXTURE_NOW + 1000,
                                     FIXTURE_NOW + 1000000 };
    static const uint32_t limits[] = { 1, 4, 1000 };
    struct made_token made[TOKENS];
    make_mixed(f->store, made, TOKENS);
    for (size_t t = 0; t < COUNT(times); t++)
        for (size_t m = 0; m < COUNT(masks); m++)
            for (size_t l = 0; l < COUNT(limits); l++) {
                f->now_ms = times[t];
                assert_filtered(f, made, masks[m], limits[l]);
            }
}

static void rows_say_what_validate_says(void **state) {
    struct fixture *f = *state;
    struct made_token made[6];
    make_mixed(f->store, made, COUNT(made));
    for (int64_t late = 0; late <= 1000; late += 500) {
        f->now_ms = FIXTURE_NOW + late;
        struct question q = ask(f->store, "owner", 0, 0);
        apitoken_page *page = next_page(&q);
        for (size_t i = 0; i < COUNT(made); i++) {
            int shown = apitoken_token_state(apitoken_page_at(page, i)),
                code = check(f->store, &made[i]);
            assert_int_equal(shown, state_due(i, f->now_ms));
            assert_int_equal(shown == APITOKEN_STATE_VALID, code == 0);
            assert_int_equal(shown == APITOKEN_STATE_EXPIRED, code == APITOKEN_E_EXPIRED);
            assert_int_equal(shown == APITOKEN_STATE_REVOKED, code == APITOKEN_E_REVOKED);
        }
        apitoken_page_free(page);
    }
}

/* ---- owners ---------------------------------------------------------------------------------- */

static void owners_are_compared_byte_for_byte(void **state) {
    const struct fixture *f = *state;
    const char *longest = long_text(APITOKEN_OWNER_MAX);
    char almost[APITOKEN_OWNER_MAX + 1];
    (void)snprintf(almost, sizeof almost, "%s", longest);
    almost[APITOKEN_OWNER_MAX - 1] = 'y';
    const char *const owners[] = {
        "a", "ab",    "abc",  "b", "A", "a b", "a  b", "\xC3\xA4", "a\xCC\x88", "\xF0\x9F\x94\x91",
        "~", longest, almost,
    };
    struct made_token made[COUNT(owners)][2];
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT(owners); i++)
            made[i][round] = fixture_create(f->store, owners[i], "name", NULL);
    for (size_t i = 0; i < COUNT(owners); i++) {
        char ids[2][APITOKEN_ID_MAX + 1];
        size_t count = 0;
        struct question q = ask(f->store, owners[i], 1, 0);
        assert_int_equal(gather(&q, ids, 2, &count), 2);
        assert_int_equal(count, 2);
        assert_string_equal(ids[0], made[i][0].id);
        assert_string_equal(ids[1], made[i][1].id);
    }
}

/* ---- a damaged row --------------------------------------------------------------------------- */

enum { ROWS = 30, DAMAGED = 15 };

/* Flips a bit of the name of a row below the open handle; again, and it is as it was. */
static void flip_name(const struct fixture *f, char first, const char *rest) {
    static char bytes[1 << 22];
    const char *path = in_store(f, "data.mdb");
    size_t len = file_read(path, bytes, sizeof bytes), found = 0;
    for (const char *at = bytes; (at = memmem(at, len - (size_t)(at - bytes), rest, strlen(rest)));
         at++)
        if (at > bytes && at[-1] == first) {
            file_flip(path, (size_t)(at - bytes) - 1);
            found++;
        }
    assert_true(found > 0);
}

static int list_from(struct question q, apitoken_page **ret_page) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    *ret_page = UNTOUCHED;
    opts.limit = q.limit;
    opts.states = q.states;
    opts.cursor = q.cursor[0] ? q.cursor : NULL;
    opts.cursor_len = (uint32_t)strlen(q.cursor);
    return apitoken_list(q.store, q.owner, q.owner_len, &opts, ret_page, NULL);
}

/* Whatever the size of the page, and also where a filter would leave the row out. */
static void assert_no_way_around(struct question q, uint32_t limit) {
    apitoken_page *page;
    for (q.limit = limit; q.limit <= APITOKEN_LIST_MAX; q.limit *= 3)
        for (q.states = 0; q.states <= APITOKEN_STATE_REVOKED; q.states += APITOKEN_STATE_REVOKED) {
            assert_code(list_from(q, &page), APITOKEN_E_DAMAGED);
            assert_ptr_equal(page, UNTOUCHED);
        }
}

/*
 * Going on from the last good page never leads past the row: no list without it looks complete.
 * Who has a cursor behind it gets the rest, other owners get all of theirs, and when the row is as
 * it was the list goes on where it stopped.
 */
static void a_damaged_row_is_not_left_out(void **state) {
    const struct fixture *f = *state;
    struct made_token made[ROWS], other[1];
    apitoken_page *page;
    for (size_t i = 0; i < ROWS; i++)
        made[i] = fixture_create(f->store, "owner", i == DAMAGED ? "a name of its own" : "n", NULL);
    make_tokens(f->store, "ownes", other, 1);
    struct question behind = ask(f->store, "owner", DAMAGED + 1, 0),
                    q = ask(f->store, "owner", 10, 0);
    apitoken_page_free(next_page(&behind));
    flip_name(f, 'a', " name of its own");
    apitoken_page_free(next_page(&q));
    assert_no_way_around(q, DAMAGED - 10 + 1);
    q.limit = DAMAGED - 10; /* up to the row before it */
    page = next_page(&q);
    assert_int_equal(apitoken_page_count(page), DAMAGED - 10);
    apitoken_page_free(page);
    for (int i = 0; i < 3; i++) assert_no_way_around(q, 1);
    page = next_page(&behind);
    assert_string_equal(apitoken_token_id(apitoken_page_at(page, 0)), made[DAMAGED + 1].id);
    apitoken_page_free(page);
    assert_int_equal(count_rows(f->store, "ownes"), 1);
    assert_code(check(f->store, &made[DAMAGED]), 0); /* for which the row is nothing */
    flip_name(f, 'a' ^ 1, " name of its own");
    page = next_page(&q);
    assert_string_equal(apitoken_token_id(apitoken_page_at(page, 0)), made[DAMAGED].id);
    apitoken_page_free(page);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(pages_of_every_size_give_all_rows_in_order),
        CASE(an_owner_without_tokens_has_an_empty_page),
        CASE(a_page_has_a_hundred_rows_if_not_said_otherwise),
        CASE(limits_are_held),
        CASE(unknown_states_are_refused),
        CASE(a_cursor_is_good_in_another_handle_and_later),
        CASE(what_is_no_cursor_is_refused),
        CASE(the_cursor_of_another_owner_gives_none_of_their_rows),
        CASE(states_filter_by_the_clock),
        CASE(rows_say_what_validate_says),
        CASE(owners_are_compared_byte_for_byte),
        CASE(a_damaged_row_is_not_left_out),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
