/* SPDX-License-Identifier: MIT */
/* apitoken_store_stat() and apitoken_store_grow(), and a store that is full. */
#include "life.h"
#include "storage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"

#define MIB (UINT64_C(1) << 20)

/* A store of the smallest size, with sealed copies: full soonest. */
static int setup_small(void **state) {
    struct fixture *f = malloc(sizeof *f);
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    fixture_make_dir(f);
    fixture_make_keys(f);
    opts.map_bytes = 16 * MIB;
    opts.copy_policy = APITOKEN_COPY_ALWAYS;
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    *state = f;
    return 0;
}

static int grow(const struct fixture *f, uint64_t map_bytes) {
    return apitoken_store_grow(f->store_path, f->keyring, map_bytes, FIXTURE_GROW, NULL);
}

static void close_store(struct fixture *f) {
    apitoken_store_close(f->store);
    f->store = NULL;
}

/*
 * Thousands of commits, and nothing here asks for a disk: in memory, if TEST_DIR does not say
 * otherwise.
 */
static int setup_in_memory(void **state) {
    storage_in_memory(STORAGE_USUAL);
    return setup_small(state);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static void the_facts_of_a_store(void **state) {
    struct fixture *f = *state;
    apitoken_store_info before = info_of(f->store);
    assert_int_equal(before.schema, 2);
    assert_int_equal(before.copy_policy, APITOKEN_COPY_ALWAYS);
    assert_int_equal(before.mode, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(before.active_key, 1);
    assert_in_range(before.keys_locked, 0, 1);
    assert_in_range(before.readers, 1, 64);
    assert_true(before.readers_max >= 4096);
    assert_int_equal(before.tokens, 0);
    assert_int_equal(before.revoked, 0);
    assert_int_equal(before.map_bytes, 16 * MIB);
    assert_true(before.used_bytes > 0 && before.used_bytes < MIB);
    assert_true(before.spare_bytes > 8 * MIB && before.spare_bytes < 12 * MIB + MIB);
    assert_int_equal(before.created_ms, FIXTURE_NOW);
    assert_int_equal(strlen(before.store_id), 32);
    assert_string_equal(before.prefix, "tdh");
    assert_string_equal(before.zone, "UTC");
}

static void the_facts_follow_the_changes(void **state) {
    struct fixture *f = *state;
    struct made_token token[3];
    uint64_t first = info_of(f->store).transaction;
    for (size_t i = 0; i < COUNT(token); i++)
        token[i] = fixture_create(f->store, i ? "b" : "a", "name", NULL);
    assert_code(revoke_token(f->store, "a", token[0].id), 0);
    assert_code(revoke_token(f->store, "a", token[0].id), 0);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    apitoken_store_info info = info_of(v);
    assert_int_equal(info.tokens, 3);
    assert_int_equal(info.revoked, 1);
    assert_int_equal(info.transaction, first + 4); /* the second revoke changed nothing */
    assert_int_equal(info.mode, APITOKEN_MODE_VERIFY_ONLY);
    assert_string_equal(info.store_id, info_of(f->store).store_id);
    apitoken_store_close(v);
}

/* ---- a full store ---------------------------------------------------------------------------- */

struct tally {
    struct made_token *made;
    size_t count, room;
};

/*
 * Makes tokens with the longest texts until the store says that it is full. Every owner sorts
 * before the one before, which leaves half-empty pages behind, so that few tokens fill the map.
 */
static void fill(apitoken_store *store, struct tally *t) {
    static char description[APITOKEN_DESCRIPTION_MAX], name[APITOKEN_NAME_MAX];
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    memset(description, 'd', sizeof description);
    memset(name, 'n', sizeof name);
    opts.description = description;
    opts.description_len = sizeof description;
    for (t->count = 0; t->count < t->room; t->count++) {
        char owner[APITOKEN_OWNER_MAX + 1];
        apitoken_secret *secret = UNTOUCHED;
        struct made_token *made = &t->made[t->count];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - t->count, 0);
        int rc = apitoken_create(store, owner, APITOKEN_OWNER_MAX, name, sizeof name, &opts,
                                 &secret, NULL);
        if (rc != 0) {
            assert_code(rc, APITOKEN_E_FULL);
            assert_ptr_equal(secret, UNTOUCHED);
            return;
        }
        assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made->text,
                                           sizeof made->text, &made->len, NULL),
                    0);
        (void)snprintf(made->id, sizeof made->id, "%s", apitoken_secret_id(secret));
        apitoken_secret_free(secret);
    }
    fail_msg("%zu tokens did not fill the store", t->count);
}

