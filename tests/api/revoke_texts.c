/* SPDX-License-Identifier: MIT */
/* apitoken_revoke_texts(): whoever finds the text of a token ends it. */
#include "life.h"

#include <string.h>

#include "cases.h"

#define REVOKED APITOKEN_E_REVOKED
#define UNKNOWN APITOKEN_E_UNKNOWN
#define MANY APITOKEN_REVOKE_TEXTS_MAX

/* The texts of a call; every answer is spoiled before it. */
struct texts {
    apitoken_revoke_item item[MANY + 1];
    apitoken_revoke_item *items[MANY + 1];
    size_t count;
};
static struct texts texts;

static void begin_texts(void) {
    memset(&texts, 0, sizeof texts);
    for (size_t i = 0; i <= MANY; i++) texts.items[i] = &texts.item[i];
}

static void add_text(const char *text, size_t len) {
    apitoken_revoke_item *item = &texts.item[texts.count++];
    *item = (apitoken_revoke_item)APITOKEN_REVOKE_ITEM_INIT;
    item->text = text;
    item->text_len = (uint32_t)len;
    item->ended = APITOKEN_ENDED_TOKEN;
    item->code = 0;
    item->owner_len = 3;
    memcpy(item->owner, "old", 4);
    memcpy(item->id, "old", 4);
}

static void add_token(const struct made_token *token) { add_text(token->text, token->len); }

static apitoken_revoke_opts opts_of(uint32_t code) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason_code = code;
    opts.actor = "root";
    opts.actor_len = 4;
    return opts;
}

static int revoke_texts(apitoken_store *store) {
    const apitoken_revoke_opts opts = opts_of(APITOKEN_REASON_EXPOSED);
    return apitoken_revoke_texts(store, texts.items, texts.count, &opts, NULL);
}

static int revoke_one(apitoken_store *store, const struct made_token *token) {
    begin_texts();
    add_token(token);
    return revoke_texts(store);
}

static void assert_item(size_t i, int code, uint32_t ended, const struct made_token *token) {
    const apitoken_revoke_item *item = &texts.item[i];
    assert_code(item->code, code);
    assert_int_equal(item->ended, ended);
    assert_string_equal(item->id, token ? token->id : "");
    assert_string_equal(item->owner, token ? "owner" : "");
    assert_int_equal(item->owner_len, token ? 5 : 0);
}

/* ---- what ends ------------------------------------------------------------------------------- */

static void every_text_has_its_answer(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            second = fixture_create(f->store, "owner", "name", NULL),
                            gone = fixture_create(f->store, "owner", "name", NULL),
                            kept = fixture_create(f->store, "owner", "name", NULL);
    struct made_token wrong = kept;
    spoil_secret(&wrong);
    assert_code(revoke_token(f->store, "owner", gone.id), 0);
    begin_texts();
    add_token(&first);
    add_text("garbage", 7);
    add_text(NULL, 0);
    add_token(&wrong);
    add_text(second.text, second.len - 1);
    add_token(&second);
    add_token(&first);
    add_token(&gone);
    for (int i = 0; i < 4; i++) assert_code(check(verify, &first), 0); /* remembered */
    assert_code(revoke_texts(f->store), 0);
    assert_item(0, 0, APITOKEN_ENDED_TOKEN, &first);
    assert_item(1, APITOKEN_E_MALFORMED, APITOKEN_ENDED_NOTHING, NULL);
    assert_item(2, APITOKEN_E_MALFORMED, APITOKEN_ENDED_NOTHING, NULL);
    assert_item(3, UNKNOWN, APITOKEN_ENDED_NOTHING, NULL);
    assert_item(4, APITOKEN_E_MALFORMED, APITOKEN_ENDED_NOTHING, NULL);
    assert_item(5, 0, APITOKEN_ENDED_TOKEN, &second);
    assert_item(6, 0, APITOKEN_ENDED_ALREADY, &first);
    assert_item(7, 0, APITOKEN_ENDED_ALREADY, &gone);
    assert_answers(verify, &first, REVOKED);
    assert_answers(f->store, &second, REVOKED);
    assert_answers(verify, &kept, 0);
    assert_int_equal(shown_of(f->store, &first).reason_code, APITOKEN_REASON_EXPOSED);
    assert_int_equal(shown_of(f->store, &gone).reason_code, APITOKEN_REASON_EXPOSED);
    apitoken_store_close(verify);
}

