/* SPDX-License-Identifier: MIT */
#include "rules/edit_update.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

/* The sample's older secret ends at 1790000000000, the token at 1800000000000. */
#define NOW INT64_C(1785000000000)
#define TOKEN_END FIXTURE_NOW

struct token {
    struct atk_hot hot;
    struct atk_row row;
};

static struct atk_policy policy; /* of the store: the default one until a test tightens it */
static const struct atk_edit_facts usual = { .policy = &policy },
                                   blocked = { .policy = &policy, .is_owner_blocked = true },
                                   used = { .policy = &policy,
                                            .last_used_ms = INT64_C(1784999940000) },
                                   unread = { .policy = NULL };

static void load(struct token *token) {
    policy = atk_policy_default();
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
}

/* Does what an engine does with a change. What is refused has changed nothing. */
static int update_with(struct token *token, const struct atk_token_update *update,
                       const struct atk_edit_facts *facts) {
    static struct token stored;
    stored = *token;
    int rc = atk_edit_update(update, facts, &stored.hot, &stored.row, NULL);
    if (rc == ATK_EDIT_UNCHANGED) assert_memory_equal(&stored, token, sizeof stored);
    if (rc != ATK_EDIT_CHANGED) return rc;
    assert_true(atk_records_unite(&stored.hot, &stored.row));
    assert_true(atk_records_agree(&stored.hot, &stored.row));
    assert_int_equal(stored.hot.revision, token->hot.revision + 1);
    *token = stored;
    return rc;
}

static int update(struct token *token, const struct atk_token_update *update) {
    return update_with(token, update, &usual);
}

static struct atk_end instant(int64_t ms) {
    return (struct atk_end){ .ms = ms, .kind = APITOKEN_EXPIRY_INSTANT };
}

/* An update of each kind. The first three take something away and need no more room for it. */
enum { SUSPEND, END_OLDER, SUSPEND_AND_END_OLDER, DENIALS, RESUME = DENIALS, NAME, DATA, KINDS };

static struct atk_token_update update_of(int kind) {
    struct atk_token_update u = { .now_ms = NOW };
    if (kind == SUSPEND || kind == SUSPEND_AND_END_OLDER || kind == RESUME)
        u.mask = APITOKEN_UPDATE_SUSPENDED;
    u.is_suspended = kind == SUSPEND || kind == SUSPEND_AND_END_OLDER;
    u.ends_older = kind == END_OLDER || kind == SUSPEND_AND_END_OLDER;
    if (kind == NAME) u.mask = APITOKEN_UPDATE_NAME;
    if (kind == DATA) u.mask = APITOKEN_UPDATE_DATA;
    u.name = "new";
    u.name_len = 3;
    return u;
}

/* The sample is suspended; this one is not. */
static void load_for(struct token *token, int kind) {
    load(token);
    if (kind == RESUME) return;
    token->hot.flags &= (uint8_t)~ATK_FLAG_SUSPENDED;
    token->row.flags = token->hot.flags;
}

/* ---- who may change what --------------------------------------------------------------------- */

static void test_what_is_a_denial(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        const struct atk_token_update u = update_of(kind);
        assert_int_equal(atk_update_is_denial(&u), kind < DENIALS);
    }
    /* with anything else it is none */
    for (uint32_t bit = 1; bit <= APITOKEN_UPDATE_SUSPENDED; bit *= 2) {
        struct atk_token_update u = update_of(SUSPEND_AND_END_OLDER);
        u.mask |= bit;
        assert_int_equal(atk_update_is_denial(&u), bit == APITOKEN_UPDATE_SUSPENDED);
    }
}

static void test_a_revoked_token_is_not_changed(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct token token;
        struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        token.hot.flags |= ATK_FLAG_REVOKED;
        assert_code(update(&token, &u), APITOKEN_E_CHANGE_REVOKED);
        u.revision = 1; /* that is told first: no other revision helps */
        assert_code(update(&token, &u), APITOKEN_E_CHANGE_REVOKED);
    }
}

static void test_another_revision_is_not_changed(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct token token;
        struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        u.revision = 5;
        assert_code(update(&token, &u), APITOKEN_E_REVISION);
        u.revision = 4;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    }
}

