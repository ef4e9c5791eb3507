/* SPDX-License-Identifier: MIT */
/*
 * Many tokens in one step, all or none. APITOKEN_BATCH sets the size of the large batch (default
 * 50,000, at most a million). As in faulty.c, this program replaces a few functions of libsodium
 * and LMDB.
 */
#include "api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"
#include "failed_commit.h"
#include "real.h"

enum { COUNT_USUAL = 300, COUNT_LARGE = 50000, MDB_MAP_FULL = -30792 };

/* ---- what fails now -------------------------------------------------------------------------- */

static struct {
    int commit, commit_anyway;  /* a commit's code; and whether it is made all the same */
    int is_committed, can_look; /* a commit failed: from now on nobody can look, unless can_look */
} fault;

static struct {
    ino_t file; /* whose requests for disk space are counted */
    unsigned count;
} requests;

/* What progress is at each draw of random bytes. */
static struct {
    const uint64_t *progress; /* NULL: nobody looks */
    uint64_t seen;
    unsigned draws, steps;
} watch;

static void all_well(void) { memset(&fault, 0, sizeof fault); }

void randombytes_buf(void *data, size_t len);
int mdb_txn_commit(void *txn);
int mdb_txn_renew(void *txn);

void randombytes_buf(void *data, size_t len) {
    void (*real)(void *, size_t);
    REAL(real, "randombytes_buf");
    /* in the second half the salts of audit records are drawn */
    if (watch.progress && *watch.progress < COUNT_USUAL) {
        watch.steps += watch.draws > 0 && *watch.progress == watch.seen + 1;
        watch.seen = *watch.progress;
        watch.draws++;
    }
    real(data, len);
}

int fallocate(int fd, int mode, off_t offset, off_t len) {
    int (*real)(int, int, off_t, off_t);
    struct stat st;
    REAL(real, "fallocate64");
    if (requests.file && fstat(fd, &st) == 0 && st.st_ino == requests.file) requests.count++;
    return real(fd, mode, offset, len);
}

int mdb_txn_commit(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_commit");
    if (!fault.commit) return real(txn);
    fault.is_committed = 1;
    return fail_commit(txn, fault.commit_anyway, fault.commit);
}

int mdb_txn_renew(void *txn) {
    int (*real)(void *);
    REAL(real, "mdb_txn_renew");
    return fault.is_committed && !fault.can_look ? EIO : real(txn);
}

/* ---- orders ---------------------------------------------------------------------------------- */

/* The arguments of a batch, with owners and names of their own. */
struct order {
    size_t count;
    apitoken_batch_item *items;
    const apitoken_batch_item **pointers;
    char (*owners)[32];
    char (*names)[32];
};

static struct order order_of(size_t count, size_t owners) {
    const apitoken_batch_item fresh = APITOKEN_BATCH_ITEM_INIT;
    struct order o = { count, calloc(count, sizeof *o.items), calloc(count, sizeof(void *)),
                       calloc(count, sizeof *o.owners), calloc(count, sizeof *o.names) };
    assert_true(o.items && o.pointers && o.owners && o.names);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(o.owners[i], sizeof o.owners[i], "owner-%zu", i % owners);
        (void)snprintf(o.names[i], sizeof o.names[i], "name-%zu", i);
        o.items[i] = fresh;
        o.items[i].owner = o.owners[i];
        o.items[i].owner_len = (uint32_t)strlen(o.owners[i]);
        o.items[i].name = o.names[i];
        o.items[i].name_len = (uint32_t)strlen(o.names[i]);
        o.pointers[i] = &o.items[i];
    }
    return o;
}

static void order_free(struct order *o) {
    free(o->items);
    free(o->pointers);
    free(o->owners);
    free(o->names);
}

static int place(apitoken_store *store, const struct order *o, const apitoken_batch_opts *opts,
                 apitoken_batch **ret_batch, apitoken_error *err) {
    return apitoken_create_batch(store, o->pointers, o->count, opts, ret_batch, err);
}

