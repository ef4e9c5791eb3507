/* SPDX-License-Identifier: MIT */
/* apitoken_filter: what each part of it keeps, in the list of one owner and in that of all. */
#include "lists.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"
#include "life.h"

#define OWNER "owner"
#define ROOM 64

static apitoken_filter no_filter(void) { return (apitoken_filter)APITOKEN_FILTER_INIT; }

/* Both lists, with pages of every size, keep those of `made` whose bit is set, in order. */
static void assert_keeps(struct fixture *f, const apitoken_filter *filter,
                         const struct made_token *made, size_t count, uint32_t due) {
    apitoken_store *admin = fixture_open_admin(f);
    for (int of_all = 0; of_all < 2; of_all++) {
        for (uint32_t limit = 1; limit <= count + 1; limit += 2) {
            struct listed rows[ROOM];
            const struct question q = {
                .store = admin, .owner = of_all ? NULL : OWNER, .limit = limit, .filter = filter
            };
            const size_t got = list_pages(q, rows, ROOM, NULL);
            size_t at = 0;
            for (size_t i = 0; i < count; i++) {
                if (!(due >> i & 1)) continue;
                assert_true(at < got);
                assert_string_equal(rows[at++].id, made[i].id);
            }
            assert_int_equal(got, at);
        }
    }
    apitoken_store_close(admin);
}

static void assert_refused(struct fixture *f, const apitoken_filter *filter, int code) {
    apitoken_store *admin = fixture_open_admin(f);
    for (int of_all = 0; of_all < 2; of_all++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_page *page;
        struct question q = { .store = admin, .owner = of_all ? NULL : OWNER, .filter = filter };
        assert_code(try_page(&q, &page, &err), code);
        assert_field(&err, code, APITOKEN_FIELD_FILTER, 0);
    }
    apitoken_store_close(admin);
}

/* ---- each part alone ------------------------------------------------------------------------- */

static void a_filter_that_asks_nothing_keeps_all(void **state) {
    struct fixture *f = *state;
    const apitoken_filter filter = no_filter();
    const struct made_token made[] = { fixture_create(f->store, OWNER, "a", NULL),
                                       create_until(f->store, OWNER, FIXTURE_NOW + 1) };
    assert_keeps(f, &filter, made, 2, 3);
    assert_keeps(f, NULL, made, 2, 3);
}

/* At the very instant, as validate has it; by day or by instant, ended or not. */
static void those_that_expire_before_an_instant(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts day = APITOKEN_CREATE_OPTS_INIT;
    apitoken_filter filter = no_filter();
    day.expiry_kind = APITOKEN_EXPIRY_DAY;
    day.expiry_day = 20270115; /* ends 16 hours after FIXTURE_NOW */
    const struct made_token made[] = { create_until(f->store, OWNER, FIXTURE_NOW + 1000),
                                       create_until(f->store, OWNER, FIXTURE_NOW + 16 * HOUR + 1),
                                       fixture_create(f->store, OWNER, "day", &day),
                                       fixture_create(f->store, OWNER, "never", NULL) };
    static const struct {
        int64_t before_ms;
        uint32_t due;
    } cases[] = { { FIXTURE_NOW + 999, 0 },
                  { FIXTURE_NOW + 1000, 1 },
                  { FIXTURE_NOW + 16 * HOUR - 1, 1 },
                  { FIXTURE_NOW + 16 * HOUR, 5 },
                  { FIXTURE_NOW + 16 * HOUR + 1, 7 },
                  { INT64_C(253402300799999), 7 },
                  { 1, 0 } };
    for (int late = 0; late < 2; late++, f->now_ms += 2 * DAY)
        for (size_t i = 0; i < COUNT(cases); i++) {
            filter.expires_before_ms = cases[i].before_ms;
            assert_keeps(f, &filter, made, 4, cases[i].due);
        }
}

static void those_that_never_expire(void **state) {
    struct fixture *f = *state;
    apitoken_filter filter = no_filter();
    filter.flags = APITOKEN_FILTER_NEVER_EXPIRES;
    const struct made_token made[] = {
        fixture_create(f->store, OWNER, "never", NULL),
        create_until(f->store, OWNER, INT64_C(253402300799999)),
        fixture_create(f->store, OWNER, "never", NULL),
    };
    assert_code(revoke_token(f->store, OWNER, made[2].id), 0);
    assert_keeps(f, &filter, made, 3, 5);
    assert_code(end_token(f->store, &made[0], FIXTURE_NOW + DAY), 0);
    assert_keeps(f, &filter, made, 3, 4);
}

