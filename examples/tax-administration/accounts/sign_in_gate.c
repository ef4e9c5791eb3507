/* SPDX-License-Identifier: MIT */
#include "accounts/sign_in_gate.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accounts/password.h"
#include "accounts/trackers.h"
#include "clocks.h"

#define PRESENT_MAX 96 /* far fewer than connections, so that other requests find one */
#define PRESENT_OF_NETWORK_MAX 32
#define PRESENT_OF_SOURCE_MAX 16
#define PRESENT_OF_OWN_MAX 4 /* of one address at one name, or of one known browser */
#define PRESENT_SLOW_AT_NAME_MAX 4
#define CLEAN_FAILURES_OF_SOURCE 3 /* fewer than this: a person may mistype */
#define CLEAN_FAILURES_OF_NETWORK 32
#define SPRAY_FREE 10 /* so many wrong passwords of an address cost it no delay at other names */
#define SPRAY_STEP_MS 250
#define SPRAY_MAX_MS 8000
#define ADDRESS_MAX 16

enum lane { LANE_KNOWN, LANE_CLEAN, LANE_SLOW };

enum kind { KIND_NAME, KIND_SOURCE, KIND_NETWORK, KIND_PAIR, KIND_BROWSER, KINDS };

struct sign_in_gate {
    pthread_mutex_t lock;
    bool is_stopped;
    unsigned running;
    uint64_t arrivals, turns;
    size_t present;
    struct sign_in_attempt *attempts[PRESENT_MAX];
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct tracker_table tables[KINDS];
};

struct sign_in_gate *sign_in_gate_new(void) {
    if (sodium_init() < 0) return NULL;
    struct sign_in_gate *gate = calloc(1, sizeof *gate);
    if (!gate) return NULL;
    if (pthread_mutex_init(&gate->lock, NULL) != 0) {
        free(gate);
        return NULL;
    }
    crypto_shorthash_keygen(gate->key);
    return gate;
}

void sign_in_gate_free(struct sign_in_gate *gate) {
    if (!gate) return;
    pthread_mutex_destroy(&gate->lock);
    sodium_memzero(gate, sizeof *gate);
    free(gate);
}

/* ---- who it is ------------------------------------------------------------------------------- */

/* One attempt's entries in the tables, by their hashes. */
struct hashes {
    uint64_t own, name, source, network;
    enum kind own_kind;
};

static uint64_t hash_bytes(const struct sign_in_gate *gate, const void *bytes, size_t length) {
    unsigned char digest[crypto_shorthash_BYTES];
    uint64_t hash;
    _Static_assert(sizeof digest == sizeof hash, "a hash is a number");
    crypto_shorthash(digest, bytes, length, gate->key);
    memcpy(&hash, digest, sizeof hash);
    return hash ? hash : 1;
}

/* The first bits of the address. An IPv4 address that came by an IPv6 socket is an IPv4 address. */
static uint64_t hash_prefix(const struct sign_in_gate *gate, const struct sign_in_who *who,
                            size_t v4_bytes, size_t v6_bytes) {
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    const unsigned char *address = who->address;
    size_t length = who->address_length;
    if (length == ADDRESS_MAX && memcmp(address, mapped, sizeof mapped) == 0) {
        address += sizeof mapped;
        length = 4;
    }
    return hash_bytes(gate, address, length == 4 ? v4_bytes : length == ADDRESS_MAX ? v6_bytes : 0);
}

static struct hashes hash_who(const struct sign_in_gate *gate, const struct sign_in_who *who) {
    struct hashes hashes = { .name = hash_bytes(gate, who->name, who->name_length),
                             .source = hash_prefix(gate, who, 4, 8),
                             .network = hash_prefix(gate, who, 3, 6) };
    const uint64_t pair[] = { hashes.name, hashes.source };
    hashes.own_kind = who->browser ? KIND_BROWSER : KIND_PAIR;
    hashes.own = who->browser ? hash_bytes(gate, who->browser, KNOWN_BROWSER_ID_LEN)
                              : hash_bytes(gate, pair, sizeof pair);
    return hashes;
}

/* ---- lanes and delays: the functions below are called with the lock held --------------------- */

static enum lane lane_of(const struct sign_in_attempt *attempt, int64_t now) {
    if (attempt->is_known) return LANE_KNOWN;
    bool is_clean = tracker_failures(attempt->source, now) < CLEAN_FAILURES_OF_SOURCE &&
                    tracker_failures(attempt->network, now) < CLEAN_FAILURES_OF_NETWORK;
    return is_clean ? LANE_CLEAN : LANE_SLOW;
}

