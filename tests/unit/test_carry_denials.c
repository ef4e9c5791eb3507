/* SPDX-License-Identifier: MIT */
/* What a restore carries over: each denial, from either record, and nothing that gives a right. */
#include "rules/carry_denials.h"

#include <string.h>

#include "cases.h"
#include "rules/edit_revoke.h"
#include "rules/interfaces.h"
#include "samples.h"

struct token {
    struct atk_hot hot;
    struct atk_row row;
};

#define NOW (FIXTURE_NOW + 5)

static struct token sample(void) {
    struct token t;
    sample_hot_full(&t.hot);
    sample_row_full(&t.row);
    t.hot.flags &= (uint8_t)~ATK_FLAG_SUSPENDED;
    t.row.flags &= (uint8_t)~ATK_FLAG_SUSPENDED;
    return t;
}

/* As an engine stores a changed token. */
static struct token stored(struct token t) {
    assert_true(atk_records_unite(&t.hot, &t.row));
    return t;
}

static unsigned carry(struct token *t, const struct token *present, bool is_whole) {
    const struct atk_proof proof = { &present->hot, &present->row, is_whole };
    const struct token before = *t;
    const unsigned carried = atk_carry_denials(&proof, NOW, &t->hot, &t->row);
    assert_true(atk_records_agree(&t->hot, &t->row));
    if (carried == 0) assert_memory_equal(t, &before, sizeof *t);
    if (carried != 0) assert_true(t->hot.revision > before.hot.revision);
    if (carried != 0) assert_true(t->hot.revision > present->hot.revision);
    return carried;
}

/* By both records, by the hot record alone, and by the row alone: the same comes over. */
static void assert_each(const struct token *present, unsigned due) {
    for (size_t i = 0; i < 3; i++) {
        struct token t = sample();
        const struct atk_proof proof = { i == 2 ? NULL : &present->hot,
                                         i == 1 ? NULL : &present->row, true };
        assert_int_equal(atk_carry_denials(&proof, NOW, &t.hot, &t.row), due);
        assert_true(atk_records_agree(&t.hot, &t.row));
    }
}

static void test_what_is_as_it_was_stays(void **state) {
    (void)state;
    const struct token present = sample();
    struct token t = sample();
    const struct atk_proof none = { NULL, NULL, true };
    assert_int_equal(carry(&t, &present, true), 0);
    assert_int_equal(atk_carry_denials(&none, NOW, &t.hot, &t.row), 0);
}

static void test_flags_come_over(void **state) {
    (void)state;
    struct token present = sample();
    present.hot.flags |= ATK_FLAG_SUSPENDED;
    present = stored(present);
    assert_each(&present, ATK_CARRIED_SUSPENDED);
    present = sample();
    present.hot.flags |= ATK_FLAG_BLOCKED;
    present = stored(present);
    assert_each(&present, ATK_CARRIED_BLOCKED);
    /* and none goes */
    struct token t = sample();
    t.hot.flags |= ATK_FLAG_SUSPENDED | ATK_FLAG_BLOCKED;
    t = stored(t);
    present = stored(stored(sample()));
    assert_int_equal(carry(&t, &present, true), 0);
    assert_int_equal(t.hot.flags & ATK_FLAGS_DENYING, ATK_FLAG_SUSPENDED | ATK_FLAG_BLOCKED);
}

static void test_an_earlier_end_comes_over(void **state) {
    (void)state;
    struct token present = sample(), t = sample();
    present.hot.end_ms = FIXTURE_NOW - 100;
    present = stored(present);
    assert_each(&present, ATK_CARRIED_END);
    assert_int_equal(carry(&t, &present, true) & ATK_CARRIED_END, ATK_CARRIED_END);
    assert_int_equal(t.hot.end_ms, FIXTURE_NOW - 100);
    assert_int_equal(t.row.expiry_kind, APITOKEN_EXPIRY_INSTANT);
    /* the day that was typed is shown */
    struct token by_day = sample();
    t = sample();
    by_day.hot.end_ms = by_day.row.end_ms = FIXTURE_NOW - 200;
    by_day.row.expiry_kind = APITOKEN_EXPIRY_DAY;
    by_day.row.day = 20270114;
    by_day.row.zone_len = 3;
    memcpy(by_day.row.zone, "UTC", 3);
    by_day = stored(by_day);
    (void)carry(&t, &by_day, true);
    assert_int_equal(t.row.expiry_kind, APITOKEN_EXPIRY_DAY);
    assert_int_equal(t.row.day, 20270114);
    /* a later one does not */
    present = sample();
    present.hot.end_ms = ATK_END_NEVER;
    present = stored(present);
    t = sample();
    assert_int_equal(carry(&t, &present, true), 0);
}