static void assert_all(apitoken_store *store, const struct tally *t, int code) {
    for (size_t i = 0; i < t->count; i++) assert_code(check(store, &t->made[i]), code);
}

static void revoke_all(apitoken_store *store, const struct tally *t) {
    for (size_t i = 0; i < t->count; i++) {
        char owner[APITOKEN_OWNER_MAX + 1];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - i, 0);
        assert_code(revoke_token(store, owner, t->made[i].id), 0);
    }
}

/* The very handle that was told so goes on. */
static void a_full_store_still_revokes_and_grows(void **state) {
    struct fixture *f = *state;
    struct tally t = { .made = calloc(20000, sizeof(struct made_token)), .room = 20000 };
    fill(f->store, &t);
    assert_int_equal(info_of(f->store).tokens, t.count);
    assert_int_equal(info_of(f->store).spare_bytes, 0);
    assert_all(f->store, &t, 0);
    /* a short one as well: the rest is for revoke */
    assert_code(try_create(f->store, "a", "short", NULL), APITOKEN_E_FULL);
    revoke_all(f->store, &t);
    assert_all(f->store, &t, APITOKEN_E_REVOKED);
    assert_int_equal(info_of(f->store).revoked, t.count);
    assert_code(grow(f, 32 * MIB), 0);
    assert_int_equal(info_of(f->store).map_bytes, 32 * MIB);
    assert_true(info_of(f->store).spare_bytes > 12 * MIB);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    assert_all(f->store, &t, APITOKEN_E_REVOKED);
    free(t.made);
}

/*
 * A revoke with a reason makes its record longer. However many of them there are, all without one
 * still succeed.
 */
static void long_reasons_leave_room_for_plain_revokes(void **state) {
    struct fixture *f = *state;
    struct tally t = { .made = calloc(20000, sizeof(struct made_token)), .room = 20000 };
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = long_text(APITOKEN_REASON_MAX);
    opts.reason_len = APITOKEN_REASON_MAX;
    fill(f->store, &t);
    size_t with_reason = 0;
    for (int rc = 0; rc == 0 && with_reason < t.count; with_reason += rc == 0) {
        char owner[APITOKEN_OWNER_MAX + 1];
        (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - with_reason, 0);
        rc = apitoken_revoke(f->store, owner, strlen(owner), t.made[with_reason].id,
                             APITOKEN_ID_LEN, &opts, NULL);
        if (rc != 0) assert_code(rc, APITOKEN_E_FULL);
    }
    /* or the reserve was never short and this proves nothing */
    assert_in_range(with_reason, 1, t.count - 1);
    revoke_all(f->store, &t);
    assert_int_equal(info_of(f->store).revoked, t.count);
    free(t.made);
}

static int update_made(const struct fixture *f, const struct tally *t, size_t i,
                       const apitoken_update_opts *opts) {
    char owner[APITOKEN_OWNER_MAX + 1];
    (void)snprintf(owner, sizeof owner, "%06zu%0122d", 999999 - i, 0);
    return apitoken_update(f->store, owner, strlen(owner), t->made[i].id, APITOKEN_ID_LEN, opts,
                           NULL, NULL);
}

/* What only denies needs no more room than a revoke; what may make a record longer has none. */
static void a_full_store_still_suspends_and_ends_older_secrets(void **state) {
    struct fixture *f = *state;
    struct tally t = { .made = calloc(20000, sizeof(struct made_token)), .room = 20000 };
    apitoken_update_opts suspend = APITOKEN_UPDATE_OPTS_INIT, other = suspend, end = suspend;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    struct made_token none;
    suspend.mask = other.mask = APITOKEN_UPDATE_SUSPENDED;
    suspend.is_suspended = 1;
    end.flags = APITOKEN_UPDATE_END_OLDER;
    fill(f->store, &t);
    const struct unchanged before = unchanged_of(f->store, &older);
    assert_code(rotate_token(f->store, &older, &rotate, &none, NULL), APITOKEN_E_FULL);
    assert_code(update_token(f->store, &older, &other, NULL), APITOKEN_E_FULL);
    other.mask = APITOKEN_UPDATE_NAME;
    other.name = "other";
    other.name_len = 5;
    assert_code(update_token(f->store, &older, &other, NULL), APITOKEN_E_FULL);
    assert_code(end_token(f->store, &older, FIXTURE_NOW + 1), APITOKEN_E_FULL);
    assert_unchanged(f->store, &older, &before);
    assert_code(check(f->store, &older), 0);
    assert_code(update_token(f->store, &older, &end, NULL), 0);
    assert_code(check(f->store, &older), APITOKEN_E_UNKNOWN);
    assert_code(check(f->store, &newest), 0);
    for (size_t i = 0; i < t.count; i++) assert_code(update_made(f, &t, i, &suspend), 0);
    assert_all(f->store, &t, APITOKEN_E_SUSPENDED);
    revoke_all(f->store, &t);
    assert_all(f->store, &t, APITOKEN_E_REVOKED);
    free(t.made);
}

