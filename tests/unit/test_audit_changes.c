/* SPDX-License-Identifier: MIT */
#include "rules/audit_changes.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

/* A token before and after, and what the audit says about it. */
struct told {
    struct atk_hot hot[2];
    struct atk_row row[2];
    size_t len;
    uint8_t changes[ATK_AUDIT_CHANGES_MAX + 1];
};

enum { BEFORE, AFTER };

/* A token that expires by day and has a sealed text, twice the same. */
static void load(struct told *t) {
    for (int i = BEFORE; i <= AFTER; i++) {
        sample_hot(&t->hot[i]);
        sample_row_day(&t->row[i]);
    }
}

static void tell(struct told *t, enum atk_audit_verb verb) {
    const struct atk_audit_pair before = { &t->hot[BEFORE], &t->row[BEFORE] },
                                after = { &t->hot[AFTER], &t->row[AFTER] };
    t->len = atk_audit_describe(verb, verb == ATK_VERB_CREATE ? NULL : &before, &after, t->changes);
}

/* This is the next change. */
static void assert_next(struct atk_reader *r, unsigned field, const void *before, size_t before_len,
                        const void *after, size_t after_len) {
    struct atk_audit_change change;
    assert_true(atk_audit_change_get(r, 0, &change));
    assert_int_equal(change.field, field);
    assert_int_equal(change.before_len, before_len);
    assert_int_equal(change.after_len, after_len);
    if (before_len) assert_memory_equal(change.before, before, before_len);
    if (after_len) assert_memory_equal(change.after, after, after_len);
}

static struct atk_reader reader_of(const struct told *t) {
    return atk_reader_of(t->changes, t->len);
}

/* This is the only change. */
static void assert_told(const struct told *t, unsigned field, const void *before, size_t before_len,
                        const void *after, size_t after_len) {
    struct atk_reader r = reader_of(t);
    assert_next(&r, field, before, before_len, after, after_len);
    assert_int_equal(r.left, 0);
}

static const uint8_t day_value[] = "\x01\x80\xE5\x54\xCE\xA2\x01\0\0\x6F\x29\x35\x01"
                                   "Europe/Berlin";
#define DAY_VALUE day_value, sizeof day_value - 1
#define NEVER_VALUE "\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 9

static void put_part(struct atk_hot *hot, uint8_t type, const char *value, size_t len) {
    hot->parts[hot->parts_len] = type;
    hot->parts[hot->parts_len + 1] = (uint8_t)len;
    hot->parts[hot->parts_len + 2] = (uint8_t)(len >> 8);
    memcpy(hot->parts + hot->parts_len + 3, value, len);
    hot->parts_len = (uint16_t)(hot->parts_len + 3 + len);
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static void test_a_new_token_with_all_that_it_has(void **state) {
    (void)state;
    struct told t;
    load(&t);
    put_part(&t.hot[AFTER], 3, LIT("\x01\x02if"));
    put_part(&t.hot[AFTER], 4, LIT("\x04\x08\x0A\0\0\0"));
    put_part(&t.hot[AFTER], 128, LIT("data"));
    tell(&t, ATK_VERB_CREATE);
    struct atk_reader r = reader_of(&t);
    assert_next(&r, ATK_CHANGED_NAME, "", 0, LIT("Nightly"));
    assert_next(&r, ATK_CHANGED_DESCRIPTION, "", 0, LIT("nightly import"));
    assert_next(&r, ATK_CHANGED_EXPIRY, "", 0, DAY_VALUE);
    assert_next(&r, ATK_CHANGED_INTERFACES, "", 0, LIT("\x01\x02if"));
    assert_next(&r, ATK_CHANGED_NETWORKS, "", 0, LIT("\x04\x08\x0A\0\0\0"));
    assert_next(&r, ATK_CHANGED_DATA, "", 0, LIT("data"));
    assert_int_equal(r.left, 0);
}

static void test_what_stays_is_not_told(void **state) {
    (void)state;
    struct told t;
    load(&t);
    put_part(&t.hot[BEFORE], 128, LIT("data"));
    put_part(&t.hot[AFTER], 128, LIT("data"));
    t.hot[AFTER].revision = t.row[AFTER].revision = 2;
    t.hot[AFTER].slot = t.row[AFTER].slot = 9;
    t.row[AFTER].sealed_len = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_int_equal(t.len, 0);
}

static void test_texts_before_and_after(void **state) {
    (void)state;
    struct told t;
    load(&t);
    memcpy(t.row[AFTER].name, "Tag", t.row[AFTER].name_len = 3);
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_NAME, LIT("Nightly"), LIT("Tag"));
    load(&t);
    t.row[AFTER].name[0] = 'n'; /* of the same length */
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_NAME, LIT("Nightly"), LIT("nightly"));
    load(&t);
    t.row[AFTER].description_len = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_DESCRIPTION, LIT("nightly import"), "", 0);
}

