/* SPDX-License-Identifier: MIT */
/* apitoken_create() and the secret it returns: input, limits, the text of a token. */
#include "api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"

#define ID "0123456789AB"

/* ---- one text field at a time ---------------------------------------------------------------- */

typedef int (*field_fn)(apitoken_store *store, const char *text, size_t len, apitoken_error *err);

static int create_with(apitoken_store *store, const char *owner, size_t owner_len, const char *name,
                       size_t name_len, const apitoken_create_opts *opts, apitoken_error *err) {
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_create(store, owner, owner_len, name, name_len, opts, &secret, err);
    if (rc == 0) apitoken_secret_free(secret);
    if (rc < 0) assert_ptr_equal(secret, UNTOUCHED);
    return rc;
}

static int create_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    return create_with(store, text, len, LIT("name"), NULL, err);
}

static int create_name(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    return create_with(store, LIT("owner"), text, len, NULL, err);
}

static int create_description(apitoken_store *store, const char *text, size_t len,
                              apitoken_error *err) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.description = text;
    opts.description_len = (uint32_t)len;
    return create_with(store, LIT("owner"), LIT("name"), &opts, err);
}

static int list_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_page *page = UNTOUCHED;
    int rc = apitoken_list(store, text, len, NULL, &page, err);
    if (rc == 0) apitoken_page_free(page);
    if (rc < 0) assert_ptr_equal(page, UNTOUCHED);
    return rc;
}

/* The owner's text is good if the call goes on to say that there is no such token. */
static int found_none(int rc) { return rc == APITOKEN_E_NOT_FOUND ? 0 : rc; }

static int show_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_token *token = UNTOUCHED;
    int rc = apitoken_show(store, text, len, LIT(ID), NULL, &token, err);
    assert_ptr_equal(token, UNTOUCHED);
    return found_none(rc);
}

static int revoke_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    return found_none(apitoken_revoke(store, text, len, LIT(ID), NULL, err));
}

static int update_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    return found_none(apitoken_update(store, text, len, LIT(ID), &opts, NULL, err));
}

static int rotate_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = UNTOUCHED;
    int rc = apitoken_rotate(store, text, len, LIT(ID), &opts, &secret, err);
    assert_ptr_equal(secret, UNTOUCHED);
    return found_none(rc);
}

static int create_actor(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    opts.actor = text;
    opts.actor_len = (uint32_t)len;
    return create_with(store, LIT("owner"), LIT("name"), &opts, err);
}

static int batch_actor(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_batch_opts opts = APITOKEN_BATCH_OPTS_INIT;
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items = &item;
    apitoken_batch *batch = UNTOUCHED;
    item.owner = item.name = "owner";
    item.owner_len = item.name_len = 5;
    opts.actor = text;
    opts.actor_len = (uint32_t)len;
    int rc = apitoken_create_batch(store, &items, 1, &opts, &batch, err);
    if (rc == 0) apitoken_batch_free(batch);
    if (rc < 0) assert_ptr_equal(batch, UNTOUCHED);
    return rc;
}

static int update_with(apitoken_store *store, const apitoken_update_opts *opts,
                       apitoken_error *err) {
    return found_none(apitoken_update(store, LIT("owner"), LIT(ID), opts, NULL, err));
}

static int update_name(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_NAME;
    opts.name = text;
    opts.name_len = (uint32_t)len;
    return update_with(store, &opts, err);
}

static int update_description(apitoken_store *store, const char *text, size_t len,
                              apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.mask = APITOKEN_UPDATE_DESCRIPTION;
    opts.description = text;
    opts.description_len = (uint32_t)len;
    return update_with(store, &opts, err);
}

static int update_actor(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_update_opts opts = APITOKEN_UPDATE_OPTS_INIT;
    opts.flags = APITOKEN_UPDATE_END_OLDER;
    opts.actor = text;
    opts.actor_len = (uint32_t)len;
    return update_with(store, &opts, err);
}

static int rotate_actor(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_rotate_opts opts = APITOKEN_ROTATE_OPTS_INIT;
    apitoken_secret *secret = UNTOUCHED;
    opts.actor = text;
    opts.actor_len = (uint32_t)len;
    int rc = apitoken_rotate(store, LIT("owner"), LIT(ID), &opts, &secret, err);
    assert_ptr_equal(secret, UNTOUCHED);
    return found_none(rc);
}

static int revoke_actor(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.actor = text;
    opts.actor_len = (uint32_t)len;
    return found_none(apitoken_revoke(store, LIT("owner"), LIT(ID), &opts, err));
}

