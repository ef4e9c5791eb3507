/* SPDX-License-Identifier: MIT */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKS 4 /* first sight, the look that is remembered, and two from memory */

apitoken_store *open_admin(struct fixture *f) {
    apitoken_open_opts opts = APITOKEN_OPEN_OPTS_INIT;
    apitoken_store *store = NULL;
    opts.flags = APITOKEN_OPEN_ADMIN;
    opts.clock = fixture_clock;
    opts.clock_ctx = f;
    assert_code(apitoken_store_open(f->store_path, f->keyring, &opts, &store, NULL), 0);
    return store;
}

int setup_admin(void **state) {
    int rc = setup_closed(state);
    struct fixture *f = *state;
    f->store = open_admin(f);
    return rc;
}

void load_keys_again(struct fixture *f) {
    apitoken_keyring_free(f->keyring);
    f->keyring = load_keys(f->keys);
}

int reload_keys_again(struct fixture *f) {
    load_keys_again(f);
    return apitoken_store_reload_keys(f->store, f->keyring, NULL, NULL);
}

uint32_t go_over_to_new_key(struct fixture *f) {
    uint32_t id = 0;
    assert_code(apitoken_keyring_add_key(f->keys, NULL, &id, NULL), 0);
    assert_code(apitoken_keyring_activate_key(f->keys, id, NULL, NULL), 0);
    assert_code(reload_keys_again(f), 0);
    return id;
}

/* ---- what is shown --------------------------------------------------------------------------- */

#define COPY_TEXT(to, text) (void)snprintf((to), sizeof(to), "%s", (text))

static struct shown shown_by(const apitoken_token *row) {
    struct shown s;
    memset(&s, 0, sizeof s);
    COPY_TEXT(s.id, apitoken_token_id(row));
    COPY_TEXT(s.name, apitoken_token_name(row));
    COPY_TEXT(s.description, apitoken_token_description(row));
    COPY_TEXT(s.zone, apitoken_token_expires_zone(row));
    COPY_TEXT(s.reason, apitoken_token_reason(row));
    COPY_TEXT(s.interfaces, apitoken_token_interfaces(row));
    COPY_TEXT(s.networks, apitoken_token_networks(row));
    COPY_TEXT(s.created_by, apitoken_token_created_by(row));
    const char *data = apitoken_token_data(row, &s.data_len);
    assert_in_range(s.data_len, 0, sizeof s.data);
    assert_int_equal(data[s.data_len], '\0');
    memcpy(s.data, data, s.data_len);
    s.created_ms = apitoken_token_created_ms(row);
    s.expires_ms = apitoken_token_expires_ms(row);
    s.revoked_ms = apitoken_token_revoked_ms(row);
    s.secret_made_ms = apitoken_token_secret_made_ms(row);
    s.superseded_until_ms = apitoken_token_superseded_until_ms(row);
    s.last_used_ms = apitoken_token_last_used_ms(row);
    s.last_used_older_ms = apitoken_token_last_used_older_ms(row);
    s.expires_day = apitoken_token_expires_day(row);
    s.revision = apitoken_token_revision(row);
    s.expiry_kind = apitoken_token_expiry_kind(row);
    s.state = apitoken_token_state(row);
    s.reason_code = apitoken_token_reason_code(row);
    s.is_copyable = apitoken_token_is_copyable(row);
    s.is_suspended = apitoken_token_is_suspended(row);
    s.is_blocked = apitoken_token_is_blocked(row);
    assert_string_equal(apitoken_token_owner(row), "owner");
    return s;
}

static struct shown listed(apitoken_store *store, const char *id) {
    apitoken_page *page = NULL;
    struct shown s;
    memset(&s, 0, sizeof s);
    assert_code(apitoken_list(store, LIT("owner"), NULL, &page, NULL), 0);
    for (size_t i = 0; i < apitoken_page_count(page); i++) {
        const apitoken_token *row = apitoken_page_at(page, i);
        if (strcmp(apitoken_token_id(row), id) == 0) s = shown_by(row);
    }
    apitoken_page_free(page);
    return s;
}

struct shown shown_of(apitoken_store *store, const struct made_token *token) {
    apitoken_token *row = NULL;
    assert_code(apitoken_show(store, LIT("owner"), token->id, strlen(token->id), NULL, &row, NULL),
                0);
    const struct shown s = shown_by(row), of_list = listed(store, token->id);
    apitoken_token_free(row);
    assert_memory_equal(&of_list, &s, sizeof s);
    return s;
}

