/* SPDX-License-Identifier: MIT */
/*
 * Every call to LMDB of every verb fails with each code that the library treats differently, once,
 * and some also for the rest of the verb. The result is an error or a success, without a crash or a
 * wrong accept. Unless the error is "maybe", an error has changed nothing; a success has made the
 * change; and the handle still works. The functions below replace LMDB's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "figure.h"
#include "verbs.h"

static const struct {
    int code;
    int may_last; /* the others would be waited for again and again, or are known from these */
} faults[] = {
    { EIO, 1 }, { MDB_PANIC, 1 }, { EAGAIN, 0 }, { MDB_INVALID, 0 }, { MDB_CORRUPTED, 0 }
};

/* ---- before LMDB ----------------------------------------------------------------------------- */

static struct {
    int code; /* LMDB's, or errno's */
    int is_sticky;
    uint64_t at, seen, failed;
} plan;

static int is_chosen(void) {
    if (!faults_are_on) return 0;
    plan.seen++;
    if (plan.is_sticky ? plan.seen < plan.at : plan.seen != plan.at) return 0;
    plan.failed++;
    return 1;
}

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* The next definition of this function's name, as a pointer of its type. */
#define REAL(name) (__extension__(__typeof__(&name)) real(#name))

#define STAND_BEFORE(name, parameters, arguments) \
    int name parameters { return is_chosen() ? plan.code : REAL(name) arguments; }

STAND_BEFORE(mdb_env_create, (MDB_env * *ret), (ret))
STAND_BEFORE(mdb_env_open, (MDB_env * env, const char *path, unsigned flags, mdb_mode_t mode),
             (env, path, flags, mode))
STAND_BEFORE(mdb_env_set_mapsize, (MDB_env * env, size_t size), (env, size))
STAND_BEFORE(mdb_env_set_maxdbs, (MDB_env * env, MDB_dbi count), (env, count))
STAND_BEFORE(mdb_env_set_maxreaders, (MDB_env * env, unsigned count), (env, count))
STAND_BEFORE(mdb_env_get_fd, (MDB_env * env, mdb_filehandle_t *ret), (env, ret))
STAND_BEFORE(mdb_env_stat, (MDB_env * env, MDB_stat *ret), (env, ret))
STAND_BEFORE(mdb_env_sync, (MDB_env * env, int force), (env, force))
STAND_BEFORE(mdb_txn_begin, (MDB_env * env, MDB_txn *parent, unsigned flags, MDB_txn **ret),
             (env, parent, flags, ret))
STAND_BEFORE(mdb_txn_renew, (MDB_txn * txn), (txn))
STAND_BEFORE(mdb_dbi_open, (MDB_txn * txn, const char *name, unsigned flags, MDB_dbi *ret),
             (txn, name, flags, ret))
STAND_BEFORE(mdb_set_compare, (MDB_txn * txn, MDB_dbi dbi, MDB_cmp_func *compare),
             (txn, dbi, compare))
STAND_BEFORE(mdb_stat, (MDB_txn * txn, MDB_dbi dbi, MDB_stat *ret), (txn, dbi, ret))
STAND_BEFORE(mdb_get, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *ret),
             (txn, dbi, key, ret))
STAND_BEFORE(mdb_put, (MDB_txn * txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned flags),
             (txn, dbi, key, value, flags))
STAND_BEFORE(mdb_cursor_open, (MDB_txn * txn, MDB_dbi dbi, MDB_cursor **ret), (txn, dbi, ret))
STAND_BEFORE(mdb_cursor_get, (MDB_cursor * cursor, MDB_val *key, MDB_val *ret, MDB_cursor_op op),
             (cursor, key, ret, op))

/* Frees the transaction, whatever comes of it. */
int mdb_txn_commit(MDB_txn *txn) {
    if (!is_chosen()) return REAL(mdb_txn_commit)(txn);
    mdb_txn_abort(txn);
    return plan.code;
}

/* ---- the sweep ------------------------------------------------------------------------------- */

#define EVERY_UP_TO 60

static uint64_t violations;

static void violation(const struct verb *verb, const char *what, int rc) {
    violations++;
    print_message("# %s, call %u fails with %d%s: %s: %s\n", verb->name, (unsigned)plan.at,
                  plan.code, plan.is_sticky ? " and all after it" : "", apitoken_error_name(rc),
                  what);
}

static void judge(struct world *w, const struct verb *verb, int rc, size_t rows_before) {
    const int next = check(w->f->store, &w->next), is_open = rc == APITOKEN_E_MAYBE;
    const size_t rows = count_rows(w->f->store, "other");
    if (rc != 0 && apitoken_error_class(rc) != APITOKEN_CLASS_FAILED)
        violation(verb, "the host is to blame", rc);
    if (next != 0 && (!verb_revokes(verb->call) || next != APITOKEN_E_REVOKED))
        violation(verb, "another token is lost", rc);
    if (verb_revokes(verb->call) && !is_open && (rc == 0) != (next != 0))
        violation(verb, "it is not so", rc);
    if (verb->call == verb_create && !is_open && (rc == 0) != (rows == rows_before + 1))
        violation(verb, "it is not so", rc);
    if (check(w->f->store, &w->good) != 0) violation(verb, "a good token is refused", rc);
    if (check(w->f->store, &w->bad) != APITOKEN_E_REVOKED)
        violation(verb, "a revoked token is not", rc);
}

/* 1 if a call failed in it. */
static int run(struct world *w, const struct verb *verb) {
    w->next = fixture_create(w->f->store, "other", "name", NULL);
    const size_t rows = count_rows(w->f->store, "other");
    plan.seen = plan.failed = 0;
    faults_are_on = 1;
    int rc = verb->call(w);
    int accepted = check(w->f->store, &w->bad); /* and while it lasts */
    faults_are_on = 0;
    if (accepted == 0) violation(verb, "a revoked token is accepted", rc);
    (void)fixture_create(w->f->store, "healing", "n", NULL); /* as a process does sooner or later */
    judge(w, verb, rc, rows);
    return plan.failed > 0;
}

/*
 * Every call, but of those that go through all tokens ever fewer of the later ones, which do the
 * same for one after the other.
 */
static uint64_t sweep(struct world *w, const struct verb *verb, int code, int is_sticky) {
    uint64_t runs = 0;
    plan.code = code;
    plan.is_sticky = is_sticky;
    for (plan.at = 1; run(w, verb); plan.at += plan.at < EVERY_UP_TO ? 1 : plan.at / 8) runs++;
    return runs;
}

static void every_call_to_lmdb_of_every_verb(void **state) {
    struct world w = world_make(*state);
    uint64_t runs = 0;
    for (size_t i = 0; i < verb_count; i++) {
        const uint64_t before = runs;
        world_renew(&w);
        for (size_t fault = 0; fault < COUNT(faults); fault++)
            for (int is_sticky = 0; is_sticky <= faults[fault].may_last; is_sticky++)
                runs += sweep(&w, &verbs[i], faults[fault].code, is_sticky);
        print_message("# %s: %u runs\n", verbs[i].name, (unsigned)(runs - before));
    }
    figure_at_least("LMDB fault runs, every call of every verb", runs, 2500);
    /* a crash ends the program */
    figure_at_most("LMDB fault runs, crashes or wrong answers", violations, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = { CASE_IN_MEMORY(every_call_to_lmdb_of_every_verb) };
    return run_cases(argc, argv, tests, NULL, NULL);
}
