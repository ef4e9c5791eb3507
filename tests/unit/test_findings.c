/* SPDX-License-Identifier: MIT */
#include "base/findings.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "cases.h"
#include "samples.h"

/* What was reported to the host. */
struct told {
    unsigned count;
    apitoken_finding first, last;
};

static void note(const apitoken_finding *finding, void *ctx) {
    struct told *told = ctx;
    if (told->count++ == 0) told->first = *finding;
    told->last = *finding;
}

static void add(struct atk_findings *found, uint32_t kind, int code, const char *text,
                const char *owner, size_t owner_len) {
    apitoken_error detail = APITOKEN_ERROR_INIT;
    (void)atk_fail(&detail, code, "%s", text);
    atk_fail_add_id(&detail, SAMPLE_ID);
    atk_findings_add(found, kind, &detail, owner, owner_len);
}

static struct told tell(const struct atk_findings *found) {
    struct told told = { 0 };
    atk_findings_report(found, note, &told);
    return told;
}

static void test_nothing_found_is_nothing_reported(void **state) {
    (void)state;
    struct atk_findings found;
    assert_code(atk_findings_init(&found, 1), 0);
    assert_int_equal(tell(&found).count, 0);
    assert_int_equal(found.total, 0);
    assert_code(found.code, 0);
    atk_findings_free(&found);
}

static void test_a_check_that_begins_again_has_found_nothing(void **state) {
    (void)state;
    struct atk_findings found;
    assert_code(atk_findings_init(&found, 1), 0);
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, "first", NULL, 0);
    atk_findings_clear(&found);
    assert_int_equal(tell(&found).count, 0);
    assert_int_equal(found.total, 0);
    assert_code(found.code, 0);
    assert_code(found.worst.code, 0);
    add(&found, APITOKEN_FINDING_TOKEN, APITOKEN_E_DAMAGED, "second", NULL, 0);
    assert_string_equal(tell(&found).last.text, "second");
    atk_findings_free(&found);
}

static void test_a_finding_is_reported_whole(void **state) {
    (void)state;
    struct atk_findings found;
    assert_code(atk_findings_init(&found, 1), 0);
    add(&found, APITOKEN_FINDING_STORE, APITOKEN_E_SCHEMA, "first", NULL, 3);
    add(&found, APITOKEN_FINDING_STORE, APITOKEN_E_DAMAGED, "second", LIT(SAMPLE_OWNER));
    const struct told told = tell(&found);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.first.size, sizeof told.first);
    assert_int_equal(told.first.kind, APITOKEN_FINDING_STORE);
    assert_code(told.first.code, APITOKEN_E_SCHEMA);
    assert_string_equal(told.first.text, "first");
    assert_string_equal(told.first.id, SAMPLE_ID);
    assert_string_equal(told.first.owner, "");
    assert_int_equal(told.first.owner_len, 0);
    assert_string_equal(told.last.text, "second");
    assert_string_equal(told.last.owner, SAMPLE_OWNER);
    assert_int_equal(told.last.owner_len, strlen(SAMPLE_OWNER));
    atk_findings_free(&found);
    assert_null(found.list);
}

/* An owner longer than any valid one is left out; the longest valid one is reported. */
static void test_owners_longer_than_any_are_left_out(void **state) {
    (void)state;
    struct atk_findings found;
    char owner[APITOKEN_OWNER_MAX + 1];
    memset(owner, 'o', sizeof owner);
    assert_code(atk_findings_init(&found, 1), 0);
    add(&found, APITOKEN_FINDING_STORE, APITOKEN_E_DAMAGED, "longest", owner, APITOKEN_OWNER_MAX);
    add(&found, APITOKEN_FINDING_STORE, APITOKEN_E_DAMAGED, "longer", owner,
        APITOKEN_OWNER_MAX + 1);
    const struct told told = tell(&found);
    assert_int_equal(told.first.owner_len, APITOKEN_OWNER_MAX);
    assert_int_equal(strlen(told.first.owner), APITOKEN_OWNER_MAX);
    assert_int_equal(told.last.owner_len, 0);
    assert_string_equal(told.last.owner, "");
    atk_findings_free(&found);
}

/* Damage is worse than a rollback; among equals the first one counts. */
static void test_the_worst_is_the_first_damage(void **state) {
    (void)state;
    static const struct {
        const char *kinds; /* R: rollback, D: damage; the text of each is its place */
        int code;
        const char *text;
    } rows[] = {
        { "R", APITOKEN_E_ROLLED_BACK, "0" },  { "D", APITOKEN_E_DAMAGED, "0" },
        { "RR", APITOKEN_E_ROLLED_BACK, "0" }, { "RD", APITOKEN_E_DAMAGED, "1" },
        { "DR", APITOKEN_E_DAMAGED, "0" },     { "DD", APITOKEN_E_DAMAGED, "0" },
        { "RDRD", APITOKEN_E_DAMAGED, "1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct atk_findings found;
        assert_code(atk_findings_init(&found, 0), 0);
        for (size_t k = 0; rows[i].kinds[k]; k++) {
            const char text[2] = { (char)('0' + k), '\0' };
            const int is_damage = rows[i].kinds[k] == 'D';
            add(&found, is_damage ? APITOKEN_FINDING_STORE : APITOKEN_FINDING_ROLLED_BACK,
                APITOKEN_E_SCHEMA, text, NULL, 0);
        }
        assert_code(found.code, rows[i].code);
        assert_code(found.worst.code, rows[i].code);
        assert_string_equal(found.worst.text, rows[i].text);
        assert_int_equal(found.total, strlen(rows[i].kinds));
        assert_int_equal(tell(&found).count, 0); /* a host that wants none */
        atk_findings_free(&found);
    }
}

/* As the header says: at most 1,000 are reported, and one more with the number of the others. */
static void test_of_many_the_first_thousand_are_reported(void **state) {
    (void)state;
    for (unsigned count = 999; count <= 1002; count++) {
        struct atk_findings found;
        assert_code(atk_findings_init(&found, 1), 0);
        for (unsigned i = 1; i <= count; i++) {
            char text[16];
            (void)snprintf(text, sizeof text, "finding %u", i);
            add(&found, APITOKEN_FINDING_STORE, APITOKEN_E_DAMAGED, text, NULL, 0);
        }
        const struct told told = tell(&found);
        assert_int_equal(told.count, count <= 1000 ? count : 1001);
        assert_string_equal(told.first.text, "finding 1");
        if (count > 1000) {
            assert_int_equal(told.last.size, sizeof told.last);
            assert_int_equal(told.last.kind, APITOKEN_FINDING_STORE);
            assert_code(told.last.code, APITOKEN_E_DAMAGED);
            assert_string_equal(told.last.text,
                                count == 1001 ? "findings not shown: 1" : "findings not shown: 2");
        }
        atk_findings_free(&found);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_found_is_nothing_reported),
        cmocka_unit_test(test_a_check_that_begins_again_has_found_nothing),
        cmocka_unit_test(test_a_finding_is_reported_whole),
        cmocka_unit_test(test_owners_longer_than_any_are_left_out),
        cmocka_unit_test(test_the_worst_is_the_first_damage),
        cmocka_unit_test(test_of_many_the_first_thousand_are_reported),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
