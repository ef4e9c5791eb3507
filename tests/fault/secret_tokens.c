/* SPDX-License-Identifier: MIT */
#include "secret_calls.h"

#include <string.h>

#include "due.h"

/* ---- create ---------------------------------------------------------------------------------- */

static int create_in(struct stage *s, apitoken_store *store) {
    return apitoken_create(store, LIT("owner"), LIT("name"), NULL, &s->secret, &s->err);
}

static int create(struct stage *s) { return create_in(s, s->f->store); }
static int create_once(struct stage *s) { return create_in(s, s->once); }

static int secret_free(struct stage *s) {
    apitoken_secret_free(s->secret);
    s->secret = NULL;
    return 0;
}

static int create_series(struct stage *s, apitoken_store *store) {
    begin_series(s->seed);
    int rc = create_in(s, store);
    end_series();
    return rc;
}

static int create_foretold(struct stage *s) { return create_series(s, s->f->store); }
static int create_full(struct stage *s) { return create_series(s, s->full); }
/* the id is there, so it draws again */
static int create_repeated(struct stage *s) { return create_series(s, s->once); }

static int create_without_clock(struct stage *s) {
    const int64_t now_ms = s->f->now_ms;
    s->f->now_ms = -1;
    int rc = create(s);
    s->f->now_ms = now_ms;
    return rc;
}

static int create_batch_in(struct stage *s, apitoken_store *store) {
    apitoken_batch_item item = APITOKEN_BATCH_ITEM_INIT;
    const apitoken_batch_item *items[] = { &item, &item, &item };
    item.owner = "owner";
    item.name = "name";
    item.owner_len = 5;
    item.name_len = 4;
    return apitoken_create_batch(store, items, COUNT(items), NULL, &s->batch, &s->err);
}

static int create_batch(struct stage *s) { return create_batch_in(s, s->f->store); }

static int create_batch_full(struct stage *s) {
    begin_series(s->seed);
    int rc = create_batch_in(s, s->full);
    end_series();
    return rc;
}

static int batch_free(struct stage *s) {
    apitoken_batch_free(s->batch);
    s->batch = NULL;
    return 0;
}

static int foretell_batch(struct stage *s) {
    begin_series(++s->seed);
    DUE(create_batch_in(s, s->once));
    end_series();
    (void)learn_batch(s);
    return batch_free(s);
}

/* ---- formats --------------------------------------------------------------------------------- */

static int every_format(struct stage *s, int (*write)(struct stage *s, int format, size_t cap),
                        size_t cap, int due) {
    for (int format = APITOKEN_FORMAT_PLAIN; format <= APITOKEN_FORMAT_MASKED; format++) {
        int rc = write(s, format, cap);
        if (rc != due) return rc;
    }
    return due;
}

static int format_secret(struct stage *s, int format, size_t cap) {
    return apitoken_secret_format(s->secret, format, NULL, clear.text, cap, &clear.len, &s->err);
}

static int format_batch(struct stage *s, int format, size_t cap) {
    return apitoken_batch_format(s->batch, 1, format, NULL, clear.text, cap, &clear.len, &s->err);
}

static int secret_format(struct stage *s) {
    return every_format(s, format_secret, sizeof clear.text, 0);
}
static int secret_format_small(struct stage *s) {
    return every_format(s, format_secret, 9, APITOKEN_E_BUFFER);
}
static int secret_format_unknown(struct stage *s) {
    return format_secret(s, 99, sizeof clear.text);
}
static int batch_format(struct stage *s) {
    return every_format(s, format_batch, sizeof clear.text, 0);
}
static int batch_format_small(struct stage *s) {
    return every_format(s, format_batch, 9, APITOKEN_E_BUFFER);
}

static int copy_of(struct stage *s, apitoken_store *store, const struct hidden *token, int format,
                   size_t cap) {
    return apitoken_copy(store, LIT("owner"), token->id, strlen(token->id), format, NULL,
                         clear.text, cap, &clear.len, &s->err);
}

static int copy_good(struct stage *s, int format, size_t cap) {
    return copy_of(s, s->f->store, &s->good, format, cap);
}
static int copy(struct stage *s) { return every_format(s, copy_good, sizeof clear.text, 0); }
static int copy_small(struct stage *s) { return every_format(s, copy_good, 9, APITOKEN_E_BUFFER); }
static int copy_unknown_format(struct stage *s) { return copy_good(s, 99, sizeof clear.text); }
static int copy_expired(struct stage *s) {
    return copy_of(s, s->f->store, &s->expired, APITOKEN_FORMAT_ENV, sizeof clear.text);
}
static int copy_revoked(struct stage *s) {
    return copy_of(s, s->f->store, &s->revoked, APITOKEN_FORMAT_PLAIN, sizeof clear.text);
}
static int copy_kept_once(struct stage *s) {
    return copy_of(s, s->once, &s->kept_once, APITOKEN_FORMAT_PLAIN, sizeof clear.text);
}
static int copy_verifier(struct stage *s) {
    return copy_of(s, s->verifier, &s->good, APITOKEN_FORMAT_PLAIN, sizeof clear.text);
}
static int copy_none(struct stage *s) {
    return copy_of(s, s->f->store, &s->unknown, APITOKEN_FORMAT_PLAIN, sizeof clear.text);
}