static void set_longest_lifetime(struct fixture *f, int64_t ms) {
    apitoken_store *admin = fixture_open_admin(f);
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    policy.max_lifetime_ms = ms;
    opts.mask = APITOKEN_POLICY_MAX_LIFETIME;
    opts.actor = "admin";
    opts.actor_len = 5;
    assert_code(apitoken_policy_set(admin, &policy, &opts, NULL), 0);
    apitoken_store_close(admin);
}

/* By the policy of now; a rotate begins a new lifetime. */
static void those_that_the_policy_does_not_allow_any_more(void **state) {
    struct fixture *f = *state;
    apitoken_filter filter = no_filter();
    apitoken_create_opts day = APITOKEN_CREATE_OPTS_INIT;
    filter.flags = APITOKEN_FILTER_OUTSIDE_POLICY;
    day.expiry_kind = APITOKEN_EXPIRY_DAY;
    day.expiry_day = 20270116; /* it begins less than two days after FIXTURE_NOW */
    const struct made_token made[] = { create_until(f->store, OWNER, FIXTURE_NOW + 2 * DAY),
                                       create_until(f->store, OWNER, FIXTURE_NOW + 2 * DAY + 1),
                                       fixture_create(f->store, OWNER, "day", &day),
                                       fixture_create(f->store, OWNER, "never", NULL) };
    assert_keeps(f, &filter, made, 4, 0);
    set_longest_lifetime(f, 2 * DAY);
    assert_keeps(f, &filter, made, 4, 10);
    f->now_ms += DAY;
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    assert_code(
        apitoken_rotate(f->store, LIT(OWNER), made[1].id, APITOKEN_ID_LEN, &opts, &secret, NULL),
        0);
    apitoken_secret_free(secret);
    assert_keeps(f, &filter, made, 4, 8);
}

static void those_that_were_created_between_two_instants(void **state) {
    struct fixture *f = *state;
    struct made_token made[4];
    static const struct {
        int64_t from_ms, before_ms;
        uint32_t due;
    } cases[] = {
        { FIXTURE_NOW, 0, 15 },
        { FIXTURE_NOW + 1, 0, 14 },
        { FIXTURE_NOW + 3, 0, 8 },
        { FIXTURE_NOW + 4, 0, 0 },
        { 0, FIXTURE_NOW, 0 },
        { 0, FIXTURE_NOW + 1, 1 },
        { 0, FIXTURE_NOW + 4, 15 },
        { FIXTURE_NOW + 1, FIXTURE_NOW + 3, 6 },
        { FIXTURE_NOW + 1, FIXTURE_NOW + 2, 2 },
    };
    for (int i = 0; i < 4; i++, f->now_ms++) made[i] = fixture_create(f->store, OWNER, "n", NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_filter filter = no_filter();
        filter.created_from_ms = cases[i].from_ms;
        filter.created_before_ms = cases[i].before_ms;
        assert_keeps(f, &filter, made, 4, cases[i].due);
    }
}

static void use_at(struct fixture *f, const struct made_token *token, int64_t now_ms) {
    const int64_t before = f->now_ms;
    f->now_ms = now_ms;
    assert_code(check(f->store, token), 0);
    f->now_ms = before;
}

