/* SPDX-License-Identifier: MIT */
/*
 * apitoken_rotate(): a token's second secret, how long the first one lives beside it, and that none
 * is ever accepted when its time is over, on the handle that knows and on one that does not.
 */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define GRACE HOUR
#define DROP APITOKEN_ROTATE_DROP_OLDER
#define KEEP APITOKEN_ROTATE_KEEP_OLDER
#define REVIVE APITOKEN_ROTATE_REVIVE
#define UNKNOWN APITOKEN_E_UNKNOWN
#define OPTS(...) \
    { .size = sizeof(apitoken_rotate_opts), __VA_ARGS__ }

/* Two handles, of which the second one knows nothing of what the first one does. */
struct pair {
    struct fixture *f;
    apitoken_store *other;
};

static struct pair pair_of(struct fixture *f) {
    return (struct pair){ f, fixture_open(f, APITOKEN_MODE_VERIFY_ONLY) };
}

/* So often that both of them remember it, if that is what they do. */
#define assert_on_both(pair, token, code)                  \
    do {                                                   \
        assert_answers((pair)->other, (token), (code));    \
        assert_answers((pair)->f->store, (token), (code)); \
    } while (0)

/* Its time is over: now, in an hour, in a month. */
#define assert_over(pair, token, code)                                               \
    do {                                                                             \
        const int64_t now_ms_ = (pair)->f->now_ms;                                   \
        for (int64_t later_ms_ = 0; later_ms_ <= 31 * DAY; later_ms_ += 31 * HOUR) { \
            (pair)->f->now_ms = now_ms_ + later_ms_;                                 \
            assert_on_both((pair), (token), (code));                                 \
        }                                                                            \
        (pair)->f->now_ms = now_ms_;                                                 \
    } while (0)

/* A change ended it: with a clock that is set back as well. */
#define assert_gone(pair, token, code)               \
    do {                                             \
        const int64_t ended_ms_ = (pair)->f->now_ms; \
        assert_over((pair), (token), (code));        \
        (pair)->f->now_ms = FIXTURE_NOW;             \
        assert_on_both((pair), (token), (code));     \
        (pair)->f->now_ms = ended_ms_;               \
    } while (0)

/* ---- two secrets ----------------------------------------------------------------------------- */

static void both_secrets_are_valid_until_the_grace_is_over(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL);
    f->now_ms++;
    assert_on_both(&p, &older, 0);
    const struct made_token newest = rotate_for(f->store, &older, GRACE, 0);
    const int64_t until_ms = f->now_ms + GRACE;
    assert_string_not_equal(newest.text, older.text);
    assert_int_equal(newest.len, older.len);
    apitoken_store *const stores[] = { f->store, p.other };
    for (size_t i = 0; i < COUNT(stores); i++) {
        assert_true(superseded_until(stores[i], &older) == until_ms);
        assert_true(superseded_until(stores[i], &newest) == 0);
    }
    f->now_ms = until_ms - 1;
    assert_on_both(&p, &older, 0);
    assert_on_both(&p, &newest, 0);
    f->now_ms = until_ms;
    assert_on_both(&p, &older, UNKNOWN);
    assert_on_both(&p, &newest, 0);
    apitoken_store_close(p.other);
}

/* Name, restrictions, end, last use and all: only what says of the secret is another. */
static void all_else_stays_as_it_is(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    create.expiry_kind = APITOKEN_EXPIRY_DAY;
    create.expiry_day = 20271231;
    create.description = create.actor = "somebody";
    create.description_len = create.actor_len = 8;
    create.interfaces = "import";
    create.interfaces_len = 6;
    create.networks = "10.0.0.0/8";
    create.networks_len = 10;
    create.data = "data";
    create.data_len = 4;
    const struct made_token older = fixture_create(f->store, "owner", "name", &create);
    struct shown due = shown_of(f->store, &older);
    assert_true(due.secret_made_ms == FIXTURE_NOW && due.superseded_until_ms == 0);
    for (int i = 1; i < 4; i++) {
        f->now_ms = FIXTURE_NOW + 2 * i * GRACE; /* the older secret is over */
        (void)rotate_for(f->store, &older, GRACE, 0);
        due.revision++;
        due.secret_made_ms = f->now_ms;
        due.superseded_until_ms = f->now_ms + GRACE;
        assert_shown(f->store, &older, &due);
    }
    assert_int_equal(info_of(f->store).tokens, 1);
}