/* ---- validate -------------------------------------------------------------------------------- */

static int present(struct stage *s, apitoken_store *store, const struct hidden *token) {
    const char *text = show_clear(token);
    s->verdict = (apitoken_verdict)APITOKEN_VERDICT_INIT;
    return apitoken_validate(store, text, token->len, NULL, &s->verdict, &s->err);
}

static int validate(struct stage *s) { return present(s, s->f->store, &s->good); }
static int validate_verifier(struct stage *s) { return present(s, s->verifier, &s->good); }
static int validate_wrong(struct stage *s) { return present(s, s->f->store, &s->wrong); }
static int validate_unknown(struct stage *s) { return present(s, s->f->store, &s->unknown); }
static int validate_revoked(struct stage *s) { return present(s, s->f->store, &s->revoked); }
static int validate_expired(struct stage *s) { return present(s, s->f->store, &s->expired); }

static int validate_malformed(struct stage *s) {
    (void)show_clear(&s->good);
    clear.text[clear.len - 1] = clear.text[clear.len - 1] == 'x' ? 'y' : 'x';
    return apitoken_validate(s->f->store, clear.text, clear.len, NULL, NULL, &s->err);
}

static int validate_without_clock(struct stage *s) {
    const int64_t now_ms = s->f->now_ms;
    s->f->now_ms = -1;
    int rc = validate(s);
    s->f->now_ms = now_ms;
    return rc;
}

static int present_header(struct stage *s, const char *scheme, const struct hidden *token) {
    const size_t scheme_len = strlen(scheme);
    (void)show_clear(token);
    memmove(clear.text + scheme_len, clear.text, clear.len);
    memcpy(clear.text, scheme, scheme_len);
    return apitoken_validate_header(s->f->store, clear.text, scheme_len + clear.len, NULL,
                                    &s->verdict, &s->err);
}

static int header(struct stage *s) { return present_header(s, "Bearer ", &s->good); }
static int header_wrong(struct stage *s) { return present_header(s, "bearer   ", &s->wrong); }
static int header_other(struct stage *s) { return present_header(s, "Basic ", &s->good); }
static int header_malformed(struct stage *s) { return present_header(s, "Bearer x", &s->good); }

/* ---- the others ------------------------------------------------------------------------------ */

static int list(struct stage *s) {
    apitoken_page *page = NULL;
    int rc = apitoken_list(s->f->store, LIT("owner"), NULL, &page, &s->err);
    apitoken_page_free(page);
    return rc;
}

static int show_token(struct stage *s, const struct hidden *token) {
    apitoken_token *row = NULL;
    int rc =
        apitoken_show(s->f->store, LIT("owner"), token->id, strlen(token->id), NULL, &row, &s->err);
    apitoken_token_free(row);
    return rc;
}

static int show(struct stage *s) { return show_token(s, &s->good); }
static int show_none(struct stage *s) { return show_token(s, &s->unknown); }

static int revoke_one(struct stage *s, const struct hidden *token) {
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    opts.reason = "a reason";
    opts.reason_len = 8;
    return apitoken_revoke(s->f->store, LIT("owner"), token->id, strlen(token->id), &opts, &s->err);
}

static int revoke(struct stage *s) { return revoke_one(s, &s->revoked); }
static int revoke_none(struct stage *s) { return revoke_one(s, &s->unknown); }

/* As an administrator; a malformed text and then this one. */
static int revoke_texts(struct stage *s, const struct hidden *token) {
    apitoken_store *admin = fixture_open_admin(s->f);
    apitoken_revoke_opts opts = APITOKEN_REVOKE_OPTS_INIT;
    apitoken_revoke_item cut = APITOKEN_REVOKE_ITEM_INIT, whole = APITOKEN_REVOKE_ITEM_INIT;
    apitoken_revoke_item *items[] = { &cut, &whole };
    opts.actor = "root";
    opts.actor_len = 4;
    cut.text = whole.text = show_clear(token);
    whole.text_len = (uint32_t)token->len;
    cut.text_len = whole.text_len - 1;
    int rc = apitoken_revoke_texts(admin, items, 2, &opts, &s->err);
    apitoken_store_close(admin);
    return rc < 0 ? rc : whole.code;
}

