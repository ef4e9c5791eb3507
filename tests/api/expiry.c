/* SPDX-License-Identifier: MIT */
/*
 * Expiry: what create accepts, when a token ends, whose zone decides, and that validate and list
 * agree on the moment.
 */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cases.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define TODAY 20270115                  /* of FIXTURE_NOW, 08:00 UTC */
#define TODAY_STARTS (FIXTURE_NOW - 8 * HOUR)

static apitoken_create_opts expiry(uint32_t kind, int32_t day, int64_t ms) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = kind;
    opts.expiry_day = day;
    opts.expiry_ms = ms;
    return opts;
}

static apitoken_token *row_of(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL),
                0);
    return row;
}

/* Makes a token and says when it ends. */
static int64_t end_of(apitoken_store *store, const apitoken_create_opts *opts) {
    struct made_token token = fixture_create(store, "owner", "name", opts);
    apitoken_token *row = row_of(store, &token);
    int64_t end_ms = apitoken_token_expires_ms(row);
    apitoken_token_free(row);
    return end_ms;
}

/* ---- what create takes ----------------------------------------------------------------------- */

static const struct {
    const char *what;
    uint32_t kind;
    int32_t day;
    int64_t ms;
    int code;
    int64_t end_ms;
} choices[] = {
    { "never", APITOKEN_EXPIRY_NEVER, 0, 0, 0, INT64_MAX },
    { "today", APITOKEN_EXPIRY_DAY, TODAY, 0, 0, TODAY_STARTS + DAY },
    { "tomorrow", APITOKEN_EXPIRY_DAY, TODAY + 1, 0, 0, TODAY_STARTS + 2 * DAY },
    { "last day", APITOKEN_EXPIRY_DAY, 99991231, 0, 0, MS_MAX },
    { "last day but one", APITOKEN_EXPIRY_DAY, 99991230, 0, 0, MS_MAX + 1 - DAY },
    { "leap day", APITOKEN_EXPIRY_DAY, 20280229, 0, 0, INT64_C(1835481600000) },
    { "end of a month", APITOKEN_EXPIRY_DAY, 20270131, 0, 0, INT64_C(1801440000000) },
    { "end of a year", APITOKEN_EXPIRY_DAY, 20271231, 0, 0, INT64_C(1830297600000) },
    { "in a moment", APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW + 1, 0, FIXTURE_NOW + 1 },
    { "last instant", APITOKEN_EXPIRY_INSTANT, 0, MS_MAX, 0, MS_MAX },
    { "yesterday", APITOKEN_EXPIRY_DAY, TODAY - 1, 0, APITOKEN_E_EXPIRY_PAST, 0 },
    { "first day", APITOKEN_EXPIRY_DAY, 19700101, 0, APITOKEN_E_EXPIRY_PAST, 0 },
    { "now", APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW, APITOKEN_E_EXPIRY_PAST, 0 },
    { "a moment ago", APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW - 1, APITOKEN_E_EXPIRY_PAST, 0 },
    { "instant 0", APITOKEN_EXPIRY_INSTANT, 0, 0, APITOKEN_E_EXPIRY_PAST, 0 },
    { "no day", APITOKEN_EXPIRY_DAY, 0, 0, APITOKEN_E_DAY, 0 },
    { "30 February", APITOKEN_EXPIRY_DAY, 20280230, 0, APITOKEN_E_DAY, 0 },
    { "29 February of no leap year", APITOKEN_EXPIRY_DAY, 20270229, 0, APITOKEN_E_DAY, 0 },
    { "month 13", APITOKEN_EXPIRY_DAY, 20271301, 0, APITOKEN_E_DAY, 0 },
    { "day 0", APITOKEN_EXPIRY_DAY, 20271200, 0, APITOKEN_E_DAY, 0 },
    { "year 1969", APITOKEN_EXPIRY_DAY, 19691231, 0, APITOKEN_E_DAY, 0 },
    { "year 10000", APITOKEN_EXPIRY_DAY, 100000101, 0, APITOKEN_E_DAY, 0 },
    { "negative day", APITOKEN_EXPIRY_DAY, -20270115, 0, APITOKEN_E_DAY, 0 },
    { "largest day", APITOKEN_EXPIRY_DAY, INT32_MAX, 0, APITOKEN_E_DAY, 0 },
    { "smallest day", APITOKEN_EXPIRY_DAY, INT32_MIN, 0, APITOKEN_E_DAY, 0 },
    { "instant before 1970", APITOKEN_EXPIRY_INSTANT, 0, -1, APITOKEN_E_EXPIRY, 0 },
    { "instant after 9999", APITOKEN_EXPIRY_INSTANT, 0, MS_MAX + 1, APITOKEN_E_EXPIRY, 0 },
    { "instant of never", APITOKEN_EXPIRY_INSTANT, 0, INT64_MAX, APITOKEN_E_EXPIRY, 0 },
    { "smallest instant", APITOKEN_EXPIRY_INSTANT, 0, INT64_MIN, APITOKEN_E_EXPIRY, 0 },
    { "day without its kind", APITOKEN_EXPIRY_NEVER, TODAY, 0, APITOKEN_E_EXPIRY, 0 },
    { "instant without its kind", APITOKEN_EXPIRY_NEVER, 0, MS_MAX, APITOKEN_E_EXPIRY, 0 },
    { "instant beside a day", APITOKEN_EXPIRY_DAY, TODAY, MS_MAX, APITOKEN_E_EXPIRY, 0 },
    { "day beside an instant", APITOKEN_EXPIRY_INSTANT, TODAY, MS_MAX, APITOKEN_E_EXPIRY, 0 },
    { "day beside the default", APITOKEN_EXPIRY_DEFAULT, TODAY, 0, APITOKEN_E_EXPIRY, 0 },
    { "instant beside the default", APITOKEN_EXPIRY_DEFAULT, 0, MS_MAX, APITOKEN_E_EXPIRY, 0 },
    { "unknown kind", 4, 0, 0, APITOKEN_E_EXPIRY, 0 },
    { "kind of more than 8 bits", 256, 0, 0, APITOKEN_E_EXPIRY, 0 },
    { "largest kind", UINT32_MAX, 0, 0, APITOKEN_E_EXPIRY, 0 },
};

