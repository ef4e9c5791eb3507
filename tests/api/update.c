/* SPDX-License-Identifier: MIT */
/* apitoken_update(): what a mask changes and what stays, and when it is refused. */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define END_OF_31_JANUARY INT64_C(1801440000000)
#define TEXT(field, text) .field = (text), .field##_len = sizeof(text) - 1
#define OPTS(...) \
    { .size = sizeof(apitoken_update_opts), __VA_ARGS__ }

/* ---- what is changed ------------------------------------------------------------------------- */

/* The revision is the next one; the same call again changes nothing. */
static void change(struct fixture *f, const struct made_token *token,
                   const apitoken_update_opts *opts, struct shown *due) {
    assert_code(update_token(f->store, token, opts, NULL), 0);
    due->revision++;
    assert_shown(f->store, token, due);
    const struct unchanged before = unchanged_of(f->store, token);
    assert_code(update_token(f->store, token, opts, NULL), 0);
    assert_unchanged(f->store, token, &before);
}

static void set_text(char *field, size_t cap, const char *text) {
    memset(field, 0, cap);
    (void)snprintf(field, cap, "%s", text);
}
#define SET_TEXT(field, text) set_text((field), sizeof(field), (text))

static void every_text_changes_alone(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct shown due = shown_of(f->store, &token);
    assert_int_equal(due.revision, 1);
    apitoken_update_opts opts = OPTS(.mask = APITOKEN_UPDATE_NAME, TEXT(name, "another name"));
    SET_TEXT(due.name, "another name");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION,
                                      TEXT(description, "for the reports"));
    SET_TEXT(due.description, "for the reports");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION);
    SET_TEXT(due.description, "");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_DATA, TEXT(data, "a\0b"));
    memcpy(due.data, "a\0b", 3);
    due.data_len = 3;
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_DATA);
    memset(due.data, 0, sizeof due.data);
    due.data_len = 0;
    change(f, &token, &opts, &due);
}

static void every_restriction_changes_alone(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct shown due = shown_of(f->store, &token);
    apitoken_update_opts opts =
        OPTS(.mask = APITOKEN_UPDATE_INTERFACES, TEXT(interfaces, "import,report"));
    SET_TEXT(due.interfaces, "import,report");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_NETWORKS,
                                      TEXT(networks, "10.0.0.0/8,2001:DB8::/32"));
    SET_TEXT(due.networks, "10.0.0.0/8,2001:db8::/32");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_INTERFACES, TEXT(interfaces, "*"));
    SET_TEXT(due.interfaces, "");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_NETWORKS, TEXT(networks, "*"));
    SET_TEXT(due.networks, "");
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_SUSPENDED, .is_suspended = 1);
    due.is_suspended = 1;
    due.state = APITOKEN_STATE_SUSPENDED;
    change(f, &token, &opts, &due);
    opts = (apitoken_update_opts)OPTS(.mask = APITOKEN_UPDATE_SUSPENDED);
    due.is_suspended = 0;
    due.state = APITOKEN_STATE_VALID;
    change(f, &token, &opts, &due);
}

static void change_end(struct fixture *f, const struct made_token *token, uint32_t kind,
                       int32_t day, int64_t ms, struct shown *due) {
    const apitoken_update_opts opts = OPTS(.mask = APITOKEN_UPDATE_EXPIRY, .expiry_kind = kind,
                                           .expiry_day = day, .expiry_ms = ms);
    change(f, token, &opts, due);
}