static void test_ends_before_and_after(void **state) {
    (void)state;
    struct told t;
    load(&t);
    t.row[AFTER].expiry_kind = APITOKEN_EXPIRY_NEVER;
    t.row[AFTER].end_ms = t.hot[AFTER].end_ms = ATK_END_NEVER;
    t.row[AFTER].day = t.row[AFTER].zone_len = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_EXPIRY, DAY_VALUE, NEVER_VALUE);
    t.row[BEFORE].expiry_kind = APITOKEN_EXPIRY_INSTANT;
    t.row[BEFORE].end_ms = 1;
    t.row[BEFORE].zone_len = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_EXPIRY, "\x02\x01\0\0\0\0\0\0\0", 9, NEVER_VALUE);
}

/* An instant in place of the day that ends with it is a change, too. */
static void test_another_kind_of_the_same_end(void **state) {
    (void)state;
    struct told t;
    load(&t);
    t.row[AFTER].expiry_kind = APITOKEN_EXPIRY_INSTANT;
    t.row[AFTER].day = t.row[AFTER].zone_len = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_EXPIRY, DAY_VALUE, "\x02\x80\xE5\x54\xCE\xA2\x01\0\0", 9);
}

static void test_parts_before_and_after(void **state) {
    (void)state;
    static const struct {
        uint8_t type, field;
    } rows[] = { { 3, ATK_CHANGED_INTERFACES },
                 { 4, ATK_CHANGED_NETWORKS },
                 { 128, ATK_CHANGED_DATA } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct told t;
        load(&t);
        put_part(&t.hot[BEFORE], 2, LIT("before it"));
        put_part(&t.hot[BEFORE], rows[i].type, LIT("old"));
        put_part(&t.hot[AFTER], rows[i].type, LIT("new one"));
        put_part(&t.hot[AFTER], 200, LIT("behind it"));
        tell(&t, ATK_VERB_UPDATE);
        assert_told(&t, rows[i].field, LIT("old"), LIT("new one"));
        t.hot[AFTER].parts_len = 0;
        tell(&t, ATK_VERB_UPDATE);
        assert_told(&t, rows[i].field, LIT("old"), "", 0);
    }
}

static void test_suspend_and_resume(void **state) {
    (void)state;
    struct told t;
    load(&t);
    t.hot[AFTER].flags |= 2;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_SUSPENDED, "", 0, LIT("\x01"));
    t.hot[BEFORE].flags |= 2;
    t.hot[AFTER].flags = 0;
    tell(&t, ATK_VERB_UPDATE);
    assert_told(&t, ATK_CHANGED_SUSPENDED, LIT("\x01"), "", 0);
}

static void test_a_revoke_and_its_undoing(void **state) {
    (void)state;
    struct told t;
    load(&t);
    t.row[AFTER].flags = t.hot[AFTER].flags = ATK_FLAG_REVOKED;
    t.row[AFTER].revoked_ms = FIXTURE_NOW;
    tell(&t, ATK_VERB_REVOKE);
    assert_int_equal(t.len, 0); /* verb and time of the record say it all */
    t.row[AFTER].reason_code = 2;
    t.row[AFTER].flags |= ATK_FLAG_FINAL;
    tell(&t, ATK_VERB_REVOKE);
    struct atk_reader r = reader_of(&t);
    assert_next(&r, ATK_CHANGED_REASON_CODE, "", 0, LIT("\x02"));
    assert_next(&r, ATK_CHANGED_FINAL, "", 0, LIT("\x01"));
    assert_int_equal(r.left, 0);
    t.row[BEFORE].reason_code = 1;
    t.row[AFTER].reason_code = t.row[AFTER].flags = 0;
    tell(&t, ATK_VERB_UNREVOKE);
    assert_told(&t, ATK_CHANGED_REASON_CODE, LIT("\x01"), "", 0);
}