/* What this version does not understand it can only make less. */
static void test_a_newer_token_is_denied_but_not_changed(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct token token;
        const struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        token.hot.is_newer = token.row.is_newer = true;
        token.hot.flags |= 64;
        token.row.flags |= 128;
        if (kind < DENIALS)
            assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
        else
            assert_code(update(&token, &u), APITOKEN_E_SCHEMA);
    }
}

/* An older secret in another form is kept by a suspension, in both records. */
static void test_a_denial_keeps_what_it_does_not_know(void **state) {
    (void)state;
    struct token token, before;
    const struct atk_token_update suspend = update_of(SUSPEND), end_older = update_of(END_OLDER);
    struct atk_part part;
    load_for(&token, SUSPEND);
    assert_true(atk_parts_set(atk_hot_parts(&token.hot), ATK_PART_OLDER_SECRET, "hot", 3));
    assert_true(atk_parts_set(atk_row_parts(&token.row), ATK_PART_OLDER_SECRET, "row", 3));
    assert_true(atk_parts_set(atk_row_parts(&token.row), 230, "older", 5));
    token.hot.is_newer = token.row.is_newer = true;
    before = token;
    assert_int_equal(update(&token, &suspend), ATK_EDIT_CHANGED);
    assert_memory_equal(token.hot.parts, before.hot.parts, before.hot.parts_len);
    assert_int_equal(token.row.other_len, before.row.other_len);
    assert_memory_equal(token.row.other, before.row.other, before.row.other_len);
    assert_int_equal(update(&token, &end_older), ATK_EDIT_CHANGED);
    assert_false(
        atk_parts_find(token.hot.parts, token.hot.parts_len, ATK_PART_OLDER_SECRET, &part));
    assert_false(
        atk_parts_find(token.row.other, token.row.other_len, ATK_PART_OLDER_SECRET, &part));
    assert_false(atk_parts_find(token.row.other, token.row.other_len, 230, &part));
}

static void test_a_token_of_a_blocked_owner_is_denied_but_not_changed(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct token token;
        const struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        if (kind < DENIALS)
            assert_int_equal(update_with(&token, &u, &blocked), ATK_EDIT_CHANGED);
        else
            assert_code(update_with(&token, &u, &blocked), APITOKEN_E_OWNER_BLOCKED);
    }
}

/* An expired token can be changed, but gets no other end. */
static void test_an_expired_token(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct token token;
        struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        u.now_ms = TOKEN_END;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
        u.mask |= APITOKEN_UPDATE_EXPIRY;
        u.end = instant(TOKEN_END + 1);
        load_for(&token, kind);
        assert_code(update(&token, &u), APITOKEN_E_CHANGE_EXPIRED);
        u.now_ms--;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    }
}

static void test_an_expired_token_is_revived(void **state) {
    (void)state;
    struct token token;
    struct atk_older_secret older;
    struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY,
                                  .revives = true,
                                  .now_ms = TOKEN_END,
                                  .end = instant(TOKEN_END + 1) };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_true(token.hot.end_ms == TOKEN_END + 1 && token.row.end_ms == TOKEN_END + 1);
    /* its older secret is not: that has no more time than before */
    assert_true(atk_older_secret_get(token.hot.parts, token.hot.parts_len, &older));
    assert_true(older.until_ms == INT64_C(1790000000000));
}

/* ---- what changes ---------------------------------------------------------------------------- */

static void test_a_new_name(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int due;
    } rows[] = { { "Payroll", 0 }, { "payroll", 1 }, { "Payrol", 1 }, { "Payroll2", 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        struct atk_token_update u = { .mask = APITOKEN_UPDATE_NAME,
                                      .now_ms = NOW,
                                      .name = rows[i].name,
                                      .name_len = strlen(rows[i].name) };
        load(&token);
        assert_int_equal(update(&token, &u), rows[i].due);
        assert_int_equal(token.row.name_len, u.name_len);
        assert_memory_equal(token.row.name, u.name, u.name_len);
    }
}

