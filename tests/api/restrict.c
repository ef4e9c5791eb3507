/* SPDX-License-Identifier: MIT */
/*
 * What narrows a token, and what a host attaches to it: interfaces, networks, data, actor. From the
 * lists that are taken or refused to what a validate makes of them.
 */
#include "life.h"

#include <stdio.h>
#include <string.h>

#include "cases.h"

#define WRONG_NETWORK APITOKEN_E_WRONG_NETWORK
#define WRONG_INTERFACE APITOKEN_E_WRONG_INTERFACE

/* ---- lists, by each call that takes them ----------------------------------------------------- */

/* Lists of a token; a length of 0 leaves one out. */
struct lists {
    const char *interfaces;
    uint32_t interfaces_len;
    const char *networks;
    uint32_t networks_len;
};

/* Gives a token these lists: `token` itself or a new one, which it is then. */
typedef int (*give_fn)(apitoken_store *store, const struct lists *lists, struct made_token *token,
                       apitoken_error *err);

static void keep_text(const apitoken_secret *secret, struct made_token *token) {
    (void)snprintf(token->id, sizeof token->id, "%s", apitoken_secret_id(secret));
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, token->text,
                                       sizeof token->text, &token->len, NULL),
                0);
}

static int give_by_create(apitoken_store *store, const struct lists *lists,
                          struct made_token *token, apitoken_error *err) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_secret *secret = NULL;
    opts.interfaces = lists->interfaces;
    opts.interfaces_len = lists->interfaces_len;
    opts.networks = lists->networks;
    opts.networks_len = lists->networks_len;
    int rc = apitoken_create(store, LIT("owner"), LIT("name"), &opts, &secret, err);
    if (rc == 0) keep_text(secret, token);
    apitoken_secret_free(secret);
    return rc;
}

static int give_by_batch(apitoken_store *store, const struct lists *lists, struct made_token *token,
                         apitoken_error *err) {
    apitoken_batch_item free_item = APITOKEN_BATCH_ITEM_INIT, item;
    const apitoken_batch_item *const items[] = { &free_item, &item };
    apitoken_batch *batch = NULL;
    free_item.owner = free_item.name = "other";
    free_item.owner_len = free_item.name_len = 5;
    item = free_item;
    item.owner = "owner";
    item.interfaces = lists->interfaces;
    item.interfaces_len = lists->interfaces_len;
    item.networks = lists->networks;
    item.networks_len = lists->networks_len;
    int rc = apitoken_create_batch(store, items, 2, NULL, &batch, err);
    if (rc < 0) {
        assert_int_equal(err->item, 1);
        return rc;
    }
    (void)snprintf(token->id, sizeof token->id, "%s", apitoken_batch_id(batch, 1));
    assert_code(apitoken_batch_format(batch, 1, APITOKEN_FORMAT_PLAIN, NULL, token->text,
                                      sizeof token->text, &token->len, NULL),
                0);
    apitoken_batch_free(batch);
    return 0;
}

static int give_by_update(apitoken_store *store, const struct lists *lists,
                          struct made_token *token, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    if (lists->interfaces_len) {
        opts.mask |= APITOKEN_UPDATE_INTERFACES;
        opts.interfaces = lists->interfaces;
        opts.interfaces_len = lists->interfaces_len;
    }
    if (lists->networks_len) {
        opts.mask |= APITOKEN_UPDATE_NETWORKS;
        opts.networks = lists->networks;
        opts.networks_len = lists->networks_len;
    }
    return update_token(store, token, &opts, err);
}

static const give_fn gives[] = { give_by_create, give_by_batch, give_by_update };

static struct lists lists_of(const char *interfaces, const char *networks) {
    return (struct lists){ interfaces, interfaces ? (uint32_t)strlen(interfaces) : 0, networks,
                           networks ? (uint32_t)strlen(networks) : 0 };
}

/* A token with these lists. */
static struct made_token restricted(struct fixture *f, const char *interfaces,
                                    const char *networks) {
    const struct lists lists = lists_of(interfaces, networks);
    struct made_token token = { .len = 0 };
    assert_code(give_by_create(f->store, &lists, &token, NULL), 0);
    return token;
}

