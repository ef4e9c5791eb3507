/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the verbs share: texts that must be refused, files, child processes, token
 * texts made by hand.
 */
#ifndef API_H
#define API_H

#include "fixture.h"

#include <sys/types.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A case with a keyring, a store (policy once) and an open handle of its own. */
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
/* The same with policy always. */
#define CASE_ALWAYS(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup_always, fixture_teardown)

/* What a pointer output is set to before a call that must fail. */
#define UNTOUCHED ((void *)(uintptr_t)0x5E)

/* ---- texts ----------------------------------------------------------------------------------- */

/* Text that is not stored; the fault is at `offset`. */
struct bad_text {
    const char *what;
    const char *bytes;
    size_t len;
    uint32_t offset;
    int is_utf8; /* so that it may be the owner in a look-up */
};
extern const struct bad_text bad_texts[];
extern const size_t bad_text_count;

/* Text at the edges of what is allowed. */
extern const char *const good_texts[];
extern const size_t good_text_count;

/* What stands around a token's text in each format that shows it whole. */
struct token_format {
    int format;
    const char *before, *after;
};
extern const struct token_format token_formats[];
extern const size_t token_format_count;

/* `len` times 'x', static, up to 2,000. */
const char *long_text(size_t len);

/* The detail says this of an input. */
#define assert_field(err, due_code, due_field, due_offset) \
    do {                                                   \
        assert_code((err)->code, (due_code));              \
        assert_int_equal((err)->field, (due_field));       \
        assert_int_equal((err)->offset, (due_offset));     \
    } while (0)

/* ---- token text ------------------------------------------------------------------------------ */

#define TOKEN_LEN 53 /* with a prefix of three letters */
#define TOKEN_BODY 4 /* where the version character stands, after "tdh_" */
#define TOKEN_CRC_LEN 6

/*
 * Puts the checksum that belongs to the rest over the last six characters; computed bit by bit,
 * apart from the library.
 */
void token_put_checksum(char *text, size_t len);

/* ---- stores ---------------------------------------------------------------------------------- */

apitoken_store_info info_of(apitoken_store *store);
size_t count_rows(apitoken_store *store, const char *owner);
int state_of(apitoken_store *store, const char *owner, const char *id); /* by apitoken_show() */
/* apitoken_validate() without outputs */
int check(apitoken_store *store, const struct made_token *token);
/* The token of the owner "owner" can be copied, and is this text. */
void assert_copies(apitoken_store *store, const struct made_token *token);
int revoke_token(apitoken_store *store, const char *owner, const char *id);
/* apitoken_create(): gives the code, frees what was made. */
int try_create(apitoken_store *store, const char *owner, const char *name,
               const apitoken_create_opts *opts);
/* A token that is good before `end_ms`. */
struct made_token create_until(apitoken_store *store, const char *owner, int64_t end_ms);
/*
 * Opens the fixture's store and closes it again: with these options, with the defaults in a mode,
 * in both modes.
 */
int try_open_with(const struct fixture *f, const apitoken_open_opts *opts);
int try_open(const struct fixture *f, uint32_t mode);
void assert_opens(const struct fixture *f, int code);
/* A fixture whose store is closed. */
int setup_closed(void **state);

/* ---- keyrings -------------------------------------------------------------------------------- */

/* A fixture with a directory and a keyring in it, and no store. */
int setup_keys(void **state);
#define KEYS_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_keys, fixture_teardown)
/* Loads the keyring: gives it, or the code and frees it. */
apitoken_keyring *load_keys(const char *path);
int try_load_keys(const char *path);

/* ---- files ----------------------------------------------------------------------------------- */

/* dir/name, static; good until four calls later. */
const char *in_dir(const char *dir, const char *name);
/* the same of the fixture's store */
const char *in_store(const struct fixture *f, const char *name);
void file_write(const char *path, const void *data, size_t len);
size_t file_read(const char *path, void *buf, size_t cap);
size_t file_size(const char *path);
void file_copy(const char *from, const char *to); /* over what is there: the inode stays */
void file_flip(const char *path, size_t at);      /* one bit of one byte */
mode_t mode_of(const char *path);
size_t count_entries(const char *dir);
/* mappings of this process that nobody may touch: guarded memory lies between such */
size_t count_guards(void);

/* ---- children -------------------------------------------------------------------------------- */

typedef int (*child_fn)(void *ctx);

/* What fn() gives in a forked child. It must not assert. */
int in_child(child_fn fn, void *ctx);
/* The same as a user without rights, if this process is root's: for what root would be allowed. */
int as_stranger(child_fn fn, void *ctx);
#define STRANGER 12345

#endif