static void without_a_grace_the_secret_ends_at_once(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL);
    assert_on_both(&p, &older, 0);
    const struct made_token newest = rotate_for(p.f->store, &older, 0, 0);
    assert_gone(&p, &older, UNKNOWN);
    assert_on_both(&p, &newest, 0);
    assert_true(shown_of(p.f->store, &older).superseded_until_ms == 0);
    apitoken_store_close(p.other);
}

static void a_suspended_token_can_be_rotated(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL);
    assert_code(suspend_token(p.f->store, &older, 1), 0);
    const struct made_token newest = rotate_for(p.f->store, &older, GRACE, 0);
    assert_on_both(&p, &older, APITOKEN_E_SUSPENDED);
    assert_on_both(&p, &newest, APITOKEN_E_SUSPENDED);
    assert_code(suspend_token(p.f->store, &older, 0), 0);
    assert_on_both(&p, &older, 0);
    assert_on_both(&p, &newest, 0);
    apitoken_store_close(p.other);
}

/* ---- a third one ----------------------------------------------------------------------------- */

/* While two secrets are valid the caller has to say which one goes. */
static void a_third_secret_needs_a_decision(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            second = rotate_for(f->store, &first, GRACE, 0);
    const apitoken_rotate_opts plain = OPTS(.grace_ms = 1);
    struct made_token third;
    assert_on_both(&p, &first, 0);
    assert_on_both(&p, &second, 0);
    f->now_ms += GRACE - 1;
    const struct unchanged before = unchanged_of(f->store, &first);
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(rotate_token(f->store, &first, &plain, &third, &err), APITOKEN_E_ROTATING);
    assert_field(&err, APITOKEN_E_ROTATING, APITOKEN_FIELD_NONE, 0);
    assert_unchanged(f->store, &first, &before);
    assert_on_both(&p, &first, 0);
    assert_on_both(&p, &second, 0);
    f->now_ms++; /* the grace is over */
    assert_code(rotate_token(f->store, &first, &plain, &third, NULL), 0);
    assert_gone(&p, &first, UNKNOWN);
    assert_on_both(&p, &second, 0);
    assert_on_both(&p, &third, 0);
    f->now_ms++;
    assert_over(&p, &second, UNKNOWN);
    apitoken_store_close(p.other);
}

static void the_older_secret_is_dropped_for_the_newest(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            second = rotate_for(f->store, &first, DAY, 0);
    assert_on_both(&p, &first, 0);
    assert_on_both(&p, &second, 0);
    const struct made_token third = rotate_for(f->store, &first, GRACE, DROP);
    assert_gone(&p, &first, UNKNOWN);
    assert_on_both(&p, &second, 0);
    assert_on_both(&p, &third, 0);
    assert_true(superseded_until(p.other, &second) == FIXTURE_NOW + GRACE);
    f->now_ms += GRACE;
    assert_over(&p, &second, UNKNOWN);
    assert_on_both(&p, &third, 0);
    apitoken_store_close(p.other);
}