#define NAME_8 "12345678"
#define NAME_64 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8
#define LIST_16 "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"
#define NETWORKS_16                                                                            \
    "10.0.0.0,10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,10.0.0.5,10.0.0.6,10.0.0.7,::8,::9,::a,::b," \
    "::c,::d,::e,::f"

static const struct {
    const char *text, *shown;
} good_interfaces[] = {
    { "*", "" },
    { "a", "a" },
    { "AZaz09-._:/", "AZaz09-._:/" },
    { "a,A,aa", "a,A,aa" },
    { "b,a", "b,a" }, /* in the order given */
    { NAME_64, NAME_64 },
    { LIST_16, LIST_16 },
};

static const struct {
    const char *text, *shown;
} good_networks[] = {
    { "*", "" },
    { "10.0.0.0/8", "10.0.0.0/8" },
    { "0.0.0.0/0", "0.0.0.0/0" },
    { "255.255.255.255", "255.255.255.255" },
    { "192.0.2.1/32", "192.0.2.1" },
    { "::/0", "::/0" },
    { "2001:DB8:0:0:0:0:0:0/32", "2001:db8::/32" },
    { "2001:db8::1/128", "2001:db8::1" },
    { "::ffff:192.0.2.0/120", "192.0.2.0/24" },
    { "::ffff:0:0/96", "0.0.0.0/0" },
    { "fe80::/10,10.0.0.0/8", "fe80::/10,10.0.0.0/8" },
    { NETWORKS_16, NETWORKS_16 },
};

static void lists_are_kept_in_canonical_form(void **state) {
    struct fixture *f = *state;
    for (size_t g = 0; g < COUNT(gives); g++) {
        struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        for (size_t i = 0; i < COUNT(good_interfaces); i++) {
            const struct lists lists = lists_of(good_interfaces[i].text, NULL);
            assert_code(gives[g](f->store, &lists, &token, NULL), 0);
            assert_string_equal(shown_of(f->store, &token).interfaces, good_interfaces[i].shown);
        }
        for (size_t i = 0; i < COUNT(good_networks); i++) {
            const struct lists lists = lists_of(NULL, good_networks[i].text);
            assert_code(gives[g](f->store, &lists, &token, NULL), 0);
            assert_string_equal(shown_of(f->store, &token).networks, good_networks[i].shown);
        }
    }
}

#define BAD(text, offset) \
    { text, sizeof(text) - 1, offset }
static const struct bad_list {
    const char *text;
    uint32_t len, offset;
} bad_interfaces[] = {
    /* empty items */
    BAD(",", 0),
    BAD(",a", 0),
    BAD("a,", 2),
    BAD("a,,b", 2),
    /* characters */
    BAD(" a", 0),
    BAD("a ", 1),
    BAD("a, b", 2),
    BAD("a;b", 1),
    BAD("abc,d\0", 5),
    BAD("a\nb", 1),
    BAD("\xC3\xA9", 0),
    BAD("a*", 1),
    BAD("**", 0),
    BAD("*,a", 0),
    BAD("a,*", 2),
    /* too long, too many, twice */
    BAD(NAME_64 "9", 0),
    BAD("a," NAME_64 "9", 2),
    BAD(LIST_16 ",q", sizeof LIST_16),
    BAD("a,b,a", 4),
    BAD(NAME_64 "," NAME_64, 65),
}, bad_networks[] = {
    /* empty items */
    BAD(",", 0),
    BAD(",::1", 0),
    BAD("::1,", 4),
    BAD("::1,,::2", 4),
    /* no addresses */
    BAD("localhost", 0),
    BAD("10.0.0", 6),
    BAD("10.0.0.0.0", 8),
    BAD("256.0.0.0", 0),
    BAD("10.00.0.0", 3),
    BAD("10.0.0.0 ", 8),
    BAD(" 10.0.0.0", 0),
    BAD("::1%eth0", 3),
    BAD("[::1]", 0),
    BAD("1:2:3:4:5:6:7", 13),
    BAD("*,::1", 0),
    BAD("::1,*", 4),
    /* no prefix lengths */
    BAD("10.0.0.0/", 9),
    BAD("10.0.0.0/33", 9),
    BAD("10.0.0.0/08", 9),
    BAD("10.0.0.0/255.0.0.0", 9),
    BAD("::/129", 3),
    BAD("10.0.0.0/8/8", 10),
    /* bits behind the prefix */
    BAD("10.0.0.1/8", 0),
    BAD("10.0.0.0/6", 0),
    BAD("::1,2001:db8::1/32", 4),
    BAD("::1/127", 0),
    /* larger than all of IPv4, twice, too many */
    BAD("::ffff:0:0/95", 0),
    BAD("10.0.0.0/8,10.0.0.0/8", 11),
    BAD("10.0.0.0/8,::ffff:10.0.0.0/104", 11),
    BAD("::1,0:0:0:0:0:0:0:1/128", 4),
    BAD(NETWORKS_16 ",::10", sizeof NETWORKS_16),
};