/* FIXTURE_NOW is the beginning of a minute. */
static void those_that_were_not_used_since(void **state) {
    struct fixture *f = *state;
    apitoken_filter filter = no_filter();
    const struct made_token made[] = { fixture_create(f->store, OWNER, "never", NULL),
                                       fixture_create(f->store, OWNER, "first", NULL),
                                       fixture_create(f->store, OWNER, "later", NULL) };
    use_at(f, &made[1], FIXTURE_NOW + 30000);
    use_at(f, &made[2], FIXTURE_NOW + 10 * MINUTE);
    static const struct {
        int64_t since_ms;
        uint32_t due;
    } cases[] = {
        { FIXTURE_NOW, 1 },
        { FIXTURE_NOW + 30001, 1 }, /* in the minute of the use: perhaps it was used again */
        { FIXTURE_NOW + MINUTE - 1, 1 },
        { FIXTURE_NOW + MINUTE, 3 },
        { FIXTURE_NOW + 10 * MINUTE, 3 },
        { FIXTURE_NOW + 11 * MINUTE - 1, 3 },
        { FIXTURE_NOW + 11 * MINUTE, 7 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        filter.unused_since_ms = cases[i].since_ms;
        assert_keeps(f, &filter, made, 3, cases[i].due);
    }
}

static void those_that_were_never_used(void **state) {
    struct fixture *f = *state;
    apitoken_filter filter = no_filter();
    filter.flags = APITOKEN_FILTER_NEVER_USED;
    const struct made_token made[] = { fixture_create(f->store, OWNER, "a", NULL),
                                       fixture_create(f->store, OWNER, "b", NULL) };
    assert_keeps(f, &filter, made, 2, 3);
    use_at(f, &made[0], FIXTURE_NOW + 1);
    assert_keeps(f, &filter, made, 2, 2);
    /* what is denied is no use */
    assert_code(suspend_token(f->store, &made[1], 1), 0);
    assert_code(check(f->store, &made[1]), APITOKEN_E_SUSPENDED);
    assert_keeps(f, &filter, made, 2, 2);
}

/* A use counts by whichever secret, and after the secret is gone. */
static void a_use_of_an_older_secret_is_one_of_the_token(void **state) {
    struct fixture *f = *state;
    apitoken_filter unused = no_filter(), never = no_filter();
    const struct made_token made[] = { fixture_create(f->store, OWNER, "a", NULL) };
    never.flags = APITOKEN_FILTER_NEVER_USED;
    const struct made_token newest = rotate_for(f->store, &made[0], HOUR, 0);
    assert_keeps(f, &never, made, 1, 1);
    use_at(f, &made[0], FIXTURE_NOW + 5 * MINUTE);
    assert_keeps(f, &never, made, 1, 0);
    unused.unused_since_ms = FIXTURE_NOW + 5 * MINUTE;
    assert_keeps(f, &unused, made, 1, 0);
    unused.unused_since_ms = FIXTURE_NOW + 6 * MINUTE;
    assert_keeps(f, &unused, made, 1, 1);
    use_at(f, &newest, FIXTURE_NOW + 8 * MINUTE);
    assert_keeps(f, &unused, made, 1, 0);
    (void)rotate_for(f->store, &newest, 0, 0);
    assert_keeps(f, &never, made, 1, 0);
    assert_keeps(f, &unused, made, 1, 0);
}

static void those_with_a_text_in_their_name(void **state) {
    struct fixture *f = *state;
    static const char *const names[] = { "Nightly import", "nightly", "import",
                                         "Pr\xC3\xBC"
                                         "fung" };
    struct made_token made[COUNT(names)];
    static const struct {
        const char *text;
        uint32_t due;
    } cases[] = { { "nightly", 3 },
                  { "IMPORT", 5 },
                  { "y i", 1 },
                  { "import ", 0 },
                  { "r\xC3\xBC"
                    "F",
                    8 },
                  { "\xBC", 8 },
                  { "r\xC3\x9C", 0 },
                  { "Nightly import!", 0 },
                  { "t", 7 },
                  { "nightly import", 1 },
                  { "", 15 } };
    for (size_t i = 0; i < COUNT(names); i++)
        made[i] = fixture_create(f->store, OWNER, names[i], NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_filter filter = no_filter();
        filter.name_contains = cases[i].text;
        filter.name_contains_len = (uint32_t)strlen(cases[i].text);
        assert_keeps(f, &filter, made, COUNT(made), cases[i].due);
    }
}

static void the_longest_name_can_be_sought(void **state) {
    struct fixture *f = *state;
    const struct made_token made[] = {
        fixture_create(f->store, OWNER, long_text(APITOKEN_NAME_MAX), NULL),
        fixture_create(f->store, OWNER, long_text(APITOKEN_NAME_MAX - 1), NULL),
    };
    apitoken_filter filter = no_filter();
    filter.name_contains = long_text(APITOKEN_NAME_MAX);
    filter.name_contains_len = APITOKEN_NAME_MAX;
    assert_keeps(f, &filter, made, 2, 1);
    filter.name_contains_len--;
    assert_keeps(f, &filter, made, 2, 3);
    filter.name_contains = long_text(APITOKEN_NAME_MAX + 1);
    filter.name_contains_len = APITOKEN_NAME_MAX + 1;
    assert_refused(f, &filter, APITOKEN_E_FILTER);
}

static void states_go_with_a_filter(void **state) {
    struct fixture *f = *state;
    apitoken_store *admin = fixture_open_admin(f);
    apitoken_filter filter = no_filter();
    const struct made_token made[] = { fixture_create(f->store, OWNER, "x1", NULL),
                                       fixture_create(f->store, OWNER, "x2", NULL),
                                       fixture_create(f->store, OWNER, "y", NULL),
                                       fixture_create(f->store, OWNER, "x3", NULL) };
    filter.name_contains = "x";
    filter.name_contains_len = 1;
    assert_code(suspend_token(f->store, &made[1], 1), 0);
    assert_code(suspend_token(f->store, &made[2], 1), 0);
    assert_code(revoke_token(f->store, OWNER, made[3].id), 0);
    static const struct {
        uint32_t states;
        size_t due;
    } cases[] = { { 0, 3 },
                  { APITOKEN_STATE_VALID, 1 },
                  { APITOKEN_STATE_SUSPENDED, 1 },
                  { APITOKEN_STATE_SUSPENDED | APITOKEN_STATE_REVOKED, 2 },
                  { APITOKEN_STATE_EXPIRED, 0 } };
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int of_all = 0; of_all < 2; of_all++) {
            struct listed rows[ROOM];
            const struct question q = { .store = admin,
                                        .owner = of_all ? NULL : OWNER,
                                        .states = cases[i].states,
                                        .filter = &filter };
            assert_int_equal(list_pages(q, rows, ROOM, NULL), cases[i].due);
        }
    apitoken_store_close(admin);
}