#define SAME_TEXT(field)                                                   \
    do {                                                                   \
        if (strcmp(got.field, due->field) == 0) break;                     \
        print_error(#field " is '%s', not '%s'\n", got.field, due->field); \
        is_same = 0;                                                       \
    } while (0)
#define SAME_NUMBER(field)                                                                       \
    do {                                                                                         \
        if (got.field == due->field) break;                                                      \
        print_error(#field " is %lld, not %lld\n", (long long)got.field, (long long)due->field); \
        is_same = 0;                                                                             \
    } while (0)

void assert_shown_at(apitoken_store *store, const struct made_token *token, const struct shown *due,
                     const char *file, int line) {
    const struct shown got = shown_of(store, token);
    int is_same = 1;
    SAME_TEXT(id);
    SAME_TEXT(name);
    SAME_TEXT(description);
    SAME_TEXT(zone);
    SAME_TEXT(reason);
    SAME_TEXT(interfaces);
    SAME_TEXT(networks);
    SAME_TEXT(created_by);
    SAME_NUMBER(data_len);
    if (memcmp(got.data, due->data, sizeof got.data) != 0) is_same = 0;
    SAME_NUMBER(created_ms);
    SAME_NUMBER(expires_ms);
    SAME_NUMBER(revoked_ms);
    SAME_NUMBER(secret_made_ms);
    SAME_NUMBER(superseded_until_ms);
    SAME_NUMBER(last_used_ms);
    SAME_NUMBER(last_used_older_ms);
    SAME_NUMBER(expires_day);
    SAME_NUMBER(revision);
    SAME_NUMBER(expiry_kind);
    SAME_NUMBER(state);
    SAME_NUMBER(reason_code);
    SAME_NUMBER(is_copyable);
    SAME_NUMBER(is_suspended);
    SAME_NUMBER(is_blocked);
    if (!is_same) _fail(file, line);
}

struct unchanged unchanged_of(apitoken_store *store, const struct made_token *token) {
    return (struct unchanged){ shown_of(store, token), info_of(store).transaction };
}

void spoil_secret(struct made_token *token) {
    char *last = &token->text[TOKEN_LEN - TOKEN_CRC_LEN - 1];
    *last = *last == 'a' ? 'b' : 'a';
    token_put_checksum(token->text, token->len);
}

/* ---- changes --------------------------------------------------------------------------------- */

int update_token(apitoken_store *store, const struct made_token *token,
                 const apitoken_update_opts *opts, apitoken_error *err) {
    uint32_t revision = UINT32_MAX;
    int rc =
        apitoken_update(store, LIT("owner"), token->id, strlen(token->id), opts, &revision, err);
    if (rc < 0)
        assert_int_equal(revision, UINT32_MAX);
    else
        assert_int_equal(revision, shown_of(store, token).revision);
    return rc;
}

int rotate_token(apitoken_store *store, const struct made_token *token,
                 const apitoken_rotate_opts *opts, struct made_token *ret_made,
                 apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_rotate(store, LIT("owner"), token->id, strlen(token->id), opts, &secret, err);
    if (rc < 0) {
        assert_ptr_equal(secret, UNTOUCHED);
        return rc;
    }
    *ret_made = *token;
    assert_string_equal(apitoken_secret_id(secret), token->id);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, ret_made->text,
                                       sizeof ret_made->text, &ret_made->len, NULL),
                0);
    apitoken_secret_free(secret);
    return 0;
}

struct made_token rotate_for(apitoken_store *store, const struct made_token *token,
                             int64_t grace_ms, uint32_t flags) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    struct made_token made;
    opts.grace_ms = grace_ms;
    opts.flags = flags;
    assert_code(rotate_token(store, token, &opts, &made, NULL), 0);
    return made;
}

int suspend_token(apitoken_store *store, const struct made_token *token, int is_suspended) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_SUSPENDED;
    opts.is_suspended = (uint32_t)is_suspended;
    return update_token(store, token, &opts, NULL);
}