/* Whichever call takes the list; an update with it leaves the token as it is. */
static void assert_refused(struct fixture *f, const struct made_token *token,
                           const struct lists *lists, const struct bad_list *bad, int code,
                           uint32_t field) {
    const struct unchanged before = unchanged_of(f->store, token);
    for (size_t g = 0; g < COUNT(gives); g++) {
        struct made_token given = *token;
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = gives[g](f->store, lists, &given, &err);
        if (rc != code || err.offset != bad->offset)
            print_error("'%s', call %zu: offset %u\n", bad->text, g, err.offset);
        assert_code(rc, code);
        assert_field(&err, code, field, bad->offset);
        assert_unchanged(f->store, token, &before);
    }
}

static void a_bad_list_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct made_token token = restricted(f, "import", "10.0.0.0/8");
    for (size_t i = 0; i < COUNT(bad_interfaces); i++) {
        const struct lists lists = { bad_interfaces[i].text, bad_interfaces[i].len, "::1", 3 };
        assert_refused(f, &token, &lists, &bad_interfaces[i], APITOKEN_E_INTERFACES,
                       APITOKEN_FIELD_INTERFACES);
    }
    for (size_t i = 0; i < COUNT(bad_networks); i++) {
        const struct lists lists = { "report", 6, bad_networks[i].text, bad_networks[i].len };
        assert_refused(f, &token, &lists, &bad_networks[i], APITOKEN_E_NETWORKS,
                       APITOKEN_FIELD_NETWORKS);
    }
}

static void a_length_without_a_list_changes_nothing(void **state) {
    struct fixture *f = *state;
    const struct bad_list none = { "NULL", 0, 0 };
    const struct lists no_interfaces = { NULL, 1, NULL, 0 }, no_networks = { NULL, 0, NULL, 1 };
    const struct made_token token = restricted(f, "import", "10.0.0.0/8");
    assert_refused(f, &token, &no_interfaces, &none, APITOKEN_E_ARGUMENT,
                   APITOKEN_FIELD_INTERFACES);
    assert_refused(f, &token, &no_networks, &none, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_NETWORKS);
}

/* ---- where a request came in ----------------------------------------------------------------- */

static apitoken_validate_opts at(const char *interface) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    opts.interface_name = interface;
    opts.interface_name_len = interface ? (uint32_t)strlen(interface) : 0;
    return opts;
}

static apitoken_validate_opts from(const void *peer, uint32_t peer_len) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    opts.peer = peer;
    opts.peer_len = peer_len;
    return opts;
}

/* By both functions; the verdict says the same as the call. */
static int validate_with(apitoken_store *store, const struct made_token *token,
                         const apitoken_validate_opts *opts) {
    char value[APITOKEN_FORMAT_MAX + 8];
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT, of_header = APITOKEN_VERDICT_INIT;
    int len = snprintf(value, sizeof value, "Bearer %s", token->text);
    int rc = apitoken_validate(store, token->text, token->len, opts, &verdict, NULL);
    assert_code(apitoken_validate_header(store, value, (size_t)len, opts, &of_header, NULL), rc);
    assert_memory_equal(&of_header, &verdict, sizeof verdict);
    assert_code(verdict.code, rc);
    return rc;
}

