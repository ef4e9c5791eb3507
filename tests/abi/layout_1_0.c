/* SPDX-License-Identifier: MIT */
/*
 * The layout that programs built against 1.0 rely on. Lines are added for what is new and never
 * edited. The size of a struct is not stated: it grows when a field is appended. All of it is
 * checked by the compiler; running it only says so.
 */
#include <apitoken/apitoken.h>
#include <stdio.h>

#define FIELD(type, field, offset, size)                                                      \
    _Static_assert(offsetof(type, field) == (offset) && sizeof(((type *)0)->field) == (size), \
                   #type "." #field " moved")
#define VALUE(name, value) _Static_assert((name) == (value), #name " changed its value")
#define CALLBACK(ret, name, params) \
    _Static_assert(_Generic((name)0, ret(*) params : 1, default : 0), #name " changed its type")
#define FUNCTION(ret, name, params) \
    _Static_assert(_Generic(&(name), ret(*) params : 1, default : 0), #name " changed its type")

/* ---- fields: offset and size, where pointers and size_t have 8 bytes ------------------------- */

#if UINTPTR_MAX == UINT64_MAX
FIELD(apitoken_error, size, 0, 4);
FIELD(apitoken_error, code, 4, 4);
FIELD(apitoken_error, os_code, 8, 4);
FIELD(apitoken_error, field, 12, 4);
FIELD(apitoken_error, offset, 16, 4);
FIELD(apitoken_error, item, 20, 4);
FIELD(apitoken_error, id, 24, 32);
FIELD(apitoken_error, text, 56, 200);

FIELD(apitoken_keyring_opts, size, 0, 4);
FIELD(apitoken_keyring_opts, flags, 4, 4);
FIELD(apitoken_keyring_opts, timeout_ms, 8, 4);
FIELD(apitoken_keyring_opts, reserved, 12, 4);

FIELD(apitoken_store_create_opts, size, 0, 4);
FIELD(apitoken_store_create_opts, flags, 4, 4);
FIELD(apitoken_store_create_opts, copy_policy, 8, 4);
FIELD(apitoken_store_create_opts, prefix_len, 12, 4);
FIELD(apitoken_store_create_opts, map_bytes, 16, 8);
FIELD(apitoken_store_create_opts, zone_id_len, 24, 4);
FIELD(apitoken_store_create_opts, reserved, 28, 4);
FIELD(apitoken_store_create_opts, prefix, 32, 8);
FIELD(apitoken_store_create_opts, zone_id, 40, 8);
FIELD(apitoken_store_create_opts, clock, 48, 8);
FIELD(apitoken_store_create_opts, clock_ctx, 56, 8);
FIELD(apitoken_store_create_opts, zone, 64, 8);
FIELD(apitoken_store_create_opts, zone_ctx, 72, 8);

FIELD(apitoken_open_opts, size, 0, 4);
FIELD(apitoken_open_opts, flags, 4, 4);
FIELD(apitoken_open_opts, mode, 8, 4);
FIELD(apitoken_open_opts, timeout_ms, 12, 4);
FIELD(apitoken_open_opts, check_max_bytes, 16, 8);
FIELD(apitoken_open_opts, clock, 24, 8);
FIELD(apitoken_open_opts, clock_ctx, 32, 8);
FIELD(apitoken_open_opts, zone, 40, 8);
FIELD(apitoken_open_opts, zone_ctx, 48, 8);
FIELD(apitoken_open_opts, log, 56, 8);
FIELD(apitoken_open_opts, log_ctx, 64, 8);

FIELD(apitoken_stat_opts, size, 0, 4);
FIELD(apitoken_stat_opts, flags, 4, 4);
FIELD(apitoken_stat_opts, timeout_ms, 8, 4);
FIELD(apitoken_stat_opts, reserved, 12, 4);

FIELD(apitoken_store_info, size, 0, 4);
FIELD(apitoken_store_info, schema, 4, 4);
FIELD(apitoken_store_info, copy_policy, 8, 4);
FIELD(apitoken_store_info, mode, 12, 4);
FIELD(apitoken_store_info, active_key, 16, 4);
FIELD(apitoken_store_info, keys_locked, 20, 4);
FIELD(apitoken_store_info, readers, 24, 4);
FIELD(apitoken_store_info, readers_max, 28, 4);
FIELD(apitoken_store_info, tokens, 32, 8);
FIELD(apitoken_store_info, revoked, 40, 8);
FIELD(apitoken_store_info, map_bytes, 48, 8);
FIELD(apitoken_store_info, used_bytes, 56, 8);
FIELD(apitoken_store_info, spare_bytes, 64, 8);
FIELD(apitoken_store_info, transaction, 72, 8);
FIELD(apitoken_store_info, created_ms, 80, 8);
FIELD(apitoken_store_info, store_id, 88, 40);
FIELD(apitoken_store_info, prefix, 128, 16);
FIELD(apitoken_store_info, zone, 144, 72);
FIELD(apitoken_store_info, oldest_reader, 216, 4);
FIELD(apitoken_store_info, reserved, 220, 4);
FIELD(apitoken_store_info, oldest_reader_transaction, 224, 8);
FIELD(apitoken_store_info, pinned_bytes, 232, 8);

FIELD(apitoken_counters, size, 0, 4);
FIELD(apitoken_counters, reserved, 4, 4);
FIELD(apitoken_counters, open_ms, 8, 8);
FIELD(apitoken_counters, accepted, 16, 8);
FIELD(apitoken_counters, malformed, 24, 8);
FIELD(apitoken_counters, unknown, 32, 8);
FIELD(apitoken_counters, expired, 40, 8);
FIELD(apitoken_counters, revoked, 48, 8);
FIELD(apitoken_counters, no_token, 56, 8);
FIELD(apitoken_counters, newer, 64, 8);
FIELD(apitoken_counters, suspended, 72, 8);
FIELD(apitoken_counters, blocked, 80, 8);
FIELD(apitoken_counters, wrong_network, 88, 8);
FIELD(apitoken_counters, wrong_interface, 96, 8);
FIELD(apitoken_counters, bad_header, 104, 8);
FIELD(apitoken_counters, failed, 112, 8);
FIELD(apitoken_counters, clock_failed, 120, 8);
FIELD(apitoken_counters, remembered, 128, 8);
FIELD(apitoken_counters, writes, 136, 8);
FIELD(apitoken_counters, writes_failed, 144, 8);
FIELD(apitoken_counters, transactions, 152, 8);
FIELD(apitoken_counters, tokens_changed, 160, 8);
FIELD(apitoken_counters, shared_writes, 168, 8);
FIELD(apitoken_counters, largest_group, 176, 8);
FIELD(apitoken_counters, queued_writes, 184, 8);
FIELD(apitoken_counters, lock_waits, 192, 8);
FIELD(apitoken_counters, lock_wait_us, 200, 8);
FIELD(apitoken_counters, longest_lock_wait_us, 208, 8);

FIELD(apitoken_reload_opts, size, 0, 4);
FIELD(apitoken_reload_opts, flags, 4, 4);
FIELD(apitoken_reload_opts, timeout_ms, 8, 4);
FIELD(apitoken_reload_opts, reserved, 12, 4);

FIELD(apitoken_retire_opts, size, 0, 4);
FIELD(apitoken_retire_opts, flags, 4, 4);
FIELD(apitoken_retire_opts, timeout_ms, 8, 4);
FIELD(apitoken_retire_opts, reason_code, 12, 4);
FIELD(apitoken_retire_opts, actor_len, 16, 4);
FIELD(apitoken_retire_opts, reserved, 20, 4);
FIELD(apitoken_retire_opts, actor, 24, 8);

FIELD(apitoken_retire_result, size, 0, 4);
FIELD(apitoken_retire_result, is_retired, 4, 4);
FIELD(apitoken_retire_result, tokens, 8, 8);
FIELD(apitoken_retire_result, ended, 16, 8);
FIELD(apitoken_retire_result, superseded, 24, 8);
FIELD(apitoken_retire_result, records, 32, 8);

FIELD(apitoken_grow_opts, size, 0, 4);
FIELD(apitoken_grow_opts, flags, 4, 4);
FIELD(apitoken_grow_opts, timeout_ms, 8, 4);
FIELD(apitoken_grow_opts, actor_len, 12, 4);
FIELD(apitoken_grow_opts, actor, 16, 8);
FIELD(apitoken_grow_opts, clock, 24, 8);
FIELD(apitoken_grow_opts, clock_ctx, 32, 8);

FIELD(apitoken_finding, size, 0, 4);
FIELD(apitoken_finding, kind, 4, 4);
FIELD(apitoken_finding, code, 8, 4);
FIELD(apitoken_finding, owner_len, 12, 4);
FIELD(apitoken_finding, id, 16, 32);
FIELD(apitoken_finding, owner, 48, 136);
FIELD(apitoken_finding, text, 184, 200);

FIELD(apitoken_check_opts, size, 0, 4);
FIELD(apitoken_check_opts, flags, 4, 4);
FIELD(apitoken_check_opts, timeout_ms, 8, 4);
FIELD(apitoken_check_opts, actor_len, 12, 4);
FIELD(apitoken_check_opts, finding, 16, 8);
FIELD(apitoken_check_opts, finding_ctx, 24, 8);
FIELD(apitoken_check_opts, actor, 32, 8);
FIELD(apitoken_check_opts, clock, 40, 8);
FIELD(apitoken_check_opts, clock_ctx, 48, 8);

FIELD(apitoken_backup_opts, size, 0, 4);
FIELD(apitoken_backup_opts, flags, 4, 4);
FIELD(apitoken_backup_opts, timeout_ms, 8, 4);
FIELD(apitoken_backup_opts, reserved, 12, 4);

FIELD(apitoken_restore_opts, size, 0, 4);
FIELD(apitoken_restore_opts, flags, 4, 4);
FIELD(apitoken_restore_opts, timeout_ms, 8, 4);
FIELD(apitoken_restore_opts, actor_len, 12, 4);
FIELD(apitoken_restore_opts, clock, 16, 8);
FIELD(apitoken_restore_opts, clock_ctx, 24, 8);
FIELD(apitoken_restore_opts, actor, 32, 8);

FIELD(apitoken_compact_opts, size, 0, 4);
FIELD(apitoken_compact_opts, flags, 4, 4);
FIELD(apitoken_compact_opts, timeout_ms, 8, 4);
FIELD(apitoken_compact_opts, actor_len, 12, 4);
FIELD(apitoken_compact_opts, actor, 16, 8);
FIELD(apitoken_compact_opts, clock, 24, 8);
FIELD(apitoken_compact_opts, clock_ctx, 32, 8);

FIELD(apitoken_restore_result, size, 0, 4);
FIELD(apitoken_restore_result, is_proven, 4, 4);
FIELD(apitoken_restore_result, tokens, 8, 8);
FIELD(apitoken_restore_result, revoked, 16, 8);
FIELD(apitoken_restore_result, carried_over, 24, 8);
FIELD(apitoken_restore_result, revoked_now, 32, 8);
FIELD(apitoken_restore_result, gone, 40, 8);
FIELD(apitoken_restore_result, narrowed, 48, 8);
FIELD(apitoken_restore_result, purged, 56, 8);
FIELD(apitoken_restore_result, unproven, 64, 8);

FIELD(apitoken_create_opts, size, 0, 4);
FIELD(apitoken_create_opts, flags, 4, 4);
FIELD(apitoken_create_opts, timeout_ms, 8, 4);
FIELD(apitoken_create_opts, expiry_kind, 12, 4);
FIELD(apitoken_create_opts, expiry_day, 16, 4);
FIELD(apitoken_create_opts, description_len, 20, 4);
FIELD(apitoken_create_opts, expiry_ms, 24, 8);
FIELD(apitoken_create_opts, description, 32, 8);
FIELD(apitoken_create_opts, actor_len, 40, 4);
FIELD(apitoken_create_opts, interfaces_len, 44, 4);
FIELD(apitoken_create_opts, networks_len, 48, 4);
FIELD(apitoken_create_opts, data_len, 52, 4);
FIELD(apitoken_create_opts, actor, 56, 8);
FIELD(apitoken_create_opts, interfaces, 64, 8);
FIELD(apitoken_create_opts, networks, 72, 8);
FIELD(apitoken_create_opts, data, 80, 8);

FIELD(apitoken_format_opts, size, 0, 4);
FIELD(apitoken_format_opts, flags, 4, 4);

FIELD(apitoken_list_opts, size, 0, 4);
FIELD(apitoken_list_opts, flags, 4, 4);
FIELD(apitoken_list_opts, timeout_ms, 8, 4);
FIELD(apitoken_list_opts, limit, 12, 4);
FIELD(apitoken_list_opts, states, 16, 4);
FIELD(apitoken_list_opts, cursor_len, 20, 4);
FIELD(apitoken_list_opts, cursor, 24, 8);
FIELD(apitoken_list_opts, filter, 32, 8);

FIELD(apitoken_list_all_opts, size, 0, 4);
FIELD(apitoken_list_all_opts, flags, 4, 4);
FIELD(apitoken_list_all_opts, timeout_ms, 8, 4);
FIELD(apitoken_list_all_opts, limit, 12, 4);
FIELD(apitoken_list_all_opts, states, 16, 4);
FIELD(apitoken_list_all_opts, cursor_len, 20, 4);
FIELD(apitoken_list_all_opts, cursor, 24, 8);
FIELD(apitoken_list_all_opts, filter, 32, 8);

FIELD(apitoken_filter, size, 0, 4);
FIELD(apitoken_filter, flags, 4, 4);
FIELD(apitoken_filter, owner_prefix_len, 8, 4);
FIELD(apitoken_filter, name_contains_len, 12, 4);
FIELD(apitoken_filter, expires_before_ms, 16, 8);
FIELD(apitoken_filter, created_from_ms, 24, 8);
FIELD(apitoken_filter, created_before_ms, 32, 8);
FIELD(apitoken_filter, unused_since_ms, 40, 8);
FIELD(apitoken_filter, owner_prefix, 48, 8);
FIELD(apitoken_filter, name_contains, 56, 8);

FIELD(apitoken_audit_opts, size, 0, 4);
FIELD(apitoken_audit_opts, flags, 4, 4);
FIELD(apitoken_audit_opts, timeout_ms, 8, 4);
FIELD(apitoken_audit_opts, limit, 12, 4);
FIELD(apitoken_audit_opts, owner_len, 16, 4);
FIELD(apitoken_audit_opts, id_len, 20, 4);
FIELD(apitoken_audit_opts, cursor_len, 24, 4);
FIELD(apitoken_audit_opts, reserved, 28, 4);
FIELD(apitoken_audit_opts, owner, 32, 8);
FIELD(apitoken_audit_opts, id, 40, 8);
FIELD(apitoken_audit_opts, cursor, 48, 8);
FIELD(apitoken_audit_opts, since_ms, 56, 8);
FIELD(apitoken_audit_opts, until_ms, 64, 8);

FIELD(apitoken_show_opts, size, 0, 4);
FIELD(apitoken_show_opts, flags, 4, 4);
FIELD(apitoken_show_opts, timeout_ms, 8, 4);
FIELD(apitoken_show_opts, reserved, 12, 4);

FIELD(apitoken_revoke_opts, size, 0, 4);
FIELD(apitoken_revoke_opts, flags, 4, 4);
FIELD(apitoken_revoke_opts, timeout_ms, 8, 4);
FIELD(apitoken_revoke_opts, reason_len, 12, 4);
FIELD(apitoken_revoke_opts, reason, 16, 8);
FIELD(apitoken_revoke_opts, reason_code, 24, 4);
FIELD(apitoken_revoke_opts, actor_len, 28, 4);
FIELD(apitoken_revoke_opts, actor, 32, 8);

FIELD(apitoken_update_opts, size, 0, 4);
FIELD(apitoken_update_opts, flags, 4, 4);
FIELD(apitoken_update_opts, timeout_ms, 8, 4);
FIELD(apitoken_update_opts, mask, 12, 4);
FIELD(apitoken_update_opts, revision, 16, 4);
FIELD(apitoken_update_opts, expiry_kind, 20, 4);
FIELD(apitoken_update_opts, expiry_day, 24, 4);
FIELD(apitoken_update_opts, is_suspended, 28, 4);
FIELD(apitoken_update_opts, expiry_ms, 32, 8);
FIELD(apitoken_update_opts, name_len, 40, 4);
FIELD(apitoken_update_opts, description_len, 44, 4);
FIELD(apitoken_update_opts, interfaces_len, 48, 4);
FIELD(apitoken_update_opts, networks_len, 52, 4);
FIELD(apitoken_update_opts, data_len, 56, 4);
FIELD(apitoken_update_opts, actor_len, 60, 4);
FIELD(apitoken_update_opts, name, 64, 8);
FIELD(apitoken_update_opts, description, 72, 8);
FIELD(apitoken_update_opts, interfaces, 80, 8);
FIELD(apitoken_update_opts, networks, 88, 8);
FIELD(apitoken_update_opts, data, 96, 8);
FIELD(apitoken_update_opts, actor, 104, 8);

FIELD(apitoken_revoke_item, size, 0, 4);
FIELD(apitoken_revoke_item, flags, 4, 4);
FIELD(apitoken_revoke_item, text, 8, 8);
FIELD(apitoken_revoke_item, text_len, 16, 4);
FIELD(apitoken_revoke_item, reserved, 20, 4);
FIELD(apitoken_revoke_item, code, 24, 4);
FIELD(apitoken_revoke_item, ended, 28, 4);
FIELD(apitoken_revoke_item, owner_len, 32, 4);
FIELD(apitoken_revoke_item, reserved2, 36, 4);
FIELD(apitoken_revoke_item, id, 40, 32);
FIELD(apitoken_revoke_item, owner, 72, 136);

FIELD(apitoken_unrevoke_opts, size, 0, 4);
FIELD(apitoken_unrevoke_opts, flags, 4, 4);
FIELD(apitoken_unrevoke_opts, timeout_ms, 8, 4);
FIELD(apitoken_unrevoke_opts, actor_len, 12, 4);
FIELD(apitoken_unrevoke_opts, actor, 16, 8);

FIELD(apitoken_block_opts, size, 0, 4);
FIELD(apitoken_block_opts, flags, 4, 4);
FIELD(apitoken_block_opts, timeout_ms, 8, 4);
FIELD(apitoken_block_opts, actor_len, 12, 4);
FIELD(apitoken_block_opts, reason_len, 16, 4);
FIELD(apitoken_block_opts, reserved, 20, 4);
FIELD(apitoken_block_opts, actor, 24, 8);
FIELD(apitoken_block_opts, reason, 32, 8);

FIELD(apitoken_owner_info, size, 0, 4);
FIELD(apitoken_owner_info, is_blocked, 4, 4);
FIELD(apitoken_owner_info, blocked_ms, 8, 8);
FIELD(apitoken_owner_info, tokens, 16, 8);
FIELD(apitoken_owner_info, live, 24, 8);
FIELD(apitoken_owner_info, blocked_by, 32, 136);
FIELD(apitoken_owner_info, reason, 168, 1008);

FIELD(apitoken_purge_opts, size, 0, 4);
FIELD(apitoken_purge_opts, flags, 4, 4);
FIELD(apitoken_purge_opts, timeout_ms, 8, 4);
FIELD(apitoken_purge_opts, actor_len, 12, 4);
FIELD(apitoken_purge_opts, ended_before_ms, 16, 8);
FIELD(apitoken_purge_opts, actor, 24, 8);

FIELD(apitoken_purge_result, size, 0, 4);
FIELD(apitoken_purge_result, reserved, 4, 4);
FIELD(apitoken_purge_result, tokens, 8, 8);
FIELD(apitoken_purge_result, kept, 16, 8);
FIELD(apitoken_purge_result, texts, 24, 8);

FIELD(apitoken_erase_opts, size, 0, 4);
FIELD(apitoken_erase_opts, flags, 4, 4);
FIELD(apitoken_erase_opts, timeout_ms, 8, 4);
FIELD(apitoken_erase_opts, actor_len, 12, 4);
FIELD(apitoken_erase_opts, actor, 16, 8);

FIELD(apitoken_policy, size, 0, 4);
FIELD(apitoken_policy, revision, 4, 4);
FIELD(apitoken_policy, is_never_forbidden, 8, 4);
FIELD(apitoken_policy, max_live, 12, 4);
FIELD(apitoken_policy, max_lifetime_ms, 16, 8);
FIELD(apitoken_policy, default_expiry_ms, 24, 8);
FIELD(apitoken_policy, undo_ms, 32, 8);
FIELD(apitoken_policy, max_grace_ms, 40, 8);
FIELD(apitoken_policy, audit_retention_ms, 48, 8);

FIELD(apitoken_policy_opts, size, 0, 4);
FIELD(apitoken_policy_opts, flags, 4, 4);
FIELD(apitoken_policy_opts, timeout_ms, 8, 4);
FIELD(apitoken_policy_opts, mask, 12, 4);
FIELD(apitoken_policy_opts, revision, 16, 4);
FIELD(apitoken_policy_opts, actor_len, 20, 4);
FIELD(apitoken_policy_opts, actor, 24, 8);

FIELD(apitoken_rotate_opts, size, 0, 4);
FIELD(apitoken_rotate_opts, flags, 4, 4);
FIELD(apitoken_rotate_opts, timeout_ms, 8, 4);
FIELD(apitoken_rotate_opts, revision, 12, 4);
FIELD(apitoken_rotate_opts, expiry_kind, 16, 4);
FIELD(apitoken_rotate_opts, expiry_day, 20, 4);
FIELD(apitoken_rotate_opts, expiry_ms, 24, 8);
FIELD(apitoken_rotate_opts, grace_ms, 32, 8);
FIELD(apitoken_rotate_opts, actor_len, 40, 4);
FIELD(apitoken_rotate_opts, reserved, 44, 4);
FIELD(apitoken_rotate_opts, actor, 48, 8);

FIELD(apitoken_copy_opts, size, 0, 4);
FIELD(apitoken_copy_opts, flags, 4, 4);
FIELD(apitoken_copy_opts, timeout_ms, 8, 4);
FIELD(apitoken_copy_opts, reserved, 12, 4);

FIELD(apitoken_verdict, size, 0, 4);
FIELD(apitoken_verdict, code, 4, 4);
FIELD(apitoken_verdict, expiry_kind, 8, 4);
FIELD(apitoken_verdict, owner_len, 12, 4);
FIELD(apitoken_verdict, expires_ms, 16, 8);
FIELD(apitoken_verdict, id, 24, 32);
FIELD(apitoken_verdict, owner, 56, 136);
FIELD(apitoken_verdict, superseded_until_ms, 192, 8);
FIELD(apitoken_verdict, data_len, 200, 4);
FIELD(apitoken_verdict, reserved, 204, 4);
FIELD(apitoken_verdict, data, 208, 128);

FIELD(apitoken_validate_opts, size, 0, 4);
FIELD(apitoken_validate_opts, flags, 4, 4);
FIELD(apitoken_validate_opts, timeout_ms, 8, 4);
FIELD(apitoken_validate_opts, interface_name_len, 12, 4);
FIELD(apitoken_validate_opts, peer_len, 16, 4);
FIELD(apitoken_validate_opts, reserved, 20, 4);
FIELD(apitoken_validate_opts, interface_name, 24, 8);
FIELD(apitoken_validate_opts, peer, 32, 8);

FIELD(apitoken_batch_item, size, 0, 4);
FIELD(apitoken_batch_item, flags, 4, 4);
FIELD(apitoken_batch_item, owner, 8, 8);
FIELD(apitoken_batch_item, name, 16, 8);
FIELD(apitoken_batch_item, description, 24, 8);
FIELD(apitoken_batch_item, owner_len, 32, 4);
FIELD(apitoken_batch_item, name_len, 36, 4);
FIELD(apitoken_batch_item, description_len, 40, 4);
FIELD(apitoken_batch_item, expiry_kind, 44, 4);
FIELD(apitoken_batch_item, expiry_day, 48, 4);
FIELD(apitoken_batch_item, reserved, 52, 4);
FIELD(apitoken_batch_item, expiry_ms, 56, 8);
FIELD(apitoken_batch_item, interfaces_len, 64, 4);
FIELD(apitoken_batch_item, networks_len, 68, 4);
FIELD(apitoken_batch_item, data_len, 72, 4);
FIELD(apitoken_batch_item, reserved2, 76, 4);
FIELD(apitoken_batch_item, interfaces, 80, 8);
FIELD(apitoken_batch_item, networks, 88, 8);
FIELD(apitoken_batch_item, data, 96, 8);

FIELD(apitoken_batch_opts, size, 0, 4);
FIELD(apitoken_batch_opts, flags, 4, 4);
FIELD(apitoken_batch_opts, timeout_ms, 8, 4);
FIELD(apitoken_batch_opts, actor_len, 12, 4);
FIELD(apitoken_batch_opts, actor, 16, 8);
FIELD(apitoken_batch_opts, progress, 24, 8);
#endif

/* ---- constants ------------------------------------------------------------------------------- */

VALUE(APITOKEN_OK, 0);
VALUE(APITOKEN_E_ARGUMENT, -1001);
VALUE(APITOKEN_E_ABI, -1002);
VALUE(APITOKEN_E_BUFFER, -1003);
VALUE(APITOKEN_E_FORKED, -1004);
VALUE(APITOKEN_E_VERIFY_ONLY, -1005);
VALUE(APITOKEN_E_OWNER, -1006);
VALUE(APITOKEN_E_NAME, -1007);
VALUE(APITOKEN_E_DESCRIPTION, -1008);
VALUE(APITOKEN_E_REASON, -1009);
VALUE(APITOKEN_E_ID, -1010);
VALUE(APITOKEN_E_DAY, -1011);
VALUE(APITOKEN_E_EXPIRY, -1012);
VALUE(APITOKEN_E_EXPIRY_PAST, -1013);
VALUE(APITOKEN_E_CURSOR, -1014);
VALUE(APITOKEN_E_LIMIT, -1015);
VALUE(APITOKEN_E_FORMAT, -1016);
VALUE(APITOKEN_E_PREFIX, -1017);
VALUE(APITOKEN_E_COPY_POLICY, -1018);
VALUE(APITOKEN_E_ZONE, -1019);
VALUE(APITOKEN_E_MAP_SIZE, -1021);
VALUE(APITOKEN_E_EXISTS, -1022);
VALUE(APITOKEN_E_NOT_FOUND, -1023);
VALUE(APITOKEN_E_NOT_COPYABLE, -1024);
VALUE(APITOKEN_E_MODE, -1025);
VALUE(APITOKEN_E_KEY_ID, -1026);
VALUE(APITOKEN_E_KEY_LIMIT, -1027);
VALUE(APITOKEN_E_PATH, -1028);
VALUE(APITOKEN_E_COPY_REVOKED, -1029);
VALUE(APITOKEN_E_ACTOR, -1030);
VALUE(APITOKEN_E_REVISION, -1031);
VALUE(APITOKEN_E_CHANGE_REVOKED, -1032);
VALUE(APITOKEN_E_CHANGE_EXPIRED, -1033);
VALUE(APITOKEN_E_ROTATING, -1034);
VALUE(APITOKEN_E_GRACE, -1035);
VALUE(APITOKEN_E_OWNER_BLOCKED, -1036);
VALUE(APITOKEN_E_INTERFACES, -1037);
VALUE(APITOKEN_E_NETWORKS, -1038);
VALUE(APITOKEN_E_DATA, -1039);
VALUE(APITOKEN_E_LIFETIME, -1040);
VALUE(APITOKEN_E_LIVE_LIMIT, -1041);
VALUE(APITOKEN_E_UNDO, -1042);
VALUE(APITOKEN_E_ADMIN, -1043);
VALUE(APITOKEN_E_REASON_CODE, -1044);
VALUE(APITOKEN_E_PEER, -1045);
VALUE(APITOKEN_E_POLICY_VALUE, -1046);
VALUE(APITOKEN_E_KEY_USED, -1047);
VALUE(APITOKEN_E_FILTER, -1048);
VALUE(APITOKEN_E_MALFORMED, -1101);
VALUE(APITOKEN_E_UNKNOWN, -1102);
VALUE(APITOKEN_E_EXPIRED, -1103);
VALUE(APITOKEN_E_REVOKED, -1104);
VALUE(APITOKEN_E_NO_TOKEN, -1105);
VALUE(APITOKEN_E_NEWER, -1106);
VALUE(APITOKEN_E_SUSPENDED, -1107);
VALUE(APITOKEN_E_BLOCKED, -1108);
VALUE(APITOKEN_E_WRONG_NETWORK, -1109);
VALUE(APITOKEN_E_WRONG_INTERFACE, -1110);
VALUE(APITOKEN_E_HEADER, -1111);
VALUE(APITOKEN_E_NOMEM, -1201);
VALUE(APITOKEN_E_CLOCK, -1202);
VALUE(APITOKEN_E_BUSY, -1203);
VALUE(APITOKEN_E_IO, -1204);
VALUE(APITOKEN_E_FULL, -1205);
VALUE(APITOKEN_E_DISK_FULL, -1206);
VALUE(APITOKEN_E_MAYBE, -1207);
VALUE(APITOKEN_E_DAMAGED, -1208);
VALUE(APITOKEN_E_REPLACED, -1209);
VALUE(APITOKEN_E_ROLLED_BACK, -1210);
VALUE(APITOKEN_E_SCHEMA, -1211);
VALUE(APITOKEN_E_NO_STORE, -1212);
VALUE(APITOKEN_E_UNSAFE, -1213);
VALUE(APITOKEN_E_ACCESS, -1214);
VALUE(APITOKEN_E_SYMLINK, -1215);
VALUE(APITOKEN_E_READ_ONLY_FS, -1216);
VALUE(APITOKEN_E_NETWORK_FS, -1217);
VALUE(APITOKEN_E_FOREIGN_OPEN, -1218);
VALUE(APITOKEN_E_PID_CLASH, -1219);
VALUE(APITOKEN_E_READERS_FULL, -1220);
VALUE(APITOKEN_E_IN_USE, -1221);
VALUE(APITOKEN_E_RANDOM, -1222);
VALUE(APITOKEN_E_KEYS_MISSING, -1223);
VALUE(APITOKEN_E_KEYS_UNSAFE, -1224);
VALUE(APITOKEN_E_KEYS_FOREIGN, -1225);
VALUE(APITOKEN_E_KEYS_SHORT, -1226);
VALUE(APITOKEN_E_KEYS_DAMAGED, -1227);
VALUE(APITOKEN_E_KEYS_VERSION, -1228);
VALUE(APITOKEN_E_KEYS_VERIFY, -1229);
VALUE(APITOKEN_E_KEY_WRONG, -1230);
VALUE(APITOKEN_E_KEY_MISSING, -1231);
VALUE(APITOKEN_E_ZONE_FAILED, -1232);
VALUE(APITOKEN_E_MLOCK, -1233);
VALUE(APITOKEN_E_UNPROVEN, -1234);
VALUE(APITOKEN_E_ZONE_DATA, -1235);
VALUE(APITOKEN_E_FILE_SYSTEM, -1236);
VALUE(APITOKEN_E_KEY_RETIRED, -1238);
VALUE(APITOKEN_FIELD_NONE, 0);
VALUE(APITOKEN_FIELD_OWNER, 1);
VALUE(APITOKEN_FIELD_NAME, 2);
VALUE(APITOKEN_FIELD_DESCRIPTION, 3);
VALUE(APITOKEN_FIELD_EXPIRY, 4);
VALUE(APITOKEN_FIELD_REASON, 5);
VALUE(APITOKEN_FIELD_ID, 6);
VALUE(APITOKEN_FIELD_TOKEN, 7);
VALUE(APITOKEN_FIELD_CURSOR, 8);
VALUE(APITOKEN_FIELD_PREFIX, 9);
VALUE(APITOKEN_FIELD_ZONE, 10);
VALUE(APITOKEN_FIELD_MAP_SIZE, 11);
VALUE(APITOKEN_FIELD_OPTS, 12);
VALUE(APITOKEN_FIELD_PATH, 13);
VALUE(APITOKEN_FIELD_INTERFACES, 14);
VALUE(APITOKEN_FIELD_NETWORKS, 15);
VALUE(APITOKEN_FIELD_DATA, 16);
VALUE(APITOKEN_FIELD_ACTOR, 17);
VALUE(APITOKEN_FIELD_GRACE, 18);
VALUE(APITOKEN_FIELD_REVISION, 19);
VALUE(APITOKEN_FIELD_PEER, 20);
VALUE(APITOKEN_FIELD_POLICY, 22);
VALUE(APITOKEN_FIELD_FILTER, 23);
VALUE(APITOKEN_FIELD_KEY, 24);
VALUE(APITOKEN_CLASS_OK, 0);
VALUE(APITOKEN_CLASS_USAGE, 10);
VALUE(APITOKEN_CLASS_DENIED, 11);
VALUE(APITOKEN_CLASS_FAILED, 12);
VALUE(APITOKEN_LOG_ERROR, 1);
VALUE(APITOKEN_LOG_WARNING, 2);
VALUE(APITOKEN_LOG_INFO, 3);
VALUE(APITOKEN_COPY_ONCE, 1);
VALUE(APITOKEN_COPY_ALWAYS, 2);
VALUE(APITOKEN_MODE_READ_WRITE, 1);
VALUE(APITOKEN_MODE_VERIFY_ONLY, 2);
VALUE(APITOKEN_OPEN_ADMIN, 2);
VALUE(APITOKEN_FILTER_NEVER_USED, 1);
VALUE(APITOKEN_FILTER_NEVER_EXPIRES, 2);
VALUE(APITOKEN_FILTER_OUTSIDE_POLICY, 4);
VALUE(APITOKEN_EXPIRY_DEFAULT, 0);
VALUE(APITOKEN_EXPIRY_DAY, 1);
VALUE(APITOKEN_EXPIRY_INSTANT, 2);
VALUE(APITOKEN_EXPIRY_NEVER, 3);
VALUE(APITOKEN_FORMAT_PLAIN, 1);
VALUE(APITOKEN_FORMAT_BEARER, 2);
VALUE(APITOKEN_FORMAT_HEADER, 3);
VALUE(APITOKEN_FORMAT_ENV, 4);
VALUE(APITOKEN_FORMAT_CURL, 5);
VALUE(APITOKEN_FORMAT_MASKED, 6);
VALUE(APITOKEN_STATE_VALID, 1);
VALUE(APITOKEN_STATE_EXPIRED, 2);
VALUE(APITOKEN_STATE_REVOKED, 4);
VALUE(APITOKEN_STATE_SUSPENDED, 8);
VALUE(APITOKEN_STATE_BLOCKED, 16);
VALUE(APITOKEN_STATE_NEWER, 32);
VALUE(APITOKEN_REASON_UNSPECIFIED, 0);
VALUE(APITOKEN_REASON_SUPERSEDED, 1);
VALUE(APITOKEN_REASON_EXPOSED, 2);
VALUE(APITOKEN_REASON_OWNER_GONE, 3);
VALUE(APITOKEN_REASON_ADMINISTRATOR, 4);
VALUE(APITOKEN_VERB_CREATE, 1);
VALUE(APITOKEN_VERB_UPDATE, 2);
VALUE(APITOKEN_VERB_ROTATE, 3);
VALUE(APITOKEN_VERB_REVOKE, 4);
VALUE(APITOKEN_VERB_UNREVOKE, 5);
VALUE(APITOKEN_VERB_BLOCK, 6);
VALUE(APITOKEN_VERB_UNBLOCK, 7);
VALUE(APITOKEN_VERB_POLICY, 8);
VALUE(APITOKEN_VERB_PURGE, 9);
VALUE(APITOKEN_VERB_ERASE, 10);
VALUE(APITOKEN_VERB_RESTORE, 11);
VALUE(APITOKEN_VERB_SALVAGE, 12);
VALUE(APITOKEN_VERB_ACCEPT_ROLLBACK, 13);
VALUE(APITOKEN_VERB_GROW, 14);
VALUE(APITOKEN_VERB_RETIRE_KEY, 15);
VALUE(APITOKEN_VERB_ADD_KEY, 16);
VALUE(APITOKEN_VERB_COMPACT, 17);
VALUE(APITOKEN_CHANGE_NAME, 1);
VALUE(APITOKEN_CHANGE_DESCRIPTION, 2);
VALUE(APITOKEN_CHANGE_EXPIRY, 3);
VALUE(APITOKEN_CHANGE_INTERFACES, 4);
VALUE(APITOKEN_CHANGE_NETWORKS, 5);
VALUE(APITOKEN_CHANGE_DATA, 6);
VALUE(APITOKEN_CHANGE_SUSPENDED, 7);
VALUE(APITOKEN_CHANGE_SECRET, 8);
VALUE(APITOKEN_CHANGE_OLDER_END, 9);
VALUE(APITOKEN_CHANGE_REASON_CODE, 10);
VALUE(APITOKEN_CHANGE_FINAL, 11);
VALUE(APITOKEN_CHANGE_NEVER_FORBIDDEN, 32);
VALUE(APITOKEN_CHANGE_MAX_LIVE, 33);
VALUE(APITOKEN_CHANGE_MAX_LIFETIME, 34);
VALUE(APITOKEN_CHANGE_DEFAULT_EXPIRY, 35);
VALUE(APITOKEN_CHANGE_UNDO, 36);
VALUE(APITOKEN_CHANGE_MAX_GRACE, 37);
VALUE(APITOKEN_CHANGE_AUDIT_RETENTION, 38);
VALUE(APITOKEN_CHANGE_MAP_SIZE, 48);
VALUE(APITOKEN_CHANGE_KEY, 49);
VALUE(APITOKEN_CHANGE_TOKENS, 50);
VALUE(APITOKEN_CHANGE_TOKEN_COUNT, 51);
VALUE(APITOKEN_CHANGE_CARRIED_OVER, 52);
VALUE(APITOKEN_REVOKE_FINAL, 1);
VALUE(APITOKEN_PURGE_DRY_RUN, 1);
VALUE(APITOKEN_ERASE_ACTOR, 1);
VALUE(APITOKEN_ERASE_DRY_RUN, 2);

VALUE(APITOKEN_ENDED_NOTHING, 0);
VALUE(APITOKEN_ENDED_TOKEN, 1);
VALUE(APITOKEN_ENDED_ALREADY, 2);
VALUE(APITOKEN_ENDED_OLDER_SECRET, 3);
VALUE(APITOKEN_RETIRE_END_TOKENS, 1);
VALUE(APITOKEN_RETIRE_DRY_RUN, 2);
VALUE(APITOKEN_UPDATE_NAME, 1);
VALUE(APITOKEN_UPDATE_DESCRIPTION, 2);
VALUE(APITOKEN_UPDATE_EXPIRY, 4);
VALUE(APITOKEN_UPDATE_DATA, 8);
VALUE(APITOKEN_UPDATE_INTERFACES, 16);
VALUE(APITOKEN_UPDATE_NETWORKS, 32);
VALUE(APITOKEN_UPDATE_SUSPENDED, 64);
VALUE(APITOKEN_UPDATE_REVIVE, 1);
VALUE(APITOKEN_UPDATE_END_OLDER, 2);
VALUE(APITOKEN_POLICY_NEVER_FORBIDDEN, 1);
VALUE(APITOKEN_POLICY_MAX_LIVE, 2);
VALUE(APITOKEN_POLICY_MAX_LIFETIME, 4);
VALUE(APITOKEN_POLICY_DEFAULT_EXPIRY, 8);
VALUE(APITOKEN_POLICY_UNDO, 16);
VALUE(APITOKEN_POLICY_MAX_GRACE, 32);
VALUE(APITOKEN_POLICY_AUDIT_RETENTION, 64);
VALUE(APITOKEN_ROTATE_DROP_OLDER, 1);
VALUE(APITOKEN_ROTATE_KEEP_OLDER, 2);
VALUE(APITOKEN_ROTATE_REVIVE, 4);
VALUE(APITOKEN_VALIDATE_ANY_INTERFACE, 1);
VALUE(APITOKEN_OWNER_MAX, 128);
VALUE(APITOKEN_NAME_MAX, 100);
VALUE(APITOKEN_DESCRIPTION_MAX, 1000);
VALUE(APITOKEN_REASON_MAX, 1000);
VALUE(APITOKEN_ACTOR_MAX, 128);
VALUE(APITOKEN_DATA_MAX, 128);
VALUE(APITOKEN_GRACE_MAX_MS, INT64_C(2592000000));
VALUE(APITOKEN_PREFIX_MAX, 10);
VALUE(APITOKEN_ZONE_MAX, 64);
VALUE(APITOKEN_ID_LEN, 12);
VALUE(APITOKEN_ID_MAX, 31);
VALUE(APITOKEN_CURSOR_MAX, 255);
VALUE(APITOKEN_TOKEN_MAX, 128);
VALUE(APITOKEN_FORMAT_MAX, 256);
VALUE(APITOKEN_LIST_MAX, 1000);
VALUE(APITOKEN_BATCH_MAX, 1000000);
VALUE(APITOKEN_REVOKE_TEXTS_MAX, 1000);
VALUE(APITOKEN_FINGERPRINT_LEN, 32);
VALUE(APITOKEN_INTERFACE_MAX, 64);
VALUE(APITOKEN_INTERFACES_MAX, 16);
VALUE(APITOKEN_INTERFACES_TEXT_MAX, 1039);
VALUE(APITOKEN_NETWORKS_MAX, 16);
VALUE(APITOKEN_NETWORKS_TEXT_MAX, 703);
VALUE(APITOKEN_KEYRING_REQUIRE_LOCK, 1);
VALUE(APITOKEN_ANY_FILE_SYSTEM, 256);
VALUE(APITOKEN_STORE_GROUP, 1);
VALUE(APITOKEN_OPEN_NO_RECENT, 1);
VALUE(APITOKEN_OPEN_ADMIN, 2);
VALUE(APITOKEN_CHECK_OFF, 1);
VALUE(APITOKEN_FINDING_FILES, 1);
VALUE(APITOKEN_FINDING_STORE, 2);
VALUE(APITOKEN_FINDING_ROLLED_BACK, 3);
VALUE(APITOKEN_FINDING_TOKEN, 4);
VALUE(APITOKEN_CHECK_ACCEPT_ROLLBACK, 1);
VALUE(APITOKEN_RESTORE_REVOKE_ALL, 1);
VALUE(APITOKEN_RESTORE_ACCEPT_LOST, 2);

/* ---- callbacks and functions ----------------------------------------------------------------- */

CALLBACK(int, apitoken_clock_fn, (int64_t *, void *));
CALLBACK(int, apitoken_zone_fn, (const char *, size_t, int32_t, int64_t *, void *));
CALLBACK(void, apitoken_log_fn, (int, int, const char *, void *));
CALLBACK(void, apitoken_finding_fn, (const apitoken_finding *, void *));

FUNCTION(void, apitoken_error_init, (apitoken_error *, size_t));
FUNCTION(void, apitoken_keyring_opts_init, (apitoken_keyring_opts *, size_t));
FUNCTION(void, apitoken_store_create_opts_init, (apitoken_store_create_opts *, size_t));
FUNCTION(void, apitoken_open_opts_init, (apitoken_open_opts *, size_t));
FUNCTION(void, apitoken_stat_opts_init, (apitoken_stat_opts *, size_t));
FUNCTION(void, apitoken_store_info_init, (apitoken_store_info *, size_t));
FUNCTION(void, apitoken_counters_init, (apitoken_counters *, size_t));
FUNCTION(void, apitoken_reload_opts_init, (apitoken_reload_opts *, size_t));
FUNCTION(void, apitoken_retire_opts_init, (apitoken_retire_opts *, size_t));
FUNCTION(void, apitoken_retire_result_init, (apitoken_retire_result *, size_t));
FUNCTION(void, apitoken_grow_opts_init, (apitoken_grow_opts *, size_t));
FUNCTION(void, apitoken_check_opts_init, (apitoken_check_opts *, size_t));
FUNCTION(void, apitoken_backup_opts_init, (apitoken_backup_opts *, size_t));
FUNCTION(void, apitoken_restore_opts_init, (apitoken_restore_opts *, size_t));
FUNCTION(void, apitoken_compact_opts_init, (apitoken_compact_opts *, size_t));
FUNCTION(void, apitoken_restore_result_init, (apitoken_restore_result *, size_t));
FUNCTION(void, apitoken_create_opts_init, (apitoken_create_opts *, size_t));
FUNCTION(void, apitoken_batch_item_init, (apitoken_batch_item *, size_t));
FUNCTION(void, apitoken_batch_opts_init, (apitoken_batch_opts *, size_t));
FUNCTION(void, apitoken_format_opts_init, (apitoken_format_opts *, size_t));
FUNCTION(void, apitoken_filter_init, (apitoken_filter *, size_t));
FUNCTION(void, apitoken_list_opts_init, (apitoken_list_opts *, size_t));
FUNCTION(void, apitoken_list_all_opts_init, (apitoken_list_all_opts *, size_t));
FUNCTION(void, apitoken_show_opts_init, (apitoken_show_opts *, size_t));
FUNCTION(void, apitoken_revoke_opts_init, (apitoken_revoke_opts *, size_t));
FUNCTION(void, apitoken_revoke_item_init, (apitoken_revoke_item *, size_t));
FUNCTION(void, apitoken_unrevoke_opts_init, (apitoken_unrevoke_opts *, size_t));
FUNCTION(void, apitoken_block_opts_init, (apitoken_block_opts *, size_t));
FUNCTION(void, apitoken_owner_info_init, (apitoken_owner_info *, size_t));
FUNCTION(void, apitoken_purge_opts_init, (apitoken_purge_opts *, size_t));
FUNCTION(void, apitoken_purge_result_init, (apitoken_purge_result *, size_t));
FUNCTION(void, apitoken_erase_opts_init, (apitoken_erase_opts *, size_t));
FUNCTION(void, apitoken_policy_init, (apitoken_policy *, size_t));
FUNCTION(void, apitoken_policy_opts_init, (apitoken_policy_opts *, size_t));
FUNCTION(void, apitoken_update_opts_init, (apitoken_update_opts *, size_t));
FUNCTION(void, apitoken_rotate_opts_init, (apitoken_rotate_opts *, size_t));
FUNCTION(void, apitoken_copy_opts_init, (apitoken_copy_opts *, size_t));
FUNCTION(void, apitoken_verdict_init, (apitoken_verdict *, size_t));
FUNCTION(void, apitoken_validate_opts_init, (apitoken_validate_opts *, size_t));
FUNCTION(const char *, apitoken_error_name, (int));
FUNCTION(const char *, apitoken_error_text, (int));
FUNCTION(int, apitoken_error_class, (int));
FUNCTION(int, apitoken_public_status, (int));
FUNCTION(const char *, apitoken_public_error, (int));
FUNCTION(uint32_t, apitoken_version, (void));
FUNCTION(const char *, apitoken_version_string, (void));
FUNCTION(int, apitoken_keyring_create,
         (const char *, const apitoken_keyring_opts *, apitoken_error *));
FUNCTION(int, apitoken_keyring_load,
         (const char *, const apitoken_keyring_opts *, apitoken_keyring **, apitoken_error *));
FUNCTION(int, apitoken_keyring_remove_key,
         (const char *, const apitoken_keyring_opts *, uint32_t, apitoken_error *));
FUNCTION(int, apitoken_keyring_add_key,
         (const char *, const apitoken_keyring_opts *, uint32_t *, apitoken_error *));
FUNCTION(int, apitoken_keyring_activate_key,
         (const char *, uint32_t, const apitoken_keyring_opts *, apitoken_error *));
FUNCTION(int, apitoken_keyring_export_verify,
         (const char *, const char *, const apitoken_keyring_opts *, apitoken_error *));
FUNCTION(size_t, apitoken_keyring_count, (const apitoken_keyring *));
FUNCTION(uint32_t, apitoken_keyring_key_at, (const apitoken_keyring *, size_t));
FUNCTION(uint32_t, apitoken_keyring_active, (const apitoken_keyring *));
FUNCTION(int, apitoken_keyring_is_verify_only, (const apitoken_keyring *));
FUNCTION(int, apitoken_keyring_is_locked, (const apitoken_keyring *));
FUNCTION(const char *, apitoken_keyring_fingerprint, (const apitoken_keyring *, uint32_t));
FUNCTION(void, apitoken_keyring_free, (apitoken_keyring *));
FUNCTION(int, apitoken_store_create,
         (const char *, const apitoken_keyring *, const apitoken_store_create_opts *,
          apitoken_error *));
FUNCTION(int, apitoken_store_open,
         (const char *, const apitoken_keyring *, const apitoken_open_opts *, apitoken_store **,
          apitoken_error *));
FUNCTION(void, apitoken_store_close, (apitoken_store *));
FUNCTION(int, apitoken_store_stat,
         (apitoken_store *, const apitoken_stat_opts *, apitoken_store_info *, apitoken_error *));
FUNCTION(int, apitoken_store_counters,
         (apitoken_store *, const apitoken_stat_opts *, apitoken_counters *, apitoken_error *));
FUNCTION(int, apitoken_store_reload_keys,
         (apitoken_store *, const apitoken_keyring *, const apitoken_reload_opts *,
          apitoken_error *));
FUNCTION(int, apitoken_store_retire_key,
         (apitoken_store *, uint32_t, const apitoken_retire_opts *, apitoken_retire_result *,
          apitoken_error *));
FUNCTION(int, apitoken_store_grow,
         (const char *, const apitoken_keyring *, uint64_t, const apitoken_grow_opts *,
          apitoken_error *));
FUNCTION(int, apitoken_store_check,
         (const char *, const apitoken_keyring *, const apitoken_check_opts *, apitoken_error *));
FUNCTION(int, apitoken_store_backup,
         (apitoken_store *, const char *, const apitoken_backup_opts *, apitoken_error *));
FUNCTION(int, apitoken_store_restore,
         (const char *, const char *, const apitoken_keyring *, const apitoken_restore_opts *,
          apitoken_restore_result *, apitoken_error *));
FUNCTION(int, apitoken_store_compact,
         (const char *, const apitoken_keyring *, const apitoken_compact_opts *, apitoken_error *));
FUNCTION(int, apitoken_create,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_create_opts *, apitoken_secret **, apitoken_error *));
FUNCTION(const char *, apitoken_secret_id, (const apitoken_secret *));
FUNCTION(int, apitoken_secret_format,
         (const apitoken_secret *, int, const apitoken_format_opts *, char *, size_t, size_t *,
          apitoken_error *));
FUNCTION(void, apitoken_secret_free, (apitoken_secret *));
FUNCTION(int, apitoken_list,
         (apitoken_store *, const char *, size_t, const apitoken_list_opts *, apitoken_page **,
          apitoken_error *));
FUNCTION(int, apitoken_list_all,
         (apitoken_store *, const apitoken_list_all_opts *, apitoken_page **, apitoken_error *));
FUNCTION(size_t, apitoken_page_count, (const apitoken_page *));
FUNCTION(const apitoken_token *, apitoken_page_at, (const apitoken_page *, size_t));
FUNCTION(const char *, apitoken_page_cursor, (const apitoken_page *));
FUNCTION(void, apitoken_page_free, (apitoken_page *));
FUNCTION(int, apitoken_audit,
         (apitoken_store *, const apitoken_audit_opts *, apitoken_audit_page **, apitoken_error *));
FUNCTION(size_t, apitoken_audit_page_count, (const apitoken_audit_page *));
FUNCTION(const apitoken_audit_record *, apitoken_audit_page_at,
         (const apitoken_audit_page *, size_t));
FUNCTION(int, apitoken_audit_page_has_more, (const apitoken_audit_page *));
FUNCTION(const char *, apitoken_audit_page_cursor, (const apitoken_audit_page *));
FUNCTION(void, apitoken_audit_page_free, (apitoken_audit_page *));
FUNCTION(uint64_t, apitoken_audit_number, (const apitoken_audit_record *));
FUNCTION(int64_t, apitoken_audit_at_ms, (const apitoken_audit_record *));
FUNCTION(int, apitoken_audit_verb, (const apitoken_audit_record *));
FUNCTION(const char *, apitoken_audit_id, (const apitoken_audit_record *));
FUNCTION(const char *, apitoken_audit_owner, (const apitoken_audit_record *));
FUNCTION(const char *, apitoken_audit_actor, (const apitoken_audit_record *));
FUNCTION(const char *, apitoken_audit_reason, (const apitoken_audit_record *));
FUNCTION(uint64_t, apitoken_audit_unrecorded, (const apitoken_audit_record *));
FUNCTION(int, apitoken_audit_is_erased, (const apitoken_audit_record *));
FUNCTION(size_t, apitoken_audit_change_count, (const apitoken_audit_record *));
FUNCTION(int, apitoken_audit_change_field, (const apitoken_audit_record *, size_t));
FUNCTION(const char *, apitoken_audit_change_before, (const apitoken_audit_record *, size_t));
FUNCTION(const char *, apitoken_audit_change_after, (const apitoken_audit_record *, size_t));
FUNCTION(void, apitoken_audit_opts_init, (apitoken_audit_opts *, size_t));
FUNCTION(int, apitoken_show,
         (apitoken_store *, const char *, size_t, const char *, size_t, const apitoken_show_opts *,
          apitoken_token **, apitoken_error *));
FUNCTION(const char *, apitoken_token_id, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_owner, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_name, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_description, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_created_ms, (const apitoken_token *));
FUNCTION(int, apitoken_token_expiry_kind, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_expires_ms, (const apitoken_token *));
FUNCTION(int32_t, apitoken_token_expires_day, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_expires_zone, (const apitoken_token *));
FUNCTION(int, apitoken_token_state, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_revoked_ms, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_reason, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_last_used_ms, (const apitoken_token *));
FUNCTION(int, apitoken_token_is_copyable, (const apitoken_token *));
FUNCTION(uint32_t, apitoken_token_revision, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_interfaces, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_networks, (const apitoken_token *));
FUNCTION(const void *, apitoken_token_data, (const apitoken_token *, size_t *));
FUNCTION(int, apitoken_token_is_suspended, (const apitoken_token *));
FUNCTION(int, apitoken_token_is_blocked, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_superseded_until_ms, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_last_used_older_ms, (const apitoken_token *));
FUNCTION(int64_t, apitoken_token_secret_made_ms, (const apitoken_token *));
FUNCTION(const char *, apitoken_token_created_by, (const apitoken_token *));
FUNCTION(int, apitoken_token_reason_code, (const apitoken_token *));
FUNCTION(void, apitoken_token_free, (apitoken_token *));
FUNCTION(int, apitoken_revoke,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_revoke_opts *, apitoken_error *));
FUNCTION(int, apitoken_revoke_all,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_revoke_opts *, uint64_t *, apitoken_error *));
FUNCTION(int, apitoken_revoke_texts,
         (apitoken_store *, apitoken_revoke_item *const *, size_t, const apitoken_revoke_opts *,
          apitoken_error *));