static void choices_are_taken_or_refused_never_softened(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(choices); i++) {
        apitoken_create_opts opts = expiry(choices[i].kind, choices[i].day, choices[i].ms);
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_secret *secret = UNTOUCHED;
        uint64_t before = info_of(f->store).tokens;
        if (choices[i].code == 0) {
            assert_int_equal(end_of(f->store, &opts), choices[i].end_ms);
            continue;
        }
        assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), &opts, &secret, &err),
                    choices[i].code);
        assert_field(&err, choices[i].code, APITOKEN_FIELD_EXPIRY, 0);
        assert_ptr_equal(secret, UNTOUCHED);
        assert_int_equal(info_of(f->store).tokens, before);
    }
}

static void a_row_shows_what_was_asked_for(void **state) {
    const struct fixture *f = *state;
    static const struct {
        uint32_t kind;
        int32_t day;
        int64_t ms;
        const char *zone;
    } cases[] = {
        { APITOKEN_EXPIRY_NEVER, 0, 0, "" },
        { APITOKEN_EXPIRY_DAY, 20270331, 0, "UTC" },
        { APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW + 5, "" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_create_opts opts = expiry(cases[i].kind, cases[i].day, cases[i].ms);
        struct made_token token = fixture_create(f->store, "owner", "name", &opts);
        apitoken_token *row = row_of(f->store, &token);
        assert_int_equal(apitoken_token_expiry_kind(row), cases[i].kind);
        assert_int_equal(apitoken_token_expires_day(row), cases[i].day);
        assert_string_equal(apitoken_token_expires_zone(row), cases[i].zone);
        apitoken_token_free(row);
    }
}

/* ---- the moment ------------------------------------------------------------------------------ */

static void assert_states(struct fixture *f, const struct made_token *token, int64_t now_ms,
                          int code, int shown) {
    f->now_ms = now_ms;
    assert_code(check(f->store, token), code);
    assert_int_equal(state_of(f->store, "owner", token->id), shown);
}

/* Valid while now < end; what is shown is what is enforced. */
static void a_token_ends_at_its_end(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint32_t kind;
        int32_t day;
        int64_t ms, end_ms;
    } cases[] = {
        { APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW + 1, FIXTURE_NOW + 1 },
        { APITOKEN_EXPIRY_INSTANT, 0, MS_MAX, MS_MAX },
        { APITOKEN_EXPIRY_DAY, TODAY, 0, TODAY_STARTS + DAY },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_create_opts opts = expiry(cases[i].kind, cases[i].day, cases[i].ms);
        int64_t end_ms = cases[i].end_ms;
        f->now_ms = FIXTURE_NOW;
        struct made_token token = fixture_create(f->store, "owner", "name", &opts);
        assert_states(f, &token, FIXTURE_NOW, 0, APITOKEN_STATE_VALID);
        assert_states(f, &token, end_ms - 1, 0, APITOKEN_STATE_VALID);
        assert_states(f, &token, end_ms, APITOKEN_E_EXPIRED, APITOKEN_STATE_EXPIRED);
        if (end_ms < MS_MAX)
            assert_states(f, &token, end_ms + 1, APITOKEN_E_EXPIRED, APITOKEN_STATE_EXPIRED);
        assert_states(f, &token, MS_MAX, APITOKEN_E_EXPIRED, APITOKEN_STATE_EXPIRED);
        /* a clock set back revives it, as the header says */
        assert_states(f, &token, 0, 0, APITOKEN_STATE_VALID);
    }
}