static int copy_owner(apitoken_store *store, const char *text, size_t len, apitoken_error *err) {
    char buf[8] = "buffer";
    size_t ret_len = 4711;
    int rc = apitoken_copy(store, text, len, LIT(ID), APITOKEN_FORMAT_MASKED, NULL, buf, sizeof buf,
                           &ret_len, err);
    assert_string_equal(buf, "buffer");
    assert_int_equal(ret_len, 4711);
    return found_none(rc);
}

static const struct {
    const char *what;
    field_fn call;
    size_t min, max;
    int code;
    uint32_t field;
    int makes_a_row;
    int is_stored; /* by a call that finds the token: so it must be clean */
} fields[] = {
    { "owner of create", create_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
      APITOKEN_FIELD_OWNER, 1 },
    { "owner of list", list_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER,
      0 },
    { "owner of show", show_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER,
      0 },
    { "owner of revoke", revoke_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
      APITOKEN_FIELD_OWNER, 0 },
    { "owner of copy", copy_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER, APITOKEN_FIELD_OWNER,
      0 },
    { "owner of update", update_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
      APITOKEN_FIELD_OWNER, 0 },
    { "owner of rotate", rotate_owner, 1, APITOKEN_OWNER_MAX, APITOKEN_E_OWNER,
      APITOKEN_FIELD_OWNER, 0 },
    { "name", create_name, 1, APITOKEN_NAME_MAX, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, 1 },
    { "description", create_description, 0, APITOKEN_DESCRIPTION_MAX, APITOKEN_E_DESCRIPTION,
      APITOKEN_FIELD_DESCRIPTION, 1 },
    { "actor of create", create_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 1 },
    { "actor of create_batch", batch_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 1 },
    { "name of update", update_name, 1, APITOKEN_NAME_MAX, APITOKEN_E_NAME, APITOKEN_FIELD_NAME, 0,
      1 },
    { "description of update", update_description, 0, APITOKEN_DESCRIPTION_MAX,
      APITOKEN_E_DESCRIPTION, APITOKEN_FIELD_DESCRIPTION, 0, 1 },
    { "actor of update", update_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 0, 1 },
    { "actor of rotate", rotate_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 0, 1 },
    { "actor of revoke", revoke_actor, 0, APITOKEN_ACTOR_MAX, APITOKEN_E_ACTOR,
      APITOKEN_FIELD_ACTOR, 0, 1 },
};

static void assert_refused(apitoken_store *store, size_t i, const char *text, size_t len,
                           uint32_t offset) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    assert_code(fields[i].call(store, text, len, &err), fields[i].code);
    assert_field(&err, fields[i].code, fields[i].field, offset);
}

static void every_text_has_its_limits(void **state) {
    const struct fixture *f = *state;
    uint64_t rows = 0;
    for (size_t i = 0; i < COUNT(fields); i++) {
        const size_t good[] = { fields[i].min, fields[i].min + 1, fields[i].max - 1,
                                fields[i].max };
        for (size_t g = 0; g < COUNT(good); g++) {
            assert_code(fields[i].call(f->store, long_text(good[g]), good[g], NULL), 0);
            rows += fields[i].makes_a_row ? 1 : 0;
        }
        assert_refused(f->store, i, long_text(fields[i].max + 1), fields[i].max + 1,
                       (uint32_t)fields[i].max + 1);
        assert_refused(f->store, i, long_text(2000), 2000, 2000);
        if (fields[i].min > 0) assert_refused(f->store, i, "", 0, 0);
        assert_int_equal(info_of(f->store).tokens, rows);
    }
}

static void text_that_lies_to_readers_is_not_stored(void **state) {
    const struct fixture *f = *state;
    uint64_t before = info_of(f->store).transaction;
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t b = 0; b < bad_text_count; b++)
            if (fields[i].makes_a_row || fields[i].is_stored || !bad_texts[b].is_utf8)
                assert_refused(f->store, i, bad_texts[b].bytes, bad_texts[b].len,
                               bad_texts[b].offset);
    assert_int_equal(info_of(f->store).transaction, before); /* nothing was written at all */
    assert_int_equal(count_rows(f->store, "owner"), 0);
}

/* Another version may have stored it. */
static void text_that_lies_to_readers_is_looked_up(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t b = 0; b < bad_text_count; b++)
            if (!fields[i].makes_a_row && !fields[i].is_stored && bad_texts[b].is_utf8)
                assert_code(fields[i].call(f->store, bad_texts[b].bytes, bad_texts[b].len, NULL),
                            0);
}

