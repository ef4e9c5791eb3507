/* SPDX-License-Identifier: MIT */
/*
 * The duration of a digest and of a comparison does not depend on whether the first characters are
 * right: Welch's t-test over measurements of two classes of input, in random order (the method of
 * dudect, O. Reparaz, J. Balasch, I. Verbauwhede, 2017). Beside each subject a control that returns
 * early is measured. The same number of measurements must expose the control, or the result means
 * nothing.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "outside/crypto.h"
#include "cases.h"
#include "figure.h"
#include "samples.h"

#define MEASUREMENTS 200000 /* of each: subject and control, in both classes together */
#define ATTEMPTS 5          /* a busy machine may spoil some */
#define T_MAX 10.0
#define INPUT_MAX 128
#define REPEATS 16 /* a comparison alone is too short for the clock */

enum { SUBJECT, CONTROL, WHOS };

struct measurement {
    uint64_t ticks;
    uint8_t who, class; /* 1: the first characters are wrong */
};

/*
 * What is measured: inputs of both classes, which are copied to one place, since places differ in
 * time, too.
 */
struct harness {
    const char *name;
    size_t len;
    int (*run[WHOS])(const uint8_t *input);
    uint8_t inputs[2][INPUT_MAX], input[INPUT_MAX];
};

static struct measurement done[WHOS * MEASUREMENTS];
static uint64_t sorted[WHOS * MEASUREMENTS];

/* ---- the clock ------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#include <x86intrin.h>

/*
 * Whose turn it is the processor guesses, and it begins with the wrong one every other time. What a
 * control began, whose work depends on the class, would then be in the time of a subject.
 */
static void begin_no_sooner(void) { _mm_lfence(); }

static uint64_t ticks(void) {
    _mm_lfence();
    const uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
}
#else
static void begin_no_sooner(void) {}

static uint64_t ticks(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
#endif

/* ---- what is measured ------------------------------------------------------------------------ */

static struct atk_keys keys;
static uint8_t verifier[ATK_VERIFIER_LEN];
static volatile int sink;

/* What a comparison must not be. */
__attribute__((noinline)) static int early_equal(const uint8_t *a, const uint8_t *b, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i]) return 0;
        __asm__ volatile("" ::: "memory"); /* one at a time */
    }
    return 1;
}

static int token_ours(const uint8_t *text) {
    begin_no_sooner();
    uint8_t digest[ATK_VERIFIER_LEN];
    atk_digest(&keys.key[0], (const char *)text, strlen(VECTOR_TOKEN), digest);
    return atk_digest_equal(digest, verifier);
}

static int token_early(const uint8_t *text) {
    begin_no_sooner();
    uint8_t digest[ATK_VERIFIER_LEN];
    atk_digest(&keys.key[0], (const char *)text, strlen(VECTOR_TOKEN), digest);
    return early_equal(digest, verifier, sizeof digest);
}

static int verifier_ours(const uint8_t *digest) {
    begin_no_sooner();
    int equal = 0;
    for (int i = 0; i < REPEATS; i++) equal += atk_digest_equal(digest, verifier);
    return equal;
}

static int verifier_early(const uint8_t *digest) {
    begin_no_sooner();
    int equal = 0;
    for (int i = 0; i < REPEATS; i++) equal += early_equal(digest, verifier, ATK_VERIFIER_LEN);
    return equal;
}

/* ---- the measurement ------------------------------------------------------------------------- */