static int64_t longer(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t attempt_pending_ms(const struct sign_in_attempt *attempt, int64_t now) {
    int64_t ms = tracker_pending_ms(attempt->own, now);
    if (lane_of(attempt, now) != LANE_SLOW) return ms;
    ms = longer(ms, tracker_pending_ms(attempt->name, now));
    return longer(ms, tracker_pending_ms(attempt->source, now));
}

static bool is_ready(const struct sign_in_attempt *attempt, int64_t now) {
    if (attempt->state != ATTEMPT_WAITS || attempt->own->is_busy) return false;
    if (lane_of(attempt, now) == LANE_SLOW && attempt->name->is_busy) return false;
    return attempt_pending_ms(attempt, now) == 0;
}

static unsigned retry_s(const struct sign_in_attempt *attempt, int64_t now) {
    int64_t ms = attempt_pending_ms(attempt, now) + attempt->own->present * attempt->own->delay_ms;
    return ms <= 1000 ? 1 : (unsigned)((ms + 999) / 1000);
}

static void count_wrong(struct sign_in_attempt *attempt, int64_t now) {
    tracker_delay(attempt->own, now);
    if (!attempt->is_known) tracker_delay(attempt->name, now);
    tracker_count_failure(attempt->source, now);
    tracker_count_failure(attempt->network, now);
    /* Many wrong passwords at many names: nobody mistypes all of them. */
    unsigned failures = tracker_failures(attempt->source, now);
    int64_t ms = failures > SPRAY_FREE ? (int64_t)(failures - SPRAY_FREE) * SPRAY_STEP_MS : 0;
    attempt->source->ready_ms = now + (ms < SPRAY_MAX_MS ? ms : SPRAY_MAX_MS);
}

/* ---- whose turn it is ------------------------------------------------------------------------ */

/* The lane that goes first in this turn, so that none waits for ever. */
static enum lane preferred_lane(const struct sign_in_gate *gate) {
    static const enum lane order[] = { LANE_KNOWN, LANE_CLEAN, LANE_KNOWN, LANE_SLOW };
    return order[gate->turns % (sizeof order / sizeof *order)];
}

static bool is_earlier(const struct sign_in_attempt *a, const struct sign_in_attempt *b) {
    if (a->network->served != b->network->served) return a->network->served < b->network->served;
    if (a->source->served != b->source->served) return a->source->served < b->source->served;
    return a->number < b->number;
}

static struct sign_in_attempt *pick(const struct sign_in_gate *gate, int64_t now) {
    struct sign_in_attempt *picked = NULL;
    enum lane preferred = preferred_lane(gate);
    int best = 0;
    for (size_t i = 0; i < gate->present; i++) {
        struct sign_in_attempt *attempt = gate->attempts[i];
        if (!is_ready(attempt, now)) continue;
        enum lane lane = lane_of(attempt, now);
        int rank = lane == preferred ? 0 : 1 + (int)lane;
        if (picked && (rank > best || (rank == best && !is_earlier(attempt, picked)))) continue;
        picked = attempt;
        best = rank;
    }
    return picked;
}

static void start_next(struct sign_in_gate *gate) {
    while (gate->running < PASSWORD_HASHES_MAX) {
        int64_t now = monotonic_clock_ms();
        struct sign_in_attempt *attempt = pick(gate, now);
        if (!attempt) return;
        gate->running++;
        gate->turns++;
        attempt->network->served = attempt->source->served = gate->turns;
        attempt->own->is_busy = true;
        attempt->holds_name = lane_of(attempt, now) == LANE_SLOW;
        if (attempt->holds_name) attempt->name->is_busy = true;
        attempt->state = ATTEMPT_RUNS;
        pthread_cond_signal(&attempt->changed);
    }
}

/* ---- coming and going ------------------------------------------------------------------------ */

/* What is remembered of the attempt's own, name, source and network, in this order. */
#define BLANKS 4

/* Finds without adding, so that attempts that are refused push nothing out of the tables. */
static void look_up(struct sign_in_gate *gate, const struct hashes *hashes,
                    struct sign_in_attempt *attempt, struct tracker blanks[BLANKS]) {
    struct tracker_table *tables = gate->tables;
    struct tracker *own = tracker_find(&tables[hashes->own_kind], hashes->own);
    struct tracker *name = tracker_find(&tables[KIND_NAME], hashes->name);
    struct tracker *source = tracker_find(&tables[KIND_SOURCE], hashes->source);
    struct tracker *network = tracker_find(&tables[KIND_NETWORK], hashes->network);
    memset(blanks, 0, BLANKS * sizeof *blanks);
    attempt->own = own ? own : &blanks[0];
    attempt->name = name ? name : &blanks[1];
    attempt->source = source ? source : &blanks[2];
    attempt->network = network ? network : &blanks[3];
}

static bool find_or_add(struct sign_in_gate *gate, const struct hashes *hashes, int64_t now,
                        struct sign_in_attempt *attempt) {
    struct tracker_table *tables = gate->tables;
    attempt->own = tracker_find_or_add(&tables[hashes->own_kind], hashes->own, now);
    attempt->name = tracker_find_or_add(&tables[KIND_NAME], hashes->name, now);
    attempt->source = tracker_find_or_add(&tables[KIND_SOURCE], hashes->source, now);
    attempt->network = tracker_find_or_add(&tables[KIND_NETWORK], hashes->network, now);
    return attempt->own && attempt->name && attempt->source && attempt->network;
}

static void change_present(struct sign_in_attempt *attempt, int by) {
    struct tracker *const all[] = { attempt->own, attempt->name, attempt->source,
                                    attempt->network };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]->present += (unsigned)by;
        all[i]->used_ms = monotonic_clock_ms();
    }
}

