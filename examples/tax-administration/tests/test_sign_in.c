/* SPDX-License-Identifier: MIT */
/* Which sign-in may verify its password and when, and the cookie of a known browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs these first */
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "accounts/known_browser.h"
#include "accounts/sign_in_gate.h"
#include "cases.h"

#define PLACE "192.0.2.1"
#define ELSEWHERE "198.51.100.1"
#define HOUR_MS (3600 * 1000)
#define MANY 96 /* attempts that may be present in all */

/* ---- the clock of the gate: linked with --wrap=clock_gettime --------------------------------- */

/* The time, if it is not 0. A thread that waited until a time on it would use the real clock. */
static int64_t fixed_ms;

int __real_clock_gettime(clockid_t clock, struct timespec *ret_time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *ret_time) {
    if (fixed_ms == 0) return __real_clock_gettime(clock, ret_time);
    *ret_time = (struct timespec){ .tv_sec = (time_t)(fixed_ms / 1000),
                                   .tv_nsec = (long)(fixed_ms % 1000) * 1000000 };
    return 0;
}

static int64_t real_ms(void) {
    struct timespec now = { 0, 0 };
    (void)__real_clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int setup(void **state) {
    fixed_ms = 1000000000;
    *state = sign_in_gate_new();
    return *state ? 0 : -1;
}

static int teardown(void **state) {
    fixed_ms = 0;
    sign_in_gate_free(*state);
    return 0;
}

/* ---- one attempt ----------------------------------------------------------------------------- */

/* Who tries: a name, an address, and maybe a known browser. */
struct person {
    const char *name;
    const char *address;
    const unsigned char *browser;
};

static struct sign_in_who who_is(const struct person *person, unsigned char address[16]) {
    bool is_v6 = strchr(person->address, ':') != NULL;
    size_t length = *person->address ? is_v6 ? 16 : 4 : 0;
    if (length > 0)
        assert_int_equal(inet_pton(is_v6 ? AF_INET6 : AF_INET, person->address, address), 1);
    return (struct sign_in_who){ person->name, strlen(person->name), address, length,
                                 person->browser };
}

static int64_t pending(struct sign_in_gate *gate, struct person person) {
    unsigned char address[16];
    struct sign_in_who who = who_is(&person, address);
    return sign_in_gate_pending_ms(gate, &who);
}

static bool enter(struct sign_in_gate *gate, struct person person,
                  struct sign_in_attempt *attempt) {
    unsigned char address[16];
    unsigned retry_s = 0;
    struct sign_in_who who = who_is(&person, address);
    bool is_in = sign_in_gate_enter(gate, &who, attempt, &retry_s);
    if (!is_in) assert_true(retry_s >= 1);
    return is_in;
}

/* As early as possible, on the fixed clock. */
static void try(struct sign_in_gate *gate, struct person person, enum sign_in_outcome outcome) {
    struct sign_in_attempt attempt;
    fixed_ms += pending(gate, person);
    assert_true(enter(gate, person, &attempt));
    sign_in_gate_leave(gate, &attempt, outcome);
}

static void try_wrong(struct sign_in_gate *gate, const char *name, const char *address) {
    try(gate, (struct person){ name, address, NULL }, SIGN_IN_WRONG);
}

static int64_t pending_at(struct sign_in_gate *gate, const char *name, const char *address) {
    return pending(gate, (struct person){ name, address, NULL });
}

/* ---- delays ---------------------------------------------------------------------------------- */

static void delay_grows(void **state) {
    static const int64_t due[] = { 250, 500, 1000, 2000, 4000, 8000, 8000, 8000 };
    assert_int_equal(pending_at(*state, "alice", PLACE), 0);
    for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
        try_wrong(*state, "alice", PLACE);
        assert_int_equal(pending_at(*state, "alice", PLACE), due[i]);
    }
    assert_int_equal(pending_at(*state, "alicf", PLACE), 0);
    assert_int_equal(pending_at(*state, "", PLACE), 0);
    fixed_ms += 3000;
    assert_int_equal(pending_at(*state, "alice", PLACE), 5000);
}

static void right_password_clears_it(void **state) {
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice", PLACE);
    try(*state, (struct person){ "alice", PLACE, NULL }, SIGN_IN_RIGHT);
    assert_int_equal(pending_at(*state, "alice", PLACE), 0);
    try_wrong(*state, "alice", PLACE);
    assert_int_equal(pending_at(*state, "alice", PLACE), 250);
}

