/* SPDX-License-Identifier: MIT */
#include "rules/edit_rotate.h"

#include <string.h>

#include "cases.h"
#include "rules/older_secret.h"
#include "samples.h"

/* The sample's older secret ends at 1790000000000, the token at 1800000000000. */
#define NOW INT64_C(1785000000000)
#define OLDER_UNTIL INT64_C(1790000000000)
#define TOKEN_END FIXTURE_NOW
#define GRACE INT64_C(3600000)

struct token {
    struct atk_hot hot;
    struct atk_row row;
};

static struct atk_policy policy; /* of the store: the default one until a test tightens it */
static const struct atk_edit_facts usual = { .policy = &policy },
                                   blocked = { .policy = &policy, .is_owner_blocked = true },
                                   used = { .policy = &policy,
                                            .last_used_ms = INT64_C(1784999940000) };

/* With two secrets. */
static void load(struct token *token) {
    policy = atk_policy_default();
    sample_hot_full(&token->hot);
    sample_row_full(&token->row);
}

/* With one. */
static void load_single(struct token *token) {
    load(token);
    atk_parts_drop_secret(atk_hot_parts(&token->hot), ATK_SECRET_OLDER);
    atk_parts_drop_secret(atk_row_parts(&token->row), ATK_SECRET_OLDER);
}

/* A rotate to a new secret, whose verifier and sealed copy are all `byte`. */
static struct atk_rotation rotation_to(uint8_t byte, int64_t grace_ms, uint32_t flags) {
    struct atk_rotation r = {
        .flags = flags, .now_ms = NOW, .grace_ms = grace_ms, .key_id = 7, .sealed_len = 99
    };
    memset(r.verifier, byte, sizeof r.verifier);
    memset(r.sealed, byte, sizeof r.sealed);
    return r;
}

/* Does what an engine does with a change. */
static int rotate_with(struct token *token, const struct atk_rotation *r,
                       const struct atk_edit_facts *facts) {
    static uint8_t bytes[ATK_ROW_MAX];
    static struct token made, again;
    made = *token;
    int rc = atk_edit_rotate(r, facts, &made.hot, &made.row, NULL);
    if (rc < 0) return rc;
    assert_int_equal(rc, ATK_EDIT_CHANGED);
    assert_true(atk_records_unite(&made.hot, &made.row));
    assert_true(atk_records_agree(&made.hot, &made.row));
    assert_code(atk_hot_decode(bytes, atk_hot_encode(&made.hot, bytes), &again.hot), 0);
    assert_false(again.hot.is_newer);
    assert_code(atk_row_decode(bytes, atk_row_encode(&made.row, bytes), &again.row), 0);
    assert_false(again.row.is_newer);
    *token = made;
    return 0;
}

static int rotate(struct token *token, const struct atk_rotation *r) {
    return rotate_with(token, r, &usual);
}

static struct atk_end instant(int64_t ms) {
    return (struct atk_end){ .ms = ms, .kind = APITOKEN_EXPIRY_INSTANT };
}

/* ---- what a token has afterwards ------------------------------------------------------------- */

static void assert_newest(const struct token *token, uint8_t byte) {
    uint8_t due[ATK_SEALED_MAX];
    memset(due, byte, sizeof due);
    assert_memory_equal(token->hot.verifier, due, sizeof token->hot.verifier);
    assert_int_equal(token->row.mark, byte * 0x01010101u);
    assert_true(token->hot.key_id == 7 && token->row.key_id == 7);
    assert_int_equal(token->row.sealed_len, 99);
    assert_int_equal(token->row.sealed_key_id, 7);
    assert_memory_equal(token->row.sealed, due, 99);
    assert_true(atk_parts_find_ms(token->row.other, token->row.other_len, ATK_PART_SECRET_MADE) ==
                NOW);
}

