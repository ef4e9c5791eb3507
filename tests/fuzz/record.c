/* SPDX-License-Identifier: MIT */
/*
 * Records: one that is read is written as it was, but for its tag. It can be shown, and what a
 * change makes of it can be read again.
 */
#include "target.h"

#include <string.h>

#include "objects/list_row.h"
#include "rules/edit_revoke.h"
#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/older_secret.h"
#include "rules/record.h"

static uint8_t out[65536]; /* what is written again */

static void compare(const uint8_t *data, size_t size, const uint8_t *written, size_t len) {
    MUST(len == size);
    MUST(memcmp(data, written, size - ATK_TAG_LEN) == 0);
}

/* ---- hot records ----------------------------------------------------------------------------- */

/* As validate looks at them, whether this version understands them or not. */
static void look_at_parts(const uint8_t *parts, size_t len) {
    static const uint8_t peer[16] = { 0x20, 0x01, 0x0D, 0xB8 };
    struct atk_part part;
    struct atk_older_secret older;
    if (atk_parts_find(parts, len, ATK_PART_INTERFACES, &part))
        (void)atk_interfaces_allow(part.value, part.len, "payroll:read", 12);
    if (atk_parts_find(parts, len, ATK_PART_NETWORKS, &part))
        (void)atk_networks_allow(part.value, part.len, peer, sizeof peer);
    if (atk_older_secret_get(parts, len, &older)) MUST(older.until_ms > 0);
}

static void use_hot(struct atk_hot *hot) {
    static struct atk_row row;
    static struct atk_hot again;
    const struct atk_end end = { .ms = 1, .kind = APITOKEN_EXPIRY_INSTANT };
    look_at_parts(hot->parts, hot->parts_len);
    (void)atk_edit_set_end(&end, hot, &row);
    MUST(atk_hot_decode(out, atk_hot_encode(hot, out), &again) == 0);
    MUST(again.is_newer == hot->is_newer && again.end_ms == 1);
    atk_revoke_hot(hot);
    MUST(atk_hot_decode(out, atk_hot_encode(hot, out), &again) == 0);
    MUST(again.flags & ATK_FLAG_REVOKED);
}

/* ---- rows ------------------------------------------------------------------------------------ */

static apitoken_token *show(const struct atk_row_view *row) {
    apitoken_token *token = atk_list_row_new(row, "alice", 5, 0);
    MUST(token != NULL);
    return token;
}

/* A list shows the stored bytes, apitoken_show() what was decoded. */
static void show_both(const uint8_t *data, size_t size, const struct atk_row *row) {
    struct atk_row_view stored, made = atk_row_view_of(row);
    MUST(atk_row_parse_view(data, size, &stored) == 0);
    stored.id = made.id;
    apitoken_token *a = show(&stored), *b = show(&made);
    size_t a_len, b_len;
    const void *a_data = apitoken_token_data(a, &a_len), *b_data = apitoken_token_data(b, &b_len);
    MUST(strcmp(apitoken_token_name(a), apitoken_token_name(b)) == 0);
    MUST(strcmp(apitoken_token_created_by(a), apitoken_token_created_by(b)) == 0);
    MUST(strcmp(apitoken_token_interfaces(a), apitoken_token_interfaces(b)) == 0);
    MUST(strcmp(apitoken_token_networks(a), apitoken_token_networks(b)) == 0);
    MUST(a_len == b_len && memcmp(a_data, b_data, a_len) == 0);
    MUST(apitoken_token_superseded_until_ms(a) == apitoken_token_superseded_until_ms(b));
    apitoken_token_free(a);
    apitoken_token_free(b);
}

static void use_row(const uint8_t *data, size_t size, struct atk_row *row) {
    static struct atk_row again;
    const struct atk_revocation now = { .revoked_ms = 1, .reason = "lost", .reason_len = 4 };
    show_both(data, size, row);
    atk_revoke_row(row, &now);
    const size_t len = atk_row_encode(row, out);
    if (len == 0) return; /* no room is left */
    MUST(atk_row_decode(out, len, &again) == 0);
    MUST(again.flags & ATK_FLAG_REVOKED && again.sealed_len == 0);
}

/* An audit record's text is read and written as a whole, and so is each of its changes. */
static void compare_text(const struct atk_audit *audit) {
    struct atk_audit_text text;
    struct atk_audit_change change = { .field = 0 };
    MUST(atk_audit_text_parse(audit->text, audit->text_len, &text));
    MUST(atk_audit_text_encode(&text, out) == audit->text_len);
    MUST(memcmp(out, audit->text, audit->text_len) == 0);
    struct atk_reader r = atk_reader_of(text.changes, text.changes_len);
    struct atk_writer w = atk_writer_of(out, sizeof out);
    while (r.left > 0) {
        MUST(atk_audit_change_get(&r, change.field, &change));
        atk_audit_change_put(&w, &change);
    }
    MUST((size_t)(w.at - out) == text.changes_len);
    MUST(memcmp(out, text.changes, text.changes_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static union {
        struct atk_hot hot;
        struct atk_row row;
        struct atk_config config;
        struct atk_keys_record keys;
        struct atk_state_record state;
        struct atk_owner_record owner;
        struct atk_policy_record policy;
        struct atk_audit audit;
    } record;
    if (atk_hot_decode(data, size, &record.hot) == 0) {
        compare(data, size, out, atk_hot_encode(&record.hot, out));
        use_hot(&record.hot);
    }
    if (atk_row_decode(data, size, &record.row) == 0) {
        compare(data, size, out, atk_row_encode(&record.row, out));
        use_row(data, size, &record.row);
    }
    if (atk_config_decode(data, size, &record.config) == 0)
        compare(data, size, out, atk_config_encode(&record.config, out));
    if (atk_keys_decode(data, size, &record.keys) == 0)
        compare(data, size, record.keys.bytes, record.keys.len);
    if (atk_state_record_decode(data, size, &record.state) == 0)
        compare(data, size, out, atk_state_record_encode(&record.state, out));
    if (atk_owner_record_parse(data, size, &record.owner) == 0)
        compare(data, size, out, atk_owner_record_encode(&record.owner, out));
    if (atk_policy_record_decode(data, size, &record.policy) == 0)
        compare(data, size, out, atk_policy_record_encode(&record.policy, out));
    if (atk_audit_parse(data, size, &record.audit) == 0) {
        compare(data, size, out, atk_audit_encode(&record.audit, out));
        if (record.audit.text_len) compare_text(&record.audit);
    }
    (void)atk_state_record_schema(data, size);
    return 0;
}
