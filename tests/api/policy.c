/* SPDX-License-Identifier: MIT */
/* apitoken_policy_get() and apitoken_policy_set(), and what a policy keeps other calls from. */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define SECOND INT64_C(1000)
#define MS_MAX INT64_C(253402300799999) /* the last millisecond of the year 9999 */
#define POLICY(...) (&(apitoken_policy){ .size = sizeof(apitoken_policy), __VA_ARGS__ })
#define NEVER APITOKEN_POLICY_NEVER_FORBIDDEN
#define MAX_LIVE APITOKEN_POLICY_MAX_LIVE
#define MAX_LIFETIME APITOKEN_POLICY_MAX_LIFETIME
#define DEFAULT_EXPIRY APITOKEN_POLICY_DEFAULT_EXPIRY
#define UNDO APITOKEN_POLICY_UNDO
#define MAX_GRACE APITOKEN_POLICY_MAX_GRACE
#define RETENTION APITOKEN_POLICY_AUDIT_RETENTION

static apitoken_policy policy_of(apitoken_store *store) {
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    assert_code(apitoken_policy_get(store, NULL, &policy, NULL), 0);
    return policy;
}

#define assert_policy(store, due)                       \
    do {                                                \
        const apitoken_policy got_ = policy_of(store);  \
        assert_memory_equal(&got_, (due), sizeof got_); \
    } while (0)

static const apitoken_policy defaults = { .size = sizeof(apitoken_policy),
                                          .max_live = APITOKEN_ANY_NUMBER,
                                          .max_lifetime_ms = APITOKEN_NO_LIMIT,
                                          .default_expiry_ms = APITOKEN_NO_LIMIT,
                                          .undo_ms = HOUR,
                                          .max_grace_ms = APITOKEN_GRACE_MAX_MS,
                                          .audit_retention_ms = 400 * DAY };

/* ---- get and set ----------------------------------------------------------------------------- */

static void a_new_store_has_the_defaults(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_policy(f->store, &defaults);
    assert_policy(verify, &defaults);
    apitoken_store_close(verify);
}

/* Each bit of the mask changes its value and no other, seen by every handle. */
static void a_set_changes_what_the_mask_names(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const apitoken_policy all = { sizeof all, 77, 1, 3, 9 * DAY, 5 * DAY, 2 * HOUR, DAY, 30 * DAY };
    apitoken_policy due = defaults;
    due.max_lifetime_ms = all.max_lifetime_ms;
    due.revision = 1;
    assert_code(set_policy(f->store, MAX_LIFETIME, &all), 0);
    assert_policy(verify, &due);
    due.default_expiry_ms = all.default_expiry_ms;
    due.revision++;
    assert_code(set_policy(f->store, DEFAULT_EXPIRY, &all), 0);
    assert_policy(verify, &due);
    due.is_never_forbidden = 1;
    due.revision++;
    assert_code(set_policy(f->store, NEVER, &all), 0);
    assert_policy(verify, &due);
    due.max_live = all.max_live;
    due.revision++;
    assert_code(set_policy(f->store, MAX_LIVE, &all), 0);
    assert_policy(verify, &due);
    due.undo_ms = all.undo_ms;
    due.revision++;
    assert_code(set_policy(f->store, UNDO, &all), 0);
    assert_policy(verify, &due);
    due.max_grace_ms = all.max_grace_ms;
    due.revision++;
    assert_code(set_policy(f->store, MAX_GRACE, &all), 0);
    assert_policy(verify, &due);
    due.audit_retention_ms = all.audit_retention_ms;
    due.revision++;
    assert_code(set_policy(f->store, RETENTION, &all), 0);
    assert_policy(verify, &due);
    apitoken_store_close(f->store); /* and it is stored */
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_policy(f->store, &due);
    apitoken_store_close(verify);
}