/* As by a revoke: with reason and time, final or not; a later one adds and takes nothing away. */
static void a_token_is_revoked_as_by_revoke(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_revoke_opts opts = opts_of(APITOKEN_REASON_SUPERSEDED);
    opts.reason = "found";
    opts.reason_len = 5;
    struct shown due = shown_of(f->store, &token);
    f->now_ms++;
    memcpy(due.reason, "found", 6);
    due.reason_code = APITOKEN_REASON_SUPERSEDED;
    due.revoked_ms = f->now_ms;
    due.state = APITOKEN_STATE_REVOKED;
    due.is_copyable = 0;
    due.revision++;
    begin_texts();
    add_token(&token);
    assert_code(apitoken_revoke_texts(f->store, texts.items, 1, &opts, NULL), 0);
    assert_shown(f->store, &token, &due);
    const uint64_t before = info_of(f->store).transaction;
    f->now_ms++;
    assert_code(apitoken_revoke_texts(f->store, texts.items, 1, &opts, NULL), 0);
    assert_int_equal(info_of(f->store).transaction, before);
    opts.flags = APITOKEN_REVOKE_FINAL;
    assert_code(apitoken_revoke_texts(f->store, texts.items, 1, &opts, NULL), 0);
    assert_item(0, 0, APITOKEN_ENDED_ALREADY, &token);
    due.revision++;
    assert_shown(f->store, &token, &due);
    assert_code(apitoken_unrevoke(f->store, LIT("owner"), token.id, APITOKEN_ID_LEN, NULL, NULL),
                APITOKEN_E_UNDO);
}

static void whatever_state_a_token_has(void **state) {
    struct fixture *f = *state;
    const struct made_token suspended = fixture_create(f->store, "owner", "name", NULL),
                            expired = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_code(suspend_token(f->store, &suspended, 1), 0);
    assert_code(block_owner(f->store, "owner"), 0);
    f->now_ms++;
    begin_texts();
    add_token(&suspended);
    add_token(&expired);
    assert_code(revoke_texts(f->store), 0);
    for (size_t i = 0; i < 2; i++) assert_int_equal(texts.item[i].ended, APITOKEN_ENDED_TOKEN);
    assert_answers(f->store, &suspended, REVOKED);
    assert_answers(f->store, &expired, REVOKED);
}

/* Only while it is valid; the newest one remains. */
static void an_older_secret_ends_alone(void **state) {
    struct fixture *f = *state;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    for (int i = 0; i < 4; i++) assert_code(check(verify, &older), 0);
    assert_code(revoke_one(f->store, &older), 0);
    assert_item(0, 0, APITOKEN_ENDED_OLDER_SECRET, &older);
    assert_answers(verify, &older, UNKNOWN);
    assert_answers(verify, &newest, 0);
    assert_int_equal(shown_of(f->store, &newest).superseded_until_ms, 0);
    assert_code(revoke_one(f->store, &older), 0);
    assert_item(0, UNKNOWN, APITOKEN_ENDED_NOTHING, NULL);
    assert_code(revoke_one(f->store, &newest), 0);
    assert_item(0, 0, APITOKEN_ENDED_TOKEN, &newest);
    apitoken_store_close(verify);
}

static void an_older_secret_after_its_grace_is_unknown(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    f->now_ms += HOUR;
    const struct unchanged before = unchanged_of(f->store, &newest);
    assert_code(revoke_one(f->store, &older), 0);
    assert_item(0, UNKNOWN, APITOKEN_ENDED_NOTHING, NULL);
    assert_unchanged(f->store, &newest, &before);
}

/* In either order in one call; after its token an older secret is none any more. */
static void both_secrets_of_a_token(void **state) {
    struct fixture *f = *state;
    for (int newest_first = 0; newest_first < 2; newest_first++) {
        const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                                newest = rotate_for(f->store, &older, HOUR, 0);
        begin_texts();
        add_token(newest_first ? &newest : &older);
        add_token(newest_first ? &older : &newest);
        assert_code(revoke_texts(f->store), 0);
        assert_item((size_t)!newest_first, 0, APITOKEN_ENDED_TOKEN, &newest);
        if (newest_first)
            assert_item(1, UNKNOWN, APITOKEN_ENDED_NOTHING, NULL);
        else
            assert_item(0, 0, APITOKEN_ENDED_OLDER_SECRET, &older);
        assert_answers(f->store, &older, UNKNOWN);
        assert_answers(f->store, &newest, REVOKED);
    }
}