static void an_hour_without_attempts_clears_it(void **state) {
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice", PLACE);
    fixed_ms += HOUR_MS - 1;
    try_wrong(*state, "alice", PLACE);
    assert_int_equal(pending_at(*state, "alice", PLACE), 8000);
    fixed_ms += HOUR_MS;
    assert_int_equal(pending_at(*state, "alice", PLACE), 0);
    try_wrong(*state, "alice", PLACE);
    assert_int_equal(pending_at(*state, "alice", PLACE), 250);
}

static void unverified_password_changes_nothing(void **state) {
    for (int i = 0; i < 2; i++) try_wrong(*state, "alice", PLACE);
    int64_t due = pending_at(*state, "alice", PLACE);
    try(*state, (struct person){ "alice", PLACE, NULL }, SIGN_IN_NOT_KNOWN);
    assert_int_equal(pending_at(*state, "alice", PLACE), due);
}

static void wrong_password_makes_the_next_wait(void **state) {
    struct sign_in_attempt attempt;
    struct person alice = { "alice", PLACE, NULL };
    fixed_ms = 0;
    try_wrong(*state, "alice", PLACE);
    int64_t begun = real_ms(), due = pending(*state, alice);
    assert_true(due <= 250);
    assert_true(enter(*state, alice, &attempt));
    assert_true(real_ms() - begun >= due);
    sign_in_gate_leave(*state, &attempt, SIGN_IN_RIGHT);
}

/* ---- lanes ----------------------------------------------------------------------------------- */

/* Makes the address one with failures. */
static void spoil(struct sign_in_gate *gate, const char *address) {
    char name[16];
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "spoil%d", i);
        try_wrong(gate, name, address);
    }
}

static void strangers_delay_no_clean_address(void **state) {
    spoil(*state, PLACE);
    for (int i = 0; i < 8; i++) try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending_at(*state, "bob", PLACE), 8000);
    assert_int_equal(pending_at(*state, "bob", ELSEWHERE), 0);
    try_wrong(*state, "bob", ELSEWHERE); /* who mistypes waits for that alone */
    assert_int_equal(pending_at(*state, "bob", ELSEWHERE), 250);
    try_wrong(*state, "bob", ELSEWHERE);
    assert_int_equal(pending_at(*state, "bob", ELSEWHERE), 500);
}

static void strangers_share_the_delay_of_a_name(void **state) {
    spoil(*state, PLACE);
    spoil(*state, ELSEWHERE);
    for (int i = 0; i < 8; i++) try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending_at(*state, "bob", ELSEWHERE), 8000);
    assert_int_equal(pending_at(*state, "eve", ELSEWHERE), 0);
}

static void strangers_delay_no_known_browser(void **state) {
    static const unsigned char id[KNOWN_BROWSER_ID_LEN] = "a browser", other[sizeof id] = "another";
    struct person known = { "bob", PLACE, id };
    for (int i = 0; i < 40; i++) try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending(*state, known), 0);
    try(*state, known, SIGN_IN_WRONG);
    assert_int_equal(pending(*state, known), 250);
    known.address = ELSEWHERE; /* it takes its delay along */
    assert_int_equal(pending(*state, known), 250);
    known.browser = other;
    assert_int_equal(pending(*state, known), 0);
}

static void a_network_with_many_failures_is_not_clean(void **state) {
    char address[32], name[16];
    for (int i = 0; i < 32; i++) {
        (void)snprintf(address, sizeof address, "192.0.2.%d", 100 + i);
        (void)snprintf(name, sizeof name, "n%d", i);
        try_wrong(*state, name, address);
    }
    try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending_at(*state, "bob", "192.0.2.200"), 250);
    assert_int_equal(pending_at(*state, "bob", "192.0.3.200"), 0);
    fixed_ms += 10 * 300 * 1000; /* some are forgiven */
    try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending_at(*state, "bob", "192.0.2.200"), 0);
}

static void addresses_are_told_apart_by_their_network(void **state) {
    static const char *const same[] = { "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff" };
    try_wrong(*state, "bob", same[0]);
    assert_int_equal(pending_at(*state, "bob", same[1]), 250);
    assert_int_equal(pending_at(*state, "bob", "2001:db8:0:1::1"), 0);
    try_wrong(*state, "bob", PLACE);
    assert_int_equal(pending_at(*state, "bob", "::ffff:" PLACE), 250);
    assert_int_equal(pending_at(*state, "bob", "192.0.2.2"), 0);
    assert_int_equal(pending_at(*state, "bob", "::ffff:192.0.2.2"), 0);
    try_wrong(*state, "bob", ""); /* not known: one source of its own */
    assert_int_equal(pending_at(*state, "bob", ""), 250);
}