/* Nothing came of it: no batch, no token. */
static void assert_refused(const struct fixture *f, const struct order *o, int code,
                           uint32_t item) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_batch *batch = UNTOUCHED;
    uint64_t before = info_of(f->store).tokens;
    assert_code(place(f->store, o, NULL, &batch, &err), code);
    assert_ptr_equal(batch, UNTOUCHED);
    assert_code(err.code, code);
    assert_int_equal(err.item, item);
    assert_int_equal(info_of(f->store).tokens, before);
    assert_int_equal(count_rows(f->store, "owner-0"), 0);
}

static struct made_token token_at(const apitoken_batch *batch, size_t i) {
    struct made_token made = { "", 0, "" };
    assert_code(apitoken_batch_format(batch, i, APITOKEN_FORMAT_PLAIN, NULL, made.text,
                                      sizeof made.text, &made.len, NULL),
                0);
    (void)snprintf(made.id, sizeof made.id, "%s", apitoken_batch_id(batch, i));
    return made;
}

static int setup(void **state) {
    all_well();
    return fixture_setup(state);
}

static int setup_always(void **state) {
    all_well();
    return fixture_setup_always(state);
}

static int teardown(void **state) {
    all_well();
    return fixture_teardown(state);
}

/* ---- what is made ---------------------------------------------------------------------------- */

static void every_item_is_made_and_in_its_order(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(COUNT_USUAL, 3);
    apitoken_batch *batch = NULL;
    apitoken_page *page = NULL;
    apitoken_list_opts list = APITOKEN_LIST_OPTS_INIT;
    uint64_t transaction = info_of(f->store).transaction;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    assert_int_equal(info_of(f->store).transaction, transaction + 1);
    assert_int_equal(info_of(f->store).tokens, COUNT_USUAL);
    assert_int_equal(apitoken_batch_count(batch), COUNT_USUAL);
    for (size_t i = 0; i < COUNT_USUAL; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        struct made_token made = token_at(batch, i);
        assert_code(apitoken_validate(f->store, made.text, made.len, NULL, &verdict, NULL), 0);
        assert_string_equal(verdict.owner, o.owners[i]);
        assert_string_equal(verdict.id, made.id);
    }
    list.limit = COUNT_USUAL;
    assert_code(apitoken_list(f->store, LIT("owner-1"), &list, &page, NULL), 0);
    assert_int_equal(apitoken_page_count(page), COUNT_USUAL / 3);
    for (size_t i = 0; i < COUNT_USUAL / 3; i++) {
        assert_string_equal(apitoken_token_name(apitoken_page_at(page, i)), o.names[3 * i + 1]);
        assert_string_equal(apitoken_token_id(apitoken_page_at(page, i)),
                            apitoken_batch_id(batch, 3 * i + 1));
    }
    apitoken_page_free(page);
    apitoken_batch_free(batch);
    order_free(&o);
}

static void an_item_is_what_create_would_make(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(3, 3);
    apitoken_batch *batch = NULL;
    apitoken_token *row = NULL;
    o.items[0].expiry_kind = APITOKEN_EXPIRY_DAY;
    o.items[0].expiry_day = 20270115;
    o.items[0].description = "nightly";
    o.items[0].description_len = 7;
    o.items[1].expiry_kind = APITOKEN_EXPIRY_INSTANT;
    o.items[1].expiry_ms = FIXTURE_NOW + 1000;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    assert_code(apitoken_show(f->store, LIT("owner-0"), apitoken_batch_id(batch, 0),
                              APITOKEN_ID_LEN, NULL, &row, NULL),
                0);
    assert_int_equal(apitoken_token_expires_day(row), 20270115);
    assert_string_equal(apitoken_token_expires_zone(row), "UTC");
    assert_string_equal(apitoken_token_description(row), "nightly");
    assert_true(apitoken_token_created_ms(row) == FIXTURE_NOW);
    assert_int_equal(apitoken_token_is_copyable(row), 1);
    apitoken_token_free(row);
    assert_code(apitoken_show(f->store, LIT("owner-1"), apitoken_batch_id(batch, 1),
                              APITOKEN_ID_LEN, NULL, &row, NULL),
                0);
    assert_true(apitoken_token_expires_ms(row) == FIXTURE_NOW + 1000);
    assert_string_equal(apitoken_token_description(row), "");
    apitoken_token_free(row);
    for (size_t i = 0; i < 3; i++) {
        char copy[APITOKEN_FORMAT_MAX];
        size_t len = 0;
        struct made_token made = token_at(batch, i);
        assert_code(apitoken_copy(f->store, o.owners[i], strlen(o.owners[i]), made.id,
                                  APITOKEN_ID_LEN, APITOKEN_FORMAT_PLAIN, NULL, copy, sizeof copy,
                                  &len, NULL),
                    0);
        assert_string_equal(copy, made.text);
    }
    apitoken_batch_free(batch);
    order_free(&o);
}