static int revoke_text(struct stage *s) { return revoke_texts(s, &s->revoked); }
static int revoke_text_wrong(struct stage *s) { return revoke_texts(s, &s->wrong); }

const struct secret_call token_calls[] = {
    { "create", 0, create, NULL, learn_created },
    { "secret_format", 0, secret_format, NULL, NULL },
    { "secret_format, a small buffer", APITOKEN_E_BUFFER, secret_format_small, NULL, NULL },
    { "secret_format, unknown", APITOKEN_E_FORMAT, secret_format_unknown, NULL, NULL },
    { "secret_free", 0, secret_free, NULL, NULL },
    { "create, policy once", 0, create_once, NULL, learn_created },
    { "secret_free, policy once", 0, secret_free, NULL, NULL },
    { "create, no clock", APITOKEN_E_CLOCK, create_without_clock, NULL, NULL },
    { "create, foretold", 0, create_foretold, foretell, NULL, secret_free },
    { "secret_free, foretold", 0, secret_free, NULL, NULL },
    { "create, a full store", APITOKEN_E_FULL, create_full, foretell, NULL },
    { "create, drawn twice", 0, create_repeated, NULL, learn_created },
    { "secret_free, drawn twice", 0, secret_free, NULL, NULL },
    { "create_batch", 0, create_batch, NULL, learn_batch },
    { "batch_format", 0, batch_format, NULL, NULL },
    { "batch_format, a small buffer", APITOKEN_E_BUFFER, batch_format_small, NULL, NULL },
    { "batch_free", 0, batch_free, NULL, NULL },
    { "create_batch, a full store", APITOKEN_E_FULL, create_batch_full, foretell_batch, NULL },
    { "validate", 0, validate, NULL, NULL },
    { "validate, a second time", 0, validate, NULL, NULL },
    { "validate, remembered", 0, validate, NULL, NULL },
    { "validate, verify-only", 0, validate_verifier, NULL, NULL, nothing },
    { "validate, wrong secret", APITOKEN_E_UNKNOWN, validate_wrong, NULL, NULL, nothing },
    { "validate, unknown id", APITOKEN_E_UNKNOWN, validate_unknown, NULL, NULL },
    { "validate, malformed", APITOKEN_E_MALFORMED, validate_malformed, NULL, NULL },
    { "validate, expired", APITOKEN_E_EXPIRED, validate_expired, NULL, NULL },
    { "validate, no clock", APITOKEN_E_CLOCK, validate_without_clock, NULL, NULL },
    { "validate_header", 0, header, NULL, NULL },
    { "validate_header, wrong secret", APITOKEN_E_UNKNOWN, header_wrong, NULL, NULL },
    { "validate_header, another scheme", APITOKEN_E_NO_TOKEN, header_other, NULL, NULL },
    { "validate_header, malformed", APITOKEN_E_MALFORMED, header_malformed, NULL, NULL },
    { "copy", 0, copy, NULL, NULL, nothing },
    { "copy, a small buffer", APITOKEN_E_BUFFER, copy_small, NULL, NULL, nothing },
    { "copy, unknown format", APITOKEN_E_FORMAT, copy_unknown_format, NULL, NULL },
    { "copy, expired", 0, copy_expired, NULL, NULL },
    { "copy, none kept", APITOKEN_E_NOT_COPYABLE, copy_kept_once, NULL, NULL },
    { "copy, verify-only", APITOKEN_E_VERIFY_ONLY, copy_verifier, NULL, NULL },
    { "copy, unknown id", APITOKEN_E_NOT_FOUND, copy_none, NULL, NULL },
    { "list", 0, list, NULL, NULL },
    { "show", 0, show, NULL, NULL },
    { "show, unknown id", APITOKEN_E_NOT_FOUND, show_none, NULL, NULL },
    { "revoke", 0, revoke, NULL, NULL },
    { "revoke, a second time", 0, revoke, NULL, NULL },
    { "revoke, unknown id", APITOKEN_E_NOT_FOUND, revoke_none, NULL, NULL },
    { "revoke_texts", 0, revoke_text, NULL, NULL },
    { "revoke_texts, wrong secret", APITOKEN_E_UNKNOWN, revoke_text_wrong, NULL, NULL },
    { "validate, revoked", APITOKEN_E_REVOKED, validate_revoked, NULL, NULL },
    { "copy, revoked", APITOKEN_E_COPY_REVOKED, copy_revoked, NULL, NULL },
};
const size_t token_call_count = COUNT(token_calls);