static void text_at_the_edges_is_kept_byte_for_byte(void **state) {
    const struct fixture *f = *state;
    for (size_t i = 0; i < good_text_count; i++) {
        const char *text = good_texts[i];
        apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
        apitoken_token *row = NULL;
        opts.description = text;
        opts.description_len = (uint32_t)strlen(text);
        struct made_token token = fixture_create(f->store, text, text, &opts);
        assert_code(apitoken_show(f->store, text, strlen(text), token.id, strlen(token.id), NULL,
                                  &row, NULL),
                    0);
        assert_string_equal(apitoken_token_owner(row), text);
        assert_string_equal(apitoken_token_name(row), text);
        assert_string_equal(apitoken_token_description(row), text);
        apitoken_token_free(row);
    }
}

static void text_need_not_end_in_nul(void **state) {
    const struct fixture *f = *state;
    apitoken_create_opts opts = APITOKEN_CREATE_OPTS_INIT;
    apitoken_token *row = NULL;
    apitoken_secret *secret = NULL;
    opts.description = "described\n";
    opts.description_len = 9;
    assert_code(apitoken_create(f->store, "owner\xFF", 5, "name\x01", 4, &opts, &secret, NULL), 0);
    const char *id = apitoken_secret_id(secret);
    assert_code(apitoken_show(f->store, LIT("owner"), id, strlen(id), NULL, &row, NULL), 0);
    assert_string_equal(apitoken_token_name(row), "name");
    assert_string_equal(apitoken_token_description(row), "described");
    apitoken_token_free(row);
    apitoken_secret_free(secret);
}

/* A length cut down to 8 or 16 bits would make a short text of a very long one. */
static void lengths_are_not_cut_down(void **state) {
    const struct fixture *f = *state;
    static char text[70000];
    memset(text, 'x', sizeof text);
    static const size_t lengths[] = { 256 + 5, 65536 + 5, 65536 + 100 };
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t n = 0; n < COUNT(lengths); n++)
            if (lengths[n] > fields[i].max)
                assert_refused(f->store, i, text, lengths[n], (uint32_t)lengths[n]);
    assert_int_equal(info_of(f->store).tokens, 0);
}

/* ---- the text of a token --------------------------------------------------------------------- */

static void a_token_has_the_form_of_the_header(void **state) {
    const struct fixture *f = *state;
    static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < 20; i++) {
        struct made_token token = fixture_create(f->store, "owner", "name", NULL);
        assert_int_equal(token.len, TOKEN_LEN);
        assert_int_equal(strlen(token.text), TOKEN_LEN);
        assert_memory_equal(token.text, "tdh_1", 5);
        assert_int_equal(strlen(token.id), APITOKEN_ID_LEN);
        assert_memory_equal(token.text + 5, token.id, APITOKEN_ID_LEN);
        assert_int_equal(strspn(token.text + TOKEN_BODY, alphabet), TOKEN_LEN - TOKEN_BODY);
        char sealed[TOKEN_LEN + 1];
        memcpy(sealed, token.text, sizeof sealed);
        memset(sealed + TOKEN_LEN - TOKEN_CRC_LEN, '-', TOKEN_CRC_LEN);
        token_put_checksum(sealed, TOKEN_LEN);
        assert_string_equal(sealed, token.text);
        assert_code(check(f->store, &token), 0);
    }
}

static void no_two_tokens_share_id_or_secret(void **state) {
    const struct fixture *f = *state;
    enum { TOKENS = 100 };
    struct made_token made[TOKENS];
    for (int i = 0; i < TOKENS; i++) {
        made[i] = fixture_create(f->store, "owner", "the same name", NULL);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(made[i].id, made[k].id);
            assert_memory_not_equal(made[i].text + 17, made[k].text + 17, 30);
        }
    }
    assert_int_equal(count_rows(f->store, "owner"), TOKENS);
}

static void a_secret_comes_in_every_format(void **state) {
    const struct fixture *f = *state;
    apitoken_secret *secret = NULL;
    char plain[APITOKEN_FORMAT_MAX], due[APITOKEN_FORMAT_MAX], got[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL), 0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, plain, sizeof plain,
                                       &len, NULL),
                0);
    for (size_t i = 0; i < token_format_count; i++) {
        (void)snprintf(due, sizeof due, "%s%s%s", token_formats[i].before, plain,
                       token_formats[i].after);
        assert_code(apitoken_secret_format(secret, token_formats[i].format, NULL, got, sizeof got,
                                           &len, NULL),
                    0);
        assert_string_equal(got, due);
        assert_int_equal(len, strlen(due));
    }
    (void)snprintf(due, sizeof due, "tdh_1%s\xE2\x80\xA6", apitoken_secret_id(secret));
    assert_code(
        apitoken_secret_format(secret, APITOKEN_FORMAT_MASKED, NULL, got, sizeof got, &len, NULL),
        0);
    assert_string_equal(got, due);
    assert_int_equal(len, strlen(due));
    apitoken_secret_free(secret);
    apitoken_secret_free(NULL);
}

