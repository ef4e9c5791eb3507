/* SPDX-License-Identifier: MIT */
/*
 * apitoken_store_restore(): whatever was denied after the backup stays denied, for every kind of
 * denial, whether the store that is replaced is in order, has a damaged record, or has lost its
 * structure, as long as the record that says so is whole.
 */
#include "life.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "figure.h"

#define OWNER "owner"
#define OTHER_NAME "the token that is damaged"

/* A store with its backup, and the token that loses something in between. */
struct scene {
    struct fixture *f;
    struct made_token token; /* with its newest text at the backup */
    struct made_token older; /* before a rotate that was made before the backup */
    struct made_token newer; /* after a rotate that was made since */
    int lost;                /* denials that did not come over */
};

/* The state of the store that is replaced. */
enum present { SOUND, WITH_A_DAMAGED_TOKEN, WITHOUT_STRUCTURE, PRESENTS };

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

static void reopen(struct fixture *f) {
    close_store(f);
    f->store = fixture_open_admin(f);
}

static int restore(const struct fixture *f, uint32_t flags, apitoken_restore_result *result) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    opts.flags = flags;
    opts.clock = fixture_clock;
    opts.clock_ctx = (void *)(uintptr_t)f;
    return apitoken_store_restore(in_dir(f->dir, "backup"), f->store_path, f->keyring, &opts,
                                  result, NULL);
}

/* Wherever the name stands, also on pages that are not in use. */
static void flip_name(const char *path, const char *name) {
    const size_t size = file_size(path), len = strlen(name);
    char *bytes = malloc(size);
    size_t found = 0;
    assert_int_equal(file_read(path, bytes, size), size);
    for (size_t at = 0; at + len <= size; at++) {
        if (memcmp(bytes + at, name, len) != 0) continue;
        file_flip(path, at);
        found++;
    }
    assert_true(found > 0);
    free(bytes);
}

static void damage(const struct fixture *f, enum present present) {
    if (present == WITH_A_DAMAGED_TOKEN) flip_name(in_store(f, "data.mdb"), OTHER_NAME);
    if (present != WITHOUT_STRUCTURE) return;
    for (size_t at = 0; at < 2 * 4096; at += 4096) /* both magics */
        file_flip(in_dir(f->store_path, "data.mdb"), at + 16);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static int ask(const struct scene *s, const struct made_token *token, const char *interface_name,
               const char *peer) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    struct in_addr address;
    if (interface_name) {
        opts.interface_name = interface_name;
        opts.interface_name_len = (uint32_t)strlen(interface_name);
    }
    if (peer) {
        assert_int_equal(inet_pton(AF_INET, peer, &address), 1);
        opts.peer = &address;
        opts.peer_len = sizeof address;
    }
    return apitoken_validate(s->f->store, token->text, token->len, &opts, NULL, NULL);
}

static void expect(struct scene *s, const char *what, int got, int due) {
    if (got == due) return;
    print_error("%s: %s, not %s\n", what, apitoken_error_name(got), apitoken_error_name(due));
    s->lost++;
}

static void update(const struct scene *s, apitoken_update_opts opts) {
    opts.size = sizeof opts;
    assert_code(update_token(s->f->store, &s->token, &opts, NULL), 0);
}

static void set_interfaces(const struct scene *s, const char *list) {
    update(s, (apitoken_update_opts){ .mask = APITOKEN_UPDATE_INTERFACES,
                                      .interfaces = list,
                                      .interfaces_len = (uint32_t)strlen(list) });
}

static void set_networks(const struct scene *s, const char *list) {
    update(s, (apitoken_update_opts){ .mask = APITOKEN_UPDATE_NETWORKS,
                                      .networks = list,
                                      .networks_len = (uint32_t)strlen(list) });
}

/* ---- the kinds of denial --------------------------------------------------------------------- */

static void no_preparation(struct scene *s) { (void)s; }

static void revoke(struct scene *s) {
    assert_code(revoke_token(s->f->store, OWNER, s->token.id), 0);
}
static void is_revoked(struct scene *s) {
    expect(s, "revoked", check(s->f->store, &s->token), APITOKEN_E_REVOKED);
}