/* until_ms 0: there is none. */
static void assert_older(const struct token *token, const uint8_t *verifier, uint32_t key_id,
                         int64_t until_ms) {
    struct atk_older_secret older, shown;
    const bool is_there = atk_older_secret_get(token->hot.parts, token->hot.parts_len, &older);
    assert_int_equal(is_there, until_ms != 0);
    if (!is_there) return;
    assert_memory_equal(older.verifier, verifier, sizeof older.verifier);
    assert_int_equal(older.key_id, key_id);
    assert_int_equal(older.suite, ATK_SUITE);
    assert_true(older.until_ms == until_ms);
    assert_true(atk_older_secret_get_shown(token->row.other, token->row.other_len, &shown));
    assert_true(shown.until_ms == until_ms);
}

static bool word_of(const struct token *token) {
    assert_int_equal(token->hot.flags & ATK_FLAG_WORD, token->row.flags & ATK_FLAG_WORD);
    return token->hot.flags & ATK_FLAG_WORD;
}

static void test_the_newest_secret_becomes_the_older_one(void **state) {
    (void)state;
    struct token token, before;
    const struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    load_single(&token);
    before = token;
    assert_code(rotate(&token, &r), 0);
    assert_newest(&token, 0x77);
    assert_older(&token, before.hot.verifier, 1, NOW + GRACE);
    assert_true(word_of(&token) != word_of(&before)); /* the new one notes its uses elsewhere */
    assert_int_equal(token.hot.revision, 5);
}

/* Id, name, restrictions and everything else stay. */
static void test_the_token_stays_the_same(void **state) {
    (void)state;
    static const unsigned types[] = { ATK_PART_INTERFACES, ATK_PART_NETWORKS, ATK_PART_DATA,
                                      ATK_PART_CREATED_BY, 150 };
    struct token token, before;
    const struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    load_single(&token);
    assert_true(atk_parts_set(atk_hot_parts(&token.hot), 150, "kept", 4));
    assert_true(atk_parts_set(atk_row_parts(&token.row), 150, "kept", 4));
    before = token;
    assert_code(rotate(&token, &r), 0);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_true(atk_parts_same(token.hot.parts, token.hot.parts_len, before.hot.parts,
                                   before.hot.parts_len, types[i]));
        assert_true(atk_parts_same(token.row.other, token.row.other_len, before.row.other,
                                   before.row.other_len, types[i]));
    }
    assert_int_equal(token.hot.flags ^ before.hot.flags, ATK_FLAG_WORD); /* suspended as well */
    assert_true(token.hot.end_ms == before.hot.end_ms && token.hot.slot == before.hot.slot);
    assert_int_equal(token.row.expiry_kind, before.row.expiry_kind);
    assert_true(token.row.created_ms == before.row.created_ms);
    assert_memory_equal(token.row.name, before.row.name, before.row.name_len);
    assert_memory_equal(token.row.id, before.row.id, APITOKEN_ID_LEN);
    assert_memory_equal(token.hot.owner, before.hot.owner, before.hot.owner_len);
}

static void test_parts_go_with_their_secret(void **state) {
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        struct token token;
        struct atk_part part;
        const struct atk_rotation r = rotation_to(
            0x77, GRACE, keeps ? APITOKEN_ROTATE_KEEP_OLDER : APITOKEN_ROTATE_DROP_OLDER);
        load(&token);
        for (int in_row = 0; in_row < 2; in_row++) {
            const struct atk_parts parts =
                in_row ? atk_row_parts(&token.row) : atk_hot_parts(&token.hot);
            assert_true(atk_parts_set(parts, 200, "newest", 6));
            assert_true(atk_parts_set(parts, 230, "older", 5));
        }
        assert_code(rotate(&token, &r), 0);
        assert_false(atk_parts_find(token.hot.parts, token.hot.parts_len, 200, &part));
        assert_false(atk_parts_find(token.row.other, token.row.other_len, 200, &part));
        assert_int_equal(atk_parts_find(token.hot.parts, token.hot.parts_len, 230, &part), keeps);
        assert_int_equal(atk_parts_find(token.row.other, token.row.other_len, 230, &part), keeps);
    }
}

static void test_a_store_that_keeps_no_copies(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    r.sealed_len = 0;
    load_single(&token);
    assert_code(rotate(&token, &r), 0);
    assert_int_equal(token.row.sealed_len, 0);
}

