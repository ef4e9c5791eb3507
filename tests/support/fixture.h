/* SPDX-License-Identifier: MIT */
/*
 * A keyring and a store in a directory of their own on a real disk, and a clock that is a variable.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <apitoken/apitoken.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants those first */
#include <cmocka.h>

#define FIXTURE_NOW INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
/* Who does what is not done for one owner. */
#define FIXTURE_ACTOR .actor = "tester", .actor_len = 6
#define FIXTURE_GROW_OPTS \
    { .size = sizeof(apitoken_grow_opts), FIXTURE_ACTOR }
#define FIXTURE_RESTORE_OPTS \
    { .size = sizeof(apitoken_restore_opts), FIXTURE_ACTOR }
#define FIXTURE_COMPACT_OPTS \
    { .size = sizeof(apitoken_compact_opts), FIXTURE_ACTOR }
#define FIXTURE_COMPACT (&(const apitoken_compact_opts)FIXTURE_COMPACT_OPTS)
#define FIXTURE_GROW (&(const apitoken_grow_opts)FIXTURE_GROW_OPTS)
#define FIXTURE_RESTORE (&(const apitoken_restore_opts)FIXTURE_RESTORE_OPTS)

/* With an actor if they accept a rollback. */
static inline void fixture_check_flags(apitoken_check_opts *opts, uint32_t flags) {
    const int is_act = (flags & APITOKEN_CHECK_ACCEPT_ROLLBACK) != 0;
    opts->flags = flags;
    opts->actor = is_act ? "tester" : NULL;
    opts->actor_len = is_act ? 6 : 0;
}

#define LIT(text) (text), (sizeof(text) - 1)

struct fixture {
    char dir[64];         /* temp_dir.h */
    char keys[96];        /* dir/keys */
    char verify_keys[96]; /* dir/verify-keys: made by fixture_setup(), too */
    char store_path[96];  /* dir/store */
    int64_t now_ms;       /* the clock; below 0 it fails */
    apitoken_keyring *keyring;
    apitoken_keyring *verify_keyring;
    apitoken_store *store; /* read-write, on that clock */
};

/*
 * Group setup and teardown of cmocka: *state is a struct fixture. The store: copy policy once,
 * prefix tdh, UTC.
 */
int fixture_setup(void **state);
/* The same with copy policy always. */
int fixture_setup_always(void **state);
int fixture_teardown(void **state);

/* The parts, for tests that need another store. Each fails the test on error. */
void fixture_make_dir(struct fixture *f);
void fixture_make_keys(struct fixture *f);
void fixture_make_store(struct fixture *f, const apitoken_store_create_opts *opts);
/* APITOKEN_MODE_, with the fixture's clock */
apitoken_store *fixture_open(struct fixture *f, uint32_t mode);
/* Read-write, for administration. */
apitoken_store *fixture_open_admin(struct fixture *f);
/* Closes and frees all, and removes dir unless it is to be kept (temp_dir.h). */
void fixture_remove(struct fixture *f);

/* Clock callback on a struct fixture. */
int fixture_clock(int64_t *ret_now_ms, void *ctx);

/* Makes a token of `owner` and gives its text (NUL-terminated) and id. */
struct made_token {
    char text[APITOKEN_FORMAT_MAX];
    size_t len;
    char id[APITOKEN_ID_MAX + 1];
};
struct made_token fixture_create(apitoken_store *store, const char *owner, const char *name,
                                 const apitoken_create_opts *opts);

/* assert_int_equal of codes that shows their names. */
#define assert_code(expr, code) fixture_assert_code((expr), (code), #expr, __FILE__, __LINE__)
void fixture_assert_code(int got, int due, const char *what, const char *file, int line);

#endif