static void revoke_finally(struct scene *s) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.flags = APITOKEN_REVOKE_FINAL;
    opts.reason_code = APITOKEN_REASON_EXPOSED;
    assert_code(apitoken_revoke(s->f->store, LIT(OWNER), s->token.id, APITOKEN_ID_LEN, &opts, NULL),
                0);
}
static int unrevoke(const struct scene *s) {
    return apitoken_unrevoke(s->f->store, LIT(OWNER), s->token.id, APITOKEN_ID_LEN, NULL, NULL);
}
static void is_finally_revoked(struct scene *s) {
    is_revoked(s);
    expect(s, "final", unrevoke(s), APITOKEN_E_UNDO);
    expect(s, "exposed", shown_of(s->f->store, &s->token).reason_code, APITOKEN_REASON_EXPOSED);
}

static void suspend(struct scene *s) { assert_code(suspend_token(s->f->store, &s->token, 1), 0); }
static void is_suspended(struct scene *s) {
    expect(s, "suspended", check(s->f->store, &s->token), APITOKEN_E_SUSPENDED);
    expect(s, "resume", suspend_token(s->f->store, &s->token, 0), 0);
    expect(s, "resumed", check(s->f->store, &s->token), 0);
}

static void block(struct scene *s) { assert_code(block_owner(s->f->store, OWNER), 0); }
static void is_blocked(struct scene *s) {
    expect(s, "blocked", check(s->f->store, &s->token), APITOKEN_E_BLOCKED);
    expect(s, "a create of a blocked owner", try_create(s->f->store, OWNER, "name", NULL),
           APITOKEN_E_OWNER_BLOCKED);
    expect(s, "unblock", unblock_owner(s->f->store, OWNER), 0);
    expect(s, "unblocked", check(s->f->store, &s->token), 0);
}

static void rotate_before(struct scene *s) {
    s->older = s->token;
    s->token = rotate_for(s->f->store, &s->older, HOUR, 0);
}
static void end_older(struct scene *s) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    assert_code(update_token(s->f->store, &s->token, &opts, NULL), 0);
}
static void has_no_older(struct scene *s) {
    expect(s, "the older secret", check(s->f->store, &s->older), APITOKEN_E_UNKNOWN);
    expect(s, "the newest secret", check(s->f->store, &s->token), 0);
}

static void end_token_soon(struct scene *s) {
    assert_code(end_token(s->f->store, &s->token, FIXTURE_NOW + 10 * MINUTE), 0);
}
static void older_ends_soon(struct scene *s) {
    expect(s, "the older secret before its end", check(s->f->store, &s->older), 0);
    s->f->now_ms = FIXTURE_NOW + 10 * MINUTE;
    expect(s, "the older secret at its end", check(s->f->store, &s->older), APITOKEN_E_UNKNOWN);
    s->f->now_ms = FIXTURE_NOW;
}
static void ends_soon(struct scene *s) {
    expect(s, "before the end", check(s->f->store, &s->token), 0);
    s->f->now_ms = FIXTURE_NOW + 10 * MINUTE;
    expect(s, "at the end", check(s->f->store, &s->token), APITOKEN_E_EXPIRED);
    s->f->now_ms = FIXTURE_NOW;
}

static void rotate_at_once(struct scene *s) { s->newer = rotate_for(s->f->store, &s->token, 0, 0); }
static void is_replaced(struct scene *s) {
    expect(s, "the replaced secret", check(s->f->store, &s->token), APITOKEN_E_UNKNOWN);
    expect(s, "the new secret", check(s->f->store, &s->newer), 0);
}

static void rotate_with_grace(struct scene *s) {
    s->newer = rotate_for(s->f->store, &s->token, 10 * MINUTE, 0);
}
static void is_replaced_after_its_grace(struct scene *s) {
    expect(s, "within the grace", check(s->f->store, &s->token), 0);
    s->f->now_ms = FIXTURE_NOW + 10 * MINUTE;
    is_replaced(s);
    s->f->now_ms = FIXTURE_NOW;
}

static void rotate_and_drop(struct scene *s) {
    s->newer = rotate_for(s->f->store, &s->token, 10 * MINUTE, APITOKEN_ROTATE_DROP_OLDER);
}
static void oldest_is_dropped(struct scene *s) {
    expect(s, "the dropped secret", check(s->f->store, &s->older), APITOKEN_E_UNKNOWN);
    is_replaced_after_its_grace(s);
}