/* The newest was lost on its way; whoever has the older one keeps it as long as before. */
static void the_older_secret_is_kept_for_the_newest(void **state) {
    static const int64_t graces[] = { 0, 1, GRACE, APITOKEN_GRACE_MAX_MS };
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    for (size_t i = 0; i < COUNT(graces); i++) {
        f->now_ms = FIXTURE_NOW;
        const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                                lost = rotate_for(f->store, &first, GRACE, 0);
        assert_on_both(&p, &first, 0);
        assert_on_both(&p, &lost, 0);
        f->now_ms += MINUTE;
        const struct made_token third = rotate_for(f->store, &first, graces[i], KEEP);
        assert_gone(&p, &lost, UNKNOWN);
        assert_on_both(&p, &first, 0);
        assert_on_both(&p, &third, 0);
        assert_true(superseded_until(p.other, &first) == FIXTURE_NOW + GRACE);
        assert_true(shown_of(p.other, &first).superseded_until_ms == FIXTURE_NOW + GRACE);
        assert_true(shown_of(p.other, &first).secret_made_ms == FIXTURE_NOW + MINUTE);
        f->now_ms = FIXTURE_NOW + GRACE;
        assert_over(&p, &first, UNKNOWN);
        assert_gone(&p, &lost, UNKNOWN);
        assert_on_both(&p, &third, 0);
    }
    apitoken_store_close(p.other);
}

/* The call that was to be repeated did nothing: then this one is like it. */
static void without_an_older_secret_keep_is_a_plain_rotate(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            second = rotate_for(f->store, &first, GRACE, KEEP);
    assert_true(superseded_until(p.other, &first) == FIXTURE_NOW + GRACE);
    f->now_ms += GRACE; /* what is over is not kept */
    const struct made_token third = rotate_for(f->store, &first, GRACE, KEEP);
    assert_gone(&p, &first, UNKNOWN);
    assert_true(superseded_until(p.other, &second) == f->now_ms + GRACE);
    f->now_ms += GRACE;
    const struct made_token fourth = rotate_for(f->store, &first, 0, KEEP);
    assert_gone(&p, &second, UNKNOWN);
    assert_gone(&p, &third, UNKNOWN);
    assert_on_both(&p, &fourth, 0);
    apitoken_store_close(p.other);
}

static void without_a_grace_every_other_secret_ends(void **state) {
    static const uint32_t flags[] = { 0, DROP, REVIVE };
    const struct pair p = pair_of(*state);
    for (size_t i = 0; i < COUNT(flags); i++) {
        const struct made_token first = fixture_create(p.f->store, "owner", "name", NULL),
                                second = rotate_for(p.f->store, &first, GRACE, 0);
        assert_on_both(&p, &first, 0);
        assert_on_both(&p, &second, 0);
        const struct made_token third = rotate_for(p.f->store, &first, 0, flags[i]);
        assert_gone(&p, &first, UNKNOWN);
        assert_gone(&p, &second, UNKNOWN);
        assert_on_both(&p, &third, 0);
    }
    apitoken_store_close(p.other);
}

/* Of all secrets that a token ever had the last two at most are valid. */
static void what_is_gone_never_comes_back(void **state) {
    enum { ROTATES = 8 };
    static const uint32_t flags[] = { DROP, KEEP };
    const struct pair p = pair_of(*state);
    struct made_token made[ROTATES + 1];
    made[0] = fixture_create(p.f->store, "owner", "name", NULL);
    int older = -1;
    for (int i = 1; i <= ROTATES; i++) {
        const uint32_t flag = flags[i % 3 == 0];
        made[i] = rotate_for(p.f->store, &made[0], DAY, flag);
        if (older < 0 || flag == DROP) older = i - 1;
        for (int k = 0; k <= i; k++)
            assert_on_both(&p, &made[k], k == i || k == older ? 0 : UNKNOWN);
    }
    assert_int_equal(shown_of(p.f->store, &made[0]).revision, 1 + ROTATES);
    apitoken_store_close(p.other);
}

/* ---- revoked --------------------------------------------------------------------------------- */