static void texts_come_in_every_format_or_not_at_all(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(2, 1);
    apitoken_batch *batch = NULL;
    char buf[APITOKEN_FORMAT_MAX] = "untouched", due[APITOKEN_FORMAT_MAX + 16];
    size_t len = 0;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    struct made_token made = token_at(batch, 1);
    assert_code(
        apitoken_batch_format(batch, 1, APITOKEN_FORMAT_PLAIN, NULL, buf, made.len, &len, &err),
        APITOKEN_E_BUFFER);
    assert_int_equal(len, made.len);
    assert_string_equal(buf, "untouched");
    assert_code(apitoken_batch_format(batch, 1, 99, NULL, buf, sizeof buf, &len, &err),
                APITOKEN_E_FORMAT);
    assert_code(
        apitoken_batch_format(batch, 2, APITOKEN_FORMAT_PLAIN, NULL, buf, sizeof buf, &len, &err),
        APITOKEN_E_ARGUMENT);
    assert_code(apitoken_batch_format(batch, 1, APITOKEN_FORMAT_PLAIN, NULL, NULL, 1, &len, &err),
                APITOKEN_E_ARGUMENT);
    assert_string_equal(buf, "untouched");
    assert_code(
        apitoken_batch_format(batch, 1, APITOKEN_FORMAT_ENV, NULL, buf, sizeof buf, &len, NULL), 0);
    (void)snprintf(due, sizeof due, "API_TOKEN=%s", made.text);
    assert_string_equal(buf, due);
    assert_code(
        apitoken_batch_format(batch, 1, APITOKEN_FORMAT_MASKED, NULL, buf, sizeof buf, &len, NULL),
        0);
    (void)snprintf(due, sizeof due, "tdh_1%s\xE2\x80\xA6", made.id);
    assert_string_equal(buf, due);
    assert_null(apitoken_batch_id(batch, 2));
    apitoken_batch_free(batch);
    order_free(&o);
}

static void none_makes_an_empty_batch(void **state) {
    const struct fixture *f = *state;
    apitoken_batch *batch = NULL;
    uint64_t transaction = info_of(f->store).transaction;
    assert_code(apitoken_create_batch(f->store, NULL, 0, NULL, &batch, NULL), 0);
    assert_int_equal(apitoken_batch_count(batch), 0);
    assert_null(apitoken_batch_id(batch, 0));
    assert_int_equal(info_of(f->store).transaction, transaction);
    apitoken_batch_free(batch);
}

static void a_batch_of_one_is_a_batch(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(1, 1);
    apitoken_batch *batch = NULL;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    assert_int_equal(apitoken_batch_count(batch), 1);
    struct made_token made = token_at(batch, 0);
    assert_code(check(f->store, &made), 0);
    apitoken_batch_free(batch);
    order_free(&o);
}

/*
 * An item has nothing of another: not of the last one, though its day is the same, nor of the one
 * before.
 */