static int by_ticks(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/*
 * Reads both, in the same order: what that does to the caches does not depend on the class,
 * wherever this process has them.
 */
static void take_input(struct harness *h, unsigned class) {
    const uint8_t mask = (uint8_t)(0u - class);
    for (size_t i = 0; i < h->len; i++)
        h->input[i] = (uint8_t)((h->inputs[0][i] & ~mask) | (h->inputs[1][i] & mask));
}

static void measure(struct harness *h) {
    for (size_t i = 0; i < ATK_LEN(done); i++) {
        uint8_t drawn;
        atk_random(&drawn, 1);
        done[i].class = drawn & 1;
        done[i].who = drawn >> 1 & 1;
    }
    for (size_t i = 0; i < ATK_LEN(done); i++) {
        take_input(h, done[i].class);
        const uint64_t from = ticks();
        sink = h->run[done[i].who](h->input);
        done[i].ticks = ticks() - from;
    }
}

/* Welch's t of the two classes, of those that took no longer than `limit`. */
static double welch(int who, uint64_t limit) {
    double n[2] = { 0, 0 }, mean[2] = { 0, 0 }, squares[2] = { 0, 0 };
    for (size_t i = 0; i < ATK_LEN(done); i++) {
        const struct measurement *m = &done[i];
        if (m->who != who || m->ticks > limit) continue;
        const double x = (double)m->ticks, delta = x - mean[m->class];
        mean[m->class] += delta / ++n[m->class];
        squares[m->class] += delta * (x - mean[m->class]);
    }
    if (n[0] < 100 || n[1] < 100) return 0;
    const double spread = squares[0] / (n[0] - 1) / n[0] + squares[1] / (n[1] - 1) / n[1];
    return spread > 0 ? fabs(mean[0] - mean[1]) / sqrt(spread) : mean[0] == mean[1] ? 0 : INFINITY;
}

/* The largest over several crops: what an interrupt has lengthened says nothing about the input. */
static double worst(int who) {
    static const unsigned percent[] = { 100, 99, 95, 90, 75, 50 };
    size_t count = 0;
    double t = 0;
    for (size_t i = 0; i < ATK_LEN(done); i++)
        if (done[i].who == who) sorted[count++] = done[i].ticks;
    qsort(sorted, count, sizeof sorted[0], by_ticks);
    for (size_t i = 0; i < ATK_LEN(percent); i++)
        t = fmax(t, welch(who, sorted[(count - 1) * percent[i] / 100]));
    return t;
}

static uint64_t hundredths(double t) {
    return t < 1e9 ? (uint64_t)(100 * t) : UINT64_C(100000000000);
}

/* Measures until the control is told apart and the subject is not, or all attempts were in vain. */
static void compare_classes(struct harness *h) {
    char name[128];
    double subject = INFINITY, control = 0;
    for (int attempt = 0; attempt < ATTEMPTS && (subject >= T_MAX || control <= T_MAX); attempt++) {
        measure(h);
        subject = worst(SUBJECT);
        control = worst(CONTROL);
        print_message("# %s: |t| %.2f, of the control %.2f\n", h->name, subject, control);
    }
    (void)snprintf(name, sizeof name, "timing of %s, 100 |t|", h->name);
    figure_at_most(name, hundredths(subject), 999);
    (void)snprintf(name, sizeof name, "timing of %s, 100 |t| of the control that leaves early",
                   h->name);
    figure_at_least(name, hundredths(control), 1001);
}

static void the_first_characters_of_a_secret_take_no_time_of_their_own(void **state) {
    static struct harness h = { .name = "digest and comparison of a token",
                                .run = { token_ours, token_early } };
    (void)state;
    h.len = strlen(VECTOR_TOKEN);
    memcpy(h.inputs[0], VECTOR_TOKEN, h.len);
    memcpy(h.inputs[1], VECTOR_TOKEN, h.len);
    h.inputs[1][h.len - ATK_CRC_LEN - ATK_SECRET_LEN] ^= 1;
    atk_digest(&keys.key[0], VECTOR_TOKEN, h.len, verifier);
    compare_classes(&h);
}

/* Neither class is equal: the answer is no secret, and what is done with it may take time. */
static void the_first_bytes_of_a_verifier_take_no_time_of_their_own(void **state) {
    static struct harness h = { .name = "comparison of a verifier",
                                .len = ATK_VERIFIER_LEN,
                                .run = { verifier_ours, verifier_early } };
    (void)state;
    atk_random(verifier, sizeof verifier);
    memcpy(h.inputs[0], verifier, h.len);
    memcpy(h.inputs[1], verifier, h.len);
    h.inputs[0][ATK_VERIFIER_LEN - 1] ^= 1;
    h.inputs[1][0] ^= 1;
    compare_classes(&h);
}

static int setup(void **state) {
    (void)state;
    sample_keys(&keys);
    return atk_crypto_init();
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_characters_of_a_secret_take_no_time_of_their_own),
        cmocka_unit_test(the_first_bytes_of_a_verifier_take_no_time_of_their_own),
    };
    return run_cases(argc, argv, tests, setup, NULL);
}