/* The older secret is gone for good; the newest is told that it was revoked. */
static void a_revoke_ends_both_secrets(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL),
                            newest = rotate_for(p.f->store, &older, GRACE, 0);
    assert_on_both(&p, &older, 0);
    assert_on_both(&p, &newest, 0);
    assert_code(revoke_token(p.f->store, "owner", older.id), 0);
    assert_gone(&p, &older, UNKNOWN);
    assert_gone(&p, &newest, APITOKEN_E_REVOKED);
    const struct unchanged before = unchanged_of(p.f->store, &older);
    assert_true(before.shown.superseded_until_ms == 0);
    static const uint32_t flags[] = { 0, DROP, KEEP };
    for (size_t i = 0; i < COUNT(flags); i++) {
        const apitoken_rotate_opts opts = OPTS(.grace_ms = GRACE, .flags = flags[i]);
        struct made_token none;
        assert_code(rotate_token(p.f->store, &older, &opts, &none, NULL),
                    APITOKEN_E_CHANGE_REVOKED);
        assert_unchanged(p.f->store, &older, &before);
    }
    apitoken_store_close(p.other);
}

/* ---- ends ------------------------------------------------------------------------------------ */

static void an_older_secret_never_outlives_its_token(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token older = create_until(f->store, "owner", FIXTURE_NOW + HOUR),
                            newest = rotate_for(f->store, &older, DAY, 0);
    assert_true(superseded_until(p.other, &older) == FIXTURE_NOW + HOUR);
    f->now_ms += HOUR;
    assert_over(&p, &newest, APITOKEN_E_EXPIRED);
    assert_on_both(&p, &older, UNKNOWN);
    apitoken_store_close(p.other);
}

static void assert_end(struct fixture *f, const struct made_token *token, uint32_t kind,
                       int32_t day, int64_t ms, int64_t due_ms) {
    const apitoken_rotate_opts opts = OPTS(.expiry_kind = kind, .expiry_day = day, .expiry_ms = ms,
                                           .grace_ms = DAY, .flags = DROP);
    struct made_token newest;
    assert_code(rotate_token(f->store, token, &opts, &newest, NULL), 0);
    const struct shown shown = shown_of(f->store, token);
    assert_true(shown.expires_ms == due_ms);
    assert_int_equal(shown.expires_day, day);
    assert_string_equal(shown.zone, day ? "UTC" : "");
}

/* It gets the end that is named, or keeps the one that it has. */
static void a_rotate_can_bring_another_end(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    assert_end(f, &token, APITOKEN_EXPIRY_DEFAULT, 0, 0, FIXTURE_NOW + HOUR);
    assert_end(f, &token, APITOKEN_EXPIRY_DAY, 20270131, 0, INT64_C(1801440000000));
    /* a secret that is superseded is valid no longer than it was */
    assert_true(shown_of(f->store, &token).superseded_until_ms == FIXTURE_NOW + HOUR);
    assert_end(f, &token, APITOKEN_EXPIRY_NEVER, 0, 0, INT64_MAX);
    assert_true(shown_of(f->store, &token).superseded_until_ms == FIXTURE_NOW + DAY);
    assert_end(f, &token, APITOKEN_EXPIRY_INSTANT, 0, FIXTURE_NOW + MINUTE, FIXTURE_NOW + MINUTE);
    assert_true(shown_of(f->store, &token).superseded_until_ms == FIXTURE_NOW + MINUTE);
    assert_end(f, &token, APITOKEN_EXPIRY_NEVER, 0, 0, INT64_MAX);
    assert_true(shown_of(f->store, &token).superseded_until_ms == FIXTURE_NOW + MINUTE);
}

