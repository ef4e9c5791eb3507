/* SPDX-License-Identifier: MIT */
/* The initialisers of the public structs as functions, for languages that see no macros. */
#include <string.h>

#include "apitoken/apitoken.h"

/* The caller says how large its struct is: it may be older or newer than this library. */
static void init(void *object, size_t size) {
    const uint32_t stored = (uint32_t)size;
    if (!object || size < sizeof stored) return;
    memset(object, 0, size);
    memcpy(object, &stored, sizeof stored);
}

#define INIT(type, name) \
    void type##_init(type *name, size_t size) { init(name, size); }

INIT(apitoken_error, err)
INIT(apitoken_keyring_opts, opts)
INIT(apitoken_store_create_opts, opts)
INIT(apitoken_open_opts, opts)
INIT(apitoken_stat_opts, opts)
INIT(apitoken_store_info, info)
INIT(apitoken_counters, counters)
INIT(apitoken_reload_opts, opts)
INIT(apitoken_retire_opts, opts)
INIT(apitoken_retire_result, result)
INIT(apitoken_grow_opts, opts)
INIT(apitoken_check_opts, opts)
INIT(apitoken_backup_opts, opts)
INIT(apitoken_restore_opts, opts)
INIT(apitoken_restore_result, result)
INIT(apitoken_compact_opts, opts)
INIT(apitoken_create_opts, opts)
INIT(apitoken_batch_item, item)
INIT(apitoken_batch_opts, opts)
INIT(apitoken_format_opts, opts)
INIT(apitoken_filter, filter)
INIT(apitoken_list_opts, opts)
INIT(apitoken_list_all_opts, opts)
INIT(apitoken_show_opts, opts)
INIT(apitoken_revoke_opts, opts)
INIT(apitoken_unrevoke_opts, opts)
INIT(apitoken_block_opts, opts)
INIT(apitoken_owner_info, info)
INIT(apitoken_purge_opts, opts)
INIT(apitoken_purge_result, result)
INIT(apitoken_erase_opts, opts)
INIT(apitoken_policy, policy)
INIT(apitoken_policy_opts, opts)
INIT(apitoken_audit_opts, opts)
INIT(apitoken_update_opts, opts)
INIT(apitoken_rotate_opts, opts)
INIT(apitoken_copy_opts, opts)
INIT(apitoken_validate_opts, opts)

void apitoken_verdict_init(apitoken_verdict *verdict, size_t size) {
    init(verdict, size);
    if (verdict && size >= offsetof(apitoken_verdict, code) + sizeof verdict->code)
        verdict->code = APITOKEN_E_ARGUMENT; /* denied before any call */
}

void apitoken_revoke_item_init(apitoken_revoke_item *item, size_t size) {
    init(item, size);
    if (item && size >= offsetof(apitoken_revoke_item, code) + sizeof item->code)
        item->code = APITOKEN_E_ARGUMENT; /* nothing ended before any call */
}