static void a_set_that_changes_nothing_writes_nothing(void **state) {
    struct fixture *f = *state;
    const uint64_t before = info_of(f->store).transaction;
    assert_code(set_policy(f->store, 127, &defaults), 0);
    assert_policy(f->store, &defaults);
    assert_int_equal(info_of(f->store).transaction, before);
}

static int set_at(apitoken_store *store, uint32_t revision, int64_t undo_ms, apitoken_error *err) {
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    opts.mask = UNDO;
    opts.revision = revision;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_policy_set(store, POLICY(.undo_ms = undo_ms), &opts, err);
}

static void a_revision_keeps_a_set_from_what_it_did_not_see(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(set_at(f->store, 1, DAY, &err), APITOKEN_E_REVISION); /* there is none yet */
    assert_field(&err, APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0);
    assert_policy(f->store, &defaults);
    assert_code(set_at(f->store, 0, DAY, NULL), 0);
    assert_code(set_at(f->store, 1, 2 * DAY, NULL), 0);
    assert_code(set_at(f->store, 1, 3 * DAY, NULL), APITOKEN_E_REVISION);
    assert_code(set_at(f->store, 3, 3 * DAY, NULL), APITOKEN_E_REVISION);
    assert_true(policy_of(f->store).undo_ms == 2 * DAY);
    assert_int_equal(policy_of(f->store).revision, 2);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static void each_value_has_limits(void **state) {
    struct fixture *f = *state;
    static const struct {
        uint32_t mask;
        apitoken_policy policy;
        int is_good;
    } rows[] = {
#define ROW(mask, is_good, ...) { mask, { .size = sizeof(apitoken_policy), __VA_ARGS__ }, is_good }
        ROW(MAX_LIVE, 0, .max_live = 0),
        ROW(MAX_LIVE, 1, .max_live = 1),
        ROW(MAX_LIVE, 1, .max_live = APITOKEN_ANY_NUMBER - 1),
        ROW(MAX_LIFETIME, 0, .max_lifetime_ms = -1),
        ROW(MAX_LIFETIME, 0, .max_lifetime_ms = 0),
        ROW(MAX_LIFETIME, 0, .max_lifetime_ms = MINUTE - 1),
        ROW(MAX_LIFETIME, 1, .max_lifetime_ms = MINUTE),
        ROW(MAX_LIFETIME, 1, .max_lifetime_ms = MS_MAX),
        ROW(MAX_LIFETIME, 0, .max_lifetime_ms = MS_MAX + 1),
        ROW(MAX_LIFETIME, 0, .max_lifetime_ms = INT64_MIN),
        ROW(DEFAULT_EXPIRY, 0, .default_expiry_ms = -1),
        ROW(DEFAULT_EXPIRY, 0, .default_expiry_ms = 0),
        ROW(DEFAULT_EXPIRY, 0, .default_expiry_ms = MINUTE - 1),
        ROW(DEFAULT_EXPIRY, 1, .default_expiry_ms = MINUTE),
        ROW(DEFAULT_EXPIRY, 0, .default_expiry_ms = MS_MAX + 1),
        ROW(UNDO, 0, .undo_ms = -1),
        ROW(UNDO, 1, .undo_ms = 0),
        ROW(UNDO, 1, .undo_ms = 30 * DAY),
        ROW(UNDO, 0, .undo_ms = 30 * DAY + 1),
        ROW(UNDO, 0, .undo_ms = APITOKEN_NO_LIMIT),
        ROW(MAX_GRACE, 0, .max_grace_ms = -1),
        ROW(MAX_GRACE, 1, .max_grace_ms = 0),
        ROW(MAX_GRACE, 1, .max_grace_ms = APITOKEN_GRACE_MAX_MS),
        ROW(MAX_GRACE, 0, .max_grace_ms = APITOKEN_GRACE_MAX_MS + 1),
        ROW(RETENTION, 0, .audit_retention_ms = -1),
        ROW(RETENTION, 1, .audit_retention_ms = 0),
        ROW(RETENTION, 0, .audit_retention_ms = MINUTE - 1),
        ROW(RETENTION, 1, .audit_retention_ms = MINUTE),
        ROW(RETENTION, 1, .audit_retention_ms = APITOKEN_NO_LIMIT),
        /* contradictions */
        ROW(NEVER, 0, .is_never_forbidden = 1),
        ROW(NEVER | DEFAULT_EXPIRY, 1, .is_never_forbidden = 1, .default_expiry_ms = DAY),
        ROW(NEVER | MAX_LIFETIME, 1, .is_never_forbidden = 1, .max_lifetime_ms = DAY),
        ROW(MAX_LIFETIME | DEFAULT_EXPIRY, 0, .max_lifetime_ms = DAY, .default_expiry_ms = DAY + 1),
        ROW(MAX_LIFETIME | DEFAULT_EXPIRY, 1, .max_lifetime_ms = DAY, .default_expiry_ms = DAY),
#undef ROW
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_code(set_policy(f->store, 127, &defaults), 0);
        const apitoken_policy before = policy_of(f->store);
        const uint64_t transaction = info_of(f->store).transaction;
        if (set_policy(f->store, rows[i].mask, &rows[i].policy) !=
            (rows[i].is_good ? 0 : APITOKEN_E_POLICY_VALUE)) {
            print_error("row %zu\n", i);
            fail();
        }
        if (rows[i].is_good) continue;
        assert_policy(f->store, &before);
        assert_int_equal(info_of(f->store).transaction, transaction);
    }
}

/* Also with a value that is set already. */
static void a_value_that_contradicts_a_stored_one_is_refused(void **state) {
    struct fixture *f = *state;
    assert_code(set_policy(f->store, NEVER | MAX_LIFETIME,
                           POLICY(.is_never_forbidden = 1, .max_lifetime_ms = DAY)),
                0);
    const apitoken_policy before = policy_of(f->store);
    assert_code(set_policy(f->store, MAX_LIFETIME, &defaults), APITOKEN_E_POLICY_VALUE);
    assert_code(set_policy(f->store, DEFAULT_EXPIRY, POLICY(.default_expiry_ms = DAY + 1)),
                APITOKEN_E_POLICY_VALUE);
    assert_policy(f->store, &before);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void assert_set_refused(struct fixture *f, const apitoken_policy *policy,
                               const apitoken_policy_opts *opts, int code, uint32_t field) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_policy_set(f->store, policy, opts, &err), code);
    assert_field(&err, code, field, 0);
    assert_policy(f->store, &defaults);
}