static void an_interface_is_one_of_the_list_byte_by_byte(void **state) {
    static const struct {
        const char *interface;
        int code;
    } cases[] = {
        { "import", 0 },
        { "v1/report", 0 },
        { NAME_64, 0 },
        { NULL, WRONG_INTERFACE },
        { "", WRONG_INTERFACE },
        { "impor", WRONG_INTERFACE },
        { "import1", WRONG_INTERFACE },
        { "Import", WRONG_INTERFACE },
        { "mport", WRONG_INTERFACE },
        { "import,v1/report", WRONG_INTERFACE },
        { "v1/repor", WRONG_INTERFACE },
        { "*", WRONG_INTERFACE },
        { "\xFF\x01", WRONG_INTERFACE },
        { NAME_64 "9", WRONG_INTERFACE },
    };
    struct fixture *f = *state;
    const struct made_token token = restricted(f, "import,v1/report," NAME_64, NULL),
                            unrestricted = fixture_create(f->store, "owner", "name", NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        apitoken_validate_opts opts = at(cases[i].interface);
        assert_code(validate_with(f->store, &token, &opts), cases[i].code);
        assert_code(validate_with(f->store, &unrestricted, &opts), 0);
        opts.flags = APITOKEN_VALIDATE_ANY_INTERFACE;
        assert_code(validate_with(f->store, &token, &opts), 0);
    }
    assert_code(validate_with(f->store, &token, NULL), WRONG_INTERFACE);
}

#define V4(a, b, c, d) \
    { a, b, c, d }
#define MAPPED(a, b, c, d) \
    { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d }
#define V6(last) \
    { 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last }

static void a_peer_is_in_one_of_the_networks(void **state) {
    static const struct {
        const char *networks;
        uint8_t peer[16];
        uint32_t len;
        int code;
    } cases[] = {
        { "10.0.0.0/8", V4(10, 0, 0, 0), 4, 0 },
        { "10.0.0.0/8", V4(10, 255, 255, 255), 4, 0 },
        { "10.0.0.0/8", V4(11, 0, 0, 0), 4, WRONG_NETWORK },
        { "10.0.0.0/8", V4(9, 255, 255, 255), 4, WRONG_NETWORK },
        { "192.0.2.7", V4(192, 0, 2, 7), 4, 0 },
        { "192.0.2.7", V4(192, 0, 2, 6), 4, WRONG_NETWORK },
        { "192.0.2.6/31", V4(192, 0, 2, 7), 4, 0 },
        { "192.0.2.6/31", V4(192, 0, 2, 8), 4, WRONG_NETWORK },
        { "0.0.0.0/0", V4(0, 0, 0, 0), 4, 0 },
        { "10.0.0.0/8,192.0.2.0/24,2001:db8::/32", V4(192, 0, 2, 200), 4, 0 },
        { "10.0.0.0/8,192.0.2.0/24,2001:db8::/32", V6(1), 16, 0 },
        /* IPv4-mapped is IPv4, in the list and as a peer */
        { "10.0.0.0/8", MAPPED(10, 1, 2, 3), 16, 0 },
        { "10.0.0.0/8", MAPPED(11, 1, 2, 3), 16, WRONG_NETWORK },
        { "::ffff:10.0.0.0/104", V4(10, 1, 2, 3), 4, 0 },
        { "::ffff:10.0.0.0/104", MAPPED(10, 1, 2, 3), 16, 0 },
        { "0.0.0.0/0", MAPPED(10, 1, 2, 3), 16, 0 },
        { "::/0", MAPPED(10, 1, 2, 3), 16, WRONG_NETWORK },
        { "::/0", V4(10, 1, 2, 3), 4, WRONG_NETWORK },
        { "0.0.0.0/0", V6(1), 16, WRONG_NETWORK },
        /* an address with these four bytes at its end is another one */
        { "10.0.0.0/8", { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 1, 2, 3 }, 16, WRONG_NETWORK },
        { "::/0", V6(1), 16, 0 },
        { "2001:db8::/32", V6(255), 16, 0 },
        { "2001:db9::/32", V6(1), 16, WRONG_NETWORK },
        { "2001:db8::2", V6(2), 16, 0 },
        { "2001:db8::2/127", V6(3), 16, 0 },
        { "2001:db8::2/127", V6(4), 16, WRONG_NETWORK },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct made_token token = restricted(f, NULL, cases[i].networks);
        const apitoken_validate_opts opts = from(cases[i].peer, cases[i].len),
                                     nobody = from(NULL, 0);
        if (validate_with(f->store, &token, &opts) != cases[i].code) print_error("row %zu\n", i);
        assert_code(validate_with(f->store, &token, &opts), cases[i].code);
        assert_code(validate_with(f->store, &token, &nobody), WRONG_NETWORK);
        assert_code(validate_with(f->store, &token, NULL), WRONG_NETWORK);
    }
}