static void an_item_has_nothing_of_another(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(4, 1);
    apitoken_batch *batch = NULL;
    for (int i = 0; i < 4; i++) {
        if (i == 1 || i == 2) continue;
        o.items[i].expiry_kind = APITOKEN_EXPIRY_DAY;
        o.items[i].expiry_day = 20270115;
        o.items[i].description = "d";
        o.items[i].description_len = 1;
    }
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    for (size_t i = 0; i < 4; i++) {
        const int is_plain = i == 1 || i == 2;
        const int64_t end_ms = FIXTURE_NOW + INT64_C(16) * 3600000; /* the end of that day */
        apitoken_token *row = NULL;
        assert_code(apitoken_show(f->store, LIT("owner-0"), apitoken_batch_id(batch, i),
                                  APITOKEN_ID_LEN, NULL, &row, NULL),
                    0);
        assert_true(apitoken_token_expires_ms(row) == (is_plain ? INT64_MAX : end_ms));
        assert_int_equal(apitoken_token_expires_day(row), is_plain ? 0 : 20270115);
        assert_string_equal(apitoken_token_expires_zone(row), is_plain ? "" : "UTC");
        assert_string_equal(apitoken_token_description(row), is_plain ? "" : "d");
        apitoken_token_free(row);
    }
    apitoken_batch_free(batch);
    order_free(&o);
}

/* Places the order with its progress shown, and frees what came of it. */
static int place_watched(apitoken_store *store, const struct order *o, uint64_t *progress) {
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch *batch = NULL;
    opts.progress = progress;
    int rc = place(store, o, &opts, &batch, NULL);
    apitoken_batch_free(batch);
    return rc;
}

static void progress_goes_to_its_end(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(COUNT_USUAL, 3);
    uint64_t progress = 0;
    o.items[COUNT_USUAL - 1].name_len = 0;
    assert_code(place_watched(f->store, &o, &progress), APITOKEN_E_NAME);
    assert_int_equal(progress, 0);
    o.items[COUNT_USUAL - 1].name_len = 1;
    assert_code(place_watched(f->store, &o, &progress), 0);
    assert_int_equal(progress, 2 * COUNT_USUAL);
    order_free(&o);
}

/* Whoever shows it sees one more with each token that is drawn. */
static void progress_goes_step_by_step(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(COUNT_USUAL, 3);
    uint64_t progress = 0;
    watch.progress = &progress;
    int rc = place_watched(f->store, &o, &progress);
    watch.progress = NULL;
    assert_code(rc, 0);
    assert_true(watch.draws >= COUNT_USUAL);
    assert_int_equal(watch.steps, COUNT_USUAL - 1);
    assert_int_equal(watch.seen, COUNT_USUAL - 1); /* before the last */
    order_free(&o);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void one_bad_item_refuses_all_and_is_named(void **state) {
    static const struct {
        const char *what;
        int code;
    } cases[] = {
        { "owner", APITOKEN_E_OWNER },
        { "long owner", APITOKEN_E_OWNER },
        { "name", APITOKEN_E_NAME },
        { "NULL", APITOKEN_E_ARGUMENT },
        { "description", APITOKEN_E_DESCRIPTION },
        { "kind", APITOKEN_E_EXPIRY },
        { "day", APITOKEN_E_DAY },
        { "past", APITOKEN_E_EXPIRY_PAST },
        { "size", APITOKEN_E_ABI },
        { "flags", APITOKEN_E_ABI },
        { "reserved", APITOKEN_E_ABI },
        { "text", APITOKEN_E_ARGUMENT },
    };
    const struct fixture *f = *state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        struct order o = order_of(COUNT_USUAL, 1);
        const uint32_t at = (uint32_t)(k * 7 % COUNT_USUAL);
        apitoken_batch_item *item = &o.items[at];
        switch (k) {
        case 0: item->owner = "\x01"; break;
        case 1: item->owner = long_text(129), item->owner_len = 129; break;
        case 2: item->name_len = 0; break;
        case 3: o.pointers[at] = NULL; break;
        case 4: item->description = "\n", item->description_len = 1; break;
        case 5: item->expiry_kind = 9; break;
        case 6: item->expiry_kind = APITOKEN_EXPIRY_DAY, item->expiry_day = 20270230; break;
        case 7: item->expiry_kind = APITOKEN_EXPIRY_DAY, item->expiry_day = 20270114; break;
        case 8: item->size = 8; break;
        case 9: item->flags = 1; break;
        case 10: item->reserved = 1; break;
        default: item->name = NULL; break;
        }
        assert_refused(f, &o, cases[k].code, at);
        order_free(&o);
    }
}