FUNCTION(int, apitoken_unrevoke,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_unrevoke_opts *, apitoken_error *));
FUNCTION(int, apitoken_owner_block,
         (apitoken_store *, const char *, size_t, const apitoken_block_opts *, apitoken_error *));
FUNCTION(int, apitoken_owner_unblock,
         (apitoken_store *, const char *, size_t, const apitoken_block_opts *, apitoken_error *));
FUNCTION(int, apitoken_purge,
         (apitoken_store *, const apitoken_purge_opts *, apitoken_purge_result *,
          apitoken_error *));
FUNCTION(int, apitoken_owner_erase,
         (apitoken_store *, const char *, size_t, const apitoken_erase_opts *,
          apitoken_purge_result *, apitoken_error *));
FUNCTION(int, apitoken_owner_stat,
         (apitoken_store *, const char *, size_t, const apitoken_show_opts *, apitoken_owner_info *,
          apitoken_error *));
FUNCTION(int, apitoken_policy_get,
         (apitoken_store *, const apitoken_policy_opts *, apitoken_policy *, apitoken_error *));
FUNCTION(int, apitoken_policy_set,
         (apitoken_store *, const apitoken_policy *, const apitoken_policy_opts *,
          apitoken_error *));
FUNCTION(int, apitoken_update,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_update_opts *, uint32_t *, apitoken_error *));
FUNCTION(int, apitoken_rotate,
         (apitoken_store *, const char *, size_t, const char *, size_t,
          const apitoken_rotate_opts *, apitoken_secret **, apitoken_error *));