static void an_expired_token_is_revived_by_flag_and_end(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token expired = create_until(f->store, "owner", FIXTURE_NOW + 1);
    const apitoken_rotate_opts refused[] = {
        OPTS(.grace_ms = GRACE),
        OPTS(.grace_ms = GRACE, .flags = REVIVE),
        OPTS(.expiry_kind = APITOKEN_EXPIRY_NEVER),
    };
    struct made_token newest;
    f->now_ms++;
    const struct unchanged before = unchanged_of(f->store, &expired);
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_code(rotate_token(f->store, &expired, &refused[i], &newest, NULL),
                    APITOKEN_E_CHANGE_EXPIRED);
        assert_unchanged(f->store, &expired, &before);
    }
    const apitoken_rotate_opts opts =
        OPTS(.grace_ms = GRACE, .flags = REVIVE, .expiry_kind = APITOKEN_EXPIRY_NEVER);
    assert_code(rotate_token(f->store, &expired, &opts, &newest, NULL), 0);
    assert_on_both(&p, &newest, 0);
    assert_gone(&p, &expired, UNKNOWN); /* never longer than it was */
    assert_true(shown_of(f->store, &expired).superseded_until_ms == 0);
    apitoken_store_close(p.other);
}

/* ---- what is refused ------------------------------------------------------------------------- */

#define IN_OPTS APITOKEN_FIELD_OPTS
#define IN_EXPIRY APITOKEN_FIELD_EXPIRY
#define OVERRIDE "admin\xE2\x80\xAE"

static const struct {
    apitoken_rotate_opts opts;
    int code;
    uint32_t field, offset;
} wrong[] = {
    { OPTS(.flags = DROP | KEEP), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(.flags = 8), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(.reserved = 1), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(.grace_ms = -1), APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0 },
    { OPTS(.grace_ms = INT64_MIN), APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0 },
    { OPTS(.grace_ms = APITOKEN_GRACE_MAX_MS + 1), APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0 },
    { OPTS(.grace_ms = INT64_MAX), APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0 },
    { OPTS(.expiry_kind = 4), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(.expiry_day = 20280101), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(.expiry_ms = FIXTURE_NOW + DAY), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(.expiry_kind = APITOKEN_EXPIRY_DAY, .expiry_day = 20270229), APITOKEN_E_DAY, IN_EXPIRY,
      0 },
    { OPTS(.expiry_kind = APITOKEN_EXPIRY_DAY, .expiry_day = 20270114), APITOKEN_E_EXPIRY_PAST,
      IN_EXPIRY, 0 },
    { OPTS(.expiry_kind = APITOKEN_EXPIRY_INSTANT, .expiry_ms = FIXTURE_NOW),
      APITOKEN_E_EXPIRY_PAST, IN_EXPIRY, 0 },
    { OPTS(.actor_len = 1), APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ACTOR, 0 },
    { OPTS(.actor = OVERRIDE, .actor_len = sizeof OVERRIDE - 1), APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 5 },
    { OPTS(.actor = "a\nb", .actor_len = 3), APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR, 1 },
    { OPTS(.revision = 1), APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0 },
    { OPTS(.revision = 3), APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0 },
    /* while two secrets are valid */
    { OPTS(.grace_ms = APITOKEN_GRACE_MAX_MS), APITOKEN_E_ROTATING, APITOKEN_FIELD_NONE, 0 },
    { OPTS(.grace_ms = 1, .flags = REVIVE), APITOKEN_E_ROTATING, APITOKEN_FIELD_NONE, 0 },
};

static void what_is_wrong_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, GRACE, 0);
    assert_answers(f->store, &older, 0);
    assert_answers(f->store, &newest, 0);
    const struct unchanged before = unchanged_of(f->store, &older);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct made_token none;
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = rotate_token(f->store, &older, &wrong[i].opts, &none, &err);
        if (rc != wrong[i].code) print_error("row %zu of the table\n", i);
        assert_code(rc, wrong[i].code);
        assert_field(&err, wrong[i].code, wrong[i].field, wrong[i].offset);
        assert_unchanged(f->store, &older, &before);
    }
    assert_answers(f->store, &older, 0);
    assert_answers(f->store, &newest, 0);
}

static void the_longest_grace_is_30_days(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL);
    (void)rotate_for(p.f->store, &older, 30 * DAY, 0);
    p.f->now_ms += 30 * DAY - 1;
    assert_on_both(&p, &older, 0);
    p.f->now_ms++;
    assert_over(&p, &older, UNKNOWN);
    apitoken_store_close(p.other);
}