/* ---- growing --------------------------------------------------------------------------------- */

static void assert_map(apitoken_store *store, uint64_t bytes) {
    const apitoken_store_info info = info_of(store);
    assert_int_equal(info.map_bytes, bytes);
    assert_true(info.used_bytes + info.spare_bytes < bytes);
}

/* Every handle sees it at its next call, and none was told. */
static void a_store_grows_while_it_is_open(void **state) {
    struct fixture *f = *state;
    apitoken_store *second = fixture_open(f, APITOKEN_MODE_READ_WRITE),
                   *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const uint64_t before = info_of(f->store).spare_bytes;
    assert_code(grow(f, 32 * MIB), 0);
    assert_map(f->store, 32 * MIB);
    assert_map(second, 32 * MIB);
    assert_map(verify, 32 * MIB);
    assert_true(info_of(second).spare_bytes > before + 15 * MIB);
    assert_code(check(verify, &token), 0);
    token = fixture_create(second, "owner", "name", NULL);
    assert_code(check(f->store, &token), 0);
    apitoken_store_close(second);
    apitoken_store_close(verify);
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_map(f->store, 32 * MIB);
}

/* A process that has it open verify-only cannot write it, nor open it a second time for that. */
static void a_process_that_verifies_only_grows_nothing(void **state) {
    struct fixture *f = *state;
    close_store(f);
    f->store = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(grow(f, 32 * MIB), APITOKEN_E_MODE);
    assert_map(f->store, 16 * MIB);
}

static void a_store_grows_step_by_step(void **state) {
    struct fixture *f = *state;
    static const uint64_t sizes[] = { 16 * MIB + 1, 17 * MIB, 64 * MIB, 1024 * MIB };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      revoked = fixture_create(f->store, "owner", "name", NULL);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_code(grow(f, sizes[i]), 0);
        apitoken_store_info info = info_of(f->store);
        assert_int_equal(info.map_bytes, (sizes[i] + 4095) / 4096 * 4096);
        assert_int_equal(info.tokens, 2 + i);
        assert_int_equal(info.revoked, 1);
        assert_code(check(f->store, &token), 0);
        assert_code(check(f->store, &revoked), APITOKEN_E_REVOKED);
        assert_code(try_create(f->store, "owner", "name", NULL), 0);
    }
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* What was made beyond the first size has its last use, in a handle that was there before. */
static void a_store_that_has_grown_notes_uses(void **state) {
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(stat(in_store(f, "last-use"), &st), 0);
    const off_t before = st.st_size;
    assert_code(grow(f, 64 * MIB), 0);
    assert_int_equal(stat(in_store(f, "last-use"), &st), 0);
    assert_int_equal(st.st_size - 4096, 4 * (before - 4096));
}

/* Beyond what its processes have mapped it grows only while there are none. */
static void a_store_grows_beyond_its_map_when_it_is_closed(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const uint64_t mapped = 1024 * MIB;
    assert_code(apitoken_store_grow(f->store_path, f->keyring, mapped + 1, FIXTURE_GROW, &err),
                APITOKEN_E_IN_USE);
    assert_non_null(strstr(err.text, "1073741824"));
    assert_map(f->store, 16 * MIB);
    close_store(f);
    assert_code(grow(f, mapped + 1), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_map(f->store, mapped + 4096);
    assert_code(check(f->store, &token), 0);
    assert_code(grow(f, mapped + MIB), 0); /* as in a new one of that size */
    assert_map(f->store, mapped + MIB);
    assert_code(grow(f, 32 * mapped + 1), APITOKEN_E_IN_USE);
    assert_code(grow(f, 16 * MIB), 0);
    assert_map(f->store, 16 * MIB);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* What was before it is older: put back, it is refused. */
static void a_grow_is_not_undone_unseen(void **state) {
    struct fixture *f = *state;
    static const uint64_t sizes[] = { 32 * MIB, 2048 * MIB };
    const char *data = in_dir(f->store_path, "data.mdb"), *kept = in_dir(f->dir, "kept");
    close_store(f);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        file_copy(data, kept);
        assert_code(grow(f, sizes[i]), 0);
        file_copy(kept, data);
        assert_code(try_open(f, APITOKEN_MODE_READ_WRITE), APITOKEN_E_ROLLED_BACK);
        apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
        fixture_check_flags(&opts, APITOKEN_CHECK_ACCEPT_ROLLBACK);
        assert_code(apitoken_store_check(f->store_path, f->keyring, &opts, NULL), 0);
    }
}

static void sizes_have_limits(void **state) {
    struct fixture *f = *state;
    static const uint64_t sizes[] = {
        0, 1, 16 * MIB - 1, 16 * MIB - 4095, MIB * MIB + 1, UINT64_MAX
    };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(apitoken_store_grow(f->store_path, f->keyring, sizes[i], FIXTURE_GROW, &err),
                    APITOKEN_E_MAP_SIZE);
        assert_field(&err, APITOKEN_E_MAP_SIZE, APITOKEN_FIELD_MAP_SIZE, 0);
    }
    assert_map(f->store, 16 * MIB);
}