static void allow_two_interfaces(struct scene *s) { set_interfaces(s, "one,two"); }
static void allow_one_interface(struct scene *s) { set_interfaces(s, "two,three"); }
static void allows_the_common_interface(struct scene *s) {
    expect(s, "the removed interface", ask(s, &s->token, "one", NULL), APITOKEN_E_WRONG_INTERFACE);
    expect(s, "the common interface", ask(s, &s->token, "two", NULL), 0);
    expect(s, "the added interface", ask(s, &s->token, "three", NULL), APITOKEN_E_WRONG_INTERFACE);
}
static void allows_the_two_interfaces(struct scene *s) {
    expect(s, "an interface", ask(s, &s->token, "one", NULL), 0);
    expect(s, "another interface", ask(s, &s->token, "other", NULL), APITOKEN_E_WRONG_INTERFACE);
}

static void allow_other_interface(struct scene *s) { set_interfaces(s, "three"); }
static void allows_no_interface(struct scene *s) {
    expect(s, "the removed interface", ask(s, &s->token, "one", NULL), APITOKEN_E_SUSPENDED);
    expect(s, "the added interface", ask(s, &s->token, "three", NULL), APITOKEN_E_SUSPENDED);
}

static void allow_wide_network(struct scene *s) { set_networks(s, "10.0.0.0/8,192.0.2.0/24"); }
static void allow_narrow_network(struct scene *s) { set_networks(s, "10.1.0.0/16,198.51.100.1"); }
static void allows_the_narrow_network(struct scene *s) {
    expect(s, "the narrow network", ask(s, &s->token, NULL, "10.1.2.3"), 0);
    expect(s, "the wide network", ask(s, &s->token, NULL, "10.2.0.1"), APITOKEN_E_WRONG_NETWORK);
    expect(s, "the removed network", ask(s, &s->token, NULL, "192.0.2.1"),
           APITOKEN_E_WRONG_NETWORK);
    expect(s, "the added network", ask(s, &s->token, NULL, "198.51.100.1"),
           APITOKEN_E_WRONG_NETWORK);
}
static void allows_only_that_network(struct scene *s) {
    expect(s, "that network", ask(s, &s->token, NULL, "10.1.2.3"), 0);
    expect(s, "another network", ask(s, &s->token, NULL, "10.2.0.1"), APITOKEN_E_WRONG_NETWORK);
}

static void allow_other_network(struct scene *s) { set_networks(s, "198.51.100.0/24"); }
static void allows_no_network(struct scene *s) {
    expect(s, "the removed network", ask(s, &s->token, NULL, "10.1.2.3"), APITOKEN_E_SUSPENDED);
    expect(s, "the added network", ask(s, &s->token, NULL, "198.51.100.1"), APITOKEN_E_SUSPENDED);
}

static const struct kind {
    const char *name;
    void (*prepare)(struct scene *s);
    void (*deny)(struct scene *s);
    void (*verify)(struct scene *s);
    int is_revoke;
} kinds[] = {
    { "revoked", no_preparation, revoke, is_revoked, 1 },
    { "revoked for good", no_preparation, revoke_finally, is_finally_revoked, 1 },
    { "made final", revoke, revoke_finally, is_finally_revoked, 0 },
    { "suspended", no_preparation, suspend, is_suspended, 0 },
    { "blocked", no_preparation, block, is_blocked, 0 },
    { "older secret ended", rotate_before, end_older, has_no_older, 0 },
    { "older secret ends earlier", rotate_before, end_token_soon, older_ends_soon, 0 },
    { "expiry brought forward", no_preparation, end_token_soon, ends_soon, 0 },
    { "secret replaced", no_preparation, rotate_at_once, is_replaced, 0 },
    { "secret replaced with a grace", no_preparation, rotate_with_grace,
      is_replaced_after_its_grace, 0 },
    { "secret replaced, older dropped", rotate_before, rotate_and_drop, oldest_is_dropped, 0 },
    { "first interfaces", no_preparation, allow_two_interfaces, allows_the_two_interfaces, 0 },
    { "interface removed", allow_two_interfaces, allow_one_interface, allows_the_common_interface,
      0 },
    { "interfaces exchanged", allow_two_interfaces, allow_other_interface, allows_no_interface, 0 },
    { "first network", no_preparation, allow_narrow_network, allows_only_that_network, 0 },
    { "network removed", allow_wide_network, allow_narrow_network, allows_the_narrow_network, 0 },
    { "networks exchanged", allow_wide_network, allow_other_network, allows_no_network, 0 },
};