/* The older secret, which is valid until this time. */
static void put_older(struct atk_hot *hot, int64_t until_ms) {
    struct atk_older_secret older = { .key_id = 0x77777777,
                                      .suite = ATK_SUITE,
                                      .until_ms = until_ms };
    memset(older.verifier, 0x77, sizeof older.verifier);
    assert_true(atk_older_secret_set(hot, &older));
}

static void test_a_rotate(void **state) {
    (void)state;
    struct told t;
    load(&t);
    tell(&t, ATK_VERB_ROTATE); /* the older one ended at once */
    assert_told(&t, ATK_CHANGED_SECRET, "", 0, "", 0);
    put_older(&t.hot[AFTER], 0x0102030405);
    tell(&t, ATK_VERB_ROTATE);
    struct atk_reader r = reader_of(&t);
    assert_next(&r, ATK_CHANGED_SECRET, "", 0, "", 0);
    assert_next(&r, ATK_CHANGED_OLDER_END, "", 0, LIT("\x05\x04\x03\x02\x01\0\0\0"));
    assert_int_equal(r.left, 0);
    put_older(&t.hot[BEFORE], 1);
    t.hot[AFTER].parts_len = 0;
    tell(&t, ATK_VERB_UPDATE); /* the older one ends now */
    assert_told(&t, ATK_CHANGED_OLDER_END, LIT("\x01\0\0\0\0\0\0\0"), "", 0);
}

static void test_an_older_secret_of_another_form_is_not_told(void **state) {
    (void)state;
    for (size_t len = 0; len < 64; len++) {
        struct told t;
        char value[64] = { 0 };
        value[ATK_VERIFIER_LEN + 4] = ATK_SUITE;
        value[ATK_VERIFIER_LEN + 5] = 1; /* until */
        load(&t);
        put_part(&t.hot[AFTER], ATK_PART_OLDER_SECRET, value, len);
        tell(&t, ATK_VERB_UPDATE);
        assert_int_equal(t.len, len == ATK_OLDER_SECRET_LEN ? ATK_AUDIT_CHANGE_HEAD + 8 : 0);
    }
}

/* Parts behind one that is out of order are not read. */
static void test_parts_that_are_damaged_are_not_told(void **state) {
    (void)state;
    struct told t;
    load(&t);
    put_part(&t.hot[AFTER], 130, "", 0);
    put_part(&t.hot[AFTER], 3, LIT("if"));
    put_part(&t.hot[AFTER], 128, LIT("data"));
    tell(&t, ATK_VERB_UPDATE);
    assert_int_equal(t.len, 0);
}

/* Nothing by which a secret could be recognised or found. */
static void test_no_secret_is_told(void **state) {
    (void)state;
    struct told t;
    load(&t);
    memset(t.hot[AFTER].verifier, 0x99, ATK_VERIFIER_LEN);
    memset(t.row[AFTER].sealed, 0x88, t.row[AFTER].sealed_len);
    t.row[AFTER].mark = 0x99999999;
    put_older(&t.hot[AFTER], 5);
    for (enum atk_audit_verb verb = ATK_VERB_CREATE; verb <= ATK_VERB_COMPACT; verb++) {
        tell(&t, verb);
        assert_null(memmem(t.changes, t.len, "\x99\x99\x99\x99", 4));
        assert_null(memmem(t.changes, t.len, "\x88\x88\x88\x88", 4));
        assert_null(memmem(t.changes, t.len, "\x77\x77\x77\x77", 4));
        assert_null(memmem(t.changes, t.len, t.hot[BEFORE].verifier, 4));
        assert_null(memmem(t.changes, t.len, t.row[BEFORE].sealed, 4));
    }
}