/* Day and zone are shown for a day alone; without a default of the store there is no end. */
static void an_end_changes_whatever_it_was(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    struct shown due = shown_of(f->store, &token);
    for (int round = 0; round < 2; round++) {
        due.expiry_kind = APITOKEN_EXPIRY_DAY;
        due.expires_ms = END_OF_31_JANUARY;
        due.expires_day = 20270131;
        SET_TEXT(due.zone, "UTC");
        change_end(f, &token, APITOKEN_EXPIRY_DAY, 20270131, 0, &due);
        due.expiry_kind = APITOKEN_EXPIRY_INSTANT; /* the same instant, but no day */
        due.expires_day = 0;
        SET_TEXT(due.zone, "");
        change_end(f, &token, APITOKEN_EXPIRY_INSTANT, 0, END_OF_31_JANUARY, &due);
        due.expires_ms = END_OF_31_JANUARY + 1;
        change_end(f, &token, APITOKEN_EXPIRY_INSTANT, 0, END_OF_31_JANUARY + 1, &due);
        due.expires_ms = INT64_MAX;
        due.expiry_kind = APITOKEN_EXPIRY_NEVER;
        change_end(f, &token, round ? APITOKEN_EXPIRY_DEFAULT : APITOKEN_EXPIRY_NEVER, 0, 0, &due);
    }
}

static void several_changes_are_one_revision(void **state) {
    struct fixture *f = *state;
    struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                      newest = rotate_for(f->store, &token, HOUR, 0);
    struct shown due = shown_of(f->store, &token);
    const apitoken_update_opts opts =
        OPTS(.flags = APITOKEN_UPDATE_END_OLDER, .mask = 127, .revision = due.revision,
             .expiry_kind = APITOKEN_EXPIRY_INSTANT, .expiry_ms = FIXTURE_NOW + DAY,
             .is_suspended = 1, TEXT(name, "n"), TEXT(description, "d"), TEXT(data, "x"),
             TEXT(interfaces, "i"), TEXT(networks, "::1"), TEXT(actor, "admin"));
    assert_code(update_token(f->store, &token, &opts, NULL), 0);
    due.revision++;
    due.superseded_until_ms = 0;
    due.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    due.expires_ms = FIXTURE_NOW + DAY;
    due.is_suspended = 1;
    due.state = APITOKEN_STATE_SUSPENDED;
    due.data_len = 1;
    due.data[0] = 'x';
    SET_TEXT(due.name, "n");
    SET_TEXT(due.description, "d");
    SET_TEXT(due.interfaces, "i");
    SET_TEXT(due.networks, "::1");
    assert_shown(f->store, &token, &due);
    assert_answers(f->store, &newest, APITOKEN_E_SUSPENDED);
    assert_answers(f->store, &token, APITOKEN_E_UNKNOWN);
}