static void spraying_is_slowed(void **state) {
    char name[16];
    for (int i = 0; i < 60; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        int64_t due = i <= 10 ? 0 : (i - 10) * 250 < 8000 ? (i - 10) * 250 : 8000;
        /* While it waits, one failure of five minutes ago may be forgiven. */
        assert_in_range(pending_at(*state, name, PLACE), due < 250 ? due : due - 250, due);
        try_wrong(*state, name, PLACE);
    }
    assert_true(pending_at(*state, "alice", PLACE) > 7000);
    assert_int_equal(pending_at(*state, "alice", ELSEWHERE), 0);
    try(*state, (struct person){ "own", PLACE, NULL }, SIGN_IN_RIGHT); /* redeems nothing */
    try_wrong(*state, "another", PLACE);
    assert_true(pending_at(*state, "alice", PLACE) > 7000);
    fixed_ms += 6 * HOUR_MS;
    assert_int_equal(pending_at(*state, "alice", PLACE), 0);
}

/* ---- who waits: each attempt in a thread of its own ------------------------------------------ */

struct waiter {
    struct sign_in_gate *gate;
    char name[24], address[24];
    const unsigned char *browser;
    bool is_in;
    atomic_bool is_refused;
    unsigned retry_s;
    int place;  /* in the order of turns, from 1; 0 = had none */
    int *turns; /* guarded by the turns themselves, of which there is one at a time */
    pthread_t thread;
};

static void *wait_for_turn(void *ctx) {
    struct waiter *waiter = ctx;
    struct person person = { waiter->name, waiter->address, waiter->browser };
    unsigned char address[16];
    struct sign_in_attempt attempt;
    struct sign_in_who who = who_is(&person, address);
    waiter->is_in = sign_in_gate_enter(waiter->gate, &who, &attempt, &waiter->retry_s);
    waiter->is_refused = !waiter->is_in;
    if (!waiter->is_in) return NULL;
    waiter->place = ++*waiter->turns;
    sign_in_gate_leave(waiter->gate, &attempt, SIGN_IN_NOT_KNOWN);
    return NULL;
}

/* What is verified while others come. */
struct stage {
    struct sign_in_gate *gate;
    struct sign_in_attempt verifying[2];
    struct waiter waiters[MANY + 8];
    size_t count;
    int turns;
};

static void open_stage(struct stage *stage, struct sign_in_gate *gate) {
    *stage = (struct stage){ .gate = gate };
    assert_true(enter(gate, (struct person){ "one", "203.0.113.1", NULL }, &stage->verifying[0]));
    assert_true(enter(gate, (struct person){ "two", "203.0.113.2", NULL }, &stage->verifying[1]));
}

static struct waiter *start(struct stage *stage, struct person person) {
    struct waiter *waiter = &stage->waiters[stage->count++];
    *waiter = (struct waiter){ .gate = stage->gate, .turns = &stage->turns };
    waiter->browser = person.browser;
    (void)snprintf(waiter->name, sizeof waiter->name, "%s", person.name);
    (void)snprintf(waiter->address, sizeof waiter->address, "%s", person.address);
    assert_int_equal(pthread_create(&waiter->thread, NULL, wait_for_turn, waiter), 0);
    return waiter;
}

/* Comes and waits. */
static struct waiter *come(struct stage *stage, struct person person) {
    size_t present = sign_in_gate_present(stage->gate);
    struct waiter *waiter = start(stage, person);
    while (sign_in_gate_present(stage->gate) == present) (void)sched_yield();
    return waiter;
}

/* One verification ends, so that those who wait get their turns one after the other. */
static void close_stage(struct stage *stage) {
    sign_in_gate_leave(stage->gate, &stage->verifying[0], SIGN_IN_NOT_KNOWN);
    for (size_t i = 0; i < stage->count; i++)
        assert_int_equal(pthread_join(stage->waiters[i].thread, NULL), 0);
    sign_in_gate_leave(stage->gate, &stage->verifying[1], SIGN_IN_NOT_KNOWN);
    assert_int_equal(sign_in_gate_present(stage->gate), 0);
}

static void wait_for_refusals(struct stage *stage, size_t due) {
    for (size_t refused = 0; refused < due;) {
        refused = 0;
        for (size_t i = 0; i < stage->count; i++) refused += stage->waiters[i].is_refused;
        (void)sched_yield();
    }
}

