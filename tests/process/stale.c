/* SPDX-License-Identifier: MIT */
/*
 * No stale positives across processes. A verify-only process validates without pause during the
 * whole durable commit of a change that takes something away: a revoke, by id or by text, a rotate,
 * the end of an older secret, a suspension, a block, an earlier end, a network, a purge. The first
 * validate that begins after the call has returned in the other process must refuse.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define ROUNDS 20000       /* or what the variable APITOKEN_STALE_ROUNDS says */
#define CHANGE_ROUNDS 5000 /* of each change but a revoke */
#define CONTROL_ROUNDS 300
#define AHEAD_MS 1000 /* what the clock of the verifying process is ahead */

/* Shared by both processes. Each number is that of the last round that has come so far. */
struct board {
    _Alignas(64) uint32_t posed;   /* the token of the round is there */
    _Alignas(64) uint32_t watched; /* the verifying process has had its first yes */
    _Alignas(64) uint32_t taken;   /* the call that takes it away has returned */
    _Alignas(64) uint32_t judged;  /* a validate that began after that has returned */
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    uint32_t stale; /* rounds in which that validate said yes */
    uint32_t wrong; /* answers other than yes and the refusal, and a no before the change */
    uint64_t asked;
};

/* The changing process: the token of this round, and what the next one may need. */
struct round {
    const struct fixture *f;
    struct made_token token, next;
};

/* A change that takes something away. */
struct change {
    const char *name;
    int code;                      /* what a validate says from then on */
    void (*pose)(struct round *r); /* makes the token of the round, or makes it valid again */
    void (*take)(struct round *r);
    int has_peer; /* the validates name one */
};

/* Where the requests come from, in the verifying process; NULL: nobody says. */
static const apitoken_validate_opts *asked_with;
static apitoken_validate_opts opts_with_peer = APITOKEN_VALIDATE_OPTS_INIT;

/* Who is judged: asks whether the token of a round is good. */
typedef int (*ask_fn)(apitoken_store *store, const struct board *board, uint32_t round);

struct watch {
    struct fixture *f;
    struct board *board;
    const struct change *change;
    ask_fn ask;
    uint32_t rounds;
};

/* ---- changes --------------------------------------------------------------------------------- */

static void make_once(struct round *r) {
    if (r->token.len == 0) r->token = fixture_create(r->f->store, "anna", "round", NULL);
}

static void update(const struct round *r, const apitoken_update_opts *opts) {
    assert_code(
        apitoken_update(r->f->store, LIT("anna"), r->token.id, APITOKEN_ID_LEN, opts, NULL, NULL),
        0);
}

static struct made_token rotate(const struct round *r, int64_t grace_ms) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    struct made_token made = r->token;
    opts.grace_ms = grace_ms;
    opts.flags = grace_ms ? APITOKEN_ROTATE_DROP_OLDER : 0;
    assert_code(apitoken_rotate(r->f->store, LIT("anna"), r->token.id, APITOKEN_ID_LEN, &opts,
                                &secret, NULL),
                0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made.text,
                                       sizeof made.text, &made.len, NULL),
                0);
    apitoken_secret_free(secret);
    return made;
}

static void make_new(struct round *r) {
    r->token = fixture_create(r->f->store, "anna", "round", NULL);
}

static void revoke_new(struct round *r) {
    assert_code(apitoken_revoke(r->f->store, LIT("anna"), r->token.id, APITOKEN_ID_LEN, NULL, NULL),
                0);
}

/* The new secret is that of the next round. */
static void take_next(struct round *r) {
    if (r->next.len) r->token = r->next;
    make_once(r);
}
static void rotate_at_once(struct round *r) { r->next = rotate(r, 0); }