/* All texts at their limits and two secrets, and each of them again; then a reason. */
static void the_longest_records_fit(void **state) {
    struct fixture *f = *state;
    char interfaces[APITOKEN_INTERFACES_TEXT_MAX + 1], networks[APITOKEN_NETWORKS_TEXT_MAX + 1];
    char owner[APITOKEN_OWNER_MAX + 1] = "";
    const char *text = long_text(1000);
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    apitoken_rotate_opts rotate = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_revoke_opts revoke = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_token *row = NULL;
    size_t at = 0, len = 0;
    memset(owner, 'o', APITOKEN_OWNER_MAX);
    for (int i = 0; i < APITOKEN_INTERFACES_MAX; i++)
        at += (size_t)snprintf(interfaces + at, sizeof interfaces - at, "%s%02d%062d", i ? "," : "",
                               i, 0);
    assert_int_equal(at, APITOKEN_INTERFACES_TEXT_MAX);
    at = 0;
    for (int i = 0; i < APITOKEN_NETWORKS_MAX; i++)
        at += (size_t)snprintf(networks + at, sizeof networks - at,
                               "%s2001:1db8:ffff:ffff:ffff:ffff:ffff:ff%x0/127", i ? "," : "",
                               (unsigned)i);
    assert_int_equal(at, APITOKEN_NETWORKS_TEXT_MAX);
    create.expiry_kind = APITOKEN_EXPIRY_DAY;
    create.expiry_day = 99991231;
    create.actor = owner;
    create.actor_len = APITOKEN_ACTOR_MAX;
    rotate.grace_ms = HOUR;
    revoke.reason = text;
    revoke.reason_len = APITOKEN_REASON_MAX;
    const struct made_token token = fixture_create(f->store, owner, "name", &create);
    apitoken_update_opts opts =
        OPTS(.mask = 63, .expiry_kind = APITOKEN_EXPIRY_DAY, .expiry_day = 99991231, .name = text,
             .name_len = APITOKEN_NAME_MAX, .description = text,
             .description_len = APITOKEN_DESCRIPTION_MAX, .data = text,
             .data_len = APITOKEN_DATA_MAX, .interfaces = interfaces,
             .interfaces_len = APITOKEN_INTERFACES_TEXT_MAX, .networks = networks,
             .networks_len = APITOKEN_NETWORKS_TEXT_MAX);
    for (int i = 0; i < 3; i++) {
        apitoken_secret *secret = NULL;
        assert_code(check(f->store, &token), i < 1 ? 0 : APITOKEN_E_WRONG_NETWORK);
        assert_code(apitoken_update(f->store, owner, APITOKEN_OWNER_MAX, token.id, APITOKEN_ID_LEN,
                                    &opts, NULL, NULL),
                    0);
        rotate.flags = i ? APITOKEN_ROTATE_KEEP_OLDER : 0;
        assert_code(apitoken_rotate(f->store, owner, APITOKEN_OWNER_MAX, token.id, APITOKEN_ID_LEN,
                                    &rotate, &secret, NULL),
                    0);
        apitoken_secret_free(secret);
    }
    assert_code(apitoken_show(f->store, owner, APITOKEN_OWNER_MAX, token.id, APITOKEN_ID_LEN, NULL,
                              &row, NULL),
                0);
    assert_string_equal(apitoken_token_interfaces(row), interfaces);
    assert_string_equal(apitoken_token_networks(row), networks);
    assert_memory_equal(apitoken_token_data(row, &len), text, APITOKEN_DATA_MAX);
    assert_int_equal(len, APITOKEN_DATA_MAX);
    assert_string_equal(apitoken_token_created_by(row), owner);
    assert_int_equal(strlen(apitoken_token_description(row)), APITOKEN_DESCRIPTION_MAX);
    assert_true(apitoken_token_superseded_until_ms(row) == FIXTURE_NOW + HOUR);
    apitoken_token_free(row);
    assert_code(apitoken_revoke(f->store, owner, APITOKEN_OWNER_MAX, token.id, APITOKEN_ID_LEN,
                                &revoke, NULL),
                0);
}

/* ---- what is refused ------------------------------------------------------------------------- */

#define X10 "xxxxxxxxxx"
#define X100 X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define MS_MAX INT64_C(253402300799999)

#define IN_NAME APITOKEN_FIELD_NAME
#define IN_TEXT APITOKEN_FIELD_DESCRIPTION
#define IN_EXPIRY APITOKEN_FIELD_EXPIRY
#define IN_INTERFACES APITOKEN_FIELD_INTERFACES
#define IN_NETWORKS APITOKEN_FIELD_NETWORKS
#define IN_DATA APITOKEN_FIELD_DATA
#define IN_ACTOR APITOKEN_FIELD_ACTOR
#define IN_OPTS APITOKEN_FIELD_OPTS

#define SUSPEND .mask = APITOKEN_UPDATE_SUSPENDED, .is_suspended = 1
#define RENAME .mask = APITOKEN_UPDATE_NAME, TEXT(name, "n")
#define END .mask = APITOKEN_UPDATE_EXPIRY
#define OF_DAY .expiry_kind = APITOKEN_EXPIRY_DAY
#define AT .expiry_kind = APITOKEN_EXPIRY_INSTANT