/* ---- all parts together ---------------------------------------------------------------------- */

enum { MIXED = 24, PARTS = 7 };

/* Tokens that differ in everything that a filter looks at. */
static void make_mixed(struct fixture *f, struct made_token made[MIXED]) {
    for (int i = 0; i < MIXED; i++) {
        apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
        char name[16];
        f->now_ms = FIXTURE_NOW + i % 4 * MINUTE;
        (void)snprintf(name, sizeof name, "%s%d", i % 3 ? "Host" : "job", i);
        opts.expiry_kind = i % 2 ? APITOKEN_EXPIRY_INSTANT : APITOKEN_EXPIRY_NEVER;
        if (i % 2) opts.expiry_ms = FIXTURE_NOW + (i % 5 + 1) * HOUR;
        made[i] = fixture_create(f->store, i % 6 < 3 ? "ann" : "anna", name, &opts);
        if (i % 4 < 2) use_at(f, &made[i], FIXTURE_NOW + i % 7 * 9 * MINUTE);
    }
    f->now_ms = FIXTURE_NOW + 3 * HOUR;
}

/* The filter with the parts whose bits are set. */
static apitoken_filter filter_of(unsigned parts) {
    apitoken_filter filter = no_filter();
    if (parts & 1) filter.expires_before_ms = FIXTURE_NOW + 3 * HOUR;
    if (parts & 2) filter.created_from_ms = FIXTURE_NOW + MINUTE;
    if (parts & 4) filter.created_before_ms = FIXTURE_NOW + 3 * MINUTE;
    if (parts & 8) filter.unused_since_ms = FIXTURE_NOW + 30 * MINUTE;
    if (parts & 16) filter.name_contains = "HOST";
    if (parts & 16) filter.name_contains_len = 4;
    if (parts & 32) filter.flags |= APITOKEN_FILTER_NEVER_EXPIRES;
    if (parts & 64) filter.flags |= APITOKEN_FILTER_NEVER_USED;
    return filter;
}

/* The same, told by what the row shows. */
static int is_kept(unsigned parts, const struct listed *row) {
    return (!(parts & 1) || row->expires_ms <= FIXTURE_NOW + 3 * HOUR) &&
           (!(parts & 2) || row->created_ms >= FIXTURE_NOW + MINUTE) &&
           (!(parts & 4) || row->created_ms < FIXTURE_NOW + 3 * MINUTE) &&
           (!(parts & 8) || row->last_used_ms < FIXTURE_NOW + 30 * MINUTE) &&
           (!(parts & 16) || strstr(row->name, "Host") != NULL) &&
           (!(parts & 32) || row->expires_ms == INT64_MAX) &&
           (!(parts & 64) || row->last_used_ms == 0);
}

static int is_contradiction(unsigned parts) { return (parts & 33) == 33 || (parts & 72) == 72; }

static void assert_same_rows(struct question q, unsigned parts, const struct listed *whole,
                             size_t count, const char *prefix) {
    struct listed rows[ROOM];
    const size_t got = list_pages(q, rows, ROOM, NULL);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_kept(parts, &whole[i]) || strncmp(whole[i].owner, prefix, strlen(prefix)) != 0)
            continue;
        assert_true(at < got);
        assert_string_equal(rows[at].id, whole[i].id);
        assert_string_equal(rows[at++].owner, whole[i].owner);
    }
    assert_int_equal(got, at);
}