#define OPTS(...) (&(apitoken_policy_opts){ .size = sizeof(apitoken_policy_opts), __VA_ARGS__ })
#define BY_ROOT .actor = "root", .actor_len = 4

static void bad_input_sets_nothing(void **state) {
    struct fixture *f = *state;
    const apitoken_policy good = *POLICY(.undo_ms = DAY);
    assert_set_refused(f, &good, OPTS(BY_ROOT), APITOKEN_E_ARGUMENT, 0);
    assert_set_refused(f, &good, OPTS(BY_ROOT, .mask = 128 | UNDO), APITOKEN_E_ABI,
                       APITOKEN_FIELD_OPTS);
    assert_set_refused(f, &good, OPTS(.mask = UNDO), APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    assert_set_refused(f, &good, OPTS(.mask = UNDO, .actor = "\n", .actor_len = 1),
                       APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    assert_set_refused(f, POLICY(.is_never_forbidden = 2), OPTS(BY_ROOT, .mask = NEVER),
                       APITOKEN_E_ABI, APITOKEN_FIELD_OPTS);
    assert_set_refused(f, POLICY(.undo_ms = -1), OPTS(BY_ROOT, .mask = UNDO),
                       APITOKEN_E_POLICY_VALUE, APITOKEN_FIELD_POLICY);
    f->now_ms = -1;
    assert_code(set_policy(f->store, UNDO, &good), APITOKEN_E_CLOCK);
    assert_policy(f->store, &defaults);
}

static void only_an_administrator_sets(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(set_policy(plain, UNDO, POLICY(.undo_ms = DAY)), APITOKEN_E_ADMIN);
    assert_code(set_policy(verify, UNDO, POLICY(.undo_ms = DAY)), APITOKEN_E_VERIFY_ONLY);
    assert_policy(f->store, &defaults);
    apitoken_store_close(verify);
    apitoken_store_close(plain);
}

static void a_get_takes_nothing_of_a_set(void **state) {
    struct fixture *f = *state;
    apitoken_policy policy = APITOKEN_POLICY_INIT;
    static const apitoken_policy_opts bad[] = {
        { .size = sizeof bad[0], .mask = UNDO },
        { .size = sizeof bad[0], .revision = 1 },
        { .size = sizeof bad[0], BY_ROOT },
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_policy_get(f->store, &bad[i], &policy, &err), APITOKEN_E_ARGUMENT);
        assert_field(&err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_OPTS, 0);
    }
    policy.size = 4;
    assert_code(apitoken_policy_get(f->store, NULL, &policy, NULL), APITOKEN_E_ABI);
    assert_int_equal(policy.max_live, 0);
}

/* ---- what becomes of it ---------------------------------------------------------------------- */

static void a_backup_and_a_restore_keep_it(void **state) {
    struct fixture *f = *state;
    const apitoken_policy all = { sizeof all, 77, 1, 3, 9 * DAY, 5 * DAY, 2 * HOUR, DAY, 30 * DAY };
    apitoken_policy due = all;
    char backup[256];
    (void)snprintf(backup, sizeof backup, "%s", in_dir(f->dir, "backup"));
    assert_code(set_policy(f->store, 127, &all), 0);
    due.revision = 1;
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    apitoken_store_close(f->store);
    f->store = NULL;
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    f->store = fixture_open_admin(f);
    assert_policy(f->store, &due);
}

/* ---- how long a token may be valid ----------------------------------------------------------- */

static int create_with(apitoken_store *store, uint32_t kind, int64_t ms, int32_t day) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.expiry_kind = kind;
    opts.expiry_ms = ms;
    opts.expiry_day = day;
    return try_create(store, "owner", "name", &opts);
}