/* The uses of earlier secrets are kept, as their words may be overwritten. */
static void test_what_was_used_before_is_noted(void **state) {
    (void)state;
    static const int64_t earlier_use = INT64_C(1779999960000); /* of the sample */
    for (int flags = 0; flags < 2; flags++) {
        struct token token;
        const struct atk_rotation r =
            rotation_to(0x77, GRACE, flags ? APITOKEN_ROTATE_KEEP_OLDER : 0);
        const struct atk_parts parts = atk_row_parts(&token.row);
        (flags ? load : load_single)(&token);
        assert_code(rotate_with(&token, &r, &used), 0);
        assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) ==
                    used.last_used_ms);
        (flags ? load : load_single)(&token);
        assert_code(rotate_with(&token, &r, &usual), 0);
        assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) ==
                    earlier_use);
        (flags ? load : load_single)(&token);
        atk_parts_remove(parts, ATK_PART_USED_BEFORE);
        assert_code(rotate_with(&token, &r, &usual), 0);
        assert_true(atk_parts_find_ms(parts.bytes, *parts.len, ATK_PART_USED_BEFORE) == 0);
    }
}

/* ---- how long the older secret is valid ------------------------------------------------------ */

static void test_an_older_secret_ends_with_its_token(void **state) {
    (void)state;
    static const struct {
        int64_t end_ms, grace_ms, until_ms;
    } rows[] = { { NOW + 1000, 1001, NOW + 1000 },
                 { NOW + 1000, 1000, NOW + 1000 },
                 { NOW + 1000, 999, NOW + 999 },
                 { NOW + 1000, APITOKEN_GRACE_MAX_MS, NOW + 1000 },
                 { ATK_END_NEVER, APITOKEN_GRACE_MAX_MS, NOW + APITOKEN_GRACE_MAX_MS },
                 { ATK_END_NEVER, 1, NOW + 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        const struct atk_rotation r = rotation_to(0x77, rows[i].grace_ms, 0);
        load_single(&token);
        const struct token before = token;
        token.hot.end_ms = rows[i].end_ms;
        assert_code(rotate(&token, &r), 0);
        assert_older(&token, before.hot.verifier, 1, rows[i].until_ms);
    }
}

static void test_a_grace_ends_with_the_year_9999(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, APITOKEN_GRACE_MAX_MS, 0);
    load_single(&token);
    const struct token before = token;
    token.hot.end_ms = ATK_END_NEVER;
    r.now_ms = ATK_MS_MAX - 1;
    assert_code(rotate(&token, &r), 0);
    assert_older(&token, before.hot.verifier, 1, ATK_MS_MAX);
}

/* Every secret but the new one ends, with whatever flag but one that keeps the older one. */
static void test_without_a_grace_all_other_secrets_end(void **state) {
    (void)state;
    static const uint32_t flags[] = { 0, APITOKEN_ROTATE_DROP_OLDER };
    for (size_t i = 0; i < 2; i++) {
        for (int has_older = 0; has_older < 2; has_older++) {
            struct token token;
            const struct atk_rotation r = rotation_to(0x77, 0, flags[i]);
            (has_older ? load : load_single)(&token);
            const bool word = word_of(&token);
            assert_code(rotate(&token, &r), 0);
            assert_newest(&token, 0x77);
            assert_older(&token, NULL, 0, 0);
            assert_true(word_of(&token) != word);
        }
    }
}

/* ---- two secrets at most --------------------------------------------------------------------- */

static void test_a_third_secret_needs_a_flag(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, 1, 0);
    load(&token);
    assert_code(rotate(&token, &r), APITOKEN_E_ROTATING);
    r.now_ms = OLDER_UNTIL - 1;
    assert_code(rotate(&token, &r), APITOKEN_E_ROTATING);
    r.flags = APITOKEN_ROTATE_REVIVE; /* that is none of them */
    assert_code(rotate(&token, &r), APITOKEN_E_ROTATING);
}