static void the_call_is_refused_as_create_is(void **state) {
    struct fixture *f = *state;
    struct order o = order_of(2, 1);
    apitoken_batch *batch = UNTOUCHED;
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(apitoken_create_batch(f->store, NULL, 2, NULL, &batch, NULL), APITOKEN_E_ARGUMENT);
    assert_code(
        apitoken_create_batch(f->store, o.pointers, APITOKEN_BATCH_MAX + 1, NULL, &batch, &err),
        APITOKEN_E_LIMIT);
    assert_int_equal(err.item, UINT32_MAX);
    /* as many as there may be, the first missing */
    const apitoken_batch_item **most = calloc(APITOKEN_BATCH_MAX, sizeof *most);
    assert_non_null(most);
    assert_code(apitoken_create_batch(f->store, most, APITOKEN_BATCH_MAX, NULL, &batch, &err),
                APITOKEN_E_ARGUMENT);
    assert_int_equal(err.item, 0);
    free(most);
    f->now_ms = -1;
    assert_code(place(f->store, &o, NULL, &batch, NULL), APITOKEN_E_CLOCK);
    f->now_ms = FIXTURE_NOW;
    apitoken_store *verify = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_code(place(verify, &o, NULL, &batch, NULL), APITOKEN_E_VERIFY_ONLY);
    apitoken_store_close(verify);
    assert_ptr_equal(batch, UNTOUCHED);
    assert_int_equal(info_of(f->store).tokens, 0);
    order_free(&o);
}

/* The zone rules are asked before the write, once for each change of day. */
static int starts_of_days;

static int zone_of_the_test(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                            void *ctx) {
    struct fixture *f = ctx;
    (void)zone;
    (void)zone_len;
    starts_of_days++;
    *ret_start_ms = FIXTURE_NOW - INT64_C(8) * 3600000 + (day - 20270115) * INT64_C(86400000);
    return try_create(f->store, "called-back", "n", NULL); /* nothing is held */
}

static void the_zone_is_asked_with_nothing_held(void **state) {
    struct fixture *f = *state;
    apitoken_store_create_opts store_opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_open_opts open = APITOKEN_OPEN_OPTS_INIT;
    struct order o = order_of(9, 3);
    apitoken_batch *batch = UNTOUCHED;
    apitoken_store_close(f->store);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/zoned", f->dir);
    store_opts.zone_id = "Europe/Vienna";
    store_opts.zone_id_len = (uint32_t)strlen(store_opts.zone_id);
    fixture_make_store(f, &store_opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < 9; i++) {
        if (i == 4) continue;
        o.items[i].expiry_kind = APITOKEN_EXPIRY_DAY;
        o.items[i].expiry_day = 20270116 + i / 3;
    }
    open.clock = fixture_clock;
    open.clock_ctx = open.zone_ctx = f;
    open.zone = zone_of_the_test;
    apitoken_store *store = NULL;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &open, &store, NULL), 0);
    starts_of_days = 0;
    assert_code(place(store, &o, NULL, &batch, NULL), 0);
    assert_int_equal(starts_of_days, 4); /* 16, 17, 17 again after the one without a day, 18 */
    for (size_t i = 0; i < 9; i++) {
        apitoken_token *row = NULL;
        assert_code(apitoken_show(store, o.owners[i], strlen(o.owners[i]),
                                  apitoken_batch_id(batch, i), APITOKEN_ID_LEN, NULL, &row, NULL),
                    0);
        int64_t due = FIXTURE_NOW - INT64_C(8) * 3600000 + (int64_t)(2 + i / 3) * 86400000;
        assert_true(apitoken_token_expires_ms(row) == (i == 4 ? INT64_MAX : due));
        apitoken_token_free(row);
    }
    apitoken_batch_free(batch);
    apitoken_store_close(store);
    order_free(&o);
}

/* ---- what fails on the way ------------------------------------------------------------------- */

