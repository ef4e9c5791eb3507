/* SPDX-License-Identifier: MIT */
/* A backup, and a later restore of it over the store as it is by then. */
#include "api.h"
#include "power_history.h"

void power_back_up(struct power_history *h) {
    power_begin(h, "store_backup");
    h->backed_up_in = h->steps;
    for (size_t i = 0; i < h->tokens; i++) h->token[i].backup_used_ms = h->token[i].used_ms;
    assert_code(apitoken_store_backup(h->f.store, in_dir(h->f.dir, POWER_BACKUP), NULL, NULL), 0);
    power_acknowledge(h);
}

/* Tokens that were made since the backup go; whatever was revoked since stays so. */
static uint64_t let_go(struct power_history *h) {
    uint64_t gone = 0;
    for (size_t i = 0; i < h->tokens; i++) {
        if (h->token[i].made_in < h->backed_up_in) continue;
        h->token[i].gone_in = h->steps;
        gone++;
    }
    return gone;
}

static uint64_t count_carried(const struct power_history *h) {
    uint64_t carried = 0;
    for (size_t i = 0; i < h->tokens; i++) {
        const struct power_token *token = &h->token[i];
        carried += token->made_in < h->backed_up_in && token->revoked_in != POWER_NEVER &&
                   token->revoked_in > h->backed_up_in;
    }
    return carried;
}

void power_restore(struct power_history *h) {
    apitoken_restore_opts opts = FIXTURE_RESTORE_OPTS;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    opts.clock = fixture_clock;
    opts.clock_ctx = &h->f;
    power_begin(h, "store_restore");
    h->restored_in = h->steps;
    h->step[h->steps].map_bytes = h->step[h->backed_up_in].map_bytes;
    const uint64_t gone = let_go(h);
    apitoken_store_close(h->f.store);
    h->f.store = NULL;
    assert_code(apitoken_store_restore(in_dir(h->f.dir, POWER_BACKUP), h->f.store_path,
                                       h->f.keyring, &opts, &result, NULL),
                0);
    power_acknowledge(h);
    assert_int_equal(result.is_proven, 1);
    assert_int_equal(result.gone, gone);
    assert_int_equal(result.carried_over, count_carried(h));
    h->f.store = fixture_open(&h->f, APITOKEN_MODE_READ_WRITE);
}
