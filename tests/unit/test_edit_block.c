/* SPDX-License-Identifier: MIT */
#include "rules/edit_block.h"

#include <string.h>

#include "cases.h"
#include "samples.h"

static const struct atk_blocking blocking = {
    .now_ms = 4711, .actor = "root", .actor_len = 4, .reason = "unpaid", .reason_len = 6
};

/* ---- the record of an owner ------------------------------------------------------------------ */

static void test_a_block_begins_a_record(void **state) {
    (void)state;
    struct atk_owner_record owner = { .reason = "", .actor = "" };
    assert_int_equal(atk_edit_owner_block(&blocking, &owner, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(owner.flags, ATK_OWNER_BLOCKED);
    assert_int_equal(owner.revision, 1);
    assert_true(owner.blocked_ms == 4711);
    assert_int_equal(owner.actor_len, 4);
    assert_memory_equal(owner.actor, "root", 4);
    assert_int_equal(owner.reason_len, 6);
    assert_memory_equal(owner.reason, "unpaid", 6);
}

static void test_a_second_block_keeps_what_the_first_said(void **state) {
    (void)state;
    struct atk_owner_record owner = { .flags = ATK_OWNER_BLOCKED, .revision = 7, .blocked_ms = 1 };
    const struct atk_owner_record before = owner;
    assert_int_equal(atk_edit_owner_block(&blocking, &owner, NULL), ATK_EDIT_UNCHANGED);
    assert_memory_equal(&owner, &before, sizeof owner);
}

/* So the unblock stops at its next step; flags of no meaning alone are legal, too. */
static void test_a_block_overtakes_an_unblock(void **state) {
    (void)state;
    static const uint8_t flags[] = { ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING, ATK_OWNER_UNBLOCKING,
                                     0 };
    for (size_t i = 0; i < sizeof flags; i++) {
        struct atk_owner_record owner = { .flags = flags[i], .revision = 2 };
        assert_int_equal(atk_edit_owner_block(&blocking, &owner, NULL), ATK_EDIT_CHANGED);
        assert_int_equal(owner.flags, ATK_OWNER_BLOCKED);
        assert_int_equal(owner.revision, 3);
        assert_true(owner.blocked_ms == 4711);
    }
}

static void test_an_unblock_keeps_the_owner_blocked_until_its_end(void **state) {
    (void)state;
    struct atk_owner_record owner = { .flags = ATK_OWNER_BLOCKED, .revision = 1, .blocked_ms = 1 };
    const struct atk_block_step step = { .owner_revision = 2 }, older = { .owner_revision = 1 };
    assert_int_equal(atk_edit_owner_unblock(&blocking, &owner, NULL), ATK_EDIT_CHANGED);
    assert_int_equal(owner.flags, ATK_OWNER_BLOCKED | ATK_OWNER_UNBLOCKING);
    assert_int_equal(owner.revision, 2);
    assert_true(owner.blocked_ms == 1);
    assert_int_equal(atk_edit_owner_unblock(&blocking, &owner, NULL), ATK_EDIT_UNCHANGED);
    assert_int_equal(owner.revision, 2);
    assert_code(atk_edit_owner_unblocked(&older, &owner, NULL), APITOKEN_E_REVISION);
    assert_int_equal(atk_edit_owner_unblocked(&step, &owner, NULL), ATK_EDIT_REMOVED);
}

static void test_an_owner_of_whom_nothing_is_known(void **state) {
    (void)state;
    struct atk_owner_record owner = { .revision = 0 };
    const struct atk_block_step step = { .owner_revision = 0 }, other = { .owner_revision = 1 };
    assert_int_equal(atk_edit_owner_unblock(&blocking, &owner, NULL), ATK_EDIT_UNCHANGED);
    assert_int_equal(atk_edit_owner_unblocked(&step, &owner, NULL), ATK_EDIT_UNCHANGED);
    assert_code(atk_edit_owner_unblocked(&other, &owner, NULL), APITOKEN_E_REVISION);
}

/* ---- the tokens ------------------------------------------------------------------------------ */

/* Of all its flags that one alone is another. */
static void test_a_step_changes_one_flag(void **state) {
    (void)state;
    const struct atk_edit_facts facts = { .owner_revision = 5 };
    for (unsigned flags = 0; flags < 32; flags++)
        for (int is_blocked = 0; is_blocked < 2; is_blocked++) {
            const struct atk_block_step step = { .owner_revision = 5, .is_blocked = is_blocked };
            const bool was_blocked = flags & ATK_FLAG_BLOCKED;
            static struct atk_hot hot;
            static struct atk_row row;
            sample_hot_full(&hot);
            sample_row_full(&row);
            hot.flags = row.flags = (uint8_t)flags;
            assert_int_equal(atk_edit_token_blocked(&step, &facts, &hot, &row, NULL),
                             was_blocked == is_blocked ? ATK_EDIT_UNCHANGED : ATK_EDIT_CHANGED);
            assert_int_equal(hot.flags,
                             (flags & ~ATK_FLAG_BLOCKED) | (is_blocked ? ATK_FLAG_BLOCKED : 0u));
        }
}

/* A step of a call that was overtaken, or that cannot know it, changes nothing. */
static void test_a_step_belongs_to_a_revision(void **state) {
    (void)state;
    static const struct {
        uint32_t of_step, of_owner;
        int owner_error, due;
    } rows[] = {
        { 1, 1, 0, ATK_EDIT_CHANGED },
        { 0, 0, 0, ATK_EDIT_CHANGED },
        { 1, 2, 0, APITOKEN_E_REVISION },
        { 2, 1, 0, APITOKEN_E_REVISION },
        { 0, 1, 0, APITOKEN_E_REVISION },
        { 1, 0, 0, APITOKEN_E_REVISION }, /* the record is gone */
        { 0, 0, APITOKEN_E_DAMAGED, APITOKEN_E_DAMAGED },
        { 1, 0, APITOKEN_E_IO, APITOKEN_E_IO },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct atk_block_step step = { .owner_revision = rows[i].of_step,
                                             .is_blocked = true };
        const struct atk_edit_facts facts = { .owner_revision = rows[i].of_owner,
                                              .owner_error = rows[i].owner_error };
        struct atk_hot hot = { .flags = 0 };
        struct atk_row row = { .flags = 0 };
        assert_int_equal(atk_edit_token_blocked(&step, &facts, &hot, &row, NULL), rows[i].due);
        assert_int_equal(hot.flags, rows[i].due < 0 ? 0 : ATK_FLAG_BLOCKED);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_block_begins_a_record),
        cmocka_unit_test(test_a_second_block_keeps_what_the_first_said),
        cmocka_unit_test(test_a_block_overtakes_an_unblock),
        cmocka_unit_test(test_an_unblock_keeps_the_owner_blocked_until_its_end),
        cmocka_unit_test(test_an_owner_of_whom_nothing_is_known),
        cmocka_unit_test(test_a_step_changes_one_flag),
        cmocka_unit_test(test_a_step_belongs_to_a_revision),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