static void never_is_never(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_states(f, &token, 0, 0, APITOKEN_STATE_VALID);
    assert_states(f, &token, MS_MAX, 0, APITOKEN_STATE_VALID);
}

static void revoked_goes_before_expired(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts opts = expiry(APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW + 1);
    struct made_token token = fixture_create(f->store, "owner", "name", &opts);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_states(f, &token, FIXTURE_NOW + 1, APITOKEN_E_REVOKED, APITOKEN_STATE_REVOKED);
}

/* ---- zones ----------------------------------------------------------------------------------- */

/* A zone callback that answers from a table and writes down what it was asked. */
struct zone {
    int answer;     /* what it returns */
    int64_t offset; /* added to the right instant */
    int silent;     /* returns 0 and stores nothing */
    int calls;
    int32_t asked_day;
    char asked_zone[APITOKEN_ZONE_MAX + 1];
    size_t asked_len;
};

/* Days of Europe/Berlin in 2027: 23 hours on 28 March, 25 on 31 October. */
static const struct {
    int32_t day;
    int64_t start_ms;
} berlin[] = {
    { 20270115, INT64_C(1799967600000) }, { 20270116, INT64_C(1800054000000) },
    { 20270117, INT64_C(1800140400000) }, { 20270328, INT64_C(1806188400000) },
    { 20270329, INT64_C(1806271200000) }, { 20271031, INT64_C(1824933600000) },
    { 20271101, INT64_C(1825023600000) }, { 99991231, INT64_C(253402210800000) },
};

static int berlin_zone(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                       void *ctx) {
    struct zone *z = ctx;
    z->calls++;
    z->asked_day = day;
    z->asked_len = zone_len;
    (void)snprintf(z->asked_zone, sizeof z->asked_zone, "%s", zone);
    for (size_t i = 0; i < COUNT(berlin); i++)
        if (berlin[i].day == day && !z->silent) *ret_start_ms = berlin[i].start_ms + z->offset;
    return z->answer;
}

static int setup_berlin(void **state) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.zone_id = "Europe/Berlin";
    opts.zone_id_len = 13;
    fixture_make_store(f, &opts);
    *state = f;
    return 0;
}

static apitoken_store *open_zone(struct fixture *f, apitoken_zone_fn fn, struct zone *z) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    opts.zone = fn;
    opts.zone_ctx = z;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    return store;
}