FUNCTION(int, apitoken_copy,
         (apitoken_store *, const char *, size_t, const char *, size_t, int,
          const apitoken_copy_opts *, char *, size_t, size_t *, apitoken_error *));
FUNCTION(int, apitoken_validate,
         (apitoken_store *, const char *, size_t, const apitoken_validate_opts *,
          apitoken_verdict *, apitoken_error *));
FUNCTION(int, apitoken_validate_header,
         (apitoken_store *, const char *, size_t, const apitoken_validate_opts *,
          apitoken_verdict *, apitoken_error *));
FUNCTION(int, apitoken_day_parse, (const char *, size_t, int32_t *, apitoken_error *));
FUNCTION(int, apitoken_day_format, (int32_t, char *, size_t, apitoken_error *));
FUNCTION(int, apitoken_day_at, (apitoken_store *, int64_t, int32_t *, apitoken_error *));
FUNCTION(int, apitoken_day_today, (apitoken_store *, int32_t *, apitoken_error *));
FUNCTION(int, apitoken_create_batch,
         (apitoken_store *, const apitoken_batch_item *const *, size_t, const apitoken_batch_opts *,
          apitoken_batch **, apitoken_error *));
FUNCTION(size_t, apitoken_batch_count, (const apitoken_batch *));
FUNCTION(const char *, apitoken_batch_id, (const apitoken_batch *, size_t));
FUNCTION(int, apitoken_batch_format,
         (const apitoken_batch *, size_t, int, const apitoken_format_opts *, char *, size_t,
          size_t *, apitoken_error *));
FUNCTION(void, apitoken_batch_free, (apitoken_batch *));

int main(void) {
    printf("1..1\nok 1 - fields, constants and signatures of 1.0, as the compiler checked them\n");
    return 0;
}