/* It is the older of two secrets that is asked for, and dropped by the next rotate. */
static void take_older(struct round *r) {
    make_once(r);
    if (r->next.len == 0) r->next = rotate(r, APITOKEN_GRACE_MAX_MS);
}
static void drop_older(struct round *r) {
    const struct made_token newest = rotate(r, APITOKEN_GRACE_MAX_MS);
    r->token = r->next;
    r->next = newest;
}

/* The older of two secrets ends, and the newest one is then the older. */
static void take_older_again(struct round *r) {
    make_once(r);
    if (r->next.len) r->token = r->next;
    r->next = rotate(r, APITOKEN_GRACE_MAX_MS);
}
static void end_older(struct round *r) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    update(r, &opts);
}

static void revoke_text(struct round *r) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item item = APITOKEN_REVOKE_ITEM_INIT, *items = &item;
    opts.actor = "root";
    opts.actor_len = 4;
    item.text = r->token.text;
    item.text_len = (uint32_t)r->token.len;
    assert_code(apitoken_revoke_texts(r->f->store, &items, 1, &opts, NULL), 0);
    assert_string_equal(item.id, r->token.id);
}

/* Of an owner who has no other rounds. */
static void set_blocked(struct round *r, int is_blocked) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    if (is_blocked)
        assert_code(apitoken_owner_block(r->f->store, LIT("bert"), &opts, NULL), 0);
    else
        assert_code(apitoken_owner_unblock(r->f->store, LIT("bert"), &opts, NULL), 0);
    if (r->token.len == 0) r->token = fixture_create(r->f->store, "bert", "round", NULL);
}
static void unblock(struct round *r) { set_blocked(r, 0); }
static void block(struct round *r) { set_blocked(r, 1); }

static void set_suspended(struct round *r, uint32_t is_suspended) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    opts.is_suspended = is_suspended;
    make_once(r);
    update(r, &opts);
}
static void resume(struct round *r) { set_suspended(r, 0); }
static void suspend(struct round *r) { set_suspended(r, 1); }

/* An end that has not come here yet is over in the other process, whose clock is ahead. */
static void set_end(struct round *r, uint32_t kind, int64_t ms) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_EXPIRY;
    opts.expiry_kind = kind;
    opts.expiry_ms = ms;
    make_once(r);
    update(r, &opts);
}
static void lift_end(struct round *r) { set_end(r, APITOKEN_EXPIRY_NEVER, 0); }
static void bring_end_forward(struct round *r) {
    set_end(r, APITOKEN_EXPIRY_INSTANT, r->f->now_ms + AHEAD_MS / 2);
}

static const uint8_t peer[] = { 10, 0, 0, 1 };

static void set_networks(struct round *r, const char *networks) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_NETWORKS;
    opts.networks = networks;
    opts.networks_len = (uint32_t)strlen(networks);
    make_once(r);
    update(r, &opts);
}
static void allow_all_networks(struct round *r) { set_networks(r, "*"); }
static void allow_another_network(struct round *r) { set_networks(r, "192.0.2.0/24"); }
static void allow_two_networks(struct round *r) { set_networks(r, "192.0.2.0/24,10.0.0.0/8"); }

/* ---- removals -------------------------------------------------------------------------------- */

static apitoken_store *admin; /* a second handle of the changing process */

/* Removes what has ended by then, which has come only here. Returns how many. */
static uint64_t purge_until(struct fixture *f, int64_t ended_before_ms) {
    apitoken_purge_opts opts = APITOKEN_PURGE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    const int64_t now_ms = f->now_ms;
    f->now_ms = ended_before_ms;
    opts.ended_before_ms = ended_before_ms;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_purge(admin, &opts, &result, NULL), 0);
    f->now_ms = now_ms;
    return result.tokens;
}

/*
 * The token ends at a time that has not come in the process that validates, whose clock stands
 * still: it would be valid there if it were not gone. What other changes have ended in this store
 * goes before the first round.
 */