static void a_thousand_texts_in_steps(void **state) {
    struct fixture *f = *state;
    static struct made_token made[MANY];
    begin_texts();
    for (size_t i = 0; i < MANY; i++) {
        made[i] = fixture_create(f->store, i % 3 ? "owner" : "other", "name", NULL);
        add_token(&made[i]);
    }
    const uint64_t before = info_of(f->store).transaction;
    assert_code(revoke_texts(f->store), 0);
    assert_int_equal(info_of(f->store).transaction, before + (MANY + 63) / 64);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(texts.item[i].ended, APITOKEN_ENDED_TOKEN);
        assert_string_equal(texts.item[i].id, made[i].id);
        assert_string_equal(texts.item[i].owner, i % 3 ? "owner" : "other");
    }
    assert_int_equal(info_of(f->store).revoked, MANY);
}

/* Each token has a record of its own, by whom and why. */
static void the_audit_tells_of_each(void **state) {
    struct fixture *f = *state;
    const struct made_token first = fixture_create(f->store, "owner", "name", NULL),
                            older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    const struct made_token *const due[] = { &first, &older };
    static const int verbs[] = { APITOKEN_VERB_REVOKE, APITOKEN_VERB_UPDATE };
    apitoken_revoke_opts opts = opts_of(APITOKEN_REASON_EXPOSED);
    apitoken_audit_opts audit = APITOKEN_AUDIT_OPTS_INIT;
    apitoken_audit_page *page;
    opts.reason = "report 5";
    opts.reason_len = 8;
    f->now_ms++;
    begin_texts();
    add_token(&first);
    add_token(&older);
    assert_code(apitoken_revoke_texts(f->store, texts.items, 2, &opts, NULL), 0);
    audit.since_ms = f->now_ms;
    assert_code(apitoken_audit(f->store, &audit, &page, NULL), 0);
    assert_int_equal(apitoken_audit_page_count(page), 2);
    for (size_t i = 0; i < 2; i++) {
        const apitoken_audit_record *record = apitoken_audit_page_at(page, i);
        assert_int_equal(apitoken_audit_verb(record), verbs[i]);
        assert_string_equal(apitoken_audit_id(record), due[i]->id);
        assert_string_equal(apitoken_audit_owner(record), "owner");
        assert_string_equal(apitoken_audit_actor(record), "root");
        assert_string_equal(apitoken_audit_reason(record), i == 0 ? "report 5" : "");
    }
    assert_int_equal(apitoken_audit_change_field(apitoken_audit_page_at(page, 0), 0),
                     APITOKEN_CHANGE_REASON_CODE);
    assert_int_equal(apitoken_audit_change_field(apitoken_audit_page_at(page, 1), 0),
                     APITOKEN_CHANGE_OLDER_END);
    apitoken_audit_page_free(page);
    assert_answers(f->store, &newest, 0);
}

/* ---- what is refused ------------------------------------------------------------------------- */

/* Nothing ends, and the items say so. */
#define REFUSED(handle, opts, due_code, due_field)                                               \
    do {                                                                                         \
        apitoken_error err_ = APITOKEN_ERROR_INIT;                                               \
        begin_texts();                                                                           \
        add_token(&token);                                                                       \
        assert_code(apitoken_revoke_texts((handle), texts.items, 1, (opts), &err_), (due_code)); \
        assert_code(err_.code, (due_code));                                                      \
        assert_int_equal(err_.field, (due_field));                                               \
        assert_item(0, (due_code), APITOKEN_ENDED_NOTHING, NULL);                                \
        assert_unchanged(f->store, &token, &before);                                             \
    } while (0)