static const struct {
    apitoken_update_opts opts;
    int code;
    uint32_t field, offset;
} wrong[] = {
    /* a mask that this library does not know, or that names nothing */
    { OPTS(.mask = 0), APITOKEN_E_ARGUMENT, IN_OPTS, 0 },
    { OPTS(.mask = 0, .flags = APITOKEN_UPDATE_REVIVE), APITOKEN_E_ARGUMENT, IN_OPTS, 0 },
    { OPTS(.mask = 128), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_SUSPENDED | UINT32_C(1) << 31), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(SUSPEND, .flags = 4), APITOKEN_E_ABI, IN_OPTS, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_SUSPENDED, .is_suspended = 2), APITOKEN_E_ABI, IN_OPTS, 0 },
    /* what is set was meant to change */
    { OPTS(SUSPEND, TEXT(name, "n")), APITOKEN_E_ARGUMENT, IN_NAME, 0 },
    { OPTS(SUSPEND, TEXT(name, "")), APITOKEN_E_ARGUMENT, IN_NAME, 0 },
    { OPTS(SUSPEND, TEXT(description, "d")), APITOKEN_E_ARGUMENT, IN_TEXT, 0 },
    { OPTS(SUSPEND, TEXT(description, "")), APITOKEN_E_ARGUMENT, IN_TEXT, 0 },
    { OPTS(SUSPEND, AT), APITOKEN_E_ARGUMENT, IN_EXPIRY, 0 },
    { OPTS(SUSPEND, .expiry_day = 20280101), APITOKEN_E_ARGUMENT, IN_EXPIRY, 0 },
    { OPTS(SUSPEND, .expiry_ms = MS_MAX), APITOKEN_E_ARGUMENT, IN_EXPIRY, 0 },
    { OPTS(SUSPEND, TEXT(data, "x")), APITOKEN_E_ARGUMENT, IN_DATA, 0 },
    { OPTS(SUSPEND, TEXT(data, "")), APITOKEN_E_ARGUMENT, IN_DATA, 0 },
    { OPTS(SUSPEND, TEXT(interfaces, "*")), APITOKEN_E_ARGUMENT, IN_INTERFACES, 0 },
    { OPTS(SUSPEND, TEXT(interfaces, "")), APITOKEN_E_ARGUMENT, IN_INTERFACES, 0 },
    { OPTS(SUSPEND, TEXT(networks, "::/0")), APITOKEN_E_ARGUMENT, IN_NETWORKS, 0 },
    { OPTS(SUSPEND, TEXT(networks, "")), APITOKEN_E_ARGUMENT, IN_NETWORKS, 0 },
    { OPTS(RENAME, .is_suspended = 1), APITOKEN_E_ARGUMENT, IN_OPTS, 0 },
    /* a length without a text */
    { OPTS(.mask = APITOKEN_UPDATE_NAME, .name_len = 1), APITOKEN_E_ARGUMENT, IN_NAME, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION, .description_len = 1), APITOKEN_E_ARGUMENT, IN_TEXT,
      0 },
    { OPTS(.mask = APITOKEN_UPDATE_DATA, .data_len = 1), APITOKEN_E_ARGUMENT, IN_DATA, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_INTERFACES, .interfaces_len = 1), APITOKEN_E_ARGUMENT,
      IN_INTERFACES, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_NETWORKS, .networks_len = 1), APITOKEN_E_ARGUMENT, IN_NETWORKS,
      0 },
    { OPTS(SUSPEND, .actor_len = 1), APITOKEN_E_ARGUMENT, IN_ACTOR, 0 },
    /* values out of their limits */
    { OPTS(.mask = APITOKEN_UPDATE_NAME), APITOKEN_E_NAME, IN_NAME, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_NAME, TEXT(name, "")), APITOKEN_E_NAME, IN_NAME, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_NAME, TEXT(name, X100 "x")), APITOKEN_E_NAME, IN_NAME, 101 },
    { OPTS(.mask = APITOKEN_UPDATE_NAME, TEXT(name, "a\nb")), APITOKEN_E_NAME, IN_NAME, 1 },
    { OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION, TEXT(description, X1000 "x")),
      APITOKEN_E_DESCRIPTION, IN_TEXT, 1001 },
    { OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION, TEXT(description, "abc\x7F")),
      APITOKEN_E_DESCRIPTION, IN_TEXT, 3 },
    { OPTS(.mask = APITOKEN_UPDATE_DATA, TEXT(data, X100 X10 X10 "123456789")), APITOKEN_E_DATA,
      IN_DATA, 129 },
    { OPTS(SUSPEND, TEXT(actor, X100 X10 X10 "123456789")), APITOKEN_E_ACTOR, IN_ACTOR, 129 },
    { OPTS(SUSPEND, TEXT(actor, "ad\tmin")), APITOKEN_E_ACTOR, IN_ACTOR, 2 },
    { OPTS(SUSPEND, TEXT(actor, "admin\xE2\x80\xAE")), APITOKEN_E_ACTOR, IN_ACTOR, 5 },
    /* neither "*" nor a list: restrict.c has the lists that are refused */
    { OPTS(.mask = APITOKEN_UPDATE_INTERFACES), APITOKEN_E_INTERFACES, IN_INTERFACES, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_INTERFACES, TEXT(interfaces, "")), APITOKEN_E_INTERFACES,
      IN_INTERFACES, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_NETWORKS), APITOKEN_E_NETWORKS, IN_NETWORKS, 0 },
    { OPTS(.mask = APITOKEN_UPDATE_NETWORKS, TEXT(networks, "")), APITOKEN_E_NETWORKS, IN_NETWORKS,
      0 },
    /* ends, as of create */
    { OPTS(END, .expiry_kind = 4), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(END, .expiry_day = 20280101), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(END, .expiry_kind = APITOKEN_EXPIRY_NEVER, .expiry_ms = 1), APITOKEN_E_EXPIRY, IN_EXPIRY,
      0 },
    { OPTS(END, OF_DAY, .expiry_day = 20280101, .expiry_ms = 1), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(END, AT, .expiry_ms = MS_MAX + 1), APITOKEN_E_EXPIRY, IN_EXPIRY, 0 },
    { OPTS(END, OF_DAY, .expiry_day = 20270229), APITOKEN_E_DAY, IN_EXPIRY, 0 },
    { OPTS(END, OF_DAY, .expiry_day = 20270114), APITOKEN_E_EXPIRY_PAST, IN_EXPIRY, 0 },
    { OPTS(END, AT, .expiry_ms = FIXTURE_NOW), APITOKEN_E_EXPIRY_PAST, IN_EXPIRY, 0 },
    { OPTS(END, AT, .expiry_ms = 1), APITOKEN_E_EXPIRY_PAST, IN_EXPIRY, 0 },
    /* another change came first, or is yet to come */
    { OPTS(RENAME, .revision = 1), APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0 },
    { OPTS(RENAME, .revision = 3), APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0 },
    { OPTS(SUSPEND, .revision = UINT32_MAX), APITOKEN_E_REVISION, APITOKEN_FIELD_REVISION, 0 },
    { OPTS(.flags = APITOKEN_UPDATE_END_OLDER, .revision = 1), APITOKEN_E_REVISION,
      APITOKEN_FIELD_REVISION, 0 },
};

