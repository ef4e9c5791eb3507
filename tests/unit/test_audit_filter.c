/* SPDX-License-Identifier: MIT */
#include "rules/audit_filter.h"

#include <string.h>

#include "cases.h"
#include "samples.h"
#include "samples_audit.h"

#define ID "0123456789AB"
#define OTHER "abcdefghijkl"

static struct atk_audit audit_of(const char *id, int64_t at_ms) {
    struct atk_audit audit = { .verb = ATK_VERB_REVOKE, .at_ms = at_ms, .text_len = 1 };
    if (id) memcpy(audit.id, id, sizeof audit.id);
    return audit;
}

static struct atk_audit_text text_of(const char *owner) {
    return (struct atk_audit_text){ .owner = owner, .owner_len = (uint8_t)strlen(owner) };
}

static struct atk_audit_filter all(void) {
    return (struct atk_audit_filter){ .until_ms = INT64_MAX };
}

static void test_by_time(void **state) {
    (void)state;
    const struct atk_audit audit = audit_of(ID, 100);
    const struct atk_audit_text text = text_of("owner");
    struct atk_audit_filter filter = all();
    for (int64_t since = 99; since <= 101; since++)
        for (int64_t until = 99; until <= 101; until++) {
            filter.since_ms = since;
            filter.until_ms = until;
            assert_int_equal(atk_audit_filter_passes(&filter, &audit, &text),
                             since <= 100 && until > 100);
        }
}

static void test_by_owner(void **state) {
    (void)state;
    const struct atk_audit audit = audit_of(ID, 100);
    static const char *const owners[] = { "owner", "own", "owner2", "Owner", "" };
    struct atk_audit_filter filter = all();
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        const struct atk_audit_text text = text_of(owners[i]);
        filter.owner = NULL;
        assert_true(atk_audit_filter_passes(&filter, &audit, &text));
        filter.owner = "owner";
        filter.owner_len = 5;
        assert_int_equal(atk_audit_filter_passes(&filter, &audit, &text), i == 0);
    }
}

static void test_by_id_also_in_a_step(void **state) {
    (void)state;
    uint8_t changes[100];
    const struct atk_audit one = audit_of(ID, 100), several = audit_of(NULL, 100);
    struct atk_audit_text text = text_of("owner");
    struct atk_audit_filter filter = all();
    filter.id = ID;
    assert_true(atk_audit_filter_passes(&filter, &one, &text));
    assert_false(atk_audit_filter_passes(&filter, &several, &text));
    text.changes = changes;
    text.changes_len = sample_put_change(changes, 0, ATK_CHANGED_NAME, "", 0, ID, 12);
    assert_false(atk_audit_filter_passes(&filter, &several, &text)); /* a name is no id */
    text.changes_len =
        sample_put_change(changes, text.changes_len, ATK_CHANGED_TOKENS, "", 0, OTHER ID, 24);
    assert_true(atk_audit_filter_passes(&filter, &several, &text));
    filter.id = OTHER;
    assert_true(atk_audit_filter_passes(&filter, &several, &text));
    filter.id = "kl0123456789"; /* across two of them */
    assert_false(atk_audit_filter_passes(&filter, &several, &text));
}

/* Nobody knows its owner, but its id. */
static void test_without_a_text(void **state) {
    (void)state;
    struct atk_audit audit = audit_of(ID, 100);
    struct atk_audit_filter filter = all();
    audit.text_len = 0;
    assert_true(atk_audit_filter_passes(&filter, &audit, NULL));
    filter.id = ID;
    assert_true(atk_audit_filter_passes(&filter, &audit, NULL));
    filter.id = OTHER;
    assert_false(atk_audit_filter_passes(&filter, &audit, NULL));
    filter.id = NULL;
    filter.owner = "owner";
    filter.owner_len = 5;
    assert_false(atk_audit_filter_passes(&filter, &audit, NULL));
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_by_owner),
        cmocka_unit_test(test_by_id_also_in_a_step),
        cmocka_unit_test(test_without_a_text),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
