/* SPDX-License-Identifier: MIT */
#include "lmdb/stores/revocations.h"

#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "lmdb/stores/scan.h"
#include "rules/text.h"

void atk_revocations_free(struct atk_revocations *revocations) {
    free(revocations->list);
    free(revocations->reasons);
    *revocations = (struct atk_revocations){ .list = NULL };
}

/* Makes room for `more` elements after `count`. Returns the array, perhaps moved, or NULL. */
static void *grow_array(void *array, size_t size, size_t count, size_t more, size_t *room) {
    if (array && *room - count >= more) return array;
    size_t wanted = 2 * (count + more);
    void *larger = realloc(array, wanted * size);
    if (larger) *room = wanted;
    return larger;
}

static struct atk_revocations_token *add_token(struct atk_revocations *revocations,
                                               const char *id) {
    struct atk_revocations_token *list =
        grow_array(revocations->list, sizeof *list, revocations->count, 1, &revocations->room);
    if (!list) return NULL;
    revocations->list = list;
    struct atk_revocations_token *token = &list[revocations->count++];
    *token = (struct atk_revocations_token){ .is_revoked = false };
    memcpy(token->id, id, sizeof token->id);
    atk_revocations_raise_floor(revocations, atk_id_tick(id));
    return token;
}

static int add_reason(struct atk_revocations *revocations, struct atk_revocations_token *token,
                      const struct atk_row *row) {
    char *reasons = grow_array(revocations->reasons, 1, revocations->reasons_len, row->reason_len,
                               &revocations->reasons_room);
    if (!reasons) return APITOKEN_E_NOMEM;
    revocations->reasons = reasons;
    token->reason_at = revocations->reasons_len;
    token->reason_len = row->reason_len;
    memcpy(reasons + revocations->reasons_len, row->reason, row->reason_len);
    revocations->reasons_len += row->reason_len;
    return 0;
}

void atk_revocations_raise_floor(struct atk_revocations *revocations, uint64_t floor) {
    if (floor > revocations->id_floor) revocations->id_floor = floor;
}

int atk_revocations_add_hot(struct atk_revocations *revocations, const char *id,
                            const struct atk_hot *hot) {
    struct atk_revocations_token *token = add_token(revocations, id);
    if (!token) return APITOKEN_E_NOMEM;
    token->is_revoked = (hot->flags & ATK_FLAG_REVOKED) != 0;
    token->revision = hot->revision;
    return 0;
}

int atk_revocations_add_row(struct atk_revocations *revocations, const struct atk_row *row) {
    struct atk_revocations_token *token = add_token(revocations, row->id);
    if (!token) return APITOKEN_E_NOMEM;
    token->is_revoked = (row->flags & ATK_FLAG_REVOKED) != 0;
    token->revision = row->revision;
    token->revoked_ms = row->revoked_ms;
    return row->reason_len ? add_reason(revocations, token, row) : 0;
}

/*
 * The latest revision counts. Of records of one revision one that is revoked comes first, and of
 * those one with a time: the first revocation.
 */
static int compare_tokens(const void *left, const void *right) {
    const struct atk_revocations_token *a = left, *b = right;
    int order = memcmp(a->id, b->id, sizeof a->id);
    if (order != 0) return order;
    if (a->revision != b->revision) return a->revision > b->revision ? -1 : 1;
    if (a->is_revoked != b->is_revoked) return a->is_revoked ? -1 : 1;
    if (!a->revoked_ms != !b->revoked_ms) return a->revoked_ms ? -1 : 1;
    return (a->revoked_ms > b->revoked_ms) - (a->revoked_ms < b->revoked_ms);
}

void atk_revocations_sort(struct atk_revocations *revocations) {
    if (revocations->count > 1)
        qsort(revocations->list, revocations->count, sizeof *revocations->list, compare_tokens);
}

const struct atk_revocations_token *atk_revocations_find(const struct atk_revocations *revocations,
                                                         const char *id) {
    size_t from = 0, to = revocations->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (memcmp(revocations->list[middle].id, id, APITOKEN_ID_LEN) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    if (from == revocations->count || memcmp(revocations->list[from].id, id, APITOKEN_ID_LEN) != 0)
        return NULL;
    return &revocations->list[from];
}

/* ---- a store in order ------------------------------------------------------------------------ */

struct reading {
    struct atk_revocations *revocations;
    uint64_t hots;
};

static int count_hot(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *reading = ctx;
    reading->hots++;
    return item->rc < 0 ? atk_fail_as(err, item->detail) : 0;
}

static int add_row(void *ctx, const struct atk_scan_item *item, apitoken_error *err) {
    struct reading *reading = ctx;
    if (item->rc < 0) return atk_fail_as(err, item->detail);
    return atk_revocations_add_row(reading->revocations, item->row) < 0
               ? atk_fail(err, APITOKEN_E_NOMEM, NULL)
               : 0;
}

int atk_revocations_read(struct atk_revocations *revocations, const struct atk_view *view,
                         apitoken_error *err) {
    struct reading reading = { revocations, 0 };
    struct atk_state_record state;
    ATK_TRY(atk_state_get(view, &state, err));
    atk_revocations_raise_floor(revocations, state.id_floor);
    ATK_TRY(atk_scan(view, count_hot, add_row, &reading, err));
    if (reading.hots != revocations->count)
        return atk_fail(err, APITOKEN_E_DAMAGED, "some tokens of the store have no rows");
    atk_revocations_sort(revocations);
    return 0;
}