static struct token revoked(struct token t, uint8_t code, bool is_final) {
    struct atk_edit_facts facts = { .policy = NULL };
    const struct atk_revocation now = { .revoked_ms = 7,
                                        .reason = "lost",
                                        .reason_len = 4,
                                        .undo_until_ms = 9,
                                        .code = code,
                                        .is_final = is_final };
    assert_int_equal(atk_edit_revoke(&now, &facts, &t.hot, &t.row, NULL), ATK_EDIT_CHANGED);
    return stored(t);
}

static void test_a_revoke_comes_over_with_all_it_says(void **state) {
    (void)state;
    const struct token present = revoked(sample(), APITOKEN_REASON_ADMINISTRATOR, true);
    struct token t = sample();
    assert_true(carry(&t, &present, true) & ATK_CARRIED_REVOKED);
    assert_int_equal(t.hot.flags & (ATK_FLAG_REVOKED | ATK_FLAG_FINAL),
                     ATK_FLAG_REVOKED | ATK_FLAG_FINAL);
    assert_int_equal(t.row.revoked_ms, 7);
    assert_int_equal(t.row.undo_until_ms, 9);
    assert_int_equal(t.row.reason_code, APITOKEN_REASON_ADMINISTRATOR);
    assert_int_equal(t.row.reason_len, 4);
    assert_int_equal(t.row.sealed_len, 0);
}

/* The row alone, the hot record alone, and a row that is older. */
static void test_a_revoke_of_which_little_is_left(void **state) {
    (void)state;
    const struct token present = revoked(sample(), 0, false);
    struct token t = sample();
    const struct atk_proof by_hot = { &present.hot, NULL, false };
    assert_true(atk_carry_denials(&by_hot, NOW, &t.hot, &t.row) & ATK_CARRIED_REVOKED);
    assert_int_equal(t.row.revoked_ms, NOW);
    assert_int_equal(t.row.undo_until_ms, 0);
    assert_memory_equal(t.row.reason, "restored", 8);
    t = sample();
    const struct atk_proof by_row = { NULL, &present.row, false };
    assert_true(atk_carry_denials(&by_row, NOW, &t.hot, &t.row) & ATK_CARRIED_REVOKED);
    assert_int_equal(t.row.revoked_ms, 7);
    /* undone since: the newer record counts */
    struct token undone = present;
    undone.hot.flags &= (uint8_t)~ATK_FLAG_REVOKED;
    undone.hot.revision++;
    t = sample();
    const struct atk_proof mixed = { &undone.hot, &present.row, false };
    assert_false(atk_carry_denials(&mixed, NOW, &t.hot, &t.row) & ATK_CARRIED_REVOKED);
}

static void test_a_revoked_token_may_become_exposed(void **state) {
    (void)state;
    struct token t = revoked(sample(), 0, false);
    const struct token exposed = revoked(t, APITOKEN_REASON_EXPOSED, false);
    assert_int_equal(carry(&t, &exposed, true), ATK_CARRIED_OTHER);
    assert_int_equal(t.row.reason_code, APITOKEN_REASON_EXPOSED);
    assert_true(t.hot.flags & ATK_FLAG_FINAL);
    assert_int_equal(carry(&t, &exposed, true), 0);
    /* and one that is not revoked any more stays so */
    t = revoked(sample(), 0, false);
    const struct token unrevoked = stored(stored(sample()));
    (void)carry(&t, &unrevoked, true);
    assert_true(t.hot.flags & ATK_FLAG_REVOKED);
}

/* Of a damaged store an older record proves a revoke and nothing else. */
static void test_what_is_older_than_the_backup(void **state) {
    (void)state;
    struct token old = sample(), t = sample();
    old.hot.flags |= ATK_FLAG_SUSPENDED;
    old = stored(old);
    t.hot.revision = t.row.revision = old.hot.revision + 1;
    assert_int_equal(carry(&t, &old, false), 0);
    assert_int_equal(carry(&t, &old, true), ATK_CARRIED_SUSPENDED);
    old = revoked(sample(), 0, false);
    t = sample();
    t.hot.revision = t.row.revision = old.hot.revision + 1;
    assert_int_equal(carry(&t, &old, false), ATK_CARRIED_REVOKED);
}