/* From its end on an older secret is none, whatever the flags say. */
static void test_an_older_secret_that_has_ended_is_none(void **state) {
    (void)state;
    static const uint32_t flags[] = { 0, APITOKEN_ROTATE_DROP_OLDER, APITOKEN_ROTATE_KEEP_OLDER };
    for (size_t i = 0; i < 3; i++) {
        struct token token, single;
        struct atk_rotation r = rotation_to(0x77, GRACE, flags[i]);
        r.now_ms = OLDER_UNTIL;
        load(&token);
        load_single(&single);
        const struct token before = token;
        assert_code(rotate(&token, &r), 0);
        assert_older(&token, before.hot.verifier, 1, OLDER_UNTIL + GRACE);
        assert_true(word_of(&token) != word_of(&before));
        /* a token that never had one is no different */
        assert_code(rotate(&single, &r), 0);
        assert_int_equal(token.hot.parts_len, single.hot.parts_len);
        assert_memory_equal(token.hot.parts, single.hot.parts, single.hot.parts_len);
        assert_int_equal(token.row.other_len, single.row.other_len);
        assert_memory_equal(token.row.other, single.row.other, single.row.other_len);
    }
}

static void test_the_older_secret_is_dropped(void **state) {
    (void)state;
    struct token token;
    const struct atk_rotation r = rotation_to(0x77, GRACE, APITOKEN_ROTATE_DROP_OLDER);
    load(&token);
    const struct token before = token;
    assert_code(rotate(&token, &r), 0);
    assert_newest(&token, 0x77);
    assert_older(&token, before.hot.verifier, 1, NOW + GRACE);
    assert_true(word_of(&token) != word_of(&before));
}

/* The newest one was lost: it ends, and the new one takes its place and its word. */
static void test_the_older_secret_is_kept(void **state) {
    (void)state;
    static const int64_t graces[] = { 0, 1, APITOKEN_GRACE_MAX_MS };
    uint8_t counted[ATK_VERIFIER_LEN];
    for (uint8_t i = 0; i < sizeof counted; i++) counted[i] = i;
    for (size_t i = 0; i < 3; i++) {
        struct token token;
        const struct atk_rotation r = rotation_to(0x77, graces[i], APITOKEN_ROTATE_KEEP_OLDER);
        load(&token);
        const struct token before = token;
        assert_code(rotate(&token, &r), 0);
        assert_newest(&token, 0x77);
        assert_older(&token, counted, 7, OLDER_UNTIL);
        assert_true(word_of(&token) == word_of(&before));
    }
}

/* The answer of the first one was lost, or the first one did nothing: both end alike. */
static void test_a_rotate_is_made_again(void **state) {
    (void)state;
    const struct atk_rotation first = rotation_to(0x66, GRACE, 0);
    struct atk_rotation again = rotation_to(0x77, GRACE, APITOKEN_ROTATE_KEEP_OLDER);
    for (int was_stored = 0; was_stored < 2; was_stored++) {
        struct token token;
        load_single(&token);
        const struct token before = token;
        if (was_stored) {
            assert_code(rotate(&token, &first), 0);
            again.grace_ms = 7 * GRACE; /* the older one keeps its time */
        }
        assert_code(rotate(&token, &again), 0);
        assert_newest(&token, 0x77);
        assert_older(&token, before.hot.verifier, 1, NOW + GRACE);
        assert_true(word_of(&token) != word_of(&before));
    }
}

/* ---- a new end ------------------------------------------------------------------------------- */

static void test_a_rotate_gives_a_new_end(void **state) {
    (void)state;
    static const struct {
        int64_t end_ms, until_ms;
    } rows[] = { { TOKEN_END + 1, NOW + GRACE },
                 { NOW + GRACE, NOW + GRACE },
                 { NOW + GRACE - 1, NOW + GRACE - 1 } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        struct atk_rotation r = rotation_to(0x77, GRACE, 0);
        load_single(&token);
        const struct token before = token;
        r.has_end = true;
        r.end = instant(rows[i].end_ms);
        assert_code(rotate(&token, &r), 0);
        assert_true(token.hot.end_ms == rows[i].end_ms && token.row.end_ms == rows[i].end_ms);
        assert_older(&token, before.hot.verifier, 1, rows[i].until_ms);
    }
}