/* All of it, before and after; nothing is written behind the end. */
static void test_the_longest_changes_fit(void **state) {
    (void)state;
    struct told t;
    static char filler[ATK_HOT_PARTS_MAX];
    load(&t);
    for (int i = BEFORE; i <= AFTER; i++) {
        struct atk_row *row = &t.row[i];
        memset(row->name, 'a' + i, row->name_len = APITOKEN_NAME_MAX);
        memset(row->description, 'a' + i, row->description_len = APITOKEN_DESCRIPTION_MAX);
        memset(row->zone, 'a' + i, row->zone_len = APITOKEN_ZONE_MAX);
        memset(filler, 'a' + i, sizeof filler);
        row->reason_code = (uint8_t)(1 + i);
        t.hot[i].owner_len = 1;
        put_part(&t.hot[i], 3, filler, 1041);
        put_part(&t.hot[i], 4, filler, 288);
        put_older(&t.hot[i], i + 1);
        put_part(&t.hot[i], 128, filler,
                 sizeof filler - (3 + 1041) - (3 + 288) - (3 + ATK_OLDER_SECRET_LEN) - 3);
        assert_int_equal(t.hot[i].parts_len, ATK_HOT_PARTS_MAX);
    }
    t.hot[AFTER].flags = 2;
    t.row[AFTER].flags |= ATK_FLAG_FINAL;
    t.changes[ATK_AUDIT_CHANGES_MAX] = 0x5A;
    tell(&t, ATK_VERB_ROTATE);
    struct atk_reader r = reader_of(&t);
    struct atk_audit_change change = { .field = 0 };
    unsigned count = 0;
    while (r.left > 0) {
        assert_true(atk_audit_change_get(&r, change.field, &change));
        count++;
    }
    assert_int_equal(count, 11);
    assert_in_range(t.len, 6000, ATK_AUDIT_CHANGES_MAX);
    assert_int_equal(t.changes[ATK_AUDIT_CHANGES_MAX], 0x5A);
}

/* ---- policy ---------------------------------------------------------------------------------- */

static void test_a_policy_that_stays(void **state) {
    (void)state;
    const struct atk_policy policy = atk_policy_default();
    uint8_t out[ATK_AUDIT_CHANGES_MAX];
    assert_int_equal(atk_audit_describe_policy(&policy, &policy, out), 0);
}

static void test_every_value_of_a_policy(void **state) {
    (void)state;
    struct told t;
    const struct atk_policy before = atk_policy_default();
    const struct atk_policy after = { 1, 5, ATK_DAY_MS, ATK_DAY_MS, 0, 0, 0 };
    t.len = atk_audit_describe_policy(&before, &after, t.changes);
    struct atk_reader r = reader_of(&t);
#define NO_LIMIT "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8
#define A_DAY "\0\x5C\x26\x05\0\0\0\0", 8
#define ZERO "\0\0\0\0\0\0\0\0", 8
    assert_next(&r, ATK_CHANGED_POLICY_FLAGS, LIT("\0\0\0\0"), LIT("\1\0\0\0"));
    assert_next(&r, ATK_CHANGED_MAX_LIVE, LIT("\xFF\xFF\xFF\xFF"), LIT("\5\0\0\0"));
    assert_next(&r, ATK_CHANGED_MAX_LIFETIME, NO_LIMIT, A_DAY);
    assert_next(&r, ATK_CHANGED_DEFAULT_EXPIRY, NO_LIMIT, A_DAY);
    assert_next(&r, ATK_CHANGED_UNDO, "\x80\xEE\x36\0\0\0\0\0", 8, ZERO);
    assert_next(&r, ATK_CHANGED_MAX_GRACE, "\0\xC8\x7E\x9A\0\0\0\0", 8, ZERO);
    assert_next(&r, ATK_CHANGED_AUDIT_RETENTION, "\0\xC0\xEF\x0B\x08\0\0\0", 8, ZERO);
    assert_int_equal(r.left, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_token_with_all_that_it_has),
        cmocka_unit_test(test_what_stays_is_not_told),
        cmocka_unit_test(test_texts_before_and_after),
        cmocka_unit_test(test_ends_before_and_after),
        cmocka_unit_test(test_another_kind_of_the_same_end),
        cmocka_unit_test(test_parts_before_and_after),
        cmocka_unit_test(test_suspend_and_resume),
        cmocka_unit_test(test_a_revoke_and_its_undoing),
        cmocka_unit_test(test_a_rotate),
        cmocka_unit_test(test_an_older_secret_of_another_form_is_not_told),
        cmocka_unit_test(test_parts_that_are_damaged_are_not_told),
        cmocka_unit_test(test_no_secret_is_told),
        cmocka_unit_test(test_the_longest_changes_fit),
        cmocka_unit_test(test_a_policy_that_stays),
        cmocka_unit_test(test_every_value_of_a_policy),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