static void set_interfaces(struct token *t, const char *text) {
    uint8_t value[ATK_INTERFACES_VALUE_MAX];
    size_t len = 0, at;
    atk_parts_remove(atk_hot_parts(&t->hot), ATK_PART_INTERFACES);
    atk_parts_remove(atk_row_parts(&t->row), ATK_PART_INTERFACES);
    if (!*text) return;
    assert_int_equal(atk_interfaces_parse(text, strlen(text), value, &len, &at), 0);
    assert_true(atk_parts_set(atk_hot_parts(&t->hot), ATK_PART_INTERFACES, value, len));
    assert_true(atk_parts_set(atk_row_parts(&t->row), ATK_PART_INTERFACES, value, len));
}

static void assert_list(const char *old, const char *now, const char *due, unsigned carried) {
    struct token present = sample(), t = sample();
    char text[APITOKEN_INTERFACES_TEXT_MAX + 1] = "";
    struct atk_part part;
    set_interfaces(&present, now);
    set_interfaces(&t, old);
    assert_int_equal(carry(&t, &present, true), carried);
    if (atk_parts_find(t.hot.parts, t.hot.parts_len, ATK_PART_INTERFACES, &part))
        (void)atk_interfaces_format(part.value, part.len, text);
    assert_string_equal(text, due);
    assert_int_equal((t.hot.flags & ATK_FLAG_SUSPENDED) != 0,
                     (carried & ATK_CARRIED_SUSPENDED) != 0);
}

static void test_a_list_becomes_what_both_allow(void **state) {
    (void)state;
    assert_list("", "", "", 0);
    assert_list("a,b", "", "a,b", 0);
    assert_list("a,b", "a,b,c", "a,b", 0);
    assert_list("a,b", "b,c", "b", ATK_CARRIED_INTERFACES);
    assert_list("", "b,c", "b,c", ATK_CARRIED_INTERFACES);
    assert_list("a", "b", "b", ATK_CARRIED_INTERFACES | ATK_CARRIED_SUSPENDED);
}

static void test_the_data_are_those_of_the_present(void **state) {
    (void)state;
    struct token present = sample(), t = sample();
    struct atk_part part;
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), ATK_PART_DATA, "less", 4));
    present = stored(present);
    assert_each(&present, ATK_CARRIED_OTHER);
    (void)carry(&t, &present, true);
    assert_true(atk_parts_find(t.row.other, t.row.other_len, ATK_PART_DATA, &part));
    assert_memory_equal(part.value, "less", 4);
    atk_parts_remove(atk_hot_parts(&present.hot), ATK_PART_DATA);
    present = stored(present);
    assert_each(&present, ATK_CARRIED_OTHER);
}

/* An unknown flag, an unknown part that narrows, and a list in a form of a later version. */
static void test_what_a_newer_version_denies(void **state) {
    (void)state;
    struct token present = sample(), t = sample();
    struct atk_part part;
    present.hot.flags |= 64;
    present.row.flags |= 128;
    assert_int_equal(carry(&t, &present, true), ATK_CARRIED_NEWER);
    assert_true(t.hot.flags & 64 && t.row.flags & 128);
    present = sample();
    t = sample();
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), 9, "x", 1));
    assert_true(atk_parts_set(atk_row_parts(&present.row), 10, "y", 1));
    assert_int_equal(carry(&t, &present, true), ATK_CARRIED_NEWER);
    assert_true(atk_parts_find(t.hot.parts, t.hot.parts_len, 9, &part));
    assert_true(atk_parts_find(t.row.other, t.row.other_len, 10, &part));
    assert_int_equal(carry(&t, &present, true), 0);
    present = sample();
    t = sample();
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), ATK_PART_INTERFACES, "\0", 1));
    assert_true(atk_parts_set(atk_row_parts(&present.row), ATK_PART_INTERFACES, "\0", 1));
    assert_int_equal(carry(&t, &present, true), ATK_CARRIED_INTERFACES);
    assert_true(atk_parts_find(t.hot.parts, t.hot.parts_len, ATK_PART_INTERFACES, &part));
    assert_int_equal(part.len, 1);
}