static void bad_input_revokes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY),
                   *plain = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    apitoken_revoke_opts opts = opts_of(APITOKEN_REASON_EXPOSED);
    REFUSED(plain, &opts, APITOKEN_E_ADMIN, 0);
    REFUSED(verify, &opts, APITOKEN_E_VERIFY_ONLY, 0);
    REFUSED(f->store, NULL, APITOKEN_E_ACTOR, APITOKEN_FIELD_ACTOR);
    opts.reason = "\n";
    opts.reason_len = 1;
    REFUSED(f->store, &opts, APITOKEN_E_REASON, APITOKEN_FIELD_REASON);
    opts = opts_of(5);
    REFUSED(f->store, &opts, APITOKEN_E_REASON_CODE, APITOKEN_FIELD_REASON);
    opts = opts_of(0);
    opts.flags = 2;
    REFUSED(f->store, &opts, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS);
    opts.flags = 0;
    f->now_ms = -1;
    begin_texts();
    add_token(&token);
    assert_code(revoke_texts(f->store), APITOKEN_E_CLOCK);
    assert_item(0, APITOKEN_E_CLOCK, APITOKEN_ENDED_NOTHING, NULL);
    f->now_ms = FIXTURE_NOW;
    assert_unchanged(f->store, &token, &before);
    apitoken_store_close(verify);
    apitoken_store_close(plain);
}

/* A bad item keeps all of them; the detail says which. */
static void a_bad_item_revokes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const apitoken_revoke_opts opts = opts_of(APITOKEN_REASON_EXPOSED);
    for (int kind = 0; kind < 5; kind++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        begin_texts();
        add_token(&token);
        add_token(&token);
        if (kind == 0) texts.items[1] = NULL;
        if (kind == 1) texts.item[1].size--;
        if (kind == 2) texts.item[1].flags = 1;
        if (kind == 3) texts.item[1].reserved = 1;
        if (kind == 4) texts.item[1].text = NULL;
        const int due = kind == 0 || kind == 4 ? APITOKEN_E_ARGUMENT : APITOKEN_E_ABI;
        assert_code(apitoken_revoke_texts(f->store, texts.items, 2, &opts, &err), due);
        assert_int_equal(err.item, 1);
        assert_item(0, due, APITOKEN_ENDED_NOTHING, NULL);
        if (kind > 1) assert_item(1, due, APITOKEN_ENDED_NOTHING, NULL);
        assert_code(check(f->store, &token), 0);
    }
    assert_code(apitoken_revoke_texts(f->store, NULL, 1, &opts, NULL), APITOKEN_E_ARGUMENT);
    assert_code(apitoken_revoke_texts(f->store, NULL, 0, &opts, NULL), 0);
    begin_texts();
    for (size_t i = 0; i <= MANY; i++) add_token(&token);
    assert_code(apitoken_revoke_texts(f->store, texts.items, MANY + 1, &opts, NULL),
                APITOKEN_E_LIMIT);
    assert_string_equal(texts.item[0].id, "old");
    assert_code(check(f->store, &token), 0);
}

/* The others end, and the detail has the item of the damaged one. */
static void a_damaged_token_keeps_no_other(void **state) {
    struct fixture *f = *state;
    struct made_token made[3];
    apitoken_error err = APITOKEN_ERROR_INIT;
    const apitoken_revoke_opts opts = opts_of(0);
    begin_texts();
    for (size_t i = 0; i < 3; i++) {
        made[i] = fixture_create(f->store, "owner", "name", NULL);
        add_token(&made[i]);
    }
    flip_hot(f, &made[1]);
    assert_code(apitoken_revoke_texts(f->store, texts.items, 3, &opts, &err), APITOKEN_E_DAMAGED);
    assert_int_equal(err.item, 1);
    assert_item(0, 0, APITOKEN_ENDED_TOKEN, &made[0]);
    assert_item(1, APITOKEN_E_DAMAGED, APITOKEN_ENDED_NOTHING, NULL);
    assert_item(2, 0, APITOKEN_ENDED_TOKEN, &made[2]);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE_ADMIN(every_text_has_its_answer),
        CASE_ADMIN(a_token_is_revoked_as_by_revoke),
        CASE_ADMIN(whatever_state_a_token_has),
        CASE_ADMIN(an_older_secret_ends_alone),
        CASE_ADMIN(an_older_secret_after_its_grace_is_unknown),
        CASE_ADMIN(both_secrets_of_a_token),
        CASE_ADMIN(a_thousand_texts_in_steps),
        CASE_ADMIN(the_audit_tells_of_each),
        CASE_ADMIN(bad_input_revokes_nothing),
        CASE_ADMIN(a_bad_item_revokes_nothing),
        CASE_ADMIN(a_damaged_token_keeps_no_other),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