static void test_a_new_description(void **state) {
    (void)state;
    static const struct {
        const char *before, *after;
        int due;
    } rows[] = { { "", "", 0 },       { "", "new", 1 },   { "old", "", 1 },     { "old", "old", 0 },
                 { "old", "olD", 1 }, { "old", "ol", 1 }, { "old", "older", 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        const size_t len = strlen(rows[i].after);
        struct atk_token_update u = { .mask = APITOKEN_UPDATE_DESCRIPTION,
                                      .now_ms = NOW,
                                      .description = len ? rows[i].after : NULL,
                                      .description_len = len };
        load(&token);
        memcpy(token.row.description, rows[i].before, strlen(rows[i].before));
        token.row.description_len = (uint16_t)strlen(rows[i].before);
        assert_int_equal(update(&token, &u), rows[i].due);
        assert_int_equal(token.row.description_len, len);
        assert_memory_equal(token.row.description, rows[i].after, len);
    }
}

static void test_suspended_and_resumed(void **state) {
    (void)state;
    static const int rows[][3] = { { 0, 0, 0 }, { 0, 1, 1 }, { 1, 0, 1 }, { 1, 1, 0 } };
    for (size_t i = 0; i < 4; i++) {
        struct token token;
        struct atk_token_update u = update_of(rows[i][1] ? SUSPEND : RESUME);
        load_for(&token, rows[i][0] ? RESUME : SUSPEND);
        const uint8_t others = token.hot.flags & (uint8_t)~ATK_FLAG_SUSPENDED;
        assert_int_equal(update(&token, &u), rows[i][2]);
        assert_int_equal(token.hot.flags, others | (rows[i][1] ? ATK_FLAG_SUSPENDED : 0));
    }
}

static void test_the_older_secret_ends(void **state) {
    (void)state;
    struct token token;
    struct atk_older_secret older;
    const struct atk_token_update u = update_of(END_OLDER);
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_false(atk_older_secret_get(token.hot.parts, token.hot.parts_len, &older));
    assert_false(atk_older_secret_get_shown(token.row.other, token.row.other_len, &older));
    assert_int_equal(token.row.sealed_len != 0, 1); /* the newest one stays */
    assert_true(token.hot.flags & ATK_FLAG_WORD);
    assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED); /* no error if there is none */
    assert_true(atk_parts_set(atk_row_parts(&token.row), 230, "of the older one", 16));
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
}

/* Its last use may have been that of the token. */
static void test_the_use_of_an_older_secret_that_ends_is_kept(void **state) {
    (void)state;
    const struct atk_token_update end_older = update_of(END_OLDER), suspend = update_of(SUSPEND);
    const struct atk_edit_facts *const facts[] = { &used, &usual };
    static const int64_t due[] = { INT64_C(1784999940000), INT64_C(1779999960000) };
    for (size_t i = 0; i < 2; i++) {
        struct token token;
        load_for(&token, SUSPEND);
        const struct atk_parts parts = atk_row_parts(&token.row);
        assert_int_equal(update_with(&token, &suspend, facts[i]), ATK_EDIT_CHANGED);
        assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) == due[1]);
        assert_int_equal(update_with(&token, &end_older, facts[i]), ATK_EDIT_CHANGED);
        assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) == due[i]);
        /* nothing ends any more */
        assert_int_equal(update_with(&token, &end_older, &used), ATK_EDIT_UNCHANGED);
    }
}

/* ---- what the policy of the store allows ----------------------------------------------------- */

/* The sample's newest secret was made at 1780000000000. */
#define MADE INT64_C(1780000000000)

/* A denial needs no policy: it works also if that cannot be read. */
static void test_a_denial_without_a_policy(void **state) {
    (void)state;
    for (int kind = 0; kind < DENIALS; kind++) {
        struct token token;
        const struct atk_token_update u = update_of(kind);
        load_for(&token, kind);
        assert_int_equal(update_with(&token, &u, &unread), ATK_EDIT_CHANGED);
    }
}

/* A lifetime counts from the making of the newest secret on. */
static void test_a_later_end_within_the_longest_lifetime(void **state) {
    (void)state;
    for (int64_t after = -1; after <= 1; after++) {
        struct token token;
        struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY, .now_ms = NOW };
        load(&token);
        policy.max_lifetime_ms = TOKEN_END + 1000 - MADE;
        u.end = instant(TOKEN_END + 1000 + after);
        if (after > 0)
            assert_code(update(&token, &u), APITOKEN_E_LIFETIME);
        else
            assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    }
}

