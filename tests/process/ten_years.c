/* SPDX-License-Identifier: MIT */
/*
 * Ten years of a store whose tokens get a new secret every day: once the policy has begun to remove
 * audit records, the store takes no more space than it does then, and each token is one row still.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cases.h"
#include "figure.h"
#include "fixture.h"
#include "storage.h"

#define DAY_MS INT64_C(86400000)
#define GRACE_MS INT64_C(3600000)

enum { TOKENS = 100, RETENTION_DAYS = 400, FULL_AT = RETENTION_DAYS + 30, TEN_YEARS = 3652 };

struct decade {
    struct fixture f;
    struct made_token made[TOKENS];
};

static int setup(void **state) {
    static struct decade d;
    fixture_make_dir(&d.f);
    fixture_make_keys(&d.f);
    fixture_make_store(&d.f, NULL);
    d.f.store = fixture_open(&d.f, APITOKEN_MODE_READ_WRITE);
    for (int i = 0; i < TOKENS; i++) d.made[i] = fixture_create(d.f.store, "anna", "daily", NULL);
    *state = &d;
    return 0;
}

static int teardown(void **state) {
    struct decade *d = *state;
    fixture_remove(&d->f);
    return 0;
}

static void rotate(struct decade *d, struct made_token *made) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.grace_ms = GRACE_MS;
    assert_code(
        apitoken_rotate(d->f.store, LIT("anna"), made->id, strlen(made->id), &opts, &secret, NULL),
        0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, made->text,
                                       sizeof made->text, &made->len, NULL),
                0);
    apitoken_secret_free(secret);
}

static int validate(const struct decade *d, const struct made_token *made) {
    return apitoken_validate(d->f.store, made->text, made->len, NULL, NULL, NULL);
}

/* Every token is rotated; of one of them the secrets are tried. */
static void pass_day(struct decade *d, int day) {
    const struct made_token before = d->made[day % TOKENS];
    d->f.now_ms = FIXTURE_NOW + day * DAY_MS;
    for (int i = 0; i < TOKENS; i++) rotate(d, &d->made[i]);
    assert_code(validate(d, &d->made[day % TOKENS]), 0);
    assert_code(validate(d, &before), 0);
    d->f.now_ms += GRACE_MS;
    assert_code(validate(d, &before), APITOKEN_E_UNKNOWN);
}

struct size {
    uint64_t used; /* bytes in use */
    uint64_t file;
};

static struct size size_of(const struct decade *d) {
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    char path[128];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/data.mdb", d->f.store_path);
    assert_int_equal(stat(path, &st), 0);
    assert_code(apitoken_store_stat(d->f.store, NULL, &info, NULL), 0);
    assert_int_equal(info.tokens, TOKENS);
    return (struct size){ info.used_bytes, (uint64_t)st.st_size };
}

/* In thousandths of what it was. */
static uint64_t growth(uint64_t from, uint64_t to) {
    return to > from ? (to - from) * 1000 / from : 0;
}

static void rotation_adds_nothing_once_audit_records_go(void **state) {
    struct decade *d = *state;
    struct size first = { 0, 0 };
    for (int day = 1; day <= TEN_YEARS; day++) {
        pass_day(d, day);
        if (day == FULL_AT) first = size_of(d);
    }
    const struct size last = size_of(d);
    figure_told("ten years of rotation: bytes in use", last.used);
    figure_at_most("ten years of rotation: growth of the store in thousandths",
                   growth(first.used, last.used), 50);
    figure_at_most("ten years of rotation: growth of the file in thousandths",
                   growth(first.file, last.file), 50);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotation_adds_nothing_once_audit_records_go),
    };
    storage_in_memory(STORAGE_USUAL);
    return run_cases(argc, argv, tests, setup, teardown);
}