/* A secret that is kept ends with its token, too. */
static void test_a_new_end_for_a_secret_that_is_kept(void **state) {
    (void)state;
    struct token token;
    struct atk_older_secret older;
    struct atk_rotation r = rotation_to(0x77, 0, APITOKEN_ROTATE_KEEP_OLDER);
    load(&token);
    r.has_end = true;
    r.end = instant(NOW + 1);
    assert_code(rotate(&token, &r), 0);
    assert_true(atk_older_secret_get(token.hot.parts, token.hot.parts_len, &older));
    assert_true(older.until_ms == NOW + 1);
}

/* The secret that became the older one has no more time than it had before. */
static void test_a_later_end_gives_the_older_secret_no_time(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    load_single(&token);
    const struct token before = token;
    r.now_ms = TOKEN_END - 1;
    r.has_end = true;
    r.end = instant(TOKEN_END + 10 * GRACE);
    assert_code(rotate(&token, &r), 0);
    assert_older(&token, before.hot.verifier, 1, TOKEN_END);
}

static void test_an_expired_token_is_revived_with_a_flag_and_an_end(void **state) {
    (void)state;
    for (int has_flag = 0; has_flag < 2; has_flag++) {
        for (int has_end = 0; has_end < 2; has_end++) {
            struct token token;
            struct atk_rotation r = rotation_to(0x77, GRACE, has_flag ? APITOKEN_ROTATE_REVIVE : 0);
            load(&token);
            r.now_ms = TOKEN_END;
            r.has_end = has_end;
            r.end = instant(TOKEN_END + 1);
            const int rc = rotate(&token, &r);
            assert_code(rc, has_flag && has_end ? 0 : APITOKEN_E_CHANGE_EXPIRED);
            if (rc < 0) continue;
            assert_true(token.hot.end_ms == TOKEN_END + 1);
            assert_older(&token, NULL, 0, 0); /* no secret of the expired token comes back */
        }
    }
}

/* ---- what the policy of the store allows ----------------------------------------------------- */

static void test_a_grace_that_the_policy_allows(void **state) {
    (void)state;
    for (int64_t more = 0; more < 2; more++) {
        struct token token;
        const struct atk_rotation r = rotation_to(0x77, GRACE + more, 0);
        load_single(&token);
        policy.max_grace_ms = GRACE;
        assert_code(rotate(&token, &r), more ? APITOKEN_E_GRACE : 0);
    }
}

/* A lifetime begins with the new secret, and is looked at even if the end stays. */
static void test_an_end_within_the_longest_lifetime(void **state) {
    (void)state;
    for (int has_end = 0; has_end < 2; has_end++) {
        for (int64_t less = 0; less < 2; less++) {
            struct token token;
            struct atk_rotation r = rotation_to(0x77, GRACE, 0);
            load_single(&token);
            r.has_end = has_end;
            r.end = instant(TOKEN_END);
            policy.max_lifetime_ms = TOKEN_END - NOW - less;
            assert_code(rotate(&token, &r), less ? APITOKEN_E_LIFETIME : 0);
        }
    }
}

static void test_a_token_that_must_get_an_end(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    load_single(&token);
    token.hot.end_ms = token.row.end_ms = ATK_END_NEVER;
    token.row.expiry_kind = APITOKEN_EXPIRY_NEVER;
    policy.flags = ATK_POLICY_NEVER_FORBIDDEN;
    assert_code(rotate(&token, &r), APITOKEN_E_LIFETIME);
    r.has_end = true;
    r.end = instant(NOW + 1);
    assert_code(rotate(&token, &r), 0);
}