static void what_is_wrong_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &token, HOUR, 0);
    assert_answers(f->store, &token, 0);
    assert_answers(f->store, &newest, 0);
    const struct unchanged before = unchanged_of(f->store, &token);
    assert_int_equal(before.shown.revision, 2);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = update_token(f->store, &token, &wrong[i].opts, &err);
        if (rc != wrong[i].code || err.field != wrong[i].field || err.offset != wrong[i].offset)
            print_error("row %zu of the table: field %u, offset %u\n", i, err.field, err.offset);
        assert_code(rc, wrong[i].code);
        assert_field(&err, wrong[i].code, wrong[i].field, wrong[i].offset);
        assert_unchanged(f->store, &token, &before);
    }
    assert_answers(f->store, &token, 0);
    assert_answers(f->store, &newest, 0);
}

static const apitoken_update_opts each_change[] = {
    OPTS(RENAME),
    OPTS(.mask = APITOKEN_UPDATE_DESCRIPTION, TEXT(description, "d")),
    OPTS(END, AT, .expiry_ms = MS_MAX),
    OPTS(END, .flags = APITOKEN_UPDATE_REVIVE),
    OPTS(.mask = APITOKEN_UPDATE_DATA, TEXT(data, "x")),
    OPTS(.mask = APITOKEN_UPDATE_INTERFACES, TEXT(interfaces, "i")),
    OPTS(.mask = APITOKEN_UPDATE_NETWORKS, TEXT(networks, "::")),
    OPTS(SUSPEND),
    OPTS(.mask = APITOKEN_UPDATE_SUSPENDED),
    OPTS(.flags = APITOKEN_UPDATE_END_OLDER),
};

