/* SPDX-License-Identifier: MIT */
/*
 * Each file of a store is removed, replaced, truncated, linked or made unreadable, and so is its
 * directory, under two processes that validate and one that revokes, while others try to open what
 * is at the path and revoke there. Whoever still has the old files may go on for a second at most:
 * no token is accepted whose revoke was acknowledged before the call began.
 */
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "child.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

enum {
    TOKENS = 2048,
    VALIDATORS = 2,
    HOSTS = VALIDATORS + 2, /* a writer, and a newcomer */
    AT_ONCE = 4,            /* exchanges that are played beside each other */
    BEFORE_MS = 300,
    WINDOW_US = 1100000,
    AFTER_MS = 2600,
    OWNER = 54001,
    PATH_LEN = 160
};

/* ---- what is done to a store ----------------------------------------------------------------- */

struct exchange {
    const char *name;
    const char *command; /* of the shell: $1 the store's directory, $2 the file, $3 a folder */
    bool is_of_directory;
    bool is_other_store; /* what is revoked in the old one need not be in the new one */
    bool kills;          /* it cuts a file that is mapped: SIGBUS is due */
};

static const struct exchange exchanges[] = {
    { "removed", "rm \"$2\"", false, false, false },
    { "replaced by a copy", "cp -p \"$2\" \"$3/x\" && mv \"$3/x\" \"$2\"", false, false, false },
    { "replaced by an old copy", "mv \"$3/old/${2##*/}\" \"$2\"", false, false, false },
    { "replaced by that of another store", "mv \"$3/another/${2##*/}\" \"$2\"", false, false,
      false },
    { "removed and made anew, empty", "rm \"$2\" && touch \"$2\" && chmod 0660 \"$2\"", false,
      false, false },
    { "replaced by a symbolic link", "mv \"$2\" \"$3/x\" && ln -s \"$3/x\" \"$2\"", false, false,
      false },
    { "truncated", "truncate -s 0 \"$2\"", false, false, true },
    { "linked", "ln \"$2\" \"$3/x\"", false, false, false },
    { "linked into a copy of the store", "ln -f \"$2\" \"$3/old/${2##*/}\"", false, false, false },
    { "made unreadable", "chmod 0 \"$2\"", false, false, false },
    { "moved away", "mv \"$1\" \"$3/x\"", true, false, false },
    { "replaced by an old copy", "mv \"$1\" \"$3/x\" && mv \"$3/old\" \"$1\"", true, true, false },
    { "replaced by another store", "mv \"$1\" \"$3/x\" && mv \"$3/another\" \"$1\"", true, true,
      false },
    { "replaced by a symbolic link to an old copy", "mv \"$1\" \"$3/x\" && ln -s \"$3/old\" \"$1\"",
      true, true, false },
    { "covered by a mount of an old copy", "mount --bind \"$3/old\" \"$1\"", true, true, false },
    { "made unreadable", "chmod 0 \"$1\"", true, false, false },
};
enum { EXCHANGES = sizeof exchanges / sizeof *exchanges };