static const char *const presents[] = { "sound", "with a damaged token", "without structure" };

static void assert_result(const struct kind *kind, enum present present,
                          const apitoken_restore_result *result) {
    assert_int_equal(result->is_proven, present == SOUND);
    assert_int_equal(result->carried_over, kind->is_revoke);
    assert_int_equal(result->purged, 0);
    assert_int_equal(result->unproven, 0);
    if (!kind->is_revoke && kind->prepare != revoke) assert_int_equal(result->narrowed, 1);
}

/* The number of denials that were lost. */
static int play(struct fixture *f, const struct kind *kind, enum present present) {
    struct scene s = { .f = f };
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    const struct made_token other = fixture_create(f->store, "other", OTHER_NAME, NULL);
    s.token = fixture_create(f->store, OWNER, "name", NULL);
    kind->prepare(&s);
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
    kind->deny(&s);
    close_store(f);
    damage(f, present);
    if (present != SOUND) assert_code(restore(f, 0, NULL), APITOKEN_E_UNPROVEN);
    assert_code(restore(f, present == SOUND ? 0 : APITOKEN_RESTORE_ACCEPT_LOST, &result), 0);
    assert_result(kind, present, &result);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    reopen(f);
    kind->verify(&s);
    if (s.lost) print_error("%s, by a store %s\n", kind->name, presents[present]);
    assert_code(check(f->store, &other), 0);
    return s.lost;
}

static void no_denial_is_lost(void **state) {
    uint64_t lost = 0, played = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++)
        for (enum present present = SOUND; present < PRESENTS; present++, played++) {
            void *place = NULL;
            assert_int_equal(fixture_setup(&place), 0);
            struct fixture *f = place;
            f->now_ms = FIXTURE_NOW;
            reopen(f);
            lost += (uint64_t)play(f, &kinds[i], present);
            assert_int_equal(fixture_teardown(&place), 0);
        }
    figure_at_least("restore: kinds of denial, times states of the replaced store", played,
                    COUNT(kinds) * PRESENTS);
    figure_at_most("restore: denials lost", lost, 0);
}

/* ---- around the kinds ------------------------------------------------------------------------ */

static void back_up(const struct fixture *f) {
    assert_code(apitoken_store_backup(f->store, in_dir(f->dir, "backup"), NULL, NULL), 0);
}

/* Name and description, and whatever gave a right since. */
static void what_gave_rights_is_not_carried_over(void **state) {
    struct fixture *f = *state;
    struct scene s = { .f = f };
    s.token = fixture_create(f->store, OWNER, "name", NULL);
    set_interfaces(&s, "one");
    assert_code(suspend_token(f->store, &s.token, 1), 0);
    assert_code(end_token(f->store, &s.token, FIXTURE_NOW + HOUR), 0);
    back_up(f);
    assert_code(suspend_token(f->store, &s.token, 0), 0);
    assert_code(end_token(f->store, &s.token, FIXTURE_NOW + DAY), 0);
    set_interfaces(&s, "*");
    update(&s,
           (apitoken_update_opts){ .mask = APITOKEN_UPDATE_NAME, .name = "other", .name_len = 5 });
    close_store(f);
    assert_code(restore(f, 0, NULL), 0);
    reopen(f);
    const struct shown shown = shown_of(f->store, &s.token);
    assert_int_equal(shown.is_suspended, 1);
    assert_int_equal(shown.expires_ms, FIXTURE_NOW + HOUR);
    assert_string_equal(shown.interfaces, "one");
    assert_string_equal(shown.name, "name");
}