static void a_day_ends_where_the_next_begins_in_the_zone(void **state) {
    struct fixture *f = *state;
    static const struct {
        int32_t day, asked;
        int64_t end_ms;
    } cases[] = {
        { 20270115, 20270116, INT64_C(1800054000000) }, /* 23:00 UTC */
        { 20270116, 20270117, INT64_C(1800140400000) },
        { 20270328, 20270329, INT64_C(1806188400000) + 23 * HOUR },
        { 20271031, 20271101, INT64_C(1824933600000) + 25 * HOUR },
        /* asked for itself: there is no day after it */
        { 99991231, 99991231, INT64_C(253402210800000) + DAY },
    };
    struct zone z = { 0 };
    f->store = open_zone(f, berlin_zone, &z);
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_create_opts opts = expiry(APITOKEN_EXPIRY_DAY, cases[i].day, 0);
        z.calls = 0;
        assert_int_equal(end_of(f->store, &opts), cases[i].end_ms);
        assert_int_equal(z.calls, 1);
        assert_int_equal(z.asked_day, cases[i].asked);
        assert_string_equal(z.asked_zone, "Europe/Berlin");
        assert_int_equal(z.asked_len, 13);
    }
    apitoken_create_opts opts = expiry(APITOKEN_EXPIRY_DAY, 20270328, 0);
    struct made_token token = fixture_create(f->store, "owner", "name", &opts);
    apitoken_token *row = row_of(f->store, &token);
    assert_int_equal(apitoken_token_expires_day(row), 20270328); /* the day typed */
    assert_string_equal(apitoken_token_expires_zone(row), "Europe/Berlin");
    apitoken_token_free(row);
}

/* Half an hour before midnight in UTC it is tomorrow in Berlin. */
static void today_is_the_day_of_the_zone(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts past = expiry(APITOKEN_EXPIRY_DAY, 20270115, 0),
                         today = expiry(APITOKEN_EXPIRY_DAY, 20270116, 0);
    struct zone z = { 0 };
    f->store = open_zone(f, berlin_zone, &z);
    f->now_ms = TODAY_STARTS + DAY - HOUR / 2;
    assert_code(try_create(f->store, "owner", "name", &past), APITOKEN_E_EXPIRY_PAST);
    assert_code(try_create(f->store, "owner", "name", &today), 0);
    f->now_ms = INT64_C(1800054000000) - 1; /* the last moment of the 15th in Berlin */
    assert_code(try_create(f->store, "owner", "name", &past), 0);
    f->now_ms++;
    assert_code(try_create(f->store, "owner", "name", &past), APITOKEN_E_EXPIRY_PAST);
}

static void a_zone_that_gives_no_answer_makes_no_token(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *what;
        struct zone z;
        int code;
    } cases[] = {
        { "unknown", { .answer = 1 }, APITOKEN_E_ZONE },
        { "unknown, another number", { .answer = 77 }, APITOKEN_E_ZONE },
        { "failed", { .answer = -1 }, APITOKEN_E_ZONE_FAILED },
        { "stored nothing", { .silent = 1 }, APITOKEN_E_ZONE_FAILED },
        { "in seconds", { .offset = INT64_C(-1798000000000) }, APITOKEN_E_ZONE_FAILED },
        { "49 hours early", { .offset = -48 * HOUR }, APITOKEN_E_ZONE_FAILED },
        { "a millisecond too early", { .offset = -47 * HOUR - 1 }, APITOKEN_E_ZONE_FAILED },
        { "48 hours early", { .offset = -47 * HOUR }, APITOKEN_E_EXPIRY_PAST }, /* believed */
        { "48 hours late", { .offset = 49 * HOUR }, 0 },                        /* believed */
        { "a millisecond too late", { .offset = 49 * HOUR + 1 }, APITOKEN_E_ZONE_FAILED },
    };
    apitoken_create_opts opts = expiry(APITOKEN_EXPIRY_DAY, 20270115, 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct zone z = cases[i].z;
        apitoken_store *store = open_zone(f, berlin_zone, &z);
        uint64_t before = info_of(store).tokens;
        assert_code(try_create(store, "owner", "name", &opts), cases[i].code);
        assert_int_equal(z.calls, 1);
        assert_int_equal(info_of(store).tokens, before + (cases[i].code == 0));
        apitoken_store_close(store);
    }
}