static const char *const members[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
enum { MEMBERS = sizeof members / sizeof *members };

/* ---- the hosts ------------------------------------------------------------------------------- */

/* A token, and whether a revoke of it was acknowledged. */
struct token {
    struct made_token made;
    uint32_t revoked;       /* by a handle that was opened before the exchange */
    uint32_t revoked_after; /* by one that was opened after it */
};

/* What the processes of one play share. */
struct play {
    struct fixture *f;
    const struct exchange *exchange;
    const char *member;
    uint32_t is_up, is_over, is_exchanged;
    int64_t exchanged_us;
    uint32_t revokes_after;
    uint64_t validates_late; /* atomic, as the next two */
    uint64_t wrong_early, wrong_late;
    struct token tokens[TOKENS];
};

static void add(uint64_t *to) { (void)__atomic_add_fetch(to, 1, __ATOMIC_RELAXED); }

static void nap_us(long us) {
    const struct timespec time = { 0, us * 1000 };
    (void)nanosleep(&time, NULL);
}

/* So that a mode shuts somebody out. */
static void become_owner(void) {
    if (geteuid() != 0) return;
    assert_int_equal(setgroups(0, NULL), 0);
    assert_int_equal(setresgid(OWNER, OWNER, OWNER), 0);
    assert_int_equal(setresuid(OWNER, OWNER, OWNER), 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a change of user has dropped it */
}

/* A handle, and whether it was opened before the exchange. */
struct handle {
    apitoken_store *store;
    bool is_old;
};

static struct handle try_open(const struct play *play, uint32_t mode) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    struct handle handle = { NULL, !reads(&play->is_exchanged) };
    opts.mode = mode;
    opts.timeout_ms = 200;
    if (apitoken_store_open(play->f->store_path, play->f->keyring, &opts, &handle.store, NULL) < 0)
        handle.store = NULL;
    return handle;
}

/* Whether the token may not be accepted by a call on this handle that begins now. */
static bool is_revoked_for(const struct play *play, const struct handle *handle,
                           const struct token *token) {
    if (reads(&token->revoked_after)) return true;
    return reads(&token->revoked) && (handle->is_old || !play->exchange->is_other_store);
}

static void validate_one(struct play *play, const struct handle *handle, uint32_t i) {
    const struct token *token = &play->tokens[i];
    const bool is_revoked = is_revoked_for(play, handle, token);
    const int64_t begin_us = now_us();
    const bool is_late = reads(&play->is_exchanged) && begin_us > play->exchanged_us + WINDOW_US;
    const int rc =
        apitoken_validate(handle->store, token->made.text, token->made.len, NULL, NULL, NULL);
    if (is_late) add(&play->validates_late);
    if (rc != 0 || !is_revoked) return;
    add(is_late ? &play->wrong_late : &play->wrong_early);
}

/* The second one is closed and opened again when it is told to; the first one goes on asking. */
static int validate_on(struct play *play, bool reopens) {
    struct handle handle = try_open(play, APITOKEN_MODE_VERIFY_ONLY);
    assert_non_null(handle.store);
    raise_by_one(&play->is_up);
    for (uint32_t i = 0; !reads(&play->is_over); i = (i * 5 + 1) % TOKENS) {
        if (handle.store) validate_one(play, &handle, i);
        if (handle.store && i % 16) continue;
        nap_us(1000);
        if (!reopens || !reads(&play->is_exchanged)) continue;
        apitoken_store_close(handle.store);
        handle = try_open(play, APITOKEN_MODE_VERIFY_ONLY);
    }
    apitoken_store_close(handle.store);
    return 0;
}

static void revoke_one(struct play *play, const struct handle *handle, uint32_t i) {
    struct token *token = &play->tokens[i];
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.timeout_ms = 200;
    if (apitoken_revoke(handle->store, LIT("anna"), token->made.id, strlen(token->made.id), &opts,
                        NULL) < 0)
        return;
    raise_to(handle->is_old ? &token->revoked : &token->revoked_after, 1);
    if (!handle->is_old) raise_by_one(&play->revokes_after);
}

/* The first half of the tokens is for the writer, which has had the store open from the start. */
static int revoke_on(struct play *play) {
    struct handle handle = try_open(play, APITOKEN_MODE_READ_WRITE);
    assert_non_null(handle.store);
    raise_by_one(&play->is_up);
    for (uint32_t i = 0; !reads(&play->is_over); i = (i + 1) % (TOKENS / 2)) {
        revoke_one(play, &handle, i);
        nap_us(2000);
    }
    apitoken_store_close(handle.store);
    return 0;
}

/* The second one for who comes after the exchange, opens what is there, and goes. */
static int revoke_anew(struct play *play) {
    raise_by_one(&play->is_up);
    if (!wait_for(&play->is_exchanged, 1)) return 1;
    for (uint32_t i = TOKENS / 2; !reads(&play->is_over); i = i + 1 < TOKENS ? i + 1 : TOKENS / 2) {
        const struct handle handle = try_open(play, APITOKEN_MODE_READ_WRITE);
        if (handle.store) revoke_one(play, &handle, i);
        apitoken_store_close(handle.store);
        nap_us(5000);
    }
    return 0;
}

struct role {
    struct play *play;
    unsigned number;
};

static int live(void *ctx) {
    const struct role *role = ctx;
    become_owner();
    if (role->number < VALIDATORS) return validate_on(role->play, role->number == 1);
    return role->number == VALIDATORS ? revoke_on(role->play) : revoke_anew(role->play);
}

/* ---- a play ---------------------------------------------------------------------------------- */

static void run(const struct play *play, const char *command) {
    char path[PATH_LEN], full[1024];
    (void)snprintf(path, sizeof path, "%s/%s", play->f->store_path,
                   play->member ? play->member : "");
    (void)snprintf(full, sizeof full, "set -e; set -- '%s' '%s' '%s'; %s", play->f->store_path,
                   path, play->f->dir, command);
    assert_int_equal(system(full), 0);
}

/* A store, an old copy of it and another one, all of the user that the hosts are. */
static void set_the_stage(struct play *play) {
    struct fixture *f = play->f;
    char path[PATH_LEN], give[40];
    for (int i = 0; i < TOKENS; i++)
        play->tokens[i].made = fixture_create(f->store, "anna", "n", NULL);
    apitoken_store_close(f->store);
    f->store = NULL;
    (void)snprintf(path, sizeof path, "%s/another", f->dir);
    assert_code(apitoken_store_create(path, f->keyring, NULL, NULL), 0);
    run(play, "cp -a --sparse=always \"$1\" \"$3/old\"");
    if (geteuid() != 0) return;
    assert_int_equal(chmod(f->dir, 0755), 0);
    (void)snprintf(give, sizeof give, "chown -R %d:%d \"$3\"/*", OWNER, OWNER);
    run(play, give);
}

/* What came out of all plays. */
struct sums {
    uint64_t validates_late, wrong_early, wrong_late, revokes_after;
    uint64_t deaths, deaths_of_data, deaths_of_maps;
};

static void play_begin(struct play *play, struct role roles[HOSTS], pid_t pids[HOSTS]) {
    void *made = NULL;
    (void)fixture_setup(&made);
    play->f = made;
    set_the_stage(play);
    for (unsigned i = 0; i < HOSTS; i++) {
        roles[i] = (struct role){ play, i };
        pids[i] = child_start(live, &roles[i]);
    }
    assert_true(wait_for(&play->is_up, HOSTS));
}

/* Where a death counts: it is due if a file is cut that is mapped, data.mdb or another one. */
static uint64_t *deaths_of(const struct play *play, struct sums *sums) {
    if (!play->exchange->kills || strcmp(play->member, "writer.lock") == 0) return &sums->deaths;
    return strcmp(play->member, "data.mdb") == 0 ? &sums->deaths_of_data : &sums->deaths_of_maps;
}

static void play_end(struct play *play, const pid_t pids[HOSTS], struct sums *sums) {
    void *made = play->f;
    uint64_t deaths = 0;
    raise_to(&play->is_over, 1);
    for (unsigned i = 0; i < HOSTS; i++) {
        const int code = child_wait(pids[i]);
        assert_true(code == 0 || code > 128);
        deaths += code > 128;
    }
    if (deaths || play->wrong_late)
        print_message("# %s %s: %llu deaths, %llu wrong accepts\n",
                      play->member ? play->member : "the directory", play->exchange->name,
                      (unsigned long long)deaths, (unsigned long long)play->wrong_late);
    *deaths_of(play, sums) += deaths;
    sums->validates_late += play->validates_late;
    sums->wrong_early += play->wrong_early;
    sums->wrong_late += play->wrong_late;
    sums->revokes_after += play->revokes_after;
    (void)umount2(play->f->store_path, MNT_DETACH);
    run(play, "chmod -R u+rwX \"$3\""); /* or nobody but root could remove it */
    (void)fixture_teardown(&made);
}

/* Plays some beside each other: most of their time is waiting. */
static void play_some(struct play *const plays[], size_t count, struct sums *sums) {
    struct role roles[AT_ONCE][HOSTS];
    pid_t pids[AT_ONCE][HOSTS];
    for (size_t i = 0; i < count; i++) play_begin(plays[i], roles[i], pids[i]);
    nap_us(BEFORE_MS * 1000);
    for (size_t i = 0; i < count; i++) {
        run(plays[i], plays[i]->exchange->command);
        plays[i]->exchanged_us = now_us();
        raise_to(&plays[i]->is_exchanged, 1);
    }
    for (int i = 0; i < AFTER_MS / 100; i++) nap_us(100000);
    for (size_t i = 0; i < count; i++) play_end(plays[i], pids[i], sums);
}

static bool is_playable(const struct exchange *exchange) {
    return geteuid() == 0 || !strstr(exchange->command, "mount");
}

static struct sums play_all(bool (*is_chosen)(const struct exchange *exchange)) {
    struct sums sums = { 0 };
    struct play *plays[AT_ONCE];
    size_t count = 0;
    for (size_t i = 0; i < EXCHANGES * MEMBERS; i++) {
        const struct exchange *exchange = &exchanges[i / MEMBERS];
        if (!is_playable(exchange) || !is_chosen(exchange)) continue;
        if (exchange->is_of_directory && i % MEMBERS > 0) continue;
        plays[count] = shared_memory(sizeof **plays);
        plays[count]->exchange = exchange;
        plays[count]->member = exchange->is_of_directory ? NULL : members[i % MEMBERS];
        if (++count < AT_ONCE) continue;
        play_some(plays, count, &sums);
        count = 0;
    }
    play_some(plays, count, &sums);
    return sums;
}

/* ---- figures --------------------------------------------------------------------------------- */

static bool is_any(const struct exchange *exchange) { return exchange != NULL; }

static void nobody_goes_on_with_what_was_exchanged(void **state) {
    (void)state;
    const struct sums sums = play_all(is_any);
    figure_at_least("exchanged files, validates that began more than 1.1 s later",
                    sums.validates_late, 100000);
    figure_at_least("exchanged files, revokes by who came later", sums.revokes_after, 200);
    figure_at_most("exchanged files, wrong accepts that began more than 1.1 s later",
                   sums.wrong_late, 0);
    figure_at_most("exchanged files, deaths", sums.deaths, 0);
    figure_told("exchanged files, wrong accepts that began before", sums.wrong_early);
    figure_told("exchanged files, deaths by a truncated data.mdb", sums.deaths_of_data);
    figure_told("exchanged files, deaths by a truncated lock.mdb or last-use", sums.deaths_of_maps);
}

static bool is_other_store(const struct exchange *exchange) { return exchange->is_other_store; }

/* For the library that never looks (meson.build): it must be found out. */
static void a_library_that_never_looks_is_caught(void **state) {
    (void)state;
    const struct sums sums = play_all(is_other_store);
    figure_at_least("exchanged files, wrong accepts of a library that never looks", sums.wrong_late,
                    1);
}

/* exchanged [--broken HOW] [CASE...] */
int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_goes_on_with_what_was_exchanged) };
    const struct CMUnitTest controls[] = { cmocka_unit_test(a_library_that_never_looks_is_caught) };
    storage_in_memory(2 * STORAGE_USUAL);
    if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0)
        (void)mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (argc < 3 || strcmp(argv[1], "--broken") != 0)
        return run_cases(argc, argv, tests, NULL, NULL);
    return run_cases(argc - 2, argv + 2, controls, NULL, NULL);
}