static void add(struct sign_in_gate *gate, struct sign_in_attempt *attempt) {
    attempt->number = gate->arrivals++;
    gate->attempts[gate->present++] = attempt;
    change_present(attempt, 1);
}

static void drop(struct sign_in_gate *gate, struct sign_in_attempt *attempt) {
    size_t at = 0;
    while (gate->attempts[at] != attempt) at++;
    gate->attempts[at] = gate->attempts[--gate->present];
    change_present(attempt, -1);
}

/* Positive if `a` should rather be told to come back than `b`; each has these others present. */
static int compare_burden(const struct sign_in_attempt *a, const struct sign_in_attempt *b,
                          unsigned more_of_b, int64_t now) {
    int lanes = (int)lane_of(a, now) - (int)lane_of(b, now);
    int networks = (int)a->network->present - (int)(b->network->present + more_of_b);
    int sources = (int)a->source->present - (int)(b->source->present + more_of_b);
    return lanes != 0 ? lanes : networks != 0 ? networks : sources;
}

/* Attempts that share a limit: all of a network, the slow ones at a name, or all of them. */
struct scope {
    const struct tracker *network, *slow_at_name; /* NULL = any */
    size_t max;
};

static bool is_in_scope(const struct scope *scope, const struct sign_in_attempt *attempt,
                        int64_t now) {
    if (scope->network && (attempt->is_known || attempt->network != scope->network)) return false;
    return !scope->slow_at_name ||
           (attempt->name == scope->slow_at_name && lane_of(attempt, now) == LANE_SLOW);
}

/* Refuses one who waits if the newcomer is less of a burden. False if the newcomer must go. */
static bool make_room(struct sign_in_gate *gate, const struct scope *scope,
                      const struct sign_in_attempt *newcomer, int64_t now) {
    struct sign_in_attempt *worst = NULL;
    size_t count = 0;
    for (size_t i = 0; i < gate->present; i++) {
        struct sign_in_attempt *attempt = gate->attempts[i];
        if (!is_in_scope(scope, attempt, now)) continue;
        count++;
        if (attempt->state == ATTEMPT_WAITS &&
            (!worst || compare_burden(attempt, worst, 0, now) >= 0))
            worst = attempt;
    }
    if (count < scope->max) return true;
    if (!worst || compare_burden(worst, newcomer, 1, now) <= 0) return false;
    worst->state = ATTEMPT_REFUSED;
    drop(gate, worst);
    pthread_cond_signal(&worst->changed);
    return true;
}

static bool admit(struct sign_in_gate *gate, struct sign_in_attempt *newcomer, int64_t now) {
    const struct scope all = { NULL, NULL, PRESENT_MAX },
                       network = { newcomer->network, NULL, PRESENT_OF_NETWORK_MAX },
                       name = { NULL, newcomer->name, PRESENT_SLOW_AT_NAME_MAX };
    if (newcomer->own->present >= PRESENT_OF_OWN_MAX) return false;
    if (!newcomer->is_known) {
        if (newcomer->source->present >= PRESENT_OF_SOURCE_MAX) return false;
        if (!make_room(gate, &network, newcomer, now)) return false;
        if (lane_of(newcomer, now) == LANE_SLOW && !make_room(gate, &name, newcomer, now))
            return false;
    }
    return make_room(gate, &all, newcomer, now);
}

static void wait_for_change(struct sign_in_gate *gate, struct sign_in_attempt *attempt) {
    int64_t now = monotonic_clock_ms(), pending = attempt_pending_ms(attempt, now);
    if (pending > 0) {
        int64_t end = now + pending;
        struct timespec until = { .tv_sec = (time_t)(end / 1000),
                                  .tv_nsec = (long)(end % 1000) * 1000000 };
        (void)pthread_cond_timedwait(&attempt->changed, &gate->lock, &until);
    } else {
        (void)pthread_cond_wait(&attempt->changed, &gate->lock);
    }
}