/* The number-th attempt of a crowd of one network. */
static struct waiter *come_in_crowd(struct stage *stage, int number) {
    char name[24], address[24];
    (void)snprintf(name, sizeof name, "crowd%d", number);
    (void)snprintf(address, sizeof address, "192.0.2.%d", number);
    return come(stage, (struct person){ name, address, NULL });
}

static void networks_take_turns(void **state) {
    struct stage stage;
    open_stage(&stage, *state);
    for (int i = 0; i < 20; i++) come_in_crowd(&stage, i);
    const struct waiter *first = come(&stage, (struct person){ "alice", ELSEWHERE, NULL });
    const struct waiter *second = come(&stage, (struct person){ "bob", ELSEWHERE, NULL });
    close_stage(&stage);
    assert_true(first->place <= 2 && second->place <= 4);
}

static void addresses_of_a_network_take_turns(void **state) {
    struct stage stage;
    open_stage(&stage, *state);
    for (int i = 0; i < 12; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "crowd%d", i);
        come(&stage, (struct person){ name, PLACE, NULL });
    }
    const struct waiter *other = come(&stage, (struct person){ "alice", "192.0.2.2", NULL });
    close_stage(&stage);
    assert_true(other->place <= 2);
}

static void known_browsers_go_first_and_none_waits_for_ever(void **state) {
    static unsigned char ids[20][KNOWN_BROWSER_ID_LEN];
    struct stage stage;
    spoil(*state, PLACE);
    open_stage(&stage, *state);
    const struct waiter *slow = come(&stage, (struct person){ "mallory", PLACE, NULL });
    const struct waiter *clean = come(&stage, (struct person){ "alice", ELSEWHERE, NULL });
    for (unsigned char i = 0; i < 20; i++) {
        ids[i][0] = i;
        (void)come(&stage, (struct person){ "bob", PLACE, ids[i] });
    }
    const struct waiter *known = &stage.waiters[2];
    close_stage(&stage);
    assert_true(known->place <= 3);
    assert_true(clean->place <= 4);
    assert_true(slow->place <= 8);
}

static void a_full_gate_turns_the_crowd_away(void **state) {
    static const unsigned char id[KNOWN_BROWSER_ID_LEN] = "a browser";
    struct stage stage;
    char name[24], address[24];
    open_stage(&stage, *state);
    for (int i = 0; i < MANY - 2; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        (void)snprintf(address, sizeof address, "10.%d.%d.1", i % 4, i / 4 % 2);
        come(&stage, (struct person){ name, address, NULL });
    }
    assert_int_equal(sign_in_gate_present(*state), MANY);
    const struct waiter *refused = start(&stage, (struct person){ "mallory", "10.0.0.2", NULL });
    assert_int_equal(pthread_join(refused->thread, NULL), 0);
    assert_false(refused->is_in);
    stage.count--;
    const struct waiter *alice = start(&stage, (struct person){ "alice", ELSEWHERE, NULL });
    const struct waiter *bob = start(&stage, (struct person){ "bob", "10.0.0.3", id });
    wait_for_refusals(&stage, 2); /* each of them has sent one of the crowd away */
    close_stage(&stage);
    size_t in = 0;
    for (size_t i = 0; i < stage.count; i++) in += stage.waiters[i].is_in;
    assert_true(alice->is_in && bob->is_in);
    assert_int_equal(in, MANY - 2);
}

static void a_network_fills_only_its_part(void **state) {
    struct stage stage;
    struct sign_in_attempt attempt;
    open_stage(&stage, *state);
    for (int i = 0; i < 32; i++) come_in_crowd(&stage, i);
    assert_false(enter(*state, (struct person){ "late", "192.0.2.200", NULL }, &attempt));
    (void)come(&stage, (struct person){ "alice", ELSEWHERE, NULL });
    close_stage(&stage);
    assert_int_equal(stage.turns, 33);
}

static void an_address_fills_only_its_part(void **state) {
    struct stage stage;
    struct sign_in_attempt attempt;
    char name[16];
    open_stage(&stage, *state);
    for (int i = 0; i < 16; i++) {
        (void)snprintf(name, sizeof name, "crowd%d", i);
        come(&stage, (struct person){ name, PLACE, NULL });
    }
    assert_false(enter(*state, (struct person){ "late", PLACE, NULL }, &attempt));
    (void)come_in_crowd(&stage, 200);
    close_stage(&stage);
    assert_int_equal(stage.turns, 17);
}