static void make_ending(struct round *r) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    struct fixture *f = (struct fixture *)(uintptr_t)r->f;
    if (!admin) admin = fixture_open_admin(f);
    if (r->token.len == 0) (void)purge_until(f, f->now_ms + 3 * AHEAD_MS);
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = f->now_ms + 2 * AHEAD_MS;
    r->token = fixture_create(f->store, "gone", "round", &opts);
}

static void purge_ended(struct round *r) {
    struct fixture *f = (struct fixture *)(uintptr_t)r->f;
    assert_int_equal(purge_until(f, f->now_ms + 3 * AHEAD_MS), 1);
}

static void erase_owner(struct round *r) {
    apitoken_erase_opts opts = APITOKEN_ERASE_OPTS_INIT;
    apitoken_purge_result result = APITOKEN_PURGE_RESULT_INIT;
    (void)r;
    opts.actor = "root";
    opts.actor_len = 4;
    assert_code(apitoken_owner_erase(admin, LIT("gone"), &opts, &result, NULL), 0);
    assert_int_equal(result.tokens, 1);
}

static const struct change a_purge = { "a purge", APITOKEN_E_UNKNOWN, make_ending, purge_ended, 0 },
                           an_erase = { "an erase", APITOKEN_E_UNKNOWN, make_ending, erase_owner,
                                        0 };

static const struct change
    a_revoke = { "a revoke", APITOKEN_E_REVOKED, make_new, revoke_new, 0 },
    a_rotate = { "a rotate", APITOKEN_E_UNKNOWN, take_next, rotate_at_once, 0 },
    a_drop = { "the end of an older secret", APITOKEN_E_UNKNOWN, take_older, drop_older, 0 },
    an_end_of_older = { "an end of the older secret now", APITOKEN_E_UNKNOWN, take_older_again,
                        end_older, 0 },
    a_text = { "a revoke by text", APITOKEN_E_REVOKED, make_new, revoke_text, 0 },
    an_older_text = { "a revoke of an older secret by text", APITOKEN_E_UNKNOWN, take_older_again,
                      revoke_text, 0 },
    a_block = { "a block", APITOKEN_E_BLOCKED, unblock, block, 0 },
    a_suspension = { "a suspension", APITOKEN_E_SUSPENDED, resume, suspend, 0 },
    an_end = { "an earlier end", APITOKEN_E_EXPIRED, lift_end, bring_end_forward, 0 },
    a_network = { "a new network", APITOKEN_E_WRONG_NETWORK, allow_all_networks,
                  allow_another_network, 1 },
    no_network = { "the removal of a network", APITOKEN_E_WRONG_NETWORK, allow_two_networks,
                   allow_another_network, 1 };

static const struct change *const all_changes[] = {
    &a_revoke,     &a_rotate, &a_drop,    &an_end_of_older, &a_text,  &an_older_text, &a_block,
    &a_suspension, &an_end,   &a_network, &no_network,      &a_purge, &an_erase
};

/* ---- the process that validates -------------------------------------------------------------- */

static int ask_library(apitoken_store *store, const struct board *board, uint32_t round) {
    (void)round;
    return apitoken_validate(store, board->text, board->len, asked_with, NULL, NULL);
}

/* The negative control: what a cache of positive answers would do. */
static int ask_memory(apitoken_store *store, const struct board *board, uint32_t round) {
    static uint32_t good_in;
    if (good_in == round) return 0;
    int rc = ask_library(store, board, round);
    if (rc == 0) good_in = round;
    return rc;
}

/* Asks until an answer has come to a question that was put after the change returned. */
static void watch_round(const struct watch *w, apitoken_store *store, uint32_t round) {
    struct board *board = w->board;
    for (;;) {
        int is_after = reads(&board->taken) >= round; /* before the question */
        int rc = w->ask(store, board, round);
        board->asked++;
        if (rc != 0 && rc != w->change->code) board->wrong++;
        if (rc == 0 && reads(&board->watched) < round) raise_to(&board->watched, round);
        if (rc != 0 && reads(&board->watched) < round) {
            board->wrong++; /* refused before anything was taken away */
            raise_to(&board->watched, round);
        }
        if (!is_after) continue;
        if (rc == 0) board->stale++;
        return;
    }
}