static void nobody_rotates_a_token_of_another_owner(void **state) {
    static const char *const others[] = { "o", "owne", "ownerx", "OWNER", "other" };
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    const apitoken_rotate_opts opts = OPTS(.grace_ms = 0);
    apitoken_secret *secret = UNTOUCHED;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_code(apitoken_rotate(f->store, others[i], strlen(others[i]), token.id,
                                    APITOKEN_ID_LEN, &opts, &secret, NULL),
                    APITOKEN_E_NOT_FOUND);
    assert_code(apitoken_rotate(f->store, LIT("owner"), LIT("0123456789AB"), &opts, &secret, NULL),
                APITOKEN_E_NOT_FOUND);
    assert_ptr_equal(secret, UNTOUCHED);
    assert_unchanged(f->store, &token, &before);
    assert_answers(f->store, &token, 0);
}

static void neither_a_verify_only_handle_nor_a_failed_clock_rotates(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token token = fixture_create(p.f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(p.f->store, &token);
    const apitoken_rotate_opts opts = OPTS(.grace_ms = 0);
    struct made_token none;
    assert_code(rotate_token(p.other, &token, &opts, &none, NULL), APITOKEN_E_VERIFY_ONLY);
    p.f->now_ms = -1;
    assert_code(rotate_token(p.f->store, &token, &opts, &none, NULL), APITOKEN_E_CLOCK);
    p.f->now_ms = FIXTURE_NOW;
    assert_unchanged(p.f->store, &token, &before);
    assert_on_both(&p, &token, 0);
    apitoken_store_close(p.other);
}

/* Whoever has neither secret learns nothing of either. */
static void a_wrong_secret_is_unknown_beside_two(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL),
                            newest = rotate_for(p.f->store, &older, GRACE, 0);
    const struct made_token *const right[] = { &older, &newest };
    for (size_t i = 0; i < COUNT(right); i++)
        for (size_t at = TOKEN_BODY + 1 + APITOKEN_ID_LEN; at < TOKEN_LEN - TOKEN_CRC_LEN; at++) {
            struct made_token wrong_one = *right[i];
            wrong_one.text[at] = wrong_one.text[at] == 'x' ? 'y' : 'x';
            token_put_checksum(wrong_one.text, wrong_one.len);
            assert_code(check(p.f->store, &wrong_one), UNKNOWN);
        }
    assert_on_both(&p, &older, 0);
    assert_on_both(&p, &newest, 0);
    apitoken_store_close(p.other);
}

/* ---- last use -------------------------------------------------------------------------------- */

static void assert_uses(apitoken_store *store, const struct made_token *token, int64_t last_ms,
                        int64_t older_ms) {
    const struct shown shown = shown_of(store, token);
    assert_true(shown.last_used_ms == last_ms);
    assert_true(shown.last_used_older_ms == older_ms);
}

static void each_secret_has_a_last_use_of_its_own(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, GRACE, 0);
    assert_uses(f->store, &older, 0, 0);
    assert_answers(f->store, &newest, 0);
    assert_uses(f->store, &older, FIXTURE_NOW, 0);
    f->now_ms += MINUTE;
    assert_answers(f->store, &older, 0);
    assert_uses(f->store, &older, FIXTURE_NOW + MINUTE, FIXTURE_NOW + MINUTE);
    f->now_ms += MINUTE;
    assert_answers(f->store, &newest, 0);
    assert_uses(f->store, &older, FIXTURE_NOW + 2 * MINUTE, FIXTURE_NOW + MINUTE);
    f->now_ms = FIXTURE_NOW + GRACE; /* what is denied is no use */
    assert_answers(f->store, &older, UNKNOWN);
    assert_uses(f->store, &older, FIXTURE_NOW + 2 * MINUTE, FIXTURE_NOW + MINUTE);
}