static void a_secret_is_never_cut_off(void **state) {
    const struct fixture *f = *state;
    apitoken_secret *secret = NULL;
    size_t len = 0;
    assert_code(apitoken_create(f->store, LIT("owner"), LIT("name"), NULL, &secret, NULL), 0);
    assert_code(apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, NULL, 0, &len, NULL),
                APITOKEN_E_BUFFER);
    assert_int_equal(len, TOKEN_LEN);
    for (size_t cap = 0; cap <= TOKEN_LEN; cap++) {
        char buf[TOKEN_LEN + 1], due[TOKEN_LEN + 1];
        memset(buf, '#', sizeof buf);
        memset(due, '#', sizeof due);
        len = 0;
        assert_code(
            apitoken_secret_format(secret, APITOKEN_FORMAT_PLAIN, NULL, buf, cap, &len, NULL),
            APITOKEN_E_BUFFER);
        assert_int_equal(len, TOKEN_LEN);
        assert_memory_equal(buf, due, sizeof buf);
    }
    static const int unknown[] = { 0, -1, 7, 256, INT32_MAX, INT32_MIN };
    for (size_t i = 0; i < COUNT(unknown); i++) {
        char buf[TOKEN_LEN + 1] = "untouched";
        len = 4711;
        assert_code(apitoken_secret_format(secret, unknown[i], NULL, buf, sizeof buf, &len, NULL),
                    APITOKEN_E_FORMAT);
        assert_string_equal(buf, "untouched");
        assert_int_equal(len, 4711);
    }
    apitoken_secret_free(secret);
}

static void the_prefix_of_the_store_is_that_of_its_tokens(void **state) {
    struct fixture *f = *state;
    static const char *const prefixes[] = { "ab", "abcdefghij" };
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
        apitoken_store *store = NULL;
        const char *path = in_dir(f->dir, prefixes[i]);
        opts.prefix = prefixes[i];
        opts.prefix_len = (uint32_t)strlen(prefixes[i]);
        assert_code(apitoken_store_create(path, f->keyring, &opts, NULL), 0);
        assert_code(apitoken_store_open(path, f->keyring, NULL, &store, NULL), 0);
        struct made_token token = fixture_create(store, "owner", "name", NULL);
        assert_int_equal(token.len, strlen(prefixes[i]) + 50);
        assert_memory_equal(token.text, prefixes[i], strlen(prefixes[i]));
        assert_int_equal(token.text[strlen(prefixes[i])], '_');
        assert_code(check(store, &token), 0);
        assert_code(check(f->store, &token), APITOKEN_E_MALFORMED);
        apitoken_store_close(store);
    }
}

/* No file of the store holds the secret part of a token, with either copy policy. */
static void no_file_holds_a_secret_in_clear(void **state) {
    const struct fixture *f = *state;
    static const char *const members[] = { "data.mdb", "lock.mdb", "writer.lock", "last-use" };
    struct made_token token = fixture_create(f->store, "owner", "a name to be found", NULL);
    int found_name = 0;
    for (size_t i = 0; i < COUNT(members); i++) {
        const char *path = in_dir(f->store_path, members[i]);
        size_t len = file_size(path);
        char *data = malloc(len + 1);
        assert_int_equal(file_read(path, data, len), len);
        /* the beginning of it would be too much */
        assert_null(memmem(data, len, token.text + 17, 8));
        if (memmem(data, len, LIT("a name to be found"))) found_name = 1;
        free(data);
    }
    assert_true(found_name); /* the search works */
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        CASE(every_text_has_its_limits),
        CASE(text_that_lies_to_readers_is_not_stored),
        CASE(text_that_lies_to_readers_is_looked_up),
        CASE(text_at_the_edges_is_kept_byte_for_byte),
        CASE(text_need_not_end_in_nul),
        CASE(lengths_are_not_cut_down),
        CASE(a_token_has_the_form_of_the_header),
        CASE(no_two_tokens_share_id_or_secret),
        CASE(a_secret_comes_in_every_format),
        CASE(a_secret_is_never_cut_off),
        CASE(the_prefix_of_the_store_is_that_of_its_tokens),
        CASE(no_file_holds_a_secret_in_clear),
        { "no_file_holds_a_secret_in_clear_if_copies_are_kept", no_file_holds_a_secret_in_clear,
          fixture_setup_always, fixture_teardown, NULL },
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