static int batch_with(apitoken_store *store, uint32_t kind, int64_t ms) {
    apitoken_batch_item items[2] = { APITOKEN_BATCH_ITEM_INIT, APITOKEN_BATCH_ITEM_INIT };
    const apitoken_batch_item *pointers[2] = { &items[0], &items[1] };
    apitoken_batch *batch = NULL;
    for (size_t i = 0; i < COUNT(items); i++) {
        items[i].owner = "owner";
        items[i].owner_len = 5;
        items[i].name = "name";
        items[i].name_len = 4;
    }
    items[1].expiry_kind = kind;
    items[1].expiry_ms = ms;
    int rc = apitoken_create_batch(store, pointers, 2, NULL, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

#define LIFETIME APITOKEN_E_LIFETIME

static void a_lifetime_holds_for_create_and_batch(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const int64_t longest_ms = FIXTURE_NOW + 30 * DAY;
    assert_code(create_with(other, APITOKEN_EXPIRY_NEVER, 0, 0), 0);
    assert_code(set_policy(f->store, MAX_LIFETIME, POLICY(.max_lifetime_ms = 30 * DAY)), 0);
    const size_t before = count_rows(other, "owner");
    assert_code(create_with(other, APITOKEN_EXPIRY_NEVER, 0, 0), LIFETIME);
    assert_code(create_with(other, APITOKEN_EXPIRY_INSTANT, longest_ms + 1, 0), LIFETIME);
    assert_code(create_with(other, APITOKEN_EXPIRY_DAY, 0, 20270216), LIFETIME);
    assert_code(batch_with(other, APITOKEN_EXPIRY_NEVER, 0), LIFETIME);
    assert_code(batch_with(other, APITOKEN_EXPIRY_INSTANT, longest_ms + 1), LIFETIME);
    assert_int_equal(count_rows(other, "owner"), before);
    assert_code(create_with(other, APITOKEN_EXPIRY_INSTANT, longest_ms, 0), 0);
    assert_code(create_with(other, APITOKEN_EXPIRY_DAY, 0, 20270214), 0); /* the 30th day */
    assert_code(batch_with(other, APITOKEN_EXPIRY_INSTANT, longest_ms), 0);
    apitoken_store_close(other);
}

/* It counts from the newest secret on; what was allowed may keep its end or end earlier. */
static void a_lifetime_holds_for_update_and_rotate(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token ending = create_until(other, "owner", FIXTURE_NOW + DAY),
                            never = fixture_create(other, "owner", "name", NULL);
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token newest;
    assert_code(set_policy(f->store, MAX_LIFETIME, POLICY(.max_lifetime_ms = 2 * DAY)), 0);
    f->now_ms += HOUR;
    struct unchanged before = unchanged_of(other, &ending);
    assert_code(end_token(other, &ending, FIXTURE_NOW + 2 * DAY + 1), LIFETIME);
    update.mask = APITOKEN_UPDATE_EXPIRY;
    update.expiry_kind = APITOKEN_EXPIRY_NEVER;
    assert_code(update_token(other, &ending, &update, NULL), LIFETIME);
    rotate.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    rotate.expiry_ms = f->now_ms + 2 * DAY + 1;
    assert_code(rotate_token(other, &ending, &rotate, &newest, NULL), LIFETIME);
    assert_unchanged(other, &ending, &before);
    assert_code(end_token(other, &ending, FIXTURE_NOW + 2 * DAY), 0);
    rotate.expiry_ms--;
    assert_code(rotate_token(other, &ending, &rotate, &newest, NULL), 0);
    assert_true(shown_of(other, &ending).expires_ms == f->now_ms + 2 * DAY);
    /* the one without an end was made before */
    before = unchanged_of(other, &never);
    assert_answers(other, &never, 0);
    assert_code(update_token(other, &never, &update, NULL), 0);     /* as it is */
    assert_code(end_token(other, &never, f->now_ms + 20 * DAY), 0); /* earlier than never */
    rotate.expiry_kind = 0;
    rotate.expiry_ms = 0;
    assert_code(rotate_token(other, &never, &rotate, &newest, NULL), LIFETIME);
    apitoken_store_close(other);
}

static void where_never_is_forbidden_every_token_gets_an_end(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = create_until(other, "owner", FIXTURE_NOW + HOUR);
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token newest;
    assert_code(set_policy(f->store, NEVER | DEFAULT_EXPIRY,
                           POLICY(.is_never_forbidden = 1, .default_expiry_ms = DAY)),
                0);
    const struct unchanged before = unchanged_of(other, &token);
    assert_code(create_with(other, APITOKEN_EXPIRY_NEVER, 0, 0), LIFETIME);
    assert_code(batch_with(other, APITOKEN_EXPIRY_NEVER, 0), LIFETIME);
    update.mask = APITOKEN_UPDATE_EXPIRY;
    update.expiry_kind = rotate.expiry_kind = APITOKEN_EXPIRY_NEVER;
    assert_code(update_token(other, &token, &update, NULL), LIFETIME);
    assert_code(rotate_token(other, &token, &rotate, &newest, NULL), LIFETIME);
    assert_unchanged(other, &token, &before);
    assert_code(create_with(other, APITOKEN_EXPIRY_INSTANT, FIXTURE_NOW + 900 * DAY, 0), 0);
    apitoken_store_close(other);
}

/* ---- the default expiry ---------------------------------------------------------------------- */

static void assert_made_with(apitoken_store *store, int kind, int64_t end_ms) {
    const struct made_token token = fixture_create(store, "owner", "name", NULL);
    struct shown shown = shown_of(store, &token);
    assert_int_equal(shown.expiry_kind, kind);
    assert_true(shown.expires_ms == end_ms);
    /* an update to the default gives the same */
    apitoken_update_opts update = APITOKEN_UPDATE_OPTS_INIT;
    assert_code(end_token(store, &token, FIXTURE_NOW + SECOND), 0);
    update.mask = APITOKEN_UPDATE_EXPIRY;
    assert_code(update_token(store, &token, &update, NULL), 0);
    shown = shown_of(store, &token);
    assert_int_equal(shown.expiry_kind, kind);
    assert_true(shown.expires_ms == end_ms);
}

static void what_has_no_expiry_gets_the_default(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = NULL;
    assert_made_with(other, APITOKEN_EXPIRY_NEVER, INT64_MAX);
    assert_code(set_policy(f->store, DEFAULT_EXPIRY, POLICY(.default_expiry_ms = 7 * DAY)), 0);
    assert_made_with(other, APITOKEN_EXPIRY_INSTANT, FIXTURE_NOW + 7 * DAY);
    item.owner = "batch";
    item.owner_len = 5;
    item.name = "name";
    item.name_len = 4;
    assert_code(apitoken_create_batch(other, &items, 1, NULL, &batch, NULL), 0);
    apitoken_token *row = NULL;
    assert_code(apitoken_show(other, LIT("batch"), apitoken_batch_id(batch, 0), APITOKEN_ID_LEN,
                              NULL, &row, NULL),
                0);
    assert_true(apitoken_token_expires_ms(row) == FIXTURE_NOW + 7 * DAY);
    apitoken_token_free(row);
    apitoken_batch_free(batch);
    assert_code(create_with(other, APITOKEN_EXPIRY_NEVER, 0, 0), 0); /* it is no limit */
    /* without a default, the longest lifetime */
    assert_code(set_policy(f->store, DEFAULT_EXPIRY | MAX_LIFETIME,
                           POLICY(.default_expiry_ms = APITOKEN_NO_LIMIT, .max_lifetime_ms = DAY)),
                0);
    assert_made_with(other, APITOKEN_EXPIRY_INSTANT, FIXTURE_NOW + DAY);
    apitoken_store_close(other);
}

/* ---- how many there may be ------------------------------------------------------------------- */

#define LIVE_LIMIT APITOKEN_E_LIVE_LIMIT

static void the_most_live_tokens_hold_for_each_owner(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token first = create_until(other, "owner", FIXTURE_NOW + HOUR),
                            second = fixture_create(other, "owner", "name", NULL);
    assert_code(set_policy(f->store, MAX_LIVE, POLICY(.max_live = 2)), 0);
    const uint64_t before = info_of(other).transaction;
    assert_code(try_create(other, "owner", "name", NULL), LIVE_LIMIT);
    assert_code(batch_with(other, 0, 0), LIVE_LIMIT);
    assert_int_equal(info_of(other).transaction, before);
    assert_code(try_create(other, "owner2", "name", NULL), 0);
    assert_code(try_create(other, "own", "name", NULL), 0);
    (void)rotate_for(other, &second, 0, 0); /* no new token */
    assert_code(suspend_token(other, &second, 1), 0);
    assert_code(try_create(other, "owner", "name", NULL), LIVE_LIMIT); /* suspended is live */
    f->now_ms += HOUR;
    assert_code(batch_with(other, 0, 0), LIVE_LIMIT); /* of two, the second one has no room */
    assert_int_equal(count_rows(other, "owner"), 2);
    assert_code(try_create(other, "owner", "name", NULL), 0); /* the first one has expired */
    apitoken_update_opts revive = APITOKEN_UPDATE_OPTS_INIT;
    revive.mask = APITOKEN_UPDATE_EXPIRY;
    revive.flags = APITOKEN_UPDATE_REVIVE;
    revive.expiry_kind = APITOKEN_EXPIRY_NEVER;
    assert_code(update_token(other, &first, &revive, NULL), LIVE_LIMIT);
    assert_code(revoke_token(other, "owner", second.id), 0);
    assert_code(update_token(other, &first, &revive, NULL), 0);
    assert_code(try_create(other, "owner", "name", NULL), LIVE_LIMIT);
    assert_code(set_policy(f->store, MAX_LIVE, POLICY(.max_live = APITOKEN_ANY_NUMBER)), 0);
    assert_code(try_create(other, "owner", "name", NULL), 0);
    apitoken_store_close(other);
}

/* A policy that becomes stricter ends no token. */
static void tokens_above_the_limit_stay(void **state) {
    struct fixture *f = *state;
    struct made_token made[3];
    for (size_t i = 0; i < COUNT(made); i++)
        made[i] = fixture_create(f->store, "owner", "name", NULL);
    assert_code(
        set_policy(f->store, NEVER | MAX_LIVE | MAX_LIFETIME,
                   POLICY(.is_never_forbidden = 1, .max_live = 1, .max_lifetime_ms = MINUTE)),
        0);
    f->now_ms += DAY;
    for (size_t i = 0; i < COUNT(made); i++) assert_answers(f->store, &made[i], 0);
}

/* ---- grace ----------------------------------------------------------------------------------- */

static void the_longest_grace_holds_for_rotate(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    const struct made_token token = fixture_create(other, "owner", "name", NULL);
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token newest;
    assert_code(set_policy(f->store, MAX_GRACE, POLICY(.max_grace_ms = HOUR)), 0);
    const struct unchanged before = unchanged_of(other, &token);
    rotate.grace_ms = HOUR + 1;
    assert_code(rotate_token(other, &token, &rotate, &newest, &err), APITOKEN_E_GRACE);
    assert_field(&err, APITOKEN_E_GRACE, APITOKEN_FIELD_GRACE, 0);
    assert_unchanged(other, &token, &before);
    rotate.grace_ms = HOUR;
    assert_code(rotate_token(other, &token, &rotate, &newest, NULL), 0);
    assert_code(set_policy(f->store, MAX_GRACE, POLICY(.max_grace_ms = 0)), 0);
    f->now_ms += HOUR;
    rotate.grace_ms = 1;
    assert_code(rotate_token(other, &token, &rotate, &newest, NULL), APITOKEN_E_GRACE);
    rotate.grace_ms = 0;
    assert_code(rotate_token(other, &token, &rotate, &newest, NULL), 0);
    apitoken_store_close(other);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(a_new_store_has_the_defaults),
        CASE_ADMIN(a_set_changes_what_the_mask_names),
        CASE_ADMIN(a_set_that_changes_nothing_writes_nothing),
        CASE_ADMIN(a_revision_keeps_a_set_from_what_it_did_not_see),
        CASE_ADMIN(each_value_has_limits),
        CASE_ADMIN(a_value_that_contradicts_a_stored_one_is_refused),
        CASE_ADMIN(bad_input_sets_nothing),
        CASE_ADMIN(only_an_administrator_sets),
        CASE(a_get_takes_nothing_of_a_set),
        CASE_ADMIN(a_backup_and_a_restore_keep_it),
        CASE_ADMIN(a_lifetime_holds_for_create_and_batch),
        CASE_ADMIN(a_lifetime_holds_for_update_and_rotate),
        CASE_ADMIN(where_never_is_forbidden_every_token_gets_an_end),
        CASE_ADMIN(what_has_no_expiry_gets_the_default),
        CASE_ADMIN(the_most_live_tokens_hold_for_each_owner),
        CASE_ADMIN(tokens_above_the_limit_stay),
        CASE_ADMIN(the_longest_grace_holds_for_rotate),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