/* The process's own zone plays no part: this program runs in several (meson.build). */
static void without_a_callback_the_system_knows_the_zone(void **state) {
    struct fixture *f = *state;
    static const struct {
        int32_t day;
        int64_t end_ms;
    } cases[] = {
        { 20270115, INT64_C(1800054000000) }, /* 23:00 UTC */
        { 20270328, INT64_C(1806188400000) + 23 * HOUR },
        { 20271031, INT64_C(1824933600000) + 25 * HOUR },
        { 99991231, INT64_C(253402210800000) + DAY },
    };
    apitoken_create_opts past = expiry(APITOKEN_EXPIRY_DAY, 20270114, 0);
    f->store = open_zone(f, NULL, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_create_opts opts = expiry(APITOKEN_EXPIRY_DAY, cases[i].day, 0);
        assert_int_equal(end_of(f->store, &opts), cases[i].end_ms);
    }
    assert_code(try_create(f->store, "owner", "name", &past), APITOKEN_E_EXPIRY_PAST);
}

static void assert_day_at(apitoken_store *store, int64_t at_ms, int32_t due) {
    int32_t day = 4711;
    assert_code(apitoken_day_at(store, at_ms, &day, NULL), 0);
    assert_int_equal(day, due);
}

static void assert_no_day_at(apitoken_store *store, int64_t at_ms) {
    int32_t day = 4711;
    assert_code(apitoken_day_at(store, at_ms, &day, NULL), APITOKEN_E_DAY);
    assert_int_equal(day, 4711);
}

static void an_instant_lies_in_a_day_of_the_zone(void **state) {
    struct fixture *f = *state;
    f->store = open_zone(f, NULL, NULL);
    assert_day_at(f->store, INT64_C(1800054000000) - 1, 20270115);
    assert_day_at(f->store, INT64_C(1800054000000), 20270116);
    assert_day_at(f->store, INT64_C(1806188400000) + 23 * HOUR - 1, 20270328);
    assert_day_at(f->store, INT64_C(1806188400000) + 23 * HOUR, 20270329);
    assert_day_at(f->store, 0, 19700101);
    assert_day_at(f->store, INT64_C(253402210800000) + DAY - 1, 99991231);
    assert_no_day_at(f->store, INT64_C(253402210800000) + DAY); /* 10000-01-01 in Berlin */
    assert_no_day_at(f->store, MS_MAX + 1);
    assert_no_day_at(f->store, -1);
}

static void today_is_told(void **state) {
    struct fixture *f = *state;
    int32_t day = 4711;
    f->store = open_zone(f, NULL, NULL);
    f->now_ms = INT64_C(1800054000000) - 1;
    assert_code(apitoken_day_today(f->store, &day, NULL), 0);
    assert_int_equal(day, 20270115);
    f->now_ms++;
    assert_code(apitoken_day_today(f->store, &day, NULL), 0);
    assert_int_equal(day, 20270116);
    f->now_ms = -1;
    assert_code(apitoken_day_today(f->store, &day, NULL), APITOKEN_E_CLOCK);
    assert_int_equal(day, 20270116);
}

static int fixed_zone(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                      void *ctx) {
    struct zone *z = ctx;
    (void)zone, (void)zone_len;
    z->calls++;
    *ret_start_ms = (day == 20270114 ? -DAY : day == 20270116 ? DAY : 0) + TODAY_STARTS + z->offset;
    return z->answer;
}

static void the_day_of_an_instant_asks_the_callback(void **state) {
    struct fixture *f = *state;
    struct zone z = { .offset = 12 * HOUR }; /* west of UTC */
    f->store = open_zone(f, fixed_zone, &z);
    assert_day_at(f->store, TODAY_STARTS + 12 * HOUR, 20270115);
    assert_day_at(f->store, TODAY_STARTS + 12 * HOUR - 1, 20270114);
    z.offset = -14 * HOUR;
    assert_day_at(f->store, TODAY_STARTS + 10 * HOUR, 20270116);
    assert_day_at(f->store, TODAY_STARTS + 10 * HOUR - 1, 20270115);
    z.calls = 0;
    z.answer = 1;
    int32_t day = 4711;
    assert_code(apitoken_day_at(f->store, FIXTURE_NOW, &day, NULL), APITOKEN_E_ZONE);
    z.answer = -1;
    assert_code(apitoken_day_today(f->store, &day, NULL), APITOKEN_E_ZONE_FAILED);
    assert_int_equal(day, 4711);
    assert_int_equal(z.calls, 2);
}