static void a_peer_has_4_or_16_bytes(void **state) {
    struct fixture *f = *state;
    static const uint8_t zeros[64];
    const struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (uint32_t len = 1; len <= sizeof zeros; len++) {
        apitoken_validate_opts opts = from(zeros, len);
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        verdict.code = 0;
        const int is_good = len == 4 || len == 16, code = is_good ? 0 : APITOKEN_E_PEER;
        assert_code(apitoken_validate(f->store, token.text, token.len, &opts, &verdict, &err),
                    code);
        assert_code(verdict.code, code);
        if (!is_good) assert_field(&err, code, APITOKEN_FIELD_PEER, len);
        assert_string_equal(verdict.owner, is_good ? "owner" : "");
        opts.peer = NULL;
        assert_code(apitoken_validate(f->store, token.text, token.len, &opts, &verdict, &err),
                    APITOKEN_E_ARGUMENT);
        assert_field(&err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_PEER, 0);
    }
    apitoken_validate_opts opts = at(NULL);
    apitoken_error err = APITOKEN_ERROR_INIT;
    opts.interface_name_len = 1;
    assert_code(apitoken_validate(f->store, token.text, token.len, &opts, NULL, &err),
                APITOKEN_E_ARGUMENT);
    assert_field(&err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_INTERFACES, 0);
}

/* ---- which denial, and what it tells --------------------------------------------------------- */

struct asked {
    struct fixture *f;
    const struct made_token *token;
    apitoken_validate_opts opts;
};

/* The host learns why and whose token it is; the client what it may. A denial is no use. */
static void assert_denied(const struct asked *a, int code, int status, const char *public_error) {
    const struct shown before = shown_of(a->f->store, a->token);
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    assert_code(validate_with(a->f->store, a->token, &a->opts), code);
    assert_code(
        apitoken_validate(a->f->store, a->token->text, a->token->len, &a->opts, &verdict, NULL),
        code);
    assert_string_equal(verdict.id, a->token->id);
    assert_string_equal(verdict.owner, "owner");
    assert_true(verdict.expires_ms == FIXTURE_NOW + HOUR);
    assert_int_equal(verdict.data_len, 4);
    assert_memory_equal(verdict.data, "data", 4);
    assert_int_equal(apitoken_public_status(code), status);
    assert_string_equal(apitoken_public_error(code), public_error);
    assert_shown(a->f->store, a->token, &before);
    assert_true(before.last_used_ms == 0);
}