/* By whichever secret it was, and whichever of them goes. */
static void the_last_use_of_a_token_never_goes_back(void **state) {
    static const uint32_t flags[] = { 0, DROP, KEEP };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(flags); i++)
        for (int by_older = 0; by_older < 2; by_older++) {
            f->now_ms = FIXTURE_NOW;
            const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                                    second = rotate_for(f->store, &first, GRACE, 0);
            const int64_t used_ms = f->now_ms += MINUTE;
            assert_answers(f->store, by_older ? &first : &second, 0);
            f->now_ms += MINUTE;
            (void)rotate_for(f->store, &first, flags[i] ? GRACE : 0, flags[i]);
            const int keeps_used = flags[i] == KEEP ? by_older : flags[i] == DROP && !by_older;
            assert_uses(f->store, &first, used_ms, keeps_used ? used_ms : 0);
            (void)rotate_for(f->store, &first, 0, 0);
            (void)rotate_for(f->store, &first, 0, 0);
            assert_uses(f->store, &first, used_ms, 0);
            assert_code(revoke_token(f->store, "owner", first.id), 0);
            assert_uses(f->store, &first, used_ms, 0);
        }
}

static void a_revoke_keeps_the_last_use_of_the_older_secret(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, GRACE, 0);
    assert_answers(f->store, &newest, 0);
    f->now_ms += MINUTE;
    assert_answers(f->store, &older, 0);
    assert_code(revoke_token(f->store, "owner", older.id), 0);
    assert_uses(f->store, &older, FIXTURE_NOW + MINUTE, 0);
}

/* ---- copies ---------------------------------------------------------------------------------- */

static void a_copy_is_that_of_the_newest_secret(void **state) {
    struct fixture *f = *state;
    struct made_token first = fixture_create(f->store, "owner", "name", NULL);
    assert_copies(f->store, &first);
    const struct made_token second = rotate_for(f->store, &first, GRACE, 0);
    assert_copies(f->store, &second);
    const struct made_token third = rotate_for(f->store, &first, GRACE, KEEP);
    assert_copies(f->store, &third);
    const struct made_token fourth = rotate_for(f->store, &first, 0, 0);
    assert_copies(f->store, &fourth);
    assert_int_equal(shown_of(f->store, &first).is_copyable, 1);
    assert_code(revoke_token(f->store, "owner", first.id), 0);
    assert_int_equal(shown_of(f->store, &first).is_copyable, 0);
}

static void with_policy_once_a_rotate_brings_no_copy(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    char buf[APITOKEN_FORMAT_MAX];
    size_t len;
    (void)rotate_for(f->store, &token, GRACE, 0);
    assert_int_equal(shown_of(f->store, &token).is_copyable, 0);
    assert_code(apitoken_copy(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN,
                              APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, NULL),
                APITOKEN_E_NOT_COPYABLE);
}

/* ---- keys ------------------------------------------------------------------------------------ */

static int reload(apitoken_store *store, const char *path) {
    apitoken_keyring *keyring = load_keys(path);
    int rc = apitoken_store_reload_keys(store, keyring, NULL, NULL);
    apitoken_keyring_free(keyring);
    return rc;
}

static void activate(const struct fixture *f, uint32_t id) {
    assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
    assert_code(reload(f->store, f->keys), 0);
}

