/* SPDX-License-Identifier: MIT */
#include "objects/audit_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "rules/audit_value.h"

apitoken_audit_page *atk_audit_page_new(size_t room) {
    apitoken_audit_page *page = calloc(1, sizeof *page + room * sizeof(page->records[0]));
    if (page) page->room = room;
    return page;
}

/* Counts the changes of a record, and the room for all its texts. */
static size_t count_changes(const struct atk_audit_text *text, size_t *ret_room) {
    struct atk_reader r = atk_reader_of(text->changes, text->changes_len);
    struct atk_audit_change change = { .field = 0 };
    size_t count = 0;
    *ret_room = (size_t)text->owner_len + text->actor_len + text->reason_len + 3;
    while (r.left > 0 && atk_audit_change_get(&r, change.field, &change)) {
        count++;
        *ret_room += atk_audit_value_room(change.field, change.before_len) +
                     atk_audit_value_room(change.field, change.after_len);
    }
    return count;
}

/* Copies a text to *at, adds a NUL and advances *at. */
static const char *append_text(char **at, const char *text, size_t len) {
    char *copy = *at;
    if (len) memcpy(copy, text, len);
    copy[len] = '\0';
    *at += len + 1;
    return copy;
}

static const char *append_value(char **at, unsigned field, const uint8_t *value, size_t len) {
    char *text = *at;
    *at += atk_audit_value_format(field, value, len, text) + 1;
    return text;
}

static void set_texts(apitoken_audit_record *record, const struct atk_audit_text *text) {
    char *at = (char *)&record->changes[record->change_count];
    struct atk_reader r = atk_reader_of(text->changes, text->changes_len);
    struct atk_audit_change change = { .field = 0 };
    record->owner = append_text(&at, text->owner, text->owner_len);
    record->actor = append_text(&at, text->actor, text->actor_len);
    record->reason = append_text(&at, text->reason, text->reason_len);
    for (size_t i = 0; i < record->change_count; i++) {
        (void)atk_audit_change_get(&r, change.field, &change);
        record->changes[i].field = change.field;
        record->changes[i].before =
            append_value(&at, change.field, change.before, change.before_len);
        record->changes[i].after = append_value(&at, change.field, change.after, change.after_len);
    }
}

static void set_facts(apitoken_audit_record *record, const struct atk_audit_view *view) {
    const struct atk_audit *audit = &view->audit;
    record->number = view->number;
    record->unrecorded = audit->unrecorded;
    record->at_ms = audit->at_ms;
    record->verb = audit->verb;
    record->is_erased = audit->text_len == 0;
    record->owner = record->actor = record->reason = "";
    memcpy(record->id, audit->id, sizeof audit->id); /* of no token: zeros */
}

bool atk_audit_page_add(apitoken_audit_page *page, const struct atk_audit_view *view) {
    const bool has_text = view->audit.text_len > 0;
    size_t room = 0, count = has_text ? count_changes(&view->text, &room) : 0;
    apitoken_audit_record *record =
        calloc(1, sizeof *record + count * sizeof record->changes[0] + room);
    if (!record) return false;
    set_facts(record, view);
    record->change_count = count;
    if (has_text) set_texts(record, &view->text);
    page->records[page->count++] = record;
    return true;
}

/* ---- what hosts may ask ---------------------------------------------------------------------- */

size_t apitoken_audit_page_count(const apitoken_audit_page *page) { return page ? page->count : 0; }

const apitoken_audit_record *apitoken_audit_page_at(const apitoken_audit_page *page, size_t i) {
    return page && i < page->count ? page->records[i] : NULL;
}

int apitoken_audit_page_has_more(const apitoken_audit_page *page) { return page && page->has_more; }

const char *apitoken_audit_page_cursor(const apitoken_audit_page *page) {
    return page ? page->cursor : "";
}

void apitoken_audit_page_free(apitoken_audit_page *page) {
    ATK_KEEP_ERRNO;
    if (!page) return;
    for (size_t i = 0; i < page->count; i++) free(page->records[i]);
    free(page);
}

uint64_t apitoken_audit_number(const apitoken_audit_record *record) {
    return record ? record->number : 0;
}
int64_t apitoken_audit_at_ms(const apitoken_audit_record *record) {
    return record ? record->at_ms : 0;
}
int apitoken_audit_verb(const apitoken_audit_record *record) { return record ? record->verb : 0; }
const char *apitoken_audit_id(const apitoken_audit_record *record) {
    return record ? record->id : "";
}
const char *apitoken_audit_owner(const apitoken_audit_record *record) {
    return record ? record->owner : "";
}
const char *apitoken_audit_actor(const apitoken_audit_record *record) {
    return record ? record->actor : "";
}
const char *apitoken_audit_reason(const apitoken_audit_record *record) {
    return record ? record->reason : "";
}
uint64_t apitoken_audit_unrecorded(const apitoken_audit_record *record) {
    return record ? record->unrecorded : 0;
}
int apitoken_audit_is_erased(const apitoken_audit_record *record) {
    return record && record->is_erased;
}

static const struct atk_audit_shown_change *change_at(const apitoken_audit_record *record,
                                                      size_t i) {
    static const struct atk_audit_shown_change none = { 0, "", "" };
    return record && i < record->change_count ? &record->changes[i] : &none;
}

size_t apitoken_audit_change_count(const apitoken_audit_record *record) {
    return record ? record->change_count : 0;
}
int apitoken_audit_change_field(const apitoken_audit_record *record, size_t i) {
    return change_at(record, i)->field;
}
const char *apitoken_audit_change_before(const apitoken_audit_record *record, size_t i) {
    return change_at(record, i)->before;
}
const char *apitoken_audit_change_after(const apitoken_audit_record *record, size_t i) {
    return change_at(record, i)->after;
}