/* Revoked, suspended, expired, network, interface: each is taken away in turn. */
static void the_strongest_denial_counts(void **state) {
    static const uint8_t inside[] = V4(10, 0, 0, 1), outside[] = V4(11, 0, 0, 1);
    struct fixture *f = *state;
    apitoken_create_opts create = APITOKEN_CREATE_OPTS_INIT;
    create.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    create.expiry_ms = FIXTURE_NOW + HOUR;
    create.interfaces = "import";
    create.interfaces_len = 6;
    create.networks = "10.0.0.0/8";
    create.networks_len = 10;
    create.data = "data";
    create.data_len = 4;
    const struct made_token revoked = fixture_create(f->store, "owner", "name", &create),
                            token = fixture_create(f->store, "owner", "name", &create);
    struct asked asked = { f, &revoked, from(outside, 4) };
    assert_code(suspend_token(f->store, &revoked, 1), 0);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(revoke_token(f->store, "owner", revoked.id), 0);
    f->now_ms += HOUR;
    assert_denied(&asked, APITOKEN_E_REVOKED, 401, "invalid_token");
    asked.token = &token;
    assert_denied(&asked, APITOKEN_E_SUSPENDED, 401, "invalid_token");
    assert_code(suspend_token(f->store, &token, 0), 0);
    assert_denied(&asked, APITOKEN_E_EXPIRED, 401, "invalid_token");
    f->now_ms -= HOUR;
    assert_denied(&asked, WRONG_NETWORK, 401, "invalid_token");
    asked.opts.flags = APITOKEN_VALIDATE_ANY_INTERFACE; /* which says nothing of networks */
    assert_denied(&asked, WRONG_NETWORK, 401, "invalid_token");
    asked.opts = from(inside, 4);
    assert_denied(&asked, WRONG_INTERFACE, 403, "insufficient_scope");
    asked.opts.interface_name = "import";
    asked.opts.interface_name_len = 6;
    assert_code(validate_with(f->store, &token, &asked.opts), 0);
    assert_true(shown_of(f->store, &token).last_used_ms == FIXTURE_NOW);
}

/* Nobody without the secret learns that a token is restricted. */
static void a_wrong_secret_is_unknown_wherever_it_comes_from(void **state) {
    static const uint8_t inside[] = V4(10, 0, 0, 1);
    struct fixture *f = *state;
    struct made_token token = restricted(f, "import", "10.0.0.0/8");
    apitoken_validate_opts opts = from(inside, 4);
    spoil_secret(&token);
    assert_code(validate_with(f->store, &token, NULL), APITOKEN_E_UNKNOWN);
    assert_code(validate_with(f->store, &token, &opts), APITOKEN_E_UNKNOWN);
}

/* Both secrets of a token are restricted alike. */
static void an_older_secret_is_restricted_too(void **state) {
    static const uint8_t inside[] = V4(10, 0, 0, 1), outside[] = V4(11, 0, 0, 1);
    struct fixture *f = *state;
    const struct made_token older = restricted(f, NULL, "10.0.0.0/8"),
                            newest = rotate_for(f->store, &older, HOUR, 0);
    const apitoken_validate_opts good = from(inside, 4), bad = from(outside, 4);
    assert_code(validate_with(f->store, &older, &good), 0);
    assert_code(validate_with(f->store, &newest, &good), 0);
    assert_code(validate_with(f->store, &older, &bad), WRONG_NETWORK);
    assert_code(validate_with(f->store, &newest, &bad), WRONG_NETWORK);
}

/* ---- a restriction that comes or goes -------------------------------------------------------- */

/* A token without one is remembered: on each handle the next call knows of the restriction. */
static void a_new_restriction_holds_at_once(void **state) {
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    const struct lists narrow[] = { lists_of("import", NULL), lists_of(NULL, "10.0.0.0/8") };
    const struct lists wide[] = { lists_of("*", NULL), lists_of(NULL, "*") };
    const int codes[] = { WRONG_INTERFACE, WRONG_NETWORK };
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < COUNT(narrow); i++) {
            assert_answers(f->store, &token, 0);
            assert_answers(other, &token, 0);
            assert_code(give_by_update(f->store, &narrow[i], &token, NULL), 0);
            assert_answers(other, &token, codes[i]);
            assert_answers(f->store, &token, codes[i]);
            assert_code(give_by_update(f->store, &wide[i], &token, NULL), 0);
        }
    assert_answers(other, &token, 0);
    apitoken_store_close(other);
}