/* Each secret is verified with the key that it was made with, on any handle that has both. */
static void a_newest_secret_is_made_with_the_active_key(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL);
    assert_on_both(&p, &older, 0);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    activate(f, 2);
    const struct made_token newest = rotate_for(f->store, &older, GRACE, 0);
    /* one that has not the new key cannot tell anything of the token, and denies it */
    assert_code(check(p.other, &older), APITOKEN_E_KEY_MISSING);
    assert_code(check(p.other, &newest), APITOKEN_E_KEY_MISSING);
    assert_code(reload(p.other, f->keys), 0);
    assert_on_both(&p, &older, 0);
    assert_on_both(&p, &newest, 0);
    assert_copies(f->store, &newest);
    struct made_token wrong_one = older;
    spoil_secret(&wrong_one);
    assert_on_both(&p, &wrong_one, UNKNOWN);
    /* back to the first key: the older secret is of the second one then */
    activate(f, 1);
    const struct made_token third = rotate_for(f->store, &older, GRACE, DROP);
    assert_gone(&p, &older, UNKNOWN);
    assert_on_both(&p, &newest, 0);
    assert_on_both(&p, &third, 0);
    assert_copies(f->store, &third);
    f->now_ms += GRACE;
    assert_over(&p, &newest, UNKNOWN);
    apitoken_store_close(p.other);
}

/* The token can be told by the key of its newest secret, but the older one needs the other key. */
static void an_older_secret_of_a_missing_key_is_denied(void **state) {
    const struct pair p = pair_of(*state);
    struct fixture *f = p.f;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL);
    assert_code(apitoken_keyring_add_key(f->keys, NULL, NULL, NULL), 0);
    activate(f, 2);
    const struct made_token older = rotate_for(f->store, &first, GRACE, 0);
    activate(f, 1);
    const struct made_token newest = rotate_for(f->store, &first, GRACE, DROP);
    assert_answers(f->store, &older, 0);
    assert_answers(p.other, &older, APITOKEN_E_KEY_MISSING);
    assert_answers(p.other, &newest, 0);
    assert_code(reload(p.other, f->keys), 0);
    assert_on_both(&p, &older, 0);
    apitoken_store_close(p.other);
}

static void a_secret_of_another_key_ends_at_once_too(void **state) {
    const struct pair p = pair_of(*state);
    const struct made_token older = fixture_create(p.f->store, "owner", "name", NULL);
    assert_code(apitoken_keyring_add_key(p.f->keys, NULL, NULL, NULL), 0);
    assert_code(reload(p.other, p.f->keys), 0);
    activate(p.f, 2);
    assert_on_both(&p, &older, 0);
    const struct made_token newest = rotate_for(p.f->store, &older, 0, 0);
    assert_gone(&p, &older, UNKNOWN);
    assert_on_both(&p, &newest, 0);
    apitoken_store_close(p.other);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(both_secrets_are_valid_until_the_grace_is_over),
        CASE(all_else_stays_as_it_is),
        CASE(without_a_grace_the_secret_ends_at_once),
        CASE(a_suspended_token_can_be_rotated),
        CASE(a_third_secret_needs_a_decision),
        CASE(the_older_secret_is_dropped_for_the_newest),
        CASE(the_older_secret_is_kept_for_the_newest),
        CASE(without_an_older_secret_keep_is_a_plain_rotate),
        CASE(without_a_grace_every_other_secret_ends),
        CASE(what_is_gone_never_comes_back),
        CASE(a_revoke_ends_both_secrets),
        CASE(an_older_secret_never_outlives_its_token),
        CASE(a_rotate_can_bring_another_end),
        CASE(an_expired_token_is_revived_by_flag_and_end),
        CASE(what_is_wrong_changes_nothing),
        CASE(the_longest_grace_is_30_days),
        CASE(nobody_rotates_a_token_of_another_owner),
        CASE(neither_a_verify_only_handle_nor_a_failed_clock_rotates),
        CASE(a_wrong_secret_is_unknown_beside_two),
        CASE(each_secret_has_a_last_use_of_its_own),
        CASE(the_last_use_of_a_token_never_goes_back),
        CASE(a_revoke_keeps_the_last_use_of_the_older_secret),
        CASE_ALWAYS(a_copy_is_that_of_the_newest_secret),
        CASE(with_policy_once_a_rotate_brings_no_copy),
        CASE_ALWAYS(a_newest_secret_is_made_with_the_active_key),
        CASE(an_older_secret_of_a_missing_key_is_denied),
        CASE(a_secret_of_another_key_ends_at_once_too),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