static void a_commit_that_fails_makes_nothing(void **state) {
    static const struct {
        int os_code, code;
    } cases[] = { { EIO, APITOKEN_E_IO },
                  { ENOSPC, APITOKEN_E_DISK_FULL },
                  { MDB_MAP_FULL, APITOKEN_E_FULL } };
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct order o = order_of(COUNT_USUAL, 1);
        fault.can_look = 1;
        fault.commit = cases[i].os_code;
        assert_refused(f, &o, cases[i].code, UINT32_MAX);
        all_well();
        order_free(&o);
    }
}

static void a_commit_that_was_made_after_all_is_a_success(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(COUNT_USUAL, 1);
    apitoken_batch *batch = NULL;
    fault.can_look = fault.commit_anyway = 1;
    fault.commit = EIO;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    all_well();
    struct made_token last = token_at(batch, COUNT_USUAL - 1);
    assert_code(check(f->store, &last), 0);
    apitoken_batch_free(batch);
    order_free(&o);
}

/* The first id tells for all of them. */
static void a_commit_that_nobody_can_read_may_have_been_made(void **state) {
    const struct fixture *f = *state;
    for (int was_made = 0; was_made <= 1; was_made++) {
        struct order o = order_of(COUNT_USUAL, 1);
        apitoken_batch *batch = UNTOUCHED;
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_token *row = NULL;
        fault.commit = EIO;
        fault.commit_anyway = was_made;
        assert_code(place(f->store, &o, NULL, &batch, &err), APITOKEN_E_MAYBE);
        all_well();
        assert_ptr_equal(batch, UNTOUCHED);
        assert_code(
            apitoken_show(f->store, LIT("owner-0"), err.id, strlen(err.id), NULL, &row, NULL),
            was_made ? 0 : APITOKEN_E_NOT_FOUND);
        if (was_made) assert_string_equal(apitoken_token_name(row), o.names[0]);
        apitoken_token_free(row);
        assert_int_equal(info_of(f->store).tokens, was_made ? COUNT_USUAL : 0);
        order_free(&o);
    }
}

/* ---- space ----------------------------------------------------------------------------------- */

static void use_small_store(struct fixture *f) {
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_store_close(f->store);
    (void)snprintf(f->store_path, sizeof f->store_path, "%s/small", f->dir);
    opts.map_bytes = UINT64_C(16) << 20;
    fixture_make_store(f, &opts);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
}

static void revoke_all(const struct fixture *f, const apitoken_batch *batch,
                       const struct order *o) {
    for (size_t i = 0; i < o->count; i += 97) {
        apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
        opts.reason = "moved";
        opts.reason_len = 5;
        assert_code(apitoken_revoke(f->store, o->owners[i], strlen(o->owners[i]),
                                    apitoken_batch_id(batch, i), APITOKEN_ID_LEN, &opts, NULL),
                    0);
    }
}

/*
 * What does not fit leaves nothing, neither where the map ends nor where the reserve begins; what
 * fits leaves the reserve.
 */
static void a_full_store_takes_none_of_it(void **state) {
    struct fixture *f = *state;
    apitoken_batch *batch = NULL;
    size_t most = 0;
    use_small_store(f);
    for (size_t count = 40000; count > 20000; count -= 2000) {
        struct order o = order_of(count, 50);
        if (place(f->store, &o, NULL, &batch, NULL) == 0) {
            const apitoken_store_info info = info_of(f->store);
            most = count;
            assert_true(info.used_bytes + (UINT64_C(4) << 20) <= info.map_bytes);
            revoke_all(f, batch, &o);
            apitoken_batch_free(batch);
            order_free(&o);
            break;
        }
        assert_refused(f, &o, APITOKEN_E_FULL, UINT32_MAX);
        order_free(&o);
    }
    assert_true(most > 20000);
    assert_int_equal(info_of(f->store).tokens, most);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE); /* and its structure is sound */
}