static void a_network_that_is_taken_away_is_refused_at_once(void **state) {
    static const uint8_t gone[] = V4(192, 0, 2, 1), kept[] = V4(10, 0, 0, 1);
    struct fixture *f = *state;
    apitoken_store *other = fixture_open(f, APITOKEN_MODE_VERIFY_ONLY);
    struct made_token token = restricted(f, NULL, "192.0.2.0/24,10.0.0.0/8");
    const apitoken_validate_opts from_gone = from(gone, 4), from_kept = from(kept, 4);
    const struct lists fewer = lists_of(NULL, "10.0.0.0/8");
    apitoken_store *const stores[] = { other, f->store };
    for (int is_gone = 0; is_gone < 2; is_gone++) {
        for (size_t i = 0; i < COUNT(stores); i++)
            for (int look = 0; look < 4; look++) {
                assert_code(validate_with(stores[i], &token, &from_gone),
                            is_gone ? WRONG_NETWORK : 0);
                assert_code(validate_with(stores[i], &token, &from_kept), 0);
            }
        assert_code(give_by_update(f->store, &fewer, &token, NULL), 0);
    }
    apitoken_store_close(other);
}

/* ---- data ------------------------------------------------------------------------------------ */

static struct made_token with_data(struct fixture *f, const void *data, size_t len) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.data = data;
    opts.data_len = (uint32_t)len;
    return fixture_create(f->store, "owner", "name", &opts);
}

static void data_comes_back_byte_by_byte(void **state) {
    static const size_t lens[] = { 0, 1, 2, 7, 8, 127, APITOKEN_DATA_MAX };
    struct fixture *f = *state;
    uint8_t data[APITOKEN_DATA_MAX];
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(255 - i);
    for (size_t i = 0; i < COUNT(lens); i++) {
        const struct made_token token = with_data(f, data, lens[i]);
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        const struct shown shown = shown_of(f->store, &token);
        assert_int_equal(shown.data_len, lens[i]);
        assert_memory_equal(shown.data, data, lens[i]);
        assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL), 0);
        assert_int_equal(verdict.data_len, lens[i]);
        assert_memory_equal(verdict.data, data, lens[i]);
    }
}

static void more_data_is_refused(void **state) {
    struct fixture *f = *state;
    static const uint32_t lens[] = { APITOKEN_DATA_MAX + 1, 256, 256 + 5, 65536 + 5 };
    static uint8_t data[70000];
    for (size_t i = 0; i < COUNT(lens); i++) {
        apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
        apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
        const apitoken_batch_item *const items[] = { &item };
        apitoken_error err = APITOKEN_ERROR_INIT;
        apitoken_secret *secret = UNTOUCHED;
        apitoken_batch *batch = UNTOUCHED;
        opts.data = item.data = data;
        opts.data_len = item.data_len = lens[i];
        item.owner = item.name = "owner";
        item.owner_len = item.name_len = 5;
        assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), &opts, &secret, &err),
                    APITOKEN_E_DATA);
        assert_field(&err, APITOKEN_E_DATA, APITOKEN_FIELD_DATA, lens[i]);
        assert_code(apitoken_create_batch(f->store, items, 1, NULL, &batch, &err), APITOKEN_E_DATA);
        assert_field(&err, APITOKEN_E_DATA, APITOKEN_FIELD_DATA, lens[i]);
        assert_ptr_equal(secret, UNTOUCHED);
        assert_ptr_equal(batch, UNTOUCHED);
    }
    assert_int_equal(info_of(f->store).tokens, 0);
}

/*
 * A verdict that is used again has no data of the token before, as far as its length says; and what
 * is behind that is the caller's own, or zero.
 */
