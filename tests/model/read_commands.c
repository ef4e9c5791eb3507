/* SPDX-License-Identifier: MIT */
/* Commands that change nothing. */
#include <stdio.h>
#include <string.h>

#include "driver.h"

#define TEXT(name) request_text(request, name), request_len(request, name)

static uint32_t word_of(const struct request *request, const char *name) {
    return (uint32_t)request_number(request, name);
}

static void print_hex(const void *data, size_t len) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) (void)printf("%02x", bytes[i]);
}

static void print_data(const apitoken_token *token) {
    size_t len = 0;
    const void *data = apitoken_token_data(token, &len);
    print_hex(data, len);
}

static void print_token(const apitoken_token *t) {
    (void)printf("%s|%s|%s|%s|%lld|%d|%lld|%d|%s|%d|", apitoken_token_id(t),
                 apitoken_token_owner(t), apitoken_token_name(t), apitoken_token_description(t),
                 (long long)apitoken_token_created_ms(t), apitoken_token_expiry_kind(t),
                 (long long)apitoken_token_expires_ms(t), apitoken_token_expires_day(t),
                 apitoken_token_expires_zone(t), apitoken_token_state(t));
    (void)printf("%lld|%s|%lld|%d|%u|%s|%s|", (long long)apitoken_token_revoked_ms(t),
                 apitoken_token_reason(t), (long long)apitoken_token_last_used_ms(t),
                 apitoken_token_is_copyable(t), apitoken_token_revision(t),
                 apitoken_token_interfaces(t), apitoken_token_networks(t));
    print_data(t);
    (void)printf("|%d|%d|%lld|%lld|%lld|%s|%d\t", apitoken_token_is_suspended(t),
                 apitoken_token_is_blocked(t), (long long)apitoken_token_superseded_until_ms(t),
                 (long long)apitoken_token_last_used_older_ms(t),
                 (long long)apitoken_token_secret_made_ms(t), apitoken_token_created_by(t),
                 apitoken_token_reason_code(t));
}

static void print_page(const apitoken_page *page) {
    for (size_t i = 0; i < apitoken_page_count(page); i++) print_token(apitoken_page_at(page, i));
}

/* True if the command gives one. */
static int load_filter(const struct request *request, apitoken_filter *filter) {
    filter->flags = word_of(request, "filter");
    filter->expires_before_ms = request_number(request, "expires_before");
    filter->created_from_ms = request_number(request, "created_from");
    filter->created_before_ms = request_number(request, "created_before");
    filter->unused_since_ms = request_number(request, "unused_since");
    filter->owner_prefix = request_text(request, "owner_prefix");
    filter->owner_prefix_len = request_len(request, "owner_prefix");
    filter->name_contains = request_text(request, "name_contains");
    filter->name_contains_len = request_len(request, "name_contains");
    return request_text(request, "filter") != NULL;
}

static int keep_cursor(const apitoken_page *page, char cursor[APITOKEN_CURSOR_MAX + 1]) {
    const char *next = apitoken_page_cursor(page);
    if (next) (void)snprintf(cursor, APITOKEN_CURSOR_MAX + 1, "%s", next);
    return next != NULL;
}

/* All pages. */
static int list_owner(struct driver *driver, const struct request *request) {
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    apitoken_filter filter = APITOKEN_FILTER_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    opts.limit = word_of(request, "limit");
    opts.states = word_of(request, "states");
    if (load_filter(request, &filter)) opts.filter = &filter;
    for (int has_more = 1; has_more;) {
        apitoken_page *page = NULL;
        const int rc =
            apitoken_list(driver_store(driver, request), TEXT("owner"), &opts, &page, NULL);
        if (rc < 0) return rc;
        print_page(page);
        has_more = keep_cursor(page, cursor);
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)(has_more ? strlen(cursor) : 0);
        apitoken_page_free(page);
    }
    return 0;
}

static int list_all(struct driver *driver, const struct request *request) {
    apitoken_list_all_opts opts = APITOKEN_LIST_ALL_OPTS_INIT;
    apitoken_filter filter = APITOKEN_FILTER_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1];
    opts.limit = word_of(request, "limit");
    opts.states = word_of(request, "states");
    if (load_filter(request, &filter)) opts.filter = &filter;
    for (int has_more = 1; has_more;) {
        apitoken_page *page = NULL;
        const int rc = apitoken_list_all(driver_store(driver, request), &opts, &page, NULL);
        if (rc < 0) return rc;
        print_page(page);
        has_more = keep_cursor(page, cursor);
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)(has_more ? strlen(cursor) : 0);
        apitoken_page_free(page);
    }
    return 0;
}

static int show_token(struct driver *driver, const struct request *request) {
    apitoken_token *token = NULL;
    const int rc =
        apitoken_show(driver_store(driver, request), TEXT("owner"), TEXT("id"), NULL, &token, NULL);
    if (rc == 0) print_token(token);
    apitoken_token_free(token);
    return rc;
}

