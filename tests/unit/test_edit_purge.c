/* SPDX-License-Identifier: MIT */
#include "rules/edit_purge.h"

#include <string.h>

#include "cases.h"
#include "rules/edit_erase.h"
#include "rules/text.h"
#include "samples.h"

#define END INT64_C(1800000000000)
#define UNDO INT64_C(3600000)
#define LATER (END + 100 * UNDO)

static struct atk_policy policy;
static struct atk_edit_facts facts = { .policy = &policy };
static struct atk_hot hot;
static struct atk_row row;

/* A token that ends at END, judged long after that. */
static struct atk_purging load(int64_t ended_before_ms) {
    policy = atk_policy_default();
    facts = (struct atk_edit_facts){ .policy = &policy };
    sample_hot_full(&hot);
    sample_row_full(&row);
    assert_true(hot.end_ms == END && row.end_ms == END);
    memcpy(row.id, SAMPLE_ID, sizeof row.id);
    return (struct atk_purging){ .ended_before_ms = ended_before_ms,
                                 .now_ms = LATER,
                                 .tick_max = atk_id_tick(SAMPLE_ID) };
}

static void revoke(uint8_t flags, uint8_t code, int64_t revoked_ms, int64_t undo_until_ms) {
    hot.flags = row.flags = (uint8_t)(ATK_FLAG_REVOKED | flags);
    row.reason_code = code;
    row.revoked_ms = revoked_ms;
    row.undo_until_ms = undo_until_ms;
}

/* The edit decides as the look at the row does. */
#define JUDGED(purging, due)                                                                  \
    do {                                                                                      \
        const struct atk_row_view view_ = atk_row_view_of(&row);                              \
        assert_int_equal(atk_purge_judge((purging), facts.policy, &view_), (due));            \
        assert_int_equal(atk_edit_purge((purging), &facts, &hot, &row, NULL),                 \
                         (due) == ATK_PURGE_REMOVED ? ATK_EDIT_REMOVED : ATK_EDIT_UNCHANGED); \
    } while (0)

static void test_the_end_is_before_the_instant(void **state) {
    (void)state;
    struct atk_purging purging = load(END);
    JUDGED(&purging, ATK_PURGE_NOT_ENDED);
    purging = load(END + 1);
    JUDGED(&purging, ATK_PURGE_REMOVED);
    hot.end_ms = row.end_ms = ATK_END_NEVER;
    JUDGED(&purging, ATK_PURGE_NOT_ENDED);
}