/* An owner is blocked, with all tokens, also such as only the backup has. */
static void a_block_holds_for_all_tokens(void **state) {
    struct fixture *f = *state;
    struct made_token tokens[3];
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    for (size_t i = 0; i < COUNT(tokens); i++)
        tokens[i] = fixture_create(f->store, OWNER, "name", NULL);
    back_up(f);
    assert_code(block_owner(f->store, OWNER), 0);
    close_store(f);
    assert_code(restore(f, 0, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    reopen(f);
    for (size_t i = 0; i < COUNT(tokens); i++)
        assert_code(check(f->store, &tokens[i]), APITOKEN_E_BLOCKED);
    assert_code(apitoken_owner_stat(f->store, LIT(OWNER), NULL, &info, NULL), 0);
    assert_int_equal(info.is_blocked, 1);
}

/* What was unblocked since is blocked as the backup says. */
static void an_unblock_is_not_carried_over(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    assert_code(block_owner(f->store, OWNER), 0);
    back_up(f);
    assert_code(unblock_owner(f->store, OWNER), 0);
    close_store(f);
    assert_code(restore(f, 0, NULL), 0);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    reopen(f);
    assert_code(check(f->store, &token), APITOKEN_E_BLOCKED);
}

/* An undone revoke, and one that was undone before the backup, of which the pages still tell. */
static void an_undo_counts_as_the_latest_record_says(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    const struct scene s = { .f = f, .token = token };
    assert_code(revoke_token(f->store, OWNER, token.id), 0);
    assert_code(unrevoke(&s), 0);
    back_up(f);
    close_store(f);
    damage(f, WITHOUT_STRUCTURE);
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, NULL), 0);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

/* A revoke keeps its window of undo; what was denied beside it holds when it is undone. */
static void an_undo_gives_back_no_more_than_there_was(void **state) {
    struct fixture *f = *state;
    struct scene s = { .f = f };
    s.older = fixture_create(f->store, OWNER, "name", NULL);
    s.token = rotate_for(f->store, &s.older, HOUR, 0);
    back_up(f);
    end_older(&s);
    allow_narrow_network(&s);
    end_token_soon(&s);
    revoke(&s);
    close_store(f);
    assert_code(restore(f, 0, NULL), 0);
    reopen(f);
    is_revoked(&s);
    assert_code(unrevoke(&s), 0);
    allows_only_that_network(&s);
    expect(&s, "the older secret", check(f->store, &s.older), APITOKEN_E_UNKNOWN);
    s.f->now_ms += 10 * MINUTE;
    expect(&s, "the end", ask(&s, &s.token, NULL, "10.1.2.3"), APITOKEN_E_EXPIRED);
    assert_int_equal(s.lost, 0);
}

/* A record whose tag is wrong proves nothing. */
static void a_forged_denial_is_not_carried_over(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, OWNER, "name", NULL);
    back_up(f);
    assert_code(suspend_token(f->store, &token, 1), 0);
    close_store(f);
    flip_hot(f, &token);
    flip_row(f, &token);
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, &result), 0);
    assert_int_equal(result.narrowed, 0);
    reopen(f);
    assert_code(check(f->store, &token), 0);
}

/* Either record of a token alone is proof enough. */
static void one_record_is_enough(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        void *place = NULL;
        assert_int_equal(fixture_setup(&place), 0);
        struct fixture *f = place;
        struct scene s = { .f = f };
        f->now_ms = FIXTURE_NOW;
        reopen(f);
        s.older = fixture_create(f->store, OWNER, "name", NULL);
        s.token = rotate_for(f->store, &s.older, HOUR, 0);
        back_up(f);
        assert_code(suspend_token(f->store, &s.token, 1), 0);
        end_older(&s);
        allow_narrow_network(&s);
        end_token_soon(&s);
        close_store(f);
        if (i == 0) flip_hot(f, &s.token);
        if (i == 1) flip_row(f, &s.token);
        assert_code(restore(f, APITOKEN_RESTORE_ACCEPT_LOST, NULL), 0);
        assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
        reopen(f);
        expect(&s, "suspended", check(f->store, &s.token), APITOKEN_E_SUSPENDED);
        expect(&s, "resume", suspend_token(f->store, &s.token, 0), 0);
        expect(&s, "the older secret", ask(&s, &s.older, NULL, "10.1.2.3"), APITOKEN_E_UNKNOWN);
        allows_only_that_network(&s);
        f->now_ms += 10 * MINUTE;
        expect(&s, "the end", ask(&s, &s.token, NULL, "10.1.2.3"), APITOKEN_E_EXPIRED);
        assert_int_equal(s.lost, 0);
        assert_int_equal(fixture_teardown(&place), 0);
    }
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_denial_is_lost),
        CASE_ADMIN(what_gave_rights_is_not_carried_over),
        CASE_ADMIN(a_block_holds_for_all_tokens),
        CASE_ADMIN(an_unblock_is_not_carried_over),
        CASE_ADMIN(an_undo_counts_as_the_latest_record_says),
        CASE_ADMIN(an_undo_gives_back_no_more_than_there_was),
        CASE_ADMIN(a_forged_denial_is_not_carried_over),
        cmocka_unit_test(one_record_is_enough),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
