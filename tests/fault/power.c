/* SPDX-License-Identifier: MIT */
/*
 * Power loss at every point in the life of a store and its keyring. Acknowledged changes are there;
 * a change in progress is there as a whole or not at all; a store or backup that was being made is
 * complete or absent. If a backup was replacing a store, one of the two is there as a whole and no
 * revoke is undone; once the restore was acknowledged, the other one stands beside it. The writes
 * of a history are recorded, and crash states are built from them: a prefix of the log, less any
 * part that no barrier had made durable (disk.h). In the control, barriers count for nothing.
 *
 * `fault-power SEED POSITION MASK` repeats one state and prints which parts are missing.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "cases.h"
#include "child.h"
#include "disk.h"
#include "figure.h"
#include "power_history.h"
#include "storage.h"

#define SEED UINT64_C(1) /* of the first history; then 2, 3 and so on */
enum {
    MASKS = 64,
    CONTROL_MASKS = 10,
    CONTROL_REACH = 32,
    SEEN = 1 << 16,
    STATE_S = 10,
    GOES_ON = 8,
    LATELY = 256,
    TOLD = 10
};

/*
 * States of one history, tried by one process after the other: each goes on until it dies. In
 * shared memory.
 */
struct play {
    const struct power_history *h;
    size_t reach; /* as of a disk */
    size_t masks; /* how many to try at a position */
    /* the state under way: after so many records, and which choice of parts */
    size_t position, mask;
    struct power_moment moment;
    uint64_t choice[MASKS]; /* different ones at this position, by their hashes */
    size_t choices;
    uint64_t states, images, bad, bad_copies;
    uint64_t of_step[POWER_STEPS]; /* states in it, or after it and before the next */
    /* hashes of images that were tried; in the lowest bit whether they were bad */
    uint64_t seen[SEEN];
};

/* ---- which parts are there ------------------------------------------------------------------- */

static void choose(const struct disk *disk, uint64_t random, size_t mask, uint8_t *chosen) {
    const size_t one = disk->parts ? disk_mix(random) % disk->parts : 0;
    for (size_t i = 0; i < disk->parts; i++) {
        const uint64_t of_part = disk_mix(random + i),
                       of_record = disk_mix(random ^ disk->part[i].number << 20);
        switch (mask < 2 ? mask : 2 + mask % 4) {
        case 0: chosen[i] = 0; break;
        case 1: chosen[i] = 1; break;
        case 2: chosen[i] = of_part % 2; break;   /* torn at sectors */
        case 3: chosen[i] = of_record % 2; break; /* calls are there or not */
        case 4: chosen[i] = i != one; break;
        default: chosen[i] = i == one; break;
        }
    }
    disk_complete(disk, chosen);
}

static uint64_t hash_of(const uint8_t *chosen, size_t count) {
    uint64_t hash = 1;
    for (size_t i = 0; i < count; i++) hash = disk_mix(hash ^ chosen[i]);
    return hash;
}

static void choose_for(const struct play *play, const struct disk *disk, uint8_t *chosen) {
    choose(disk, disk_mix(play->h->seed) ^ disk_mix(play->position << 10 ^ play->mask), play->mask,
           chosen);
}

/* Whether this choice has not been tried at this position. */
static int is_new_choice(struct play *play, const struct disk *disk, const uint8_t *chosen) {
    const uint64_t hash = hash_of(chosen, disk->parts);
    for (size_t i = 0; i < play->choices; i++)
        if (play->choice[i] == hash) return 0;
    play->choice[play->choices++] = hash;
    return 1;
}

/* ---- one state ------------------------------------------------------------------------------- */

/* The step that is under way, or was the last one. */
static uint64_t step_of(struct power_moment moment) {
    return moment.is_under_way || !moment.acknowledged ? moment.acknowledged
                                                       : moment.acknowledged - 1;
}

static void tell(const struct play *play, const char *fault) {
    const struct power_moment moment = play->moment;
    const uint64_t step = step_of(moment);
    if (play->reach || play->bad > TOLD) return;
    print_message("# %s: %s %s, step %u; again: fault-power %llu %zu %zu\n", fault,
                  moment.is_under_way ? "in" : "after", play->h->step[step].verb, (unsigned)step,
                  (unsigned long long)play->h->seed, play->position, play->mask);
}

/*
 * The place of an image that was seen, or an empty one for it. What must hold of it depends on the
 * moment.
 */