/* What is not later than before is allowed, whatever the policy says by now. */
static void test_an_end_that_is_not_later(void **state) {
    (void)state;
    struct token token;
    struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY, .now_ms = NOW };
    load(&token);
    policy.max_lifetime_ms = 60000;
    u.end = instant(TOKEN_END - 1);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    u.end = (struct atk_end){ .ms = TOKEN_END - 1,
                              .kind = APITOKEN_EXPIRY_DAY,
                              .zone_len = 3,
                              .day = 20270114,
                              .zone = "UTC" };
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    u.end = instant(TOKEN_END);
    assert_code(update(&token, &u), APITOKEN_E_LIFETIME);
}

static void test_the_default_end_of_the_store(void **state) {
    (void)state;
    struct token token;
    const struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY,
                                        .takes_default_end = true,
                                        .now_ms = NOW,
                                        .end = instant(NOW + 1) };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_true(token.hot.end_ms == ATK_END_NEVER);
    assert_int_equal(token.row.expiry_kind, APITOKEN_EXPIRY_NEVER);
    policy.default_expiry_ms = 60000;
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_true(token.hot.end_ms == NOW + 60000);
    assert_int_equal(token.row.expiry_kind, APITOKEN_EXPIRY_INSTANT);
}

/* A token that is revived is one more. */
static void test_a_revived_token_needs_room(void **state) {
    (void)state;
    for (uint64_t live = 1; live <= 3; live++) {
        const struct atk_edit_facts facts = { .policy = &policy, .live = live };
        for (int is_expired = 0; is_expired < 2; is_expired++) {
            struct token token;
            const struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY,
                                                .revives = true,
                                                .now_ms = TOKEN_END - !is_expired,
                                                .end = instant(TOKEN_END + 1) };
            load(&token);
            policy.max_live = 2;
            if (is_expired && live >= 2)
                assert_code(update_with(&token, &u, &facts), APITOKEN_E_LIVE_LIMIT);
            else
                assert_int_equal(update_with(&token, &u, &facts), ATK_EDIT_CHANGED);
        }
    }
}

static void test_a_new_end(void **state) {
    (void)state;
    struct token token;
    struct atk_older_secret older;
    struct atk_token_update u = { .mask = APITOKEN_UPDATE_EXPIRY,
                                  .now_ms = NOW,
                                  .end = instant(TOKEN_END) };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED);
    u.end = instant(NOW + 1);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_true(token.hot.end_ms == NOW + 1);
    assert_true(atk_older_secret_get_shown(token.row.other, token.row.other_len, &older));
    assert_true(older.until_ms == NOW + 1);
    u.end = (struct atk_end){ .ms = ATK_END_NEVER, .kind = APITOKEN_EXPIRY_NEVER };
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_true(atk_older_secret_get_shown(token.row.other, token.row.other_len, &older));
    assert_true(older.until_ms == NOW + 1); /* no update gives it more time */
}

/* The three values that both records have: set, replaced, removed, or as they were. */
static void test_values_that_both_records_have(void **state) {
    (void)state;
    static const struct {
        uint32_t bit;
        unsigned type;
    } kinds[] = { { APITOKEN_UPDATE_INTERFACES, ATK_PART_INTERFACES },
                  { APITOKEN_UPDATE_NETWORKS, ATK_PART_NETWORKS },
                  { APITOKEN_UPDATE_DATA, ATK_PART_DATA } };
    static const uint8_t value[6] = "\1\4read";
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct token token;
        struct atk_part part;
        struct atk_token_update u = { .mask = kinds[i].bit, .now_ms = NOW };
        load(&token);
        u.interfaces = u.networks = u.data = value;
        u.interfaces_len = u.networks_len = u.data_len = sizeof value;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
        assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED);
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
            assert_true(atk_parts_find(token.row.other, token.row.other_len, kinds[k].type, &part));
            assert_int_equal(part.len == sizeof value && !memcmp(part.value, value, part.len),
                             i == k);
        }
        u.interfaces_len = u.networks_len = u.data_len = sizeof value - 1;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
        u.interfaces_len = u.networks_len = u.data_len = 0;
        assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
        assert_false(atk_parts_find(token.hot.parts, token.hot.parts_len, kinds[i].type, &part));
        assert_false(atk_parts_find(token.row.other, token.row.other_len, kinds[i].type, &part));
        assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED);
    }
}

