/* SPDX-License-Identifier: MIT */
#include "findings.h"

#include <string.h>

#include "error.h"
#include "samples.h"

/* What the host was told. */
struct told {
    size_t count;
    apitoken_finding first, last;
};

static void tell(const apitoken_finding *finding, void *ctx) {
    struct told *told = ctx;
    if (told->count++ == 0) told->first = *finding;
    told->last = *finding;
}

static struct told tell_all(const struct atk_findings *found) {
    struct told told = { .count = 0 };
    atk_findings_tell(found, tell, &told);
    return told;
}

static void add(struct atk_findings *found, uint32_t kind, int code, const char *owner, size_t owner_len) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, code, "finding %llu", (unsigned long long)found->total);
    atk_fail_id(&detail, SAMPLE_ID);
    atk_findings_add(found, kind, &detail, owner, owner_len);
}

static void test_a_finding_is_told_as_it_was_noted(void **state) {
    (void)state;
    struct atk_findings found;
    assert_code(atk_findings_init(&found, 1), 0);
    assert_int_equal(tell_all(&found).count, 0);
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_KEY_MISSING, SAMPLE_OWNER, strlen(SAMPLE_OWNER));
    const struct told told = tell_all(&found);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.first.kind, APITOKEN_FINDING_TOKEN);
    assert_code(told.first.code, APITOKEN_E_KEY_MISSING);
    assert_string_equal(told.first.id, SAMPLE_ID);
    assert_string_equal(told.first.owner, SAMPLE_OWNER);
    assert_int_equal(told.first.owner_len, strlen(SAMPLE_OWNER));
    assert_string_equal(told.first.text, "finding 0");
    atk_findings_free(&found);
}

/* As much of an owner as the key of a damaged row says: none is better than a wrong one. */
static void test_an_owner_that_is_none_is_not_told(void **state) {
    (void)state;
    struct atk_findings found;
    char owner[APITOKEN_OWNER_MAX + 1];
    memset(owner, 'x', sizeof owner);
    assert_code(atk_findings_init(&found, 1), 0);
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, owner, APITOKEN_OWNER_MAX + 1);
    assert_int_equal(tell_all(&found).last.owner_len, 0);
    assert_string_equal(tell_all(&found).last.owner, "");
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, NULL, 0);
    assert_int_equal(tell_all(&found).last.owner_len, 0);
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, owner, APITOKEN_OWNER_MAX);
    assert_int_equal(tell_all(&found).last.owner_len, APITOKEN_OWNER_MAX);
    atk_findings_free(&found);
}

/* Damage is worse than a roll-back, which can be accepted; of equals the first one is told. */
static void test_the_worst_decides_in_any_order(void **state) {
    (void)state;
    static const struct {
        uint32_t kinds[3];
        int due;
        const char *text;
    } rows[] = {
        { { APITOKEN_FINDING_ROLLED_BACK, 0, 0 }, APITOKEN_E_ROLLED_BACK, "finding 0" },
        { { APITOKEN_FINDING_ROLLED_BACK, APITOKEN_FINDING_ROLLED_BACK, 0 }, APITOKEN_E_ROLLED_BACK, "finding 0" },
        { { APITOKEN_FINDING_ROLLED_BACK, APITOKEN_FINDING_TOKEN, APITOKEN_FINDING_FILES }, APITOKEN_E_DAMAGED, "finding 1" },
        { { APITOKEN_FINDING_STORE, APITOKEN_FINDING_ROLLED_BACK, 0 }, APITOKEN_E_DAMAGED, "finding 0" },
        { { APITOKEN_FINDING_FILES, APITOKEN_FINDING_TOKEN, APITOKEN_FINDING_ROLLED_BACK }, APITOKEN_E_DAMAGED, "finding 0" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (int is_listed = 0; is_listed < 2; is_listed++) {
            struct atk_findings found;
            size_t count = 0;
            assert_code(atk_findings_init(&found, is_listed), 0);
            assert_code(found.code, 0);
            for (; count < 3 && rows[i].kinds[count]; count++) add(&found, rows[i].kinds[count], APITOKEN_E_KEY_MISSING, NULL, 0);
            assert_code(found.code, rows[i].due);
            assert_code(found.worst.code, rows[i].due); /* whatever was wrong with it in particular */
            assert_string_equal(found.worst.text, rows[i].text);
            assert_int_equal(found.total, count);
            assert_int_equal(tell_all(&found).count, is_listed ? count : 0);
            atk_findings_free(&found);
        }
}

static void test_what_is_too_much_to_tell_is_counted(void **state) {
    (void)state;
    struct atk_findings found;
    assert_code(atk_findings_init(&found, 1), 0);
    for (size_t i = 0; i < ATK_FINDINGS_MAX; i++) add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, LIT("owner"));
    struct told told = tell_all(&found);
    assert_int_equal(told.count, ATK_FINDINGS_MAX);
    assert_int_equal(told.last.kind, APITOKEN_FINDING_TOKEN);
    for (int i = 0; i < 7; i++) add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, LIT("owner"));
    told = tell_all(&found);
    assert_int_equal(told.count, ATK_FINDINGS_MAX + 1);
    assert_int_equal(told.last.kind, APITOKEN_FINDING_STORE);
    assert_string_equal(told.last.text, "and 7 more");
    assert_string_equal(told.last.owner, "");
    atk_findings_free(&found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_finding_is_told_as_it_was_noted),
        cmocka_unit_test(test_an_owner_that_is_none_is_not_told),
        cmocka_unit_test(test_the_worst_decides_in_any_order),
        cmocka_unit_test(test_what_is_too_much_to_tell_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