static uint64_t *look_up(struct play *play, const struct disk *disk) {
    const uint64_t moment = play->moment.acknowledged << 1 | (uint64_t)play->moment.is_under_way;
    static const char *const judged[] = { POWER_STORE, POWER_KEYS, POWER_BACKUP, POWER_REPLACED };
    uint64_t key = moment;
    for (size_t i = 0; i < COUNT(judged); i++) key = disk_mix(key) ^ disk_hash(disk, judged[i]);
    key = disk_mix(key) | 2;
    size_t i = key / 4 % SEEN;
    while (play->seen[i] && play->seen[i] >> 1 != key >> 1) i = (i + 1) % SEEN;
    if (!play->seen[i]) {
        assert_true(++play->images < SEEN / 2);
        play->seen[i] = key | 1; /* whoever dies of it leaves it bad */
        return &play->seen[i];
    }
    play->bad += play->seen[i] & 1;
    return NULL;
}

/* The keyring of this disk, loaded anew only if its file is another one than the last time. */
static const apitoken_keyring *load_keys_on(const struct disk *disk, const char *path) {
    static apitoken_keyring *keyring;
    static uint64_t loaded;
    if (disk_hash(disk, POWER_KEYS) == loaded) return keyring;
    apitoken_keyring_free(keyring);
    keyring = NULL;
    loaded = disk_hash(disk, POWER_KEYS);
    if (disk_put_file(disk, POWER_KEYS, path))
        (void)!apitoken_keyring_load(path, NULL, &keyring, NULL);
    return keyring;
}

/*
 * A store beside the live one, looked at anew only if it is none of those that were looked at
 * lately.
 */
static const char *judge_copy(const struct play *play, const struct disk *disk, const char *name,
                              struct power_due due, const apitoken_keyring *keyring) {
    static struct {
        uint64_t key;
        const char *fault;
    } known[LATELY];
    char path[96];
    const uint64_t hash = disk_hash(disk, name),
                   key = disk_mix(hash ^ disk_mix(disk_hash(disk, POWER_KEYS) ^ due.as_of));
    const size_t i = key % LATELY;
    if (!hash) return due.must_be_there ? "a copy of the store is lost" : NULL;
    if (!due.may_be_there) return "a copy of the store is there before its time";
    if (known[i].key == key) return known[i].fault;
    (void)snprintf(path, sizeof path, "%s/replay-%s", play->h->f.dir, name);
    assert_true(disk_put(disk, name, path));
    known[i].fault = power_judge_copy(play->h, due, keyring, path);
    known[i].key = key;
    return known[i].fault;
}

static const char *judge_copies(struct play *play, const struct disk *disk,
                                struct power_moment live, const apitoken_keyring *keyring) {
    const char *fault =
        judge_copy(play, disk, POWER_BACKUP, power_due_backup(play->h, play->moment), keyring);
    if (!fault)
        fault = judge_copy(play, disk, POWER_REPLACED,
                           power_due_replaced(play->h, play->moment, live), keyring);
    play->bad_copies += fault != NULL;
    return fault;
}

static const char *judge(struct play *play, const struct disk *disk) {
    struct power_moment live;
    char keys[96], store[96];
    (void)snprintf(keys, sizeof keys, "%s/replay-keys", play->h->f.dir);
    (void)snprintf(store, sizeof store, "%s/replay", play->h->f.dir);
    child_limit(STATE_S); /* a hang is a death */
    const struct power_remains remains = {
        .keyring = load_keys_on(disk, keys),
        .keys = disk_hash(disk, POWER_KEYS) ? keys : NULL,
        .store = disk_put(disk, POWER_STORE, store) ? store : NULL,
        .goes_on = !play->reach && play->images % GOES_ON == 0,
    };
    const char *fault = power_judge(play->h, play->moment, &remains, &live);
    return fault || !remains.keyring ? fault : judge_copies(play, disk, live, remains.keyring);
}

static void try_state(struct play *play, struct disk *disk, const uint8_t *chosen) {
    play->states++;
    play->of_step[step_of(play->moment)]++;
    disk_apply(disk, chosen);
    uint64_t *place = look_up(play, disk);
    if (place) {
        const char *fault = judge(play, disk);
        if (!fault) *place &= ~UINT64_C(1);
        play->bad += fault != NULL;
        if (fault) tell(play, fault);
    }
    disk_undo(disk);
}

/* ---- all of a history ------------------------------------------------------------------------ */

static struct disk *disk_at(const struct play *play) {
    struct disk *disk = disk_new(play->reach);
    for (size_t i = 0; i < play->position; i++) disk_take(disk, play->h->records, i);
    return disk;
}

static int try_states(void *ctx) {
    static uint8_t chosen[DISK_PARTS];
    struct play *play = ctx;
    struct disk *disk = disk_at(play);
    for (;;) {
        play->moment = power_moment_of(play->h, play->position);
        for (; play->mask < play->masks; play->mask++) {
            choose_for(play, disk, chosen);
            /* not again after a death of it */
            if (is_new_choice(play, disk, chosen)) try_state(play, disk, chosen);
        }
        if (play->position == play->h->count) return 0;
        disk_take(disk, play->h->records, play->position++);
        play->mask = play->choices = 0;
    }
}