static void every_combination_keeps_what_its_rows_say(void **state) {
    struct fixture *f = *state;
    static const char *const prefixes[] = { "", "a", "anna", "b" };
    struct made_token made[MIXED];
    struct listed whole[ROOM], own[ROOM];
    apitoken_store *admin = fixture_open_admin(f);
    make_mixed(f, made);
    const size_t count = list_pages((struct question){ .store = admin }, whole, ROOM, NULL);
    const size_t own_count =
        list_pages((struct question){ .store = f->store, .owner = "ann" }, own, ROOM, NULL);
    assert_int_equal(count, MIXED);
    assert_int_equal(own_count, MIXED / 2);
    for (unsigned parts = 0; parts < 1u << PARTS; parts++) {
        apitoken_filter filter = filter_of(parts);
        apitoken_page *page;
        struct question q = { .store = f->store, .owner = "ann", .limit = 3, .filter = &filter };
        if (is_contradiction(parts)) {
            assert_code(try_page(&q, &page, NULL), APITOKEN_E_FILTER);
            continue;
        }
        assert_same_rows(q, parts, own, own_count, "");
        q.owner = NULL;
        q.store = admin;
        for (size_t p = 0; p < COUNT(prefixes); p++) {
            filter.owner_prefix = prefixes[p];
            filter.owner_prefix_len = (uint32_t)strlen(prefixes[p]);
            assert_same_rows(q, parts, whole, count, prefixes[p]);
        }
    }
    apitoken_store_close(admin);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void contradictions_are_refused(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint32_t flags;
        int64_t expires_before_ms, created_from_ms, created_before_ms, unused_since_ms;
    } cases[] = {
        { APITOKEN_FILTER_NEVER_EXPIRES, 1, 0, 0, 0 },
        { APITOKEN_FILTER_NEVER_USED, 0, 0, 0, 1 },
        { 0, 0, 5, 5, 0 },
        { 0, 0, 6, 5, 0 },
        { 0, -1, 0, 0, 0 },
        { 0, 0, -1, 0, 0 },
        { 0, 0, 0, INT64_MIN, 0 },
        { 0, 0, 0, 0, -1 },
        { 0, INT64_C(253402300800000), 0, 0, 0 },
        { 0, 0, INT64_MAX, 0, 0 },
        { 0, 0, 0, INT64_C(253402300800000), 0 },
        { 0, 0, 0, 0, INT64_MAX },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_filter filter = no_filter();
        filter.flags = cases[i].flags;
        filter.expires_before_ms = cases[i].expires_before_ms;
        filter.created_from_ms = cases[i].created_from_ms;
        filter.created_before_ms = cases[i].created_before_ms;
        filter.unused_since_ms = cases[i].unused_since_ms;
        assert_refused(f, &filter, APITOKEN_E_FILTER);
    }
}

static void a_missing_text_is_refused(void **state) {
    struct fixture *f = *state;
    apitoken_filter name = no_filter(), owner = no_filter();
    name.name_contains_len = 1;
    assert_refused(f, &name, APITOKEN_E_ARGUMENT);
    owner.owner_prefix_len = 1;
    assert_refused(f, &owner, APITOKEN_E_ARGUMENT);
}

static void one_owner_has_no_owner_prefix(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_filter filter = no_filter();
    apitoken_page *page;
    struct question q = { .store = f->store, .owner = OWNER, .filter = &filter };
    filter.owner_prefix = OWNER;
    filter.owner_prefix_len = 5;
    assert_code(try_page(&q, &page, &err), APITOKEN_E_FILTER);
    assert_field(&err, APITOKEN_E_FILTER, APITOKEN_FIELD_FILTER, 0);
    filter.owner_prefix_len = 0; /* not given */
    assert_code(try_page(&q, &page, &err), 0);
    apitoken_page_free(page);
}

static void no_owner_is_longer_than_the_longest_prefix(void **state) {
    struct fixture *f = *state;
    apitoken_filter filter = no_filter();
    filter.owner_prefix = long_text(APITOKEN_OWNER_MAX + 1);
    filter.owner_prefix_len = APITOKEN_OWNER_MAX + 1;
    assert_refused(f, &filter, APITOKEN_E_FILTER);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_filter_that_asks_nothing_keeps_all),
        CASE(those_that_expire_before_an_instant),
        CASE(those_that_never_expire),
        CASE(those_that_the_policy_does_not_allow_any_more),
        CASE(those_that_were_created_between_two_instants),
        CASE(those_that_were_not_used_since),
        CASE(those_that_were_never_used),
        CASE(a_use_of_an_older_secret_is_one_of_the_token),
        CASE(those_with_a_text_in_their_name),
        CASE(the_longest_name_can_be_sought),
        CASE(states_go_with_a_filter),
        CASE(every_combination_keeps_what_its_rows_say),
        CASE(contradictions_are_refused),
        CASE(a_missing_text_is_refused),
        CASE(one_owner_has_no_owner_prefix),
        CASE(no_owner_is_longer_than_the_longest_prefix),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
