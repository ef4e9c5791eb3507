/* SPDX-License-Identifier: MIT */
/* apitoken_store_stat() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "base/out.h"
#include "objects/input.h"
#include "objects/store.h"

static void fill_in_config(apitoken_store_info *info, const struct atk_config *config) {
    info->copy_policy = config->copy_policy;
    info->created_ms = config->created_ms;
    atk_hex(config->store_id, sizeof config->store_id, info->store_id);
    memcpy(info->prefix, config->prefix.text, config->prefix.len - 1u);
    memcpy(info->zone, config->zone, config->zone_len);
}

int apitoken_store_stat(apitoken_store *store, const apitoken_stat_opts *opts,
                        apitoken_store_info *ret_info, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_stat_opts full;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    struct atk_backend_facts facts;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_info) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_out_require_size(ret_info, ATK_SIZE_STORE_INFO, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_STAT_OPTS, 0, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    struct atk_deadline deadline = atk_store_deadline(store, full.timeout_ms);
    ATK_TRY(store->backend->ops->read_facts(store->backend, &facts, &deadline, err));
    fill_in_config(&info, &store->backend->config);
    info.schema = ATK_SCHEMA;
    info.mode = store->verify_only ? APITOKEN_MODE_VERIFY_ONLY : APITOKEN_MODE_READ_WRITE;
    info.active_key = atk_keys_find_active(store->keys)->id;
    info.keys_locked = (uint32_t)store->keys_locked;
    info.readers = facts.readers;
    info.readers_max = facts.readers_max;
    info.tokens = facts.tokens;
    info.revoked = facts.revoked;
    info.map_bytes = facts.limit_bytes;
    info.used_bytes = facts.used_bytes;
    info.spare_bytes = facts.spare_bytes;
    info.transaction = facts.transaction;
    info.oldest_reader = facts.oldest_reader;
    info.oldest_reader_transaction = facts.oldest_reader_transaction;
    info.pinned_bytes = facts.pinned_bytes;
    atk_out_store(ret_info, &info, sizeof info);
    return 0;
}