static int describe_owner(struct driver *driver, const struct request *request) {
    apitoken_owner_info info = APITOKEN_OWNER_INFO_INIT;
    const int rc =
        apitoken_owner_stat(driver_store(driver, request), TEXT("owner"), NULL, &info, NULL);
    if (rc == 0)
        (void)printf("%u|%lld|%llu|%llu|%s|%s\t", info.is_blocked, (long long)info.blocked_ms,
                     (unsigned long long)info.tokens, (unsigned long long)info.live,
                     info.blocked_by, info.reason);
    return rc;
}

static int get_policy(struct driver *driver, const struct request *request) {
    apitoken_policy p = APITOKEN_POLICY_INIT;
    const int rc = apitoken_policy_get(driver_store(driver, request), NULL, &p, NULL);
    if (rc == 0)
        (void)printf("%u|%u|%u|%lld|%lld|%lld|%lld|%lld\t", p.revision, p.is_never_forbidden,
                     p.max_live, (long long)p.max_lifetime_ms, (long long)p.default_expiry_ms,
                     (long long)p.undo_ms, (long long)p.max_grace_ms,
                     (long long)p.audit_retention_ms);
    return rc;
}

static void print_record(const apitoken_audit_record *r) {
    (void)printf("%llu|%lld|%d|%s|%s|%s|%s|%llu|%d|", (unsigned long long)apitoken_audit_number(r),
                 (long long)apitoken_audit_at_ms(r), apitoken_audit_verb(r), apitoken_audit_id(r),
                 apitoken_audit_owner(r), apitoken_audit_actor(r), apitoken_audit_reason(r),
                 (unsigned long long)apitoken_audit_unrecorded(r), apitoken_audit_is_erased(r));
    for (size_t i = 0; i < apitoken_audit_change_count(r); i++)
        (void)printf("%d:%s>%s;", apitoken_audit_change_field(r, i),
                     apitoken_audit_change_before(r, i), apitoken_audit_change_after(r, i));
    (void)printf("\t");
}

/* All pages, and then the cursor behind them. */
static int read_audit(struct driver *driver, const struct request *request) {
    apitoken_audit_opts opts = APITOKEN_AUDIT_OPTS_INIT;
    char cursor[APITOKEN_CURSOR_MAX + 1] = "";
    opts.owner = request_text(request, "owner");
    opts.owner_len = request_len(request, "owner");
    opts.id = request_text(request, "id");
    opts.id_len = request_len(request, "id");
    opts.cursor = request_text(request, "cursor");
    opts.cursor_len = request_len(request, "cursor");
    opts.limit = word_of(request, "limit");
    opts.since_ms = request_number(request, "since");
    opts.until_ms = request_number(request, "until");
    for (int has_more = 1; has_more;) {
        apitoken_audit_page *page = NULL;
        const int rc = apitoken_audit(driver_store(driver, request), &opts, &page, NULL);
        if (rc < 0) return rc;
        for (size_t i = 0; i < apitoken_audit_page_count(page); i++)
            print_record(apitoken_audit_page_at(page, i));
        has_more = apitoken_audit_page_has_more(page);
        (void)snprintf(cursor, sizeof cursor, "%s", apitoken_audit_page_cursor(page));
        opts.cursor = cursor;
        opts.cursor_len = (uint32_t)strlen(cursor);
        apitoken_audit_page_free(page);
    }
    (void)printf("%s\t", cursor);
    return 0;
}

static int copy_token(struct driver *driver, const struct request *request) {
    char text[APITOKEN_FORMAT_MAX];
    size_t len = 0;
    const int rc =
        apitoken_copy(driver_store(driver, request), TEXT("owner"), TEXT("id"),
                      (int)request_number(request, "format"), NULL, text, sizeof text, &len, NULL);
    if (rc == 0) (void)printf("%s\t", text);
    return rc;
}

static void print_verdict(const apitoken_verdict *v) {
    (void)printf("%d|%s|%s|%u|%lld|%lld|", v->code, v->id, v->owner, v->expiry_kind,
                 (long long)v->expires_ms, (long long)v->superseded_until_ms);
    print_hex(v->data, v->data_len);
    (void)printf("\t");
}

/* With a field "header" it is the value of a header, else a text. */
static int validate(struct driver *driver, const struct request *request) {
    apitoken_validate_opts opts = APITOKEN_VALIDATE_OPTS_INIT;
    apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
    apitoken_store *store = driver_store(driver, request);
    uint8_t peer[BYTES_MAX];
    const char *header = request_text(request, "header");
    opts.flags = word_of(request, "flags");
    opts.interface_name = request_text(request, "interface");
    opts.interface_name_len = request_len(request, "interface");
    opts.peer_len = request_bytes(request, "peer", peer, &opts.peer);
    const int rc =
        header ? apitoken_validate_header(store, header, strlen(header), &opts, &verdict, NULL)
               : apitoken_validate(store, TEXT("text"), &opts, &verdict, NULL);
    print_verdict(&verdict);
    return rc;
}

const struct command read_commands[] = {
    { "list", list_owner },      { "list_all", list_all }, { "show", show_token },
    { "owner", describe_owner }, { "policy", get_policy }, { "audit", read_audit },
    { "copy", copy_token },      { "validate", validate }, { NULL, NULL },
};