static void assert_all_refused(struct fixture *f, apitoken_store *store,
                               const struct made_token *token, int code) {
    const struct unchanged before = unchanged_of(f->store, token);
    for (size_t i = 0; i < COUNT(each_change); i++) {
        apitoken_error err = APITOKEN_ERROR_INIT;
        assert_code(update_token(store, token, &each_change[i], &err), code);
        assert_field(&err, code, APITOKEN_FIELD_NONE, 0);
        assert_unchanged(f->store, token, &before);
    }
}

static void a_revoked_token_stays_as_it_is(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &token, HOUR, 0);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_all_refused(f, f->store, &token, APITOKEN_E_CHANGE_REVOKED);
    assert_answers(f->store, &newest, APITOKEN_E_REVOKED);
    assert_answers(f->store, &token, APITOKEN_E_UNKNOWN);
}

static void a_verify_only_handle_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    apitoken_store *v = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    assert_all_refused(f, v, &token, APITOKEN_E_VERIFY_ONLY);
    apitoken_store_close(v);
}

static void a_clock_that_fails_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    for (size_t i = 0; i < COUNT(each_change); i++) {
        f->now_ms = -1;
        assert_code(update_token(f->store, &token, &each_change[i], NULL), APITOKEN_E_CLOCK);
        f->now_ms = FIXTURE_NOW;
        assert_unchanged(f->store, &token, &before);
    }
}

static void nobody_changes_a_token_of_another_owner(void **state) {
    static const char *const others[] = { "o", "owne", "ownerx", "OWNER", "other" };
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const struct unchanged before = unchanged_of(f->store, &token);
    const apitoken_update_opts opts = OPTS(SUSPEND);
    uint32_t revision = 4711;
    for (size_t i = 0; i < COUNT(others); i++)
        assert_code(apitoken_update(f->store, others[i], strlen(others[i]), token.id,
                                    APITOKEN_ID_LEN, &opts, &revision, NULL),
                    APITOKEN_E_NOT_FOUND);
    assert_code(
        apitoken_update(f->store, LIT("owner"), LIT("0123456789AB"), &opts, &revision, NULL),
        APITOKEN_E_NOT_FOUND);
    assert_int_equal(revision, 4711);
    assert_unchanged(f->store, &token, &before);
}

/* ---- revisions ------------------------------------------------------------------------------- */

/* Of two who saw the same token the second one is told. */
static void a_revision_keeps_two_changes_apart(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    const uint32_t seen = shown_of(f->store, &token).revision;
    const apitoken_update_opts first = OPTS(RENAME, .revision = seen),
                               second = OPTS(SUSPEND, .revision = seen);
    assert_code(update_token(f->store, &token, &first, NULL), 0);
    const struct unchanged before = unchanged_of(f->store, &token);
    assert_code(update_token(f->store, &token, &second, NULL), APITOKEN_E_REVISION);
    assert_code(update_token(f->store, &token, &first, NULL), APITOKEN_E_REVISION);
    assert_unchanged(f->store, &token, &before);
    const apitoken_update_opts again = OPTS(SUSPEND, .revision = seen + 1);
    assert_code(update_token(f->store, &token, &again, NULL), 0);
    assert_int_equal(shown_of(f->store, &token).revision, seen + 2);
}