/* A token that is revived is one more. */
static void test_a_revived_token_needs_room(void **state) {
    (void)state;
    for (uint64_t live = 1; live <= 3; live++) {
        const struct atk_edit_facts facts = { .policy = &policy, .live = live };
        for (int is_expired = 0; is_expired < 2; is_expired++) {
            struct token token;
            struct atk_rotation r = rotation_to(0x77, GRACE, APITOKEN_ROTATE_REVIVE);
            load_single(&token);
            policy.max_live = 2;
            r.now_ms = TOKEN_END - !is_expired;
            r.has_end = true;
            r.end = instant(TOKEN_END + 1);
            assert_code(rotate_with(&token, &r, &facts),
                        is_expired && live >= 2 ? APITOKEN_E_LIVE_LIMIT : 0);
        }
    }
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void test_tokens_that_get_no_new_secret(void **state) {
    (void)state;
    for (int i = 0; i < 4; i++) {
        static const int due[] = { APITOKEN_E_CHANGE_REVOKED, APITOKEN_E_REVISION,
                                   APITOKEN_E_SCHEMA, APITOKEN_E_OWNER_BLOCKED };
        struct token token;
        struct atk_rotation r = rotation_to(0x77, GRACE, 0);
        load_single(&token);
        /* all that comes later is wrong, too: the first one is told */
        r.now_ms = TOKEN_END;
        if (i <= 2) token.hot.is_newer = true;
        if (i <= 1) r.revision = 3;
        if (i == 0) token.hot.flags |= ATK_FLAG_REVOKED;
        assert_code(rotate_with(&token, &r, &blocked), due[i]);
    }
}

static void test_a_rotate_of_the_right_revision(void **state) {
    (void)state;
    struct token token;
    struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    load_single(&token);
    r.revision = 4;
    assert_code(rotate(&token, &r), 0);
    assert_code(rotate(&token, &r), APITOKEN_E_REVISION);
}

static void test_records_without_room(void **state) {
    (void)state;
    static uint8_t filler[ATK_ROW_PARTS_MAX];
    const struct atk_rotation r = rotation_to(0x77, GRACE, 0);
    struct token token;
    load_single(&token);
    const struct atk_parts parts = atk_hot_parts(&token.hot);
    assert_true(atk_parts_set(parts, 140, filler, parts.cap - *parts.len - 3 - 39));
    assert_code(rotate(&token, &r), APITOKEN_E_SCHEMA);
    static const unsigned types[] = { ATK_PART_SECRET_MADE, ATK_PART_USED_BEFORE };
    for (size_t i = 0; i < 2; i++) {
        load_single(&token);
        atk_parts_remove(atk_row_parts(&token.row), types[i]);
        assert_true(atk_parts_set(atk_row_parts(&token.row), 140, filler,
                                  sizeof token.row.other - token.row.other_len - 3 - 10));
        assert_code(rotate_with(&token, &r, &used), APITOKEN_E_SCHEMA);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_secret_becomes_the_older_one),
        cmocka_unit_test(test_the_token_stays_the_same),
        cmocka_unit_test(test_parts_go_with_their_secret),
        cmocka_unit_test(test_a_store_that_keeps_no_copies),
        cmocka_unit_test(test_what_was_used_before_is_noted),
        cmocka_unit_test(test_an_older_secret_ends_with_its_token),
        cmocka_unit_test(test_a_grace_ends_with_the_year_9999),
        cmocka_unit_test(test_without_a_grace_all_other_secrets_end),
        cmocka_unit_test(test_a_third_secret_needs_a_flag),
        cmocka_unit_test(test_an_older_secret_that_has_ended_is_none),
        cmocka_unit_test(test_the_older_secret_is_dropped),
        cmocka_unit_test(test_the_older_secret_is_kept),
        cmocka_unit_test(test_a_rotate_is_made_again),
        cmocka_unit_test(test_a_rotate_gives_a_new_end),
        cmocka_unit_test(test_a_new_end_for_a_secret_that_is_kept),
        cmocka_unit_test(test_a_later_end_gives_the_older_secret_no_time),
        cmocka_unit_test(test_an_expired_token_is_revived_with_a_flag_and_an_end),
        cmocka_unit_test(test_a_grace_that_the_policy_allows),
        cmocka_unit_test(test_an_end_within_the_longest_lifetime),
        cmocka_unit_test(test_a_token_that_must_get_an_end),
        cmocka_unit_test(test_a_revived_token_needs_room),
        cmocka_unit_test(test_tokens_that_get_no_new_secret),
        cmocka_unit_test(test_a_rotate_of_the_right_revision),
        cmocka_unit_test(test_records_without_room),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