static void few_wait_at_a_name_from_one_address(void **state) {
    struct stage stage;
    struct sign_in_attempt attempt;
    for (int i = 0; i < 5; i++) try_wrong(*state, "alice", PLACE);
    fixed_ms += 4000;
    open_stage(&stage, *state);
    for (int i = 0; i < 4; i++) come(&stage, (struct person){ "alice", PLACE, NULL });
    unsigned char address[16];
    unsigned retry_s = 0;
    struct person late = { "alice", PLACE, NULL };
    struct sign_in_who who = who_is(&late, address);
    assert_false(sign_in_gate_enter(*state, &who, &attempt, &retry_s));
    assert_int_equal(retry_s, 16); /* four are ahead of it, at four seconds each */
    sign_in_gate_stop(*state);
    for (size_t i = 0; i < stage.count; i++) {
        assert_int_equal(pthread_join(stage.waiters[i].thread, NULL), 0);
        assert_false(stage.waiters[i].is_in);
    }
    assert_false(enter(*state, (struct person){ "bob", ELSEWHERE, NULL }, &attempt));
    stage.count = 0;
    close_stage(&stage);
}

static void slow_attempts_at_a_name_make_room_for_another_network(void **state) {
    struct stage stage;
    for (int i = 1; i <= 4; i++) {
        char address[24];
        (void)snprintf(address, sizeof address, "192.0.2.%d", i);
        spoil(*state, address);
    }
    spoil(*state, ELSEWHERE);
    open_stage(&stage, *state);
    for (int i = 1; i <= 4; i++) {
        char address[24];
        (void)snprintf(address, sizeof address, "192.0.2.%d", i);
        come(&stage, (struct person){ "bob", address, NULL });
    }
    const struct waiter *other = start(&stage, (struct person){ "bob", ELSEWHERE, NULL });
    wait_for_refusals(&stage, 1); /* one of the four */
    close_stage(&stage);
    assert_true(other->is_in && other->place <= 2);
    assert_int_equal(stage.turns, 4);
}

/* What was refused leaves no trace: a flood of it pushes no delay out of the tables. */
static void refused_attempts_push_nothing_out(void **state) {
    struct stage stage;
    struct sign_in_attempt attempt;
    char name[16];
    for (int i = 0; i < 6; i++) try_wrong(*state, "alice", ELSEWHERE);
    open_stage(&stage, *state);
    for (int i = 0; i < 16; i++) {
        (void)snprintf(name, sizeof name, "crowd%d", i);
        come(&stage, (struct person){ name, PLACE, NULL });
    }
    for (int i = 0; i < 60000; i++) {
        fixed_ms += i % 100 == 0;
        (void)snprintf(name, sizeof name, "made%d", i);
        assert_false(enter(*state, (struct person){ name, PLACE, NULL }, &attempt));
    }
    assert_int_not_equal(pending_at(*state, "alice", ELSEWHERE), 0);
    close_stage(&stage);
}

static void more_names_than_entries(void **state) {
    char name[24], address[24];
    try_wrong(*state, "alice", PLACE);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        (void)snprintf(address, sizeof address, "10.%d.%d.1", i / 256, i % 256);
        try_wrong(*state, name, address);
    }
    assert_int_equal(pending_at(*state, "alice", PLACE), 0);
    assert_int_equal(pending_at(*state, name, address), 250);
}

/* Threads that enter at one name from one address; only their turns guard what they share. */
struct turns {
    struct sign_in_gate *gate;
    int inside; /* changed between enter and leave */
};

static void *take_turns(void *ctx) {
    struct turns *turns = ctx;
    struct sign_in_attempt attempt;
    for (int i = 0; i < 100;) {
        if (enter(turns->gate, (struct person){ "alice", PLACE, NULL }, &attempt)) {
            turns->inside++;
            i++;
            sign_in_gate_leave(turns->gate, &attempt, SIGN_IN_RIGHT);
        } else {
            (void)sched_yield();
        }
    }
    return NULL;
}

static void attempts_take_turns(void **state) {
    struct turns turns = { .gate = *state };
    pthread_t threads[6];
    fixed_ms = 0;
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &turns), 0);
    for (size_t i = 0; i < 6; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(turns.inside, 600);
}

/* ---- the cookie of a known browser ----------------------------------------------------------- */

static const unsigned char key[KNOWN_BROWSER_KEY_LEN] = "the host's key";
static const int64_t day_s = 24 * 60 * 60, made_s = INT64_C(1900000000);