/* Whatever the change: an update, a rotate, a revoke. A use is none. */
static void every_change_is_a_revision(void **state) {
    struct fixture *f = *state;
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_answers(f->store, &token, 0);
    assert_int_equal(shown_of(f->store, &token).revision, 1);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_int_equal(shown_of(f->store, &token).revision, 2);
    (void)rotate_for(f->store, &token, 0, 0);
    assert_int_equal(shown_of(f->store, &token).revision, 3);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_int_equal(shown_of(f->store, &token).revision, 4);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_int_equal(shown_of(f->store, &token).revision, 4);
}

/* ---- ends ------------------------------------------------------------------------------------ */

/* On the handle that made the change and on another one, which both remember the token. */
static void an_earlier_end_holds_at_once(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token never = fixture_create(f->store, "owner", "name", NULL),
                            later = create_until(f->store, "owner", FIXTURE_NOW + HOUR);
    const struct made_token *const tokens[] = { &never, &later };
    for (size_t i = 0; i < COUNT(tokens); i++) {
        f->now_ms = FIXTURE_NOW;
        assert_answers(f->store, tokens[i], 0);
        assert_answers(other, tokens[i], 0);
        assert_code(end_token(f->store, tokens[i], FIXTURE_NOW + 1), 0);
        assert_answers(f->store, tokens[i], 0);
        assert_answers(other, tokens[i], 0);
        f->now_ms = FIXTURE_NOW + 1;
        assert_answers(other, tokens[i], APITOKEN_E_EXPIRED);
        assert_answers(f->store, tokens[i], APITOKEN_E_EXPIRED);
    }
    apitoken_store_close(other);
}

static void a_later_end_holds_at_once(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    assert_answers(f->store, &token, 0);
    assert_answers(other, &token, 0);
    assert_code(end_token(f->store, &token, FIXTURE_NOW + HOUR), 0);
    f->now_ms = FIXTURE_NOW + HOUR - 1;
    assert_answers(f->store, &token, 0);
    assert_answers(other, &token, 0);
    f->now_ms = FIXTURE_NOW + HOUR;
    assert_answers(f->store, &token, APITOKEN_E_EXPIRED);
    assert_answers(other, &token, APITOKEN_E_EXPIRED);
    apitoken_store_close(other);
}

/* All else can change meanwhile; the flag does no harm where nothing has expired. */
static void an_expired_token_is_revived_by_a_flag_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token token = create_until(f->store, "owner", FIXTURE_NOW + 1);
    f->now_ms = FIXTURE_NOW + 1;
    assert_answers(f->store, &token, APITOKEN_E_EXPIRED);
    struct unchanged before = unchanged_of(f->store, &token);
    apitoken_update_opts opts = OPTS(END, AT, .expiry_ms = FIXTURE_NOW + HOUR);
    assert_code(update_token(f->store, &token, &opts, NULL), APITOKEN_E_CHANGE_EXPIRED);
    opts = (apitoken_update_opts)OPTS(END, .expiry_kind = APITOKEN_EXPIRY_NEVER);
    assert_code(update_token(f->store, &token, &opts, NULL), APITOKEN_E_CHANGE_EXPIRED);
    assert_unchanged(f->store, &token, &before);
    opts = (apitoken_update_opts)OPTS(RENAME, .flags = APITOKEN_UPDATE_REVIVE);
    assert_code(update_token(f->store, &token, &opts, NULL), 0);
    assert_answers(f->store, &token, APITOKEN_E_EXPIRED); /* it has the end that it had */
    for (int round = 0; round < 2; round++) {
        opts = (apitoken_update_opts)OPTS(END, AT, .flags = APITOKEN_UPDATE_REVIVE,
                                          .expiry_ms = FIXTURE_NOW + HOUR + round);
        assert_code(update_token(f->store, &token, &opts, NULL), 0);
        assert_answers(f->store, &token, 0);
    }
}

/* ---- the older secret ------------------------------------------------------------------------ */

