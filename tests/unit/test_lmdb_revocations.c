/* SPDX-License-Identifier: MIT */
/* Which records of a token count, and what a lack of memory leaves. */
#include "lmdb/stores/revocations.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "cases.h"
#include "real.h"
#include "rules/text.h"
#include "samples.h"

/* Stands before the system's: so many requests for memory are answered, and no more. */
static unsigned granted = UINT32_MAX;

void *realloc(void *old, size_t size) {
    void *(*real)(void *, size_t);
    REAL(real, "realloc");
    if (granted == 0) return NULL;
    granted -= granted != UINT32_MAX;
    return real(old, size);
}

/* Four ids in their order. */
static const char *const ids[] = { "000000010000", "00000002aaaa", "00000002bbbb", "0000000zzzzz" };

static struct atk_row row_of(const char *id, uint32_t revision, int64_t revoked_ms,
                             const char *reason) {
    struct atk_row row;
    sample_row_day(&row);
    memcpy(row.id, id, sizeof row.id);
    row.flags = revoked_ms ? ATK_FLAG_REVOKED : 0;
    row.revision = revision;
    row.revoked_ms = revoked_ms;
    row.reason_len = (uint16_t)strlen(reason);
    memcpy(row.reason, reason, row.reason_len);
    return row;
}

static void add_row(struct atk_revocations *known, const char *id, uint32_t revision,
                    int64_t revoked_ms, const char *reason) {
    const struct atk_row row = row_of(id, revision, revoked_ms, reason);
    assert_code(atk_revocations_add_row(known, &row), 0);
}

static void add_hot(struct atk_revocations *known, const char *id, uint32_t revision,
                    bool is_revoked) {
    struct atk_hot hot;
    sample_hot(&hot);
    hot.flags = is_revoked ? ATK_FLAG_REVOKED : 0;
    hot.revision = revision;
    assert_code(atk_revocations_add_hot(known, id, &hot), 0);
}

static void assert_reason(const struct atk_revocations *known, const char *id, const char *due) {
    const struct atk_revocations_token *token = atk_revocations_find(known, id);
    assert_non_null(token);
    assert_int_equal(token->reason_len, strlen(due));
    if (*due) assert_memory_equal(known->reasons + token->reason_at, due, token->reason_len);
}

static void test_every_token_is_found_with_its_reason(void **state) {
    (void)state;
    struct atk_revocations known = { 0 };
    assert_null(atk_revocations_find(&known, ids[0]));
    add_row(&known, ids[2], 1, 7, "two");
    add_row(&known, ids[0], 1, 5, "a longer one");
    add_row(&known, ids[1], 1, 6, "");
    atk_revocations_sort(&known);
    assert_reason(&known, ids[0], "a longer one");
    assert_reason(&known, ids[1], "");
    assert_reason(&known, ids[2], "two");
    assert_null(atk_revocations_find(&known, ids[3]));
    assert_int_equal(atk_revocations_find(&known, ids[1])->revoked_ms, 6);
    atk_revocations_free(&known);
    assert_true(!known.list && !known.reasons && known.count == 0);
}

/* Each row is the better one of two records of a token, in either order. */
static void test_the_most_telling_record_counts(void **state) {
    (void)state;
    static const struct {
        uint32_t revision;
        int64_t revoked_ms; /* 0: not revoked; -1: revoked, at an unknown time */
        uint32_t worse_revision;
        int64_t worse_ms;
    } cases[] = {
        { 2, 0, 1, 0 }, { 2, 0, 1, 9 },  { 2, 9, 1, 0 },  { 1, 9, 1, 0 },
        { 1, 5, 1, 9 }, { 1, 9, 1, -1 }, { 1, -1, 1, 0 }, { 3, -1, 2, 9 },
    };
    for (size_t i = 0; i < 2 * ATK_LEN(cases); i++) {
        struct atk_revocations known = { 0 };
        for (size_t j = 0; j < 2; j++) {
            const bool is_better = (i + j) % 2 == 0;
            const int64_t ms = is_better ? cases[i / 2].revoked_ms : cases[i / 2].worse_ms;
            const uint32_t revision =
                is_better ? cases[i / 2].revision : cases[i / 2].worse_revision;
            if (ms > 0)
                add_row(&known, ids[1], revision, ms, "");
            else
                add_hot(&known, ids[1], revision, ms < 0);
        }
        atk_revocations_sort(&known);
        const struct atk_revocations_token *token = atk_revocations_find(&known, ids[1]);
        const int64_t due = cases[i / 2].revoked_ms;
        assert_int_equal(token->revision, cases[i / 2].revision);
        assert_int_equal(token->is_revoked, due != 0);
        assert_int_equal(token->revoked_ms, due > 0 ? due : 0);
        atk_revocations_free(&known);
    }
}

static void test_the_floor_is_above_all_ids(void **state) {
    (void)state;
    struct atk_revocations known = { 0 };
    add_hot(&known, ids[2], 1, false);
    assert_true(known.id_floor == atk_id_tick(ids[2]));
    add_row(&known, ids[3], 1, 0, "");
    add_row(&known, ids[0], 1, 0, "");
    assert_true(known.id_floor == atk_id_tick(ids[3]));
    atk_revocations_raise_floor(&known, 1);
    assert_true(known.id_floor == atk_id_tick(ids[3]));
    atk_revocations_raise_floor(&known, UINT64_MAX);
    assert_true(known.id_floor == UINT64_MAX);
    atk_revocations_free(&known);
}

/* Under valgrind realloc() is its own. */
static bool can_be_refused(void) {
    void *(*volatile ask)(void *, size_t) = realloc;
    granted = 0;
    void *memory = ask(NULL, 1);
    granted = UINT32_MAX;
    free(memory);
    return !memory;
}

/* Of the list, and of the reasons. */
static void test_a_lack_of_memory_is_said_so(void **state) {
    (void)state;
    struct atk_revocations known = { 0 };
    struct atk_hot hot;
    const struct atk_row row = row_of(ids[0], 1, 5, "why");
    if (!can_be_refused()) return;
    sample_hot(&hot);
    granted = 0;
    int of_hot = atk_revocations_add_hot(&known, ids[1], &hot),
        of_row = atk_revocations_add_row(&known, &row);
    granted = 1;
    int of_reason = atk_revocations_add_row(&known, &row);
    granted = UINT32_MAX;
    assert_code(of_hot, APITOKEN_E_NOMEM);
    assert_code(of_row, APITOKEN_E_NOMEM);
    assert_code(of_reason, APITOKEN_E_NOMEM);
    for (size_t i = 0; i < 100; i++) add_row(&known, ids[i % 4], 1, 5, "why");
    atk_revocations_sort(&known);
    assert_int_equal(known.count, 101);
    assert_reason(&known, ids[3], "why");
    atk_revocations_free(&known);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_token_is_found_with_its_reason),
        cmocka_unit_test(test_the_most_telling_record_counts),
        cmocka_unit_test(test_the_floor_is_above_all_ids),
        cmocka_unit_test(test_a_lack_of_memory_is_said_so),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