static void a_verdict_has_the_data_of_one_token(void **state) {
    struct fixture *f = *state;
    char secret_data[APITOKEN_DATA_MAX];
    memset(secret_data, 's', sizeof secret_data);
    const struct made_token longest = with_data(f, secret_data, sizeof secret_data),
                            shorter = with_data(f, "abc", 3), none = with_data(f, NULL, 0);
    struct made_token unknown = longest;
    spoil_secret(&unknown);
    const struct {
        const struct made_token *token;
        uint32_t len;
        int code;
    } next[] = { { &shorter, 3, 0 }, { &none, 0, 0 }, { &unknown, 0, APITOKEN_E_UNKNOWN } };
    for (size_t i = 0; i < COUNT(next); i++)
        for (size_t extra = 0; extra <= 16; extra += 8) {
            struct {
                apitoken_verdict verdict;
                unsigned char tail[24];
            } own;
            memset(&own, 0xAA, sizeof own);
            assert_code(apitoken_validate(f->store, longest.text, longest.len, NULL, NULL, NULL),
                        0);
            own.verdict.size = (uint32_t)(sizeof own.verdict + extra);
            assert_code(apitoken_validate(f->store, next[i].token->text, next[i].token->len, NULL,
                                          &own.verdict, NULL),
                        next[i].code);
            assert_int_equal(own.verdict.data_len, next[i].len);
            assert_memory_equal(own.verdict.data, "abc", next[i].len);
            for (size_t at = next[i].len; at < sizeof own.verdict.data; at++)
                assert_int_equal(own.verdict.data[at], extra ? 0 : 0xAA);
            for (size_t at = 0; at < sizeof own.tail; at++)
                assert_int_equal(own.tail[at], at < extra ? 0 : 0xAA);
        }
}

/* ---- who created it -------------------------------------------------------------------------- */

static void who_created_a_token_is_shown(void **state) {
    struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_batch_opts batch_opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *const items[] = { &item };
    apitoken_batch *batch = NULL;
    char actor[APITOKEN_ACTOR_MAX + 1] = "";
    memset(actor, 'a', APITOKEN_ACTOR_MAX);
    struct made_token token = fixture_create(f->store, "owner", "name", NULL);
    assert_string_equal(shown_of(f->store, &token).created_by, "");
    opts.actor = batch_opts.actor = actor;
    opts.actor_len = batch_opts.actor_len = APITOKEN_ACTOR_MAX;
    token = fixture_create(f->store, "owner", "name", &opts);
    assert_string_equal(shown_of(f->store, &token).created_by, actor);
    (void)rotate_for(f->store, &token, 0, 0);
    assert_code(suspend_token(f->store, &token, 1), 0);
    assert_code(revoke_token(f->store, "owner", token.id), 0);
    assert_string_equal(shown_of(f->store, &token).created_by, actor);
    item.owner = item.name = "owner";
    item.owner_len = item.name_len = 5;
    assert_code(apitoken_create_batch(f->store, items, 1, &batch_opts, &batch, NULL), 0);
    (void)snprintf(token.id, sizeof token.id, "%s", apitoken_batch_id(batch, 0));
    apitoken_batch_free(batch);
    assert_string_equal(shown_of(f->store, &token).created_by, actor);
    batch_opts.actor_len = 0;
    batch_opts.actor = NULL;
    assert_code(apitoken_create_batch(f->store, items, 1, &batch_opts, &batch, NULL), 0);
    (void)snprintf(token.id, sizeof token.id, "%s", apitoken_batch_id(batch, 0));
    apitoken_batch_free(batch);
    assert_string_equal(shown_of(f->store, &token).created_by, "");
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(lists_are_kept_in_canonical_form),
        CASE(a_bad_list_changes_nothing),
        CASE(a_length_without_a_list_changes_nothing),
        CASE(an_interface_is_one_of_the_list_byte_by_byte),
        CASE(a_peer_is_in_one_of_the_networks),
        CASE(a_peer_has_4_or_16_bytes),
        CASE(the_strongest_denial_counts),
        CASE(a_wrong_secret_is_unknown_wherever_it_comes_from),
        CASE(an_older_secret_is_restricted_too),
        CASE(a_new_restriction_holds_at_once),
        CASE(a_network_that_is_taken_away_is_refused_at_once),
        CASE(data_comes_back_byte_by_byte),
        CASE(more_data_is_refused),
        CASE(a_verdict_has_the_data_of_one_token),
        CASE(who_created_a_token_is_shown),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