int end_token(apitoken_store *store, const struct made_token *token, int64_t end_ms) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_EXPIRY;
    opts.expiry_kind = APITOKEN_EXPIRY_INSTANT;
    opts.expiry_ms = end_ms;
    return update_token(store, token, &opts, NULL);
}

int block_owner(apitoken_store *store, const char *owner) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_block(store, owner, strlen(owner), &opts, NULL);
}

int unblock_owner(apitoken_store *store, const char *owner) {
    apitoken_block_opts opts = APITOKEN_BLOCK_OPTS_INIT;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_owner_unblock(store, owner, strlen(owner), &opts, NULL);
}

int set_policy(apitoken_store *store, uint32_t mask, const apitoken_policy *policy) {
    apitoken_policy_opts opts = APITOKEN_POLICY_OPTS_INIT;
    opts.mask = mask;
    opts.actor = "root";
    opts.actor_len = 4;
    return apitoken_policy_set(store, policy, &opts, NULL);
}

/* ---- damage ---------------------------------------------------------------------------------- */

enum { PAGE = 4096, PAGE_FLAGS_AT = 10, LOWER_AT = 12, NODES_AT = 16, LEAF = 2, IN_RECORD = 40 };

static size_t number_at(const unsigned char *bytes) { return bytes[0] | (size_t)bytes[1] << 8; }

/* Whether the page has a node there: between its nodes are bytes of what it was before. */
static int has_node(const unsigned char *page, size_t at) {
    const size_t lower = number_at(page + LOWER_AT);
    for (size_t i = NODES_AT; i < lower && i < PAGE; i += 2)
        if (number_at(page + i) == at) return 1;
    return 0;
}

/* Whether a node of a leaf of LMDB has this key, behind its head of 8 bytes. */
static int is_in_leaf(const unsigned char *bytes, size_t at, const unsigned char *key, size_t len) {
    const unsigned char *page = bytes + at / PAGE * PAGE;
    return at % PAGE > NODES_AT && page[PAGE_FLAGS_AT] == LEAF &&
           number_at(bytes + at - 2) == len && memcmp(bytes + at, key, len) == 0 &&
           has_node(page, at % PAGE - 8);
}

/* All copies, as some may be in pages that are free. */
static void flip_under(const struct fixture *f, const unsigned char *key, size_t key_len) {
    const char *path = in_store(f, "data.mdb");
    const size_t size = file_size(path);
    unsigned char *bytes = malloc(size);
    size_t found = 0;
    assert_int_equal(file_read(path, bytes, size), size);
    for (size_t at = 2; at + key_len + IN_RECORD < size; at++) {
        if (!is_in_leaf(bytes, at, key, key_len)) continue;
        file_flip(path, at + key_len + IN_RECORD);
        found++;
    }
    assert_true(found > 0);
    free(bytes);
}

void flip_row(const struct fixture *f, const struct made_token *token) {
    unsigned char key[6 + APITOKEN_ID_LEN] = "\5owner";
    memcpy(key + 6, token->id, APITOKEN_ID_LEN);
    flip_under(f, key, sizeof key);
}

void flip_hot(const struct fixture *f, const struct made_token *token) {
    flip_under(f, (const unsigned char *)token->id, APITOKEN_ID_LEN);
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Whether this code says that the secret was right. */
static int tells_owner(int code) {
    return code == 0 ||
           (apitoken_error_class(code) == APITOKEN_CLASS_DENIED && code != APITOKEN_E_UNKNOWN);
}

void assert_answers_at(apitoken_store *store, const struct made_token *token, int code,
                       const char *file, int line) {
    for (int i = 0; i < LOOKS; i++) {
        apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
        apitoken_error err = APITOKEN_ERROR_INIT;
        int rc = apitoken_validate(store, token->text, token->len, NULL, &verdict, &err);
        fixture_assert_code(rc, code, "apitoken_validate()", file, line);
        fixture_assert_code(verdict.code, code, "the verdict", file, line);
        fixture_assert_code(err.code, code, "the detail", file, line);
        assert_string_equal(verdict.id, token->id);
        assert_string_equal(verdict.owner, tells_owner(code) ? "owner" : "");
    }
}

int64_t superseded_until(apitoken_store *store, const struct made_token *token) {
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    assert_code(apitoken_validate(store, token->text, token->len, NULL, &verdict, NULL), 0);
    return verdict.superseded_until_ms;
}