static void test_a_revocation_before_the_end_counts(void **state) {
    (void)state;
    static const struct {
        int64_t end_ms, revoked_ms;
        enum atk_purge_verdict due;
    } rows[] = {
        { ATK_END_NEVER, END, ATK_PURGE_REMOVED }, { ATK_END_NEVER, END + 1, ATK_PURGE_NOT_ENDED },
        { END, END + 1, ATK_PURGE_REMOVED },       { END + 1, END, ATK_PURGE_REMOVED },
        { END + 1, END + 1, ATK_PURGE_NOT_ENDED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct atk_purging purging = load(END + 1);
        revoke(0, 0, rows[i].revoked_ms, 0);
        hot.end_ms = row.end_ms = rows[i].end_ms;
        JUDGED(&purging, rows[i].due);
    }
}

/* Of a token that is not revoked the fields of a revocation say nothing. */
static void test_what_may_be_undone_is_kept(void **state) {
    (void)state;
    static const struct {
        uint8_t flags, code;
        int64_t until_ms; /* from now on */
        int64_t policy_ms;
        enum atk_purge_verdict due;
    } rows[] = {
        { 0, 0, 1, 200 * UNDO, ATK_PURGE_KEPT },
        { 0, 0, 0, 200 * UNDO, ATK_PURGE_REMOVED },
        { 0, 0, 1, 100 * UNDO, ATK_PURGE_REMOVED },
        { 0, 0, 1, 100 * UNDO + 1, ATK_PURGE_KEPT },
        { 0, 0, 1, 0, ATK_PURGE_REMOVED },
        { 0, APITOKEN_REASON_ADMINISTRATOR, 1, 200 * UNDO, ATK_PURGE_KEPT },
        { 0, APITOKEN_REASON_ADMINISTRATOR + 1, 1, 200 * UNDO, ATK_PURGE_KEPT },
        { 0, APITOKEN_REASON_EXPOSED, 1, 200 * UNDO, ATK_PURGE_REMOVED },
        { ATK_FLAG_FINAL, 0, 1, 200 * UNDO, ATK_PURGE_REMOVED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct atk_purging purging = load(END + 1);
        revoke(rows[i].flags, rows[i].code, END, LATER + rows[i].until_ms);
        policy.undo_ms = rows[i].policy_ms;
        JUDGED(&purging, rows[i].due);
    }
}

/* Whoever could undo it once may do so again, for all that is known. */
static void test_without_a_policy_all_that_could_be_undone_is_kept(void **state) {
    (void)state;
    const struct atk_purging purging = load(END + 1);
    facts.policy = NULL;
    revoke(0, 0, END, LATER + 1);
    JUDGED(&purging, ATK_PURGE_KEPT);
    revoke(0, 0, END, LATER);
    JUDGED(&purging, ATK_PURGE_REMOVED);
}

static void test_what_only_a_newer_version_understands_is_kept(void **state) {
    (void)state;
    const struct atk_purging purging = load(END + 1);
    row.is_newer = true;
    JUDGED(&purging, ATK_PURGE_KEPT);
    revoke(ATK_FLAG_FINAL, 0, END, 0); /* that is final */
    JUDGED(&purging, ATK_PURGE_REMOVED);
    revoke(ATK_FLAG_FINAL, 0, 0, 0); /* in a form that is not known */
    JUDGED(&purging, ATK_PURGE_KEPT);
    revoke(0, 0, 0, 0);
    row.flags = hot.flags = 0;
    row.is_newer = false;
    hot.is_newer = true; /* the row does not say so, as it should */
    assert_int_equal(atk_edit_purge(&purging, &facts, &hot, &row, NULL), ATK_EDIT_UNCHANGED);
}

static void test_an_id_of_a_clock_that_was_wrong_is_kept(void **state) {
    (void)state;
    struct atk_purging purging = load(END + 1);
    purging.tick_max--;
    JUDGED(&purging, ATK_PURGE_KEPT);
}

/* ---- erase ----------------------------------------------------------------------------------- */

static void test_an_erase_removes_every_token(void **state) {
    (void)state;
    (void)load(0);
    assert_int_equal(atk_edit_erase(NULL, &facts, &hot, &row, NULL), ATK_EDIT_REMOVED);
    row.is_newer = hot.is_newer = true;
    assert_int_equal(atk_edit_erase(NULL, &facts, &hot, &row, NULL), ATK_EDIT_REMOVED);
}

static void test_an_erase_removes_the_record_of_an_owner(void **state) {
    (void)state;
    struct atk_owner_record owner;
    sample_owner(&owner);
    assert_int_equal(atk_edit_owner_erased(NULL, &owner, NULL), ATK_EDIT_REMOVED);
    owner.revision = 0; /* there is none */
    assert_int_equal(atk_edit_owner_erased(NULL, &owner, NULL), ATK_EDIT_UNCHANGED);
}

static void test_which_texts_are_erased(void **state) {
    (void)state;
    static const struct {
        const char *owner, *actor;
        int alone, with_actor;
    } rows[] = {
        { "alice", "", 1, 1 },      { "alice", "bob", 1, 1 },   { "bob", "alice", 0, 1 },
        { "bob", "", 0, 0 },        { "", "alice", 0, 1 },      { "", "", 0, 0 },
        { "alice2", "alic", 0, 0 }, { "alic", "alice2", 0, 0 }, { "alicf", "Alice", 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct atk_erasing erasing = { .owner = "alice", .owner_len = 5 };
        const struct atk_audit_text text = { .owner = rows[i].owner,
                                             .owner_len = (uint8_t)strlen(rows[i].owner),
                                             .actor = rows[i].actor,
                                             .actor_len = (uint8_t)strlen(rows[i].actor) };
        assert_int_equal(atk_erasing_has_text(&erasing, &text), rows[i].alone);
        erasing.with_actor = true;
        assert_int_equal(atk_erasing_has_text(&erasing, &text), rows[i].with_actor);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_end_is_before_the_instant),
        cmocka_unit_test(test_a_revocation_before_the_end_counts),
        cmocka_unit_test(test_what_may_be_undone_is_kept),
        cmocka_unit_test(test_without_a_policy_all_that_could_be_undone_is_kept),
        cmocka_unit_test(test_what_only_a_newer_version_understands_is_kept),
        cmocka_unit_test(test_an_id_of_a_clock_that_was_wrong_is_kept),
        cmocka_unit_test(test_an_erase_removes_every_token),
        cmocka_unit_test(test_an_erase_removes_the_record_of_an_owner),
        cmocka_unit_test(test_which_texts_are_erased),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
