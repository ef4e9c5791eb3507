/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/revocations.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/scan.h"

void atk_revocations_free(struct atk_revocations *known) {
    free(known->list);
    free(known->texts);
    *known = (struct atk_revocations){ .list = NULL };
}

/* Room for `more` elements behind `count` of them: the array, perhaps elsewhere, or NULL. */
static void *with_room(void *array, size_t size, size_t count, size_t more, size_t *room) {
    if (array && *room - count >= more) return array;
    size_t wanted = 2 * (count + more);
    void *larger = realloc(array, wanted * size);
    if (larger) *room = wanted;
    return larger;
}

static struct atk_revocations_token *add(struct atk_revocations *known, const char *id) {
    struct atk_revocations_token *list =
        with_room(known->list, sizeof *list, known->count, 1, &known->room);
    if (!list) return NULL;
    known->list = list;
    struct atk_revocations_token *token = &list[known->count++];
    *token = (struct atk_revocations_token){ .is_revoked = 0 };
    memcpy(token->id, id, sizeof token->id);
    return token;
}

static int add_reason(struct atk_revocations *known, struct atk_revocations_token *token,
                      const struct atk_row *row) {
    char *texts = with_room(known->texts, 1, known->text_len, row->reason_len, &known->text_room);
    if (!texts) return APITOKEN_E_NOMEM;
    known->texts = texts;
    token->reason_at = known->text_len;
    token->reason_len = row->reason_len;
    memcpy(texts + known->text_len, row->reason, row->reason_len);
    known->text_len += row->reason_len;
    return 0;
}

int atk_revocations_add_revoked(struct atk_revocations *known, const char *id) {
    struct atk_revocations_token *token = add(known, id);
    if (token) token->is_revoked = 1;
    return token ? 0 : APITOKEN_E_NOMEM;
}

int atk_revocations_add_row(struct atk_revocations *known, const struct atk_row *row) {
    struct atk_revocations_token *token = add(known, row->id);
    if (!token) return APITOKEN_E_NOMEM;
    token->is_revoked = row->is_revoked != 0;
    token->revoked_ms = row->revoked_ms;
    return row->reason_len ? add_reason(known, token, row) : 0;
}

/* The first revocation is the one that counts; one without a time tells least. */
static int compare(const void *left, const void *right) {
    const struct atk_revocations_token *a = left, *b = right;
    int order = memcmp(a->id, b->id, sizeof a->id);
    if (order != 0) return order;
    if (!a->revoked_ms != !b->revoked_ms) return a->revoked_ms ? -1 : 1;
    return (a->revoked_ms > b->revoked_ms) - (a->revoked_ms < b->revoked_ms);
}

void atk_revocations_sort(struct atk_revocations *known) {
    if (known->count > 1) qsort(known->list, known->count, sizeof *known->list, compare);
}

const struct atk_revocations_token *atk_revocations_find(const struct atk_revocations *known,
                                                         const char *id) {
    size_t from = 0, to = known->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (memcmp(known->list[middle].id, id, APITOKEN_ID_LEN) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == known->count || memcmp(known->list[from].id, id, APITOKEN_ID_LEN) != 0) return NULL;
    return &known->list[from];
}

/* ---- a sound store --------------------------------------------------------------------------- */

struct reading {
    struct atk_revocations *known;
    uint64_t hots;
};

static int see_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *reading = ctx;
    reading->hots++;
    return item->rc < 0 ? atk_fail_as(err, item->detail) : 0;
}

static int see_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *reading = ctx;
    if (item->rc < 0) return atk_fail_as(err, item->detail);
    return atk_revocations_add_row(reading->known, item->row) < 0
               ? atk_fail(err, APITOKEN_E_NOMEM, NULL)
               : 0;
}

int atk_revocations_read(struct atk_revocations *known, const struct atk_env *env, MDB_txn *txn,
                         const struct atk_keys *keys, apitoken_error *err) {
    struct reading reading = { known, 0 };
    ATK_TRY(atk_scan(env, txn, keys, see_hot, see_row, &reading, err));
    if (reading.hots != known->count)
        return atk_fail(err, APITOKEN_E_DAMAGED, "tokens of the store have no rows");
    atk_revocations_sort(known);
    return 0;
}