/* Whoever does not know whether it was done does it again. */
static void the_size_that_it_has_changes_nothing(void **state) {
    struct fixture *f = *state;
    const uint64_t before = info_of(f->store).transaction;
    for (int i = 0; i < 3; i++) assert_code(grow(f, 32 * MIB), 0);
    assert_map(f->store, 32 * MIB);
    assert_int_equal(info_of(f->store).transaction, before + 1);
}

/* ---- shrinking ------------------------------------------------------------------------------- */

/* So many tokens of so many owners, in turn. */
static void make_batch(const struct fixture *f, uint32_t count, uint32_t owners) {
    static const apitoken_batch_item *items[60000];
    static apitoken_batch_item item[6000];
    static char names[6000][8];
    apitoken_batch *batch = NULL;
    for (uint32_t i = 0; i < owners; i++) {
        item[i] = (apitoken_batch_item)APITOKEN_BATCH_ITEM_INIT;
        item[i].owner = names[i];
        item[i].owner_len = (uint32_t)snprintf(names[i], sizeof names[i], "%06u", i);
        item[i].name = "name";
        item[i].name_len = 4;
    }
    for (uint32_t i = 0; i < count; i++) items[i] = &item[i % owners];
    assert_code(apitoken_create_batch(f->store, items, count, NULL, &batch, NULL), 0);
    apitoken_batch_free(batch);
}

/* The number after "take " in the text. */
static uint64_t least_of(const apitoken_error *err) {
    const char *take = strstr(err->text, "take ");
    assert_non_null(take);
    return strtoull(take + 5, NULL, 10);
}

/* Down to what it holds and the reserve, which the error says, and not below. */
static void a_store_shrinks_to_what_it_holds(void **state) {
    struct fixture *f = *state;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(grow(f, 64 * MIB), 0);
    make_batch(f, 60000, 1);
    make_batch(f, 1, 1); /* what the batch freed is free from now on */
    const uint64_t used = info_of(f->store).used_bytes;
    assert_true(used > 13 * MIB);
    assert_code(apitoken_store_grow(f->store_path, f->keyring, 16 * MIB, FIXTURE_GROW, &err),
                APITOKEN_E_MAP_SIZE);
    assert_int_equal(err.field, APITOKEN_FIELD_MAP_SIZE);
    assert_map(f->store, 64 * MIB);
    const uint64_t least = least_of(&err);
    assert_in_range(least, used + 4 * MIB - 65536, used + 4 * MIB + 65536);
    assert_code(grow(f, least - 4096), APITOKEN_E_MAP_SIZE);
    assert_code(grow(f, least), 0);
    assert_map(f->store, least);
    assert_true(info_of(f->store).spare_bytes <= 65536);
    int made = 0;
    while (try_create(f->store, "owner", "name", NULL) == 0) assert_true(made++ < 100);
    assert_code(try_create(f->store, "owner", "name", NULL), APITOKEN_E_FULL);
    assert_code(grow(f, 64 * MIB), 0);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
}

/* Of both meta pages: how many pages have ever been used. */
static uint64_t pages_of(const struct fixture *f) {
    enum { PAGE = 4096, LAST_PAGE_AT = 136 };
    static uint8_t metas[2 * PAGE];
    uint64_t last[2];
    assert_int_equal(file_read(in_store(f, "data.mdb"), metas, sizeof metas), sizeof metas);
    for (int i = 0; i < 2; i++) memcpy(&last[i], metas + i * PAGE + LAST_PAGE_AT, sizeof *last);
    return (last[0] > last[1] ? last[0] : last[1]) + 1;
}