/* The map of the store would hold them all; the store gives up when they are more than fit. */
static void a_batch_that_is_too_large_is_not_made_first(void **state) {
    enum { MANY = 200000, BYTES_LEAST = 150 };
    struct fixture *f = *state;
    struct order o = order_of(MANY, 50);
    uint64_t progress = 0;
    use_small_store(f);
    assert_code(place_watched(f->store, &o, &progress), APITOKEN_E_FULL);
    assert_in_range(progress, MANY + 20000, MANY + (UINT64_C(12) << 20) / BYTES_LEAST);
    assert_code(try_create(f->store, "owner", "name", NULL), 0);
    order_free(&o);
}

/* Not block by block, nor in the middle of the writing. */
static void the_disk_is_asked_once_for_all_their_slots(void **state) {
    const struct fixture *f = *state;
    struct order o = order_of(2000, 50);
    apitoken_batch *batch = NULL;
    struct stat st;
    assert_int_equal(stat(in_dir(f->store_path, "last-use"), &st), 0);
    requests.count = 0;
    requests.file = st.st_ino;
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    requests.file = 0;
    assert_int_equal(requests.count, 1);
    assert_int_equal(stat(in_dir(f->store_path, "last-use"), &st), 0);
    assert_in_range(st.st_blocks * 512, 4096 + 2000 * 8, 65536); /* and for those that there are */
    apitoken_batch_free(batch);
    order_free(&o);
}

/* ---- many ------------------------------------------------------------------------------------ */

static size_t large_count(void) {
    const char *asked = getenv("APITOKEN_BATCH");
    size_t count = asked ? (size_t)strtoul(asked, NULL, 10) : COUNT_LARGE;
    return count > 0 && count <= APITOKEN_BATCH_MAX ? count : COUNT_LARGE;
}

/*
 * More pages than LMDB keeps in memory, at a million; then the structure check of the next open
 * looks at all of it.
 */
static void a_large_batch_leaves_a_sound_store(void **state) {
    struct fixture *f = *state;
    struct order o = order_of(large_count(), 1000);
    apitoken_batch *batch = NULL;
    struct made_token before = fixture_create(f->store, "before", "n", NULL);
    assert_code(place(f->store, &o, NULL, &batch, NULL), 0);
    apitoken_store_close(f->store);
    f->store = fixture_open(f, APITOKEN_MODE_READ_WRITE);
    assert_int_equal(info_of(f->store).tokens, o.count + 1);
    assert_code(check(f->store, &before), 0);
    for (size_t i = 0; i < o.count; i++) {
        struct made_token made = token_at(batch, i);
        assert_code(check(f->store, &made), 0);
    }
    assert_code(revoke_token(f->store, o.owners[0], apitoken_batch_id(batch, 0)), 0);
    assert_code(try_create(f->store, "after", "n", NULL), 0);
    print_message("# batch_tokens %zu bytes_each %.0f\n", o.count,
                  (double)info_of(f->store).used_bytes / (double)o.count);
    apitoken_batch_free(batch);
    order_free(&o);
}

#define BATCH_CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        BATCH_CASE(every_item_is_made_and_in_its_order),
        cmocka_unit_test_setup_teardown(an_item_is_what_create_would_make, setup_always, teardown),
        BATCH_CASE(texts_come_in_every_format_or_not_at_all),
        BATCH_CASE(none_makes_an_empty_batch),
        BATCH_CASE(a_batch_of_one_is_a_batch),
        BATCH_CASE(an_item_has_nothing_of_another),
        BATCH_CASE(progress_goes_to_its_end),
        BATCH_CASE(progress_goes_step_by_step),
        BATCH_CASE(one_bad_item_refuses_all_and_is_named),
        BATCH_CASE(the_call_is_refused_as_create_is),
        BATCH_CASE(the_zone_is_asked_with_nothing_held),
        BATCH_CASE(a_commit_that_fails_makes_nothing),
        BATCH_CASE(a_commit_that_was_made_after_all_is_a_success),
        BATCH_CASE(a_commit_that_nobody_can_read_may_have_been_made),
        BATCH_CASE(a_full_store_takes_none_of_it),
        BATCH_CASE(a_batch_that_is_too_large_is_not_made_first),
        BATCH_CASE(the_disk_is_asked_once_for_all_their_slots),
        BATCH_CASE(a_large_batch_leaves_a_sound_store),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