static void test_another_value_of_the_same_length(void **state) {
    (void)state;
    struct token token;
    struct atk_token_update u = {
        .mask = APITOKEN_UPDATE_DATA, .now_ms = NOW, .data = (const uint8_t *)"other", .data_len = 5
    };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
}

/* What is not in the mask stays, whatever the options say. */
static void test_nothing_that_is_not_in_the_mask_changes(void **state) {
    (void)state;
    struct token token;
    struct atk_token_update u = { .mask = APITOKEN_UPDATE_SUSPENDED,
                                  .is_suspended = true,
                                  .now_ms = NOW,
                                  .end = instant(NOW + 1),
                                  .name = "x",
                                  .name_len = 1,
                                  .description = "x",
                                  .description_len = 1 };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED);
}

/* One of several changes is enough for a new revision, and one revision for all. */
static void test_several_changes_at_once(void **state) {
    (void)state;
    struct token token;
    struct atk_token_update u = { .mask = 127,
                                  .ends_older = true,
                                  .now_ms = NOW,
                                  .end = instant(NOW + 1),
                                  .name = "new",
                                  .name_len = 3,
                                  .description = "new",
                                  .description_len = 3 };
    load(&token);
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
    assert_int_equal(token.hot.revision, 5);
    assert_int_equal(token.hot.parts_len, 0);
    assert_int_equal(token.hot.flags, ATK_FLAG_WORD);
    assert_true(token.hot.end_ms == NOW + 1);
    assert_int_equal(update(&token, &u), ATK_EDIT_UNCHANGED);
    u.name = "old";
    assert_int_equal(update(&token, &u), ATK_EDIT_CHANGED);
}

static void test_a_hot_record_without_room(void **state) {
    (void)state;
    static uint8_t filler[ATK_HOT_PARTS_MAX];
    struct token token;
    struct atk_token_update u = { .now_ms = NOW,
                                  .interfaces = filler,
                                  .networks = filler,
                                  .data = filler,
                                  .interfaces_len = 30,
                                  .networks_len = 30,
                                  .data_len = 30 };
    static const uint32_t bits[] = { APITOKEN_UPDATE_INTERFACES, APITOKEN_UPDATE_NETWORKS,
                                     APITOKEN_UPDATE_DATA };
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        load(&token);
        const struct atk_parts parts = atk_hot_parts(&token.hot);
        assert_true(atk_parts_set(parts, 140, filler, parts.cap - *parts.len - 3));
        u.mask = bits[i];
        assert_code(update(&token, &u), APITOKEN_E_SCHEMA);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_denial),
        cmocka_unit_test(test_a_revoked_token_is_not_changed),
        cmocka_unit_test(test_another_revision_is_not_changed),
        cmocka_unit_test(test_a_newer_token_is_denied_but_not_changed),
        cmocka_unit_test(test_a_denial_keeps_what_it_does_not_know),
        cmocka_unit_test(test_a_token_of_a_blocked_owner_is_denied_but_not_changed),
        cmocka_unit_test(test_an_expired_token),
        cmocka_unit_test(test_an_expired_token_is_revived),
        cmocka_unit_test(test_a_new_name),
        cmocka_unit_test(test_a_new_description),
        cmocka_unit_test(test_suspended_and_resumed),
        cmocka_unit_test(test_the_older_secret_ends),
        cmocka_unit_test(test_the_use_of_an_older_secret_that_ends_is_kept),
        cmocka_unit_test(test_a_denial_without_a_policy),
        cmocka_unit_test(test_a_later_end_within_the_longest_lifetime),
        cmocka_unit_test(test_an_end_that_is_not_later),
        cmocka_unit_test(test_the_default_end_of_the_store),
        cmocka_unit_test(test_a_revived_token_needs_room),
        cmocka_unit_test(test_a_new_end),
        cmocka_unit_test(test_values_that_both_records_have),
        cmocka_unit_test(test_another_value_of_the_same_length),
        cmocka_unit_test(test_nothing_that_is_not_in_the_mask_changes),
        cmocka_unit_test(test_several_changes_at_once),
        cmocka_unit_test(test_a_hot_record_without_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