/* What cannot be stored is revoked for good, and what cannot even be revoked is said so. */
static void test_a_lack_of_room_denies(void **state) {
    (void)state;
    static uint8_t large[ATK_ROW_PARTS_MAX];
    struct token present = sample(), t = sample();
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), 9, large, 1000));
    assert_true(atk_parts_set(atk_hot_parts(&t.hot), 150, large, 1000));
    const struct atk_proof proof = { &present.hot, NULL, true };
    const unsigned carried = atk_carry_denials(&proof, NOW, &t.hot, &t.row);
    assert_int_equal(carried & ATK_CARRIED_REVOKED, ATK_CARRIED_REVOKED);
    assert_int_equal(t.row.reason_code, APITOKEN_REASON_SUPERSEDED);
    assert_true(t.hot.flags & ATK_FLAG_FINAL);
    present = sample();
    t = sample();
    assert_true(atk_parts_set(atk_hot_parts(&present.hot), ATK_PART_DATA, large, 128));
    size_t room = sizeof t.row.other - t.row.other_len - ATK_PART_HEAD;
    assert_true(atk_parts_set(atk_row_parts(&t.row), 150, large, room));
    const struct atk_proof of_hot = { &present.hot, NULL, true };
    assert_true(atk_carry_denials(&of_hot, NOW, &t.hot, &t.row) & ATK_CARRIED_NO_ROOM);
}

/* Only a row of another secret: nobody knows that secret, so the token is over. */
static void test_a_token_without_a_secret_is_revoked(void **state) {
    (void)state;
    struct token present = sample(), t = sample();
    present.hot.verifier[0] ^= 1;
    atk_parts_drop_secret(atk_hot_parts(&present.hot), ATK_SECRET_OLDER);
    present = stored(present);
    const struct atk_proof proof = { NULL, &present.row, false };
    const unsigned due = ATK_CARRIED_SECRET | ATK_CARRIED_REVOKED | ATK_CARRIED_OTHER;
    assert_int_equal(atk_carry_denials(&proof, NOW, &t.hot, &t.row), due);
    assert_true(t.hot.flags & ATK_FLAG_FINAL);
    assert_true(atk_records_agree(&t.hot, &t.row));
}

static void test_a_block_comes_over(void **state) {
    (void)state;
    struct token t = sample();
    assert_int_equal(atk_carry_block(&t.hot, &t.row), ATK_CARRIED_BLOCKED);
    assert_true(t.hot.flags & t.row.flags & ATK_FLAG_BLOCKED);
    assert_int_equal(atk_carry_block(&t.hot, &t.row), 0);
}

/* Rows: the present one has a block, or one that is being lifted; columns: so has the backup. */
static void test_the_stronger_block_counts(void **state) {
    (void)state;
    static const uint8_t flags[] = { 0, ATK_OWNER_BLOCKED,
                                     ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING };
    static const bool is_taken[2][3] = { { true, false, true }, { true, false, false } };
    for (size_t i = 1; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            const struct atk_owner_record present = { .revision = 4, .flags = flags[i] };
            struct atk_owner_record owner = { .revision = j ? 6 : 0, .flags = flags[j] };
            assert_int_equal(atk_carry_owner(&present, &owner), is_taken[i - 1][j]);
            assert_int_equal(owner.flags, is_taken[i - 1][j] ? flags[i] : flags[j]);
            if (is_taken[i - 1][j]) assert_int_equal(owner.revision, j ? 7 : 5);
        }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_as_it_was_stays),
        cmocka_unit_test(test_flags_come_over),
        cmocka_unit_test(test_an_earlier_end_comes_over),
        cmocka_unit_test(test_a_revoke_comes_over_with_all_it_says),
        cmocka_unit_test(test_a_revoke_of_which_little_is_left),
        cmocka_unit_test(test_a_revoked_token_may_become_exposed),
        cmocka_unit_test(test_what_is_older_than_the_backup),
        cmocka_unit_test(test_a_list_becomes_what_both_allow),
        cmocka_unit_test(test_the_data_are_those_of_the_present),
        cmocka_unit_test(test_what_a_newer_version_denies),
        cmocka_unit_test(test_a_lack_of_room_denies),
        cmocka_unit_test(test_a_token_without_a_secret_is_revoked),
        cmocka_unit_test(test_a_block_comes_over),
        cmocka_unit_test(test_the_stronger_block_counts),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