static int verify(void *ctx) {
    struct watch *w = ctx;
    w->f->now_ms += AHEAD_MS;
    opts_with_peer.peer = peer;
    opts_with_peer.peer_len = sizeof peer;
    asked_with = w->change->has_peer ? &opts_with_peer : NULL;
    apitoken_store *store = fixture_open(w->f, APITOKEN_MODE_VERIFY_ONLY);
    for (uint32_t round = 1; round <= w->rounds; round++) {
        (void)alarm(CHILD_LIMIT_S); /* for a round, not for all of them */
        if (!wait_for(&w->board->posed, round)) return 1;
        watch_round(w, store, round);
        raise_to(&w->board->judged, round);
    }
    apitoken_store_close(store);
    return 0;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void play_round(const struct watch *w, struct round *r, uint32_t round) {
    struct board *board = w->board;
    w->change->pose(r);
    memcpy(board->text, r->token.text, sizeof board->text);
    board->len = r->token.len;
    raise_to(&board->posed, round);
    assert_true(wait_for(&board->watched, round));
    w->change->take(r);
    raise_to(&board->taken, round);
    assert_true(wait_for(&board->judged, round));
}

static struct board *play(struct fixture *f, const struct change *change, ask_fn ask,
                          uint32_t rounds) {
    struct watch w = { f, shared_memory(sizeof(struct board)), change, ask, rounds };
    struct round r = { .f = f };
    pid_t pid = child_start(verify, &w);
    for (uint32_t round = 1; round <= rounds; round++) play_round(&w, &r, round);
    child_join(pid);
    return w.board;
}

static uint32_t rounds_wanted(uint32_t usual) {
    const char *text = getenv("APITOKEN_STALE_ROUNDS");
    return text ? (uint32_t)strtoul(text, NULL, 10) : usual;
}

static void a_remembered_yes_is_caught(void **state) {
    for (size_t i = 0; i < sizeof all_changes / sizeof *all_changes; i++) {
        const struct board *board = play(*state, all_changes[i], ask_memory, CONTROL_ROUNDS);
        print_message("# %s: %u of %d rounds stale\n", all_changes[i]->name, board->stale,
                      CONTROL_ROUNDS);
        assert_int_equal(board->wrong, 0);
        assert_int_equal(board->stale, CONTROL_ROUNDS);
    }
}

static void no_validate_after_a_revoke_says_yes(void **state) {
    uint32_t rounds = rounds_wanted((uint32_t)figure_rounds(ROUNDS, 100 * ROUNDS));
    const struct board *board = play(*state, &a_revoke, ask_library, rounds);
    print_message("# figure stale_rounds %u stale %u\n", rounds, board->stale);
    assert_int_equal(board->wrong, 0);
    assert_true(board->asked > 2 * rounds); /* it did ask while the revokes went on */
    figure_at_least("causal rounds", rounds, 20000);
    figure_at_most("causal rounds, stale positives", board->stale, 0);
}

static void play_change(struct fixture *f, const struct change *change) {
    char name[100];
    uint32_t rounds = (uint32_t)figure_rounds(CHANGE_ROUNDS, 20 * CHANGE_ROUNDS);
    const struct board *board = play(f, change, ask_library, rounds);
    assert_int_equal(board->wrong, 0);
    assert_true(board->asked > 2 * rounds);
    (void)snprintf(name, sizeof name, "causal rounds of %s", change->name);
    figure_at_least(name, rounds, CHANGE_ROUNDS);
    (void)snprintf(name, sizeof name, "causal rounds of %s, stale positives", change->name);
    figure_at_most(name, board->stale, 0);
}

static void no_validate_after_a_rotate_says_yes(void **state) { play_change(*state, &a_rotate); }
static void no_validate_after_the_end_of_an_older_secret_says_yes(void **state) {
    play_change(*state, &a_drop);
}
static void no_validate_after_an_end_of_the_older_secret_now_says_yes(void **state) {
    play_change(*state, &an_end_of_older);
}
static void no_validate_after_a_revoke_by_text_says_yes(void **state) {
    play_change(*state, &a_text);
}
static void no_validate_after_a_revoke_of_an_older_secret_by_text_says_yes(void **state) {
    play_change(*state, &an_older_text);
}
static void no_validate_after_a_block_says_yes(void **state) { play_change(*state, &a_block); }
static void no_validate_after_a_suspension_says_yes(void **state) {
    play_change(*state, &a_suspension);
}
static void no_validate_after_an_earlier_end_says_yes(void **state) {
    play_change(*state, &an_end);
}
static void no_validate_after_a_new_network_says_yes(void **state) {
    play_change(*state, &a_network);
}
static void no_validate_after_the_removal_of_a_network_says_yes(void **state) {
    play_change(*state, &no_network);
}

static void no_validate_after_a_purge_says_yes(void **state) { play_change(*state, &a_purge); }
static void no_validate_after_an_erase_says_yes(void **state) { play_change(*state, &an_erase); }

static const char *how_broken;

/* For a program whose library is broken on purpose (meson.build): it must be found out. */
static void a_broken_library_is_caught(void **state) {
    char name[100];
    uint32_t rounds = rounds_wanted(CONTROL_ROUNDS);
    const struct board *board = play(*state, &a_revoke, ask_library, rounds);
    print_message("# figure stale_rounds %u stale %u\n", rounds, board->stale);
    (void)snprintf(name, sizeof name, "causal rounds of a broken library (%s), stale positives",
                   how_broken);
    figure_at_least(name, board->stale, 1);
}

/* The handle of the process that changes is an administrator's. */
static int setup(void **state) {
    if (fixture_setup(state) != 0) return -1;
    struct fixture *f = *state;
    apitoken_store_close(f->store);
    f->store = fixture_open_admin(f);
    return 0;
}

/* stale [--broken HOW] [CASE...] */
int main(int argc, char **argv) {
    storage_pace_syncs();
    const struct CMUnitTest tests[] = {
        /* an erase reads the whole audit, which is short yet */
        cmocka_unit_test(no_validate_after_an_erase_says_yes),
        cmocka_unit_test(a_remembered_yes_is_caught),
        cmocka_unit_test(no_validate_after_a_revoke_says_yes),
        cmocka_unit_test(no_validate_after_a_rotate_says_yes),
        cmocka_unit_test(no_validate_after_the_end_of_an_older_secret_says_yes),
        cmocka_unit_test(no_validate_after_an_end_of_the_older_secret_now_says_yes),
        cmocka_unit_test(no_validate_after_a_revoke_by_text_says_yes),
        cmocka_unit_test(no_validate_after_a_revoke_of_an_older_secret_by_text_says_yes),
        cmocka_unit_test(no_validate_after_a_block_says_yes),
        cmocka_unit_test(no_validate_after_a_suspension_says_yes),
        cmocka_unit_test(no_validate_after_an_earlier_end_says_yes),
        cmocka_unit_test(no_validate_after_a_new_network_says_yes),
        cmocka_unit_test(no_validate_after_the_removal_of_a_network_says_yes),
        cmocka_unit_test(no_validate_after_a_purge_says_yes),
    };
    const struct CMUnitTest controls[] = { cmocka_unit_test(a_broken_library_is_caught) };
    if (argc < 3 || strcmp(argv[1], "--broken") != 0)
        return run_cases(argc, argv, tests, setup, fixture_teardown);
    how_broken = argv[2];
    return run_cases(argc - 2, argv + 2, controls, setup, fixture_teardown);
}