static void nobody_is_asked_for_a_zone_without_need(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts day = expiry(APITOKEN_EXPIRY_DAY, TODAY, 0),
                         instant = expiry(APITOKEN_EXPIRY_INSTANT, 0, MS_MAX),
                         bad = expiry(APITOKEN_EXPIRY_DAY, 20270230, 0);
    struct zone z = { .answer = -1 };
    apitoken_store *utc = open_zone(f, berlin_zone, &z);
    assert_code(try_create(utc, "owner", "name", &day), 0);
    assert_code(try_create(utc, "owner", "name", &instant), 0);
    assert_code(try_create(utc, "owner", "name", NULL), 0);
    assert_code(try_create(utc, "owner", "name", &bad), APITOKEN_E_DAY);
    assert_int_equal(z.calls, 0);
    apitoken_store_close(utc);
}

static void a_bad_day_never_reaches_the_zone(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts bad = expiry(APITOKEN_EXPIRY_DAY, 20270230, 0),
                         good = expiry(APITOKEN_EXPIRY_DAY, TODAY, 0);
    struct zone z = { 0 };
    f->store = open_zone(f, berlin_zone, &z);
    assert_code(try_create(f->store, "owner", "name", &bad), APITOKEN_E_DAY);
    assert_code(try_create(f->store, "", "name", &good), APITOKEN_E_OWNER);
    assert_code(try_create(f->store, "owner", "", &good), APITOKEN_E_NAME);
    assert_int_equal(z.calls, 0);
}

static int64_t system_ms(void) {
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Without a callback the clock is read in a cheaper way, which must make no difference: a yes was
 * asked for before the end. With a clock that stands still: system_clock.c.
 */
static void the_system_clock_ends_a_token_to_the_millisecond(void **state) {
    struct fixture *f = *state;
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    const int64_t end_ms = system_ms() + 500;
    apitoken_create_opts end = expiry(APITOKEN_EXPIRY_INSTANT, 0, end_ms);
    struct made_token token = fixture_create(store, "owner", "name", &end);
    int64_t before_ms = 0;
    int rc = 0;
    while (rc == 0 || before_ms < end_ms) {
        before_ms = system_ms();
        rc = apitoken_validate(store, token.text, token.len, NULL, NULL, NULL);
        if (before_ms >= end_ms) assert_code(rc, APITOKEN_E_EXPIRED);
        if (rc != 0) assert_code(rc, APITOKEN_E_EXPIRED);
        if (rc != 0) assert_true(system_ms() >= end_ms);
    }
    apitoken_store_close(store);
}

#define BERLIN_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_berlin, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(choices_are_taken_or_refused_never_softened),
        CASE(a_row_shows_what_was_asked_for),
        CASE(a_token_ends_at_its_end),
        CASE(the_system_clock_ends_a_token_to_the_millisecond),
        CASE(never_is_never),
        CASE(revoked_goes_before_expired),
        BERLIN_CASE(a_day_ends_where_the_next_begins_in_the_zone),
        BERLIN_CASE(today_is_the_day_of_the_zone),
        BERLIN_CASE(a_zone_that_gives_no_answer_makes_no_token),
        BERLIN_CASE(without_a_callback_the_system_knows_the_zone),
        BERLIN_CASE(an_instant_lies_in_a_day_of_the_zone),
        BERLIN_CASE(today_is_told),
        BERLIN_CASE(the_day_of_an_instant_asks_the_callback),
        BERLIN_CASE(a_bad_day_never_reaches_the_zone),
        CASE(nobody_is_asked_for_a_zone_without_need),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