/*
 * Pages that were used and are free now lie behind the new end: they count as spare, and creates
 * and revokes go on with them.
 */
static void a_store_shrinks_below_its_last_page(void **state) {
    struct fixture *f = *state;
    assert_code(grow(f, 256 * MIB), 0);
    make_batch(f, 60000, 6000);
    for (int i = 0; i < 4; i++) make_batch(f, 6000, 6000); /* each copies the pages of all */
    make_batch(f, 1, 1);
    const uint64_t size = (info_of(f->store).used_bytes + 5 * MIB) / 4096 * 4096;
    const uint64_t pages = pages_of(f);
    assert_true(pages * 4096 > size + MIB);
    assert_code(grow(f, size), 0);
    assert_map(f->store, size);
    struct made_token token;
    for (int i = 0; i < 500; i++) {
        token = fixture_create(f->store, "owner", "name", NULL);
        assert_code(revoke_token(f->store, "owner", token.id), 0);
    }
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
    assert_int_equal(pages_of(f), pages);
    close_store(f);
    assert_code(apitoken_store_check(f->store_path, f->keyring, NULL, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_code(check(f->store, &token), APITOKEN_E_REVOKED);
}

/* ---- copies ---------------------------------------------------------------------------------- */

/* A backup has the size of its store, and a restored store that of the backup. */
static void a_backup_has_the_size_that_its_store_had(void **state) {
    struct fixture *f = *state;
    const char *backup = in_dir(f->dir, "backup");
    apitoken_store *copy = NULL;
    (void)fixture_create(f->store, "owner", "name", NULL);
    assert_code(grow(f, 48 * MIB), 0);
    assert_code(apitoken_store_backup(f->store, backup, NULL, NULL), 0);
    /* before anybody opens it: room for the uses of as many tokens, and the reserve */
    assert_int_equal(file_size(in_dir(backup, "last-use")), 4096 + 48 * MIB / 8);
    assert_true(file_size(in_dir(backup, "data.mdb")) > 4 * MIB);
    assert_code(grow(f, 32 * MIB), 0);
    assert_code(apitoken_store_open(backup, f->keyring, NULL, &copy, NULL), 0);
    assert_map(copy, 48 * MIB);
    assert_code(apitoken_store_grow(backup, f->keyring, 1024 * MIB, FIXTURE_GROW, NULL), 0);
    assert_map(copy, 1024 * MIB);
    apitoken_store_close(copy);
    close_store(f);
    assert_code(
        apitoken_store_restore(backup, f->store_path, f->keyring, FIXTURE_RESTORE, NULL, NULL), 0);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_map(f->store, 1024 * MIB);
}

static void a_verify_only_keyring_does_not_grow(void **state) {
    struct fixture *f = *state;
    assert_code(apitoken_store_grow(f->store_path, f->verify_keyring, 32 * MIB, FIXTURE_GROW, NULL),
                APITOKEN_E_KEYS_VERIFY);
}

#define SMALL_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_small, fixture_teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        SMALL_CASE(the_facts_of_a_store),
        SMALL_CASE(the_facts_follow_the_changes),
        SMALL_CASE(a_store_grows_while_it_is_open),
        SMALL_CASE(a_process_that_verifies_only_grows_nothing),
        SMALL_CASE(a_store_grows_step_by_step),
        SMALL_CASE(a_store_that_has_grown_notes_uses),
        SMALL_CASE(a_store_grows_beyond_its_map_when_it_is_closed),
        SMALL_CASE(a_grow_is_not_undone_unseen),
        SMALL_CASE(sizes_have_limits),
        SMALL_CASE(the_size_that_it_has_changes_nothing),
        SMALL_CASE(a_backup_has_the_size_that_its_store_had),
        SMALL_CASE(a_verify_only_keyring_does_not_grow),
        cmocka_unit_test_setup_teardown(a_store_shrinks_to_what_it_holds, setup_in_memory,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_store_shrinks_below_its_last_page, setup_in_memory,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_store_still_revokes_and_grows, setup_in_memory,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_full_store_still_suspends_and_ends_older_secrets,
                                        setup_in_memory, fixture_teardown),
        cmocka_unit_test_setup_teardown(long_reasons_leave_room_for_plain_revokes, setup_in_memory,
                                        fixture_teardown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