static void play_history(struct play *play, const struct power_history *h, size_t reach,
                         size_t masks) {
    memset(play, 0, sizeof *play);
    play->h = h;
    play->reach = reach;
    play->masks = masks;
    for (;;) {
        int code = child_wait(child_start(try_states, play));
        if (code == 0) return;
        assert_in_range(code, 128, 255); /* no assertion of ours */
        play->bad++;
        tell(play, "the process died");
    }
}

/* ---- the cases ------------------------------------------------------------------------------- */

/* States of each verb. */
struct share {
    const char *verb;
    uint64_t states;
};

static void add_shares(const struct play *play, struct share *shares) {
    for (uint64_t i = 0; i < play->h->steps; i++) {
        struct share *share = shares;
        while (share->verb && strcmp(share->verb, play->h->step[i].verb) != 0) share++;
        share->verb = play->h->step[i].verb;
        share->states += play->of_step[i];
    }
}

static void nothing_acknowledged_is_lost(void **state) {
    const uint64_t wanted = figure_rounds(20000, 1000000);
    struct share shares[POWER_STEPS] = { { NULL, 0 } };
    struct play *play = *state;
    uint64_t states = 0, images = 0, bad = 0, seed = SEED;
    for (; states < wanted; seed++) {
        struct power_history *h = power_history_make(seed);
        play_history(play, h, 0, MASKS);
        print_message("# seed %llu: %zu records of %llu verbs, %llu crash states, %llu different "
                      "images, %llu bad\n",
                      (unsigned long long)seed, h->count, (unsigned long long)h->steps,
                      (unsigned long long)play->states, (unsigned long long)play->images,
                      (unsigned long long)play->bad);
        states += play->states;
        images += play->images;
        bad += play->bad;
        add_shares(play, shares);
        power_history_free(h);
    }
    for (const struct share *share = shares; share->verb; share++)
        print_message("# in or after %s: %llu states\n", share->verb,
                      (unsigned long long)share->states);
    figure_at_least("power loss, crash states replayed", states, wanted);
    figure_told("power loss, different images among them", images);
    figure_at_most("power loss, bad states", bad, 0);
}

static void without_barriers_it_is(void **state) {
    struct play *play = *state;
    struct power_history *h = power_history_make(SEED);
    play_history(play, h, CONTROL_REACH, CONTROL_MASKS);
    power_history_free(h);
    figure_told("power loss, barriers ignored: crash states", play->states);
    figure_told("power loss, barriers ignored: different images among them", play->images);
    figure_at_least("power loss, barriers ignored: bad states in percent",
                    100 * play->bad / play->states, 50);
    figure_at_least("power loss, barriers ignored: backups and replaced stores that are bad",
                    play->bad_copies, 1);
}

/* ---- one state again ------------------------------------------------------------------------- */

static void tell_missing(const struct disk *disk, const uint8_t *chosen) {
    static const char *const kinds[] = { "data", "size", "enter", "rename", "exchange", "remove" };
    for (size_t i = 0; i < disk->parts; i++) {
        const struct disk_part *part = &disk->part[i];
        if (chosen[i]) continue;
        print_message("# missing: record %zu, %s of object %u %s at %llu\n", part->number,
                      kinds[part->record->kind], (unsigned)part->record->object, part->record->name,
                      (unsigned long long)part->at);
    }
}

static int try_one(void *ctx) {
    static uint8_t chosen[DISK_PARTS];
    struct play *play = ctx;
    struct disk *disk = disk_at(play);
    play->moment = power_moment_of(play->h, play->position);
    choose_for(play, disk, chosen);
    tell_missing(disk, chosen);
    disk_apply(disk, chosen);
    const char *fault = judge(play, disk);
    if (fault) tell(play, fault);
    return fault != NULL;
}

/* What was asked for on the command line. */
static uint64_t asked[3];

static void one_state(void **state) {
    struct play *play = *state;
    struct power_history *h = power_history_make(asked[0]);
    play->h = h;
    play->position = (size_t)asked[1];
    play->mask = (size_t)asked[2];
    assert_in_range(play->position, 0, h->count);
    const int is_bad = child_wait(child_start(try_one, play));
    power_history_free(h);
    assert_int_equal(is_bad, 0);
}

static int setup(void **state) {
    *state = shared_memory(sizeof(struct play));
    return 0;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost),
        cmocka_unit_test(without_barriers_it_is),
    };
    const struct CMUnitTest again[] = { cmocka_unit_test(one_state) };
    /* the disk that loses power is ours */
    storage_in_memory(STORAGE_USUAL);
    if (argc != 1 + (int)COUNT(asked) || !isdigit((unsigned char)argv[1][0]))
        return run_cases(argc, argv, tests, setup, NULL);
    for (size_t i = 0; i < COUNT(asked); i++) asked[i] = strtoull(argv[1 + i], NULL, 10);
    return run_cases(1, argv, again, setup, NULL);
}