/* It never outlives the token, and no later end gives it back what it lost. */
static void an_older_secret_keeps_the_earliest_end(void **state) {
    struct fixture *f = *state;
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, DAY, 0);
    assert_true(superseded_until(f->store, &older) == FIXTURE_NOW + DAY);
    assert_code(end_token(f->store, &older, FIXTURE_NOW + 2 * DAY), 0);
    assert_true(superseded_until(f->store, &older) == FIXTURE_NOW + DAY);
    assert_code(end_token(f->store, &older, FIXTURE_NOW + HOUR), 0);
    assert_true(superseded_until(f->store, &older) == FIXTURE_NOW + HOUR);
    assert_true(shown_of(f->store, &older).superseded_until_ms == FIXTURE_NOW + HOUR);
    assert_code(end_token(f->store, &older, FIXTURE_NOW + 2 * DAY), 0);
    assert_true(superseded_until(f->store, &older) == FIXTURE_NOW + HOUR);
    f->now_ms = FIXTURE_NOW + HOUR;
    assert_answers(f->store, &older, APITOKEN_E_UNKNOWN);
    assert_answers(f->store, &newest, 0);
    assert_true(shown_of(f->store, &older).superseded_until_ms == 0);
}

static void a_revived_token_has_its_newest_secret_alone(void **state) {
    struct fixture *f = *state;
    const struct made_token older = create_until(f->store, "owner", FIXTURE_NOW + HOUR),
                            newest = rotate_for(f->store, &older, DAY, 0);
    const apitoken_update_opts opts =
        OPTS(END, .flags = APITOKEN_UPDATE_REVIVE, .expiry_kind = APITOKEN_EXPIRY_NEVER);
    f->now_ms = FIXTURE_NOW + HOUR;
    assert_answers(f->store, &newest, APITOKEN_E_EXPIRED);
    assert_code(update_token(f->store, &older, &opts, NULL), 0);
    assert_answers(f->store, &newest, 0);
    assert_answers(f->store, &older, APITOKEN_E_UNKNOWN);
}

static void an_older_secret_is_ended_at_once(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct made_token older = fixture_create(f->store, "owner", "name", NULL),
                            newest = rotate_for(f->store, &older, DAY, 0);
    const apitoken_update_opts opts = OPTS(.flags = APITOKEN_UPDATE_END_OLDER);
    struct shown due = shown_of(f->store, &older);
    assert_answers(f->store, &older, 0);
    assert_answers(other, &older, 0);
    due.last_used_ms = due.last_used_older_ms = FIXTURE_NOW;
    assert_shown(f->store, &older, &due);
    assert_code(update_token(f->store, &older, &opts, NULL), 0);
    assert_answers(other, &older, APITOKEN_E_UNKNOWN);
    assert_answers(f->store, &older, APITOKEN_E_UNKNOWN);
    due.revision++;
    due.superseded_until_ms = 0;
    due.last_used_older_ms = 0;
    /* the last use of the token does not go back with the secret */
    assert_shown(f->store, &older, &due);
    const struct unchanged before = unchanged_of(f->store, &older);
    assert_code(update_token(f->store, &older, &opts, NULL), 0); /* there is none: no error */
    assert_unchanged(f->store, &older, &before);
    assert_answers(f->store, &newest, 0);
    assert_true(superseded_until(f->store, &newest) == 0);
    apitoken_store_close(other);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(every_text_changes_alone),
        CASE(every_restriction_changes_alone),
        CASE(an_end_changes_whatever_it_was),
        CASE(several_changes_are_one_revision),
        CASE_ALWAYS(the_longest_records_fit),
        CASE(what_is_wrong_changes_nothing),
        CASE(a_revoked_token_stays_as_it_is),
        CASE(a_verify_only_handle_changes_nothing),
        CASE(a_clock_that_fails_changes_nothing),
        CASE(nobody_changes_a_token_of_another_owner),
        CASE(a_revision_keeps_two_changes_apart),
        CASE(every_change_is_a_revision),
        CASE(an_earlier_end_holds_at_once),
        CASE(a_later_end_holds_at_once),
        CASE(an_expired_token_is_revived_by_a_flag_alone),
        CASE(an_older_secret_keeps_the_earliest_end),
        CASE(a_revived_token_has_its_newest_secret_alone),
        CASE(an_older_secret_is_ended_at_once),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