static bool is_known(const char *name, const char *text, int64_t now_s) {
    unsigned char id[KNOWN_BROWSER_ID_LEN];
    struct known_browser_claim claim = { name, strlen(name), text, strlen(text) };
    return known_browser_check(key, &claim, now_s, id);
}

static void a_browser_is_known_at_its_name(void **state) {
    char text[KNOWN_BROWSER_TEXT_LEN + 1], other[sizeof text];
    unsigned char ids[2][KNOWN_BROWSER_ID_LEN];
    (void)state;
    known_browser_make(key, "alice", made_s, text);
    known_browser_make(key, "alice", made_s, other);
    assert_int_equal(strlen(text), KNOWN_BROWSER_TEXT_LEN);
    struct known_browser_claim claim = { "alice", 5, text, strlen(text) };
    assert_true(known_browser_check(key, &claim, made_s, ids[0]));
    claim.text = other;
    assert_true(known_browser_check(key, &claim, made_s, ids[1]));
    assert_memory_not_equal(ids[0], ids[1], sizeof ids[0]);
    assert_false(is_known("alic", text, made_s));
    assert_false(is_known("alicf", text, made_s));
    assert_false(is_known("", text, made_s));
}

static void a_browser_is_known_for_half_a_year(void **state) {
    char text[KNOWN_BROWSER_TEXT_LEN + 1];
    (void)state;
    known_browser_make(key, "alice", made_s, text);
    assert_true(is_known("alice", text, made_s + 180 * day_s));
    assert_false(is_known("alice", text, made_s + 182 * day_s));
    assert_true(is_known("alice", text, made_s - day_s));
    assert_false(is_known("alice", text, made_s - 3 * day_s));
}

static void every_changed_text_is_refused(void **state) {
    static const unsigned char other_key[KNOWN_BROWSER_KEY_LEN] = "another host's key";
    char text[KNOWN_BROWSER_TEXT_LEN + 2];
    unsigned char id[KNOWN_BROWSER_ID_LEN];
    (void)state;
    known_browser_make(key, "alice", made_s, text);
    struct known_browser_claim claim = { "alice", 5, text, strlen(text) };
    assert_false(known_browser_check(other_key, &claim, made_s, id));
    for (size_t i = 0; i < KNOWN_BROWSER_TEXT_LEN; i++) {
        char kept = text[i];
        text[i] = kept == 'B' ? 'C' : 'B';
        assert_false(is_known("alice", text, made_s));
        text[i] = '!';
        assert_false(is_known("alice", text, made_s));
        text[i] = '\0';
        assert_false(is_known("alice", text, made_s));
        text[i] = kept;
    }
    text[KNOWN_BROWSER_TEXT_LEN] = 'A';
    text[KNOWN_BROWSER_TEXT_LEN + 1] = '\0';
    assert_false(is_known("alice", text, made_s));
    text[KNOWN_BROWSER_TEXT_LEN] = '\0';
    assert_true(is_known("alice", text, made_s));
}

#define GATE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        GATE_TEST(delay_grows),
        GATE_TEST(right_password_clears_it),
        GATE_TEST(an_hour_without_attempts_clears_it),
        GATE_TEST(unverified_password_changes_nothing),
        GATE_TEST(wrong_password_makes_the_next_wait),
        GATE_TEST(strangers_delay_no_clean_address),
        GATE_TEST(strangers_share_the_delay_of_a_name),
        GATE_TEST(strangers_delay_no_known_browser),
        GATE_TEST(a_network_with_many_failures_is_not_clean),
        GATE_TEST(addresses_are_told_apart_by_their_network),
        GATE_TEST(spraying_is_slowed),
        GATE_TEST(networks_take_turns),
        GATE_TEST(addresses_of_a_network_take_turns),
        GATE_TEST(known_browsers_go_first_and_none_waits_for_ever),
        GATE_TEST(a_full_gate_turns_the_crowd_away),
        GATE_TEST(a_network_fills_only_its_part),
        GATE_TEST(an_address_fills_only_its_part),
        GATE_TEST(few_wait_at_a_name_from_one_address),
        GATE_TEST(slow_attempts_at_a_name_make_room_for_another_network),
        GATE_TEST(refused_attempts_push_nothing_out),
        GATE_TEST(more_names_than_entries),
        GATE_TEST(attempts_take_turns),
        cmocka_unit_test(a_browser_is_known_at_its_name),
        cmocka_unit_test(a_browser_is_known_for_half_a_year),
        cmocka_unit_test(every_changed_text_is_refused),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