static bool enter_locked(struct sign_in_gate *gate, const struct hashes *hashes,
                         struct sign_in_attempt *attempt, unsigned *ret_retry_s) {
    int64_t now = monotonic_clock_ms();
    struct tracker blanks[BLANKS];
    if (gate->is_stopped) return false;
    look_up(gate, hashes, attempt, blanks);
    if (!admit(gate, attempt, now)) {
        *ret_retry_s = retry_s(attempt, now);
        return false;
    }
    if (!find_or_add(gate, hashes, now, attempt)) return false;
    add(gate, attempt);
    start_next(gate);
    while (attempt->state == ATTEMPT_WAITS) {
        wait_for_change(gate, attempt);
        if (attempt->state == ATTEMPT_WAITS) start_next(gate);
    }
    return attempt->state == ATTEMPT_RUNS;
}

/* Their delays or lanes may have changed. */
static void wake_related(struct sign_in_gate *gate, const struct sign_in_attempt *gone) {
    for (size_t i = 0; i < gate->present; i++) {
        struct sign_in_attempt *attempt = gate->attempts[i];
        if (attempt->state != ATTEMPT_WAITS) continue;
        if (attempt->own == gone->own || attempt->name == gone->name ||
            attempt->network == gone->network)
            pthread_cond_signal(&attempt->changed);
    }
}

static void leave_locked(struct sign_in_gate *gate, struct sign_in_attempt *attempt,
                         enum sign_in_outcome outcome) {
    int64_t now = monotonic_clock_ms();
    gate->running--;
    attempt->own->is_busy = false;
    if (attempt->holds_name) attempt->name->is_busy = false;
    drop(gate, attempt);
    if (outcome == SIGN_IN_WRONG) count_wrong(attempt, now);
    if (outcome == SIGN_IN_RIGHT) {
        tracker_clear_delay(attempt->own);
        tracker_clear_delay(attempt->name);
    }
    /* The delay begins again: what could not be verified is not free of charge. */
    if (outcome == SIGN_IN_NOT_KNOWN) attempt->own->ready_ms = now + attempt->own->delay_ms;
    start_next(gate);
    wake_related(gate, attempt);
}

/* ---- the interface --------------------------------------------------------------------------- */

static bool init_wait(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
    bool is_ready = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                    pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_ready;
}

bool sign_in_gate_enter(struct sign_in_gate *gate, const struct sign_in_who *who,
                        struct sign_in_attempt *attempt, unsigned *ret_retry_s) {
    struct hashes hashes = hash_who(gate, who);
    *attempt = (struct sign_in_attempt){ .is_known = who->browser != NULL };
    *ret_retry_s = 1;
    if (!init_wait(&attempt->changed)) return false;
    pthread_mutex_lock(&gate->lock);
    bool is_in = enter_locked(gate, &hashes, attempt, ret_retry_s);
    pthread_mutex_unlock(&gate->lock);
    pthread_cond_destroy(&attempt->changed);
    return is_in;
}

void sign_in_gate_leave(struct sign_in_gate *gate, struct sign_in_attempt *attempt,
                        enum sign_in_outcome outcome) {
    pthread_mutex_lock(&gate->lock);
    leave_locked(gate, attempt, outcome);
    pthread_mutex_unlock(&gate->lock);
}

void sign_in_gate_stop(struct sign_in_gate *gate) {
    pthread_mutex_lock(&gate->lock);
    gate->is_stopped = true;
    for (size_t i = gate->present; i-- > 0;) {
        struct sign_in_attempt *attempt = gate->attempts[i];
        if (attempt->state != ATTEMPT_WAITS) continue;
        attempt->state = ATTEMPT_REFUSED;
        drop(gate, attempt);
        pthread_cond_signal(&attempt->changed);
    }
    pthread_mutex_unlock(&gate->lock);
}

size_t sign_in_gate_present(struct sign_in_gate *gate) {
    pthread_mutex_lock(&gate->lock);
    size_t present = gate->present;
    pthread_mutex_unlock(&gate->lock);
    return present;
}

int64_t sign_in_gate_pending_ms(struct sign_in_gate *gate, const struct sign_in_who *who) {
    struct hashes hashes = hash_who(gate, who);
    struct sign_in_attempt attempt = { .is_known = who->browser != NULL };
    struct tracker blanks[BLANKS];
    pthread_mutex_lock(&gate->lock);
    look_up(gate, &hashes, &attempt, blanks);
    int64_t ms = attempt_pending_ms(&attempt, monotonic_clock_ms());
    pthread_mutex_unlock(&gate->lock);
    return ms;
}
