/* SPDX-License-Identifier: MIT */
/*
 * Sizes of the public structs when they were first released, given by the last field they had then.
 * Lines are only ever added, never changed.
 */
#ifndef APITOKEN_BASE_OPTION_SIZES_H
#define APITOKEN_BASE_OPTION_SIZES_H

#include <stddef.h>

#include "apitoken/apitoken.h"

#define ATK_THROUGH(type, field) (offsetof(type, field) + sizeof((type *)0)->field)

#define ATK_SIZE_ERROR ATK_THROUGH(apitoken_error, text)
#define ATK_SIZE_KEYRING_OPTS ATK_THROUGH(apitoken_keyring_opts, reserved)
#define ATK_SIZE_STORE_CREATE_OPTS ATK_THROUGH(apitoken_store_create_opts, zone_ctx)
#define ATK_SIZE_OPEN_OPTS ATK_THROUGH(apitoken_open_opts, log_ctx)
#define ATK_SIZE_STAT_OPTS ATK_THROUGH(apitoken_stat_opts, reserved)
#define ATK_SIZE_STORE_INFO ATK_THROUGH(apitoken_store_info, zone)
#define ATK_SIZE_COUNTERS ATK_THROUGH(apitoken_counters, longest_lock_wait_us)
#define ATK_SIZE_RELOAD_OPTS ATK_THROUGH(apitoken_reload_opts, reserved)
#define ATK_SIZE_RETIRE_OPTS ATK_THROUGH(apitoken_retire_opts, actor)
#define ATK_SIZE_RETIRE_RESULT ATK_THROUGH(apitoken_retire_result, records)
#define ATK_SIZE_GROW_OPTS ATK_THROUGH(apitoken_grow_opts, clock_ctx)
#define ATK_SIZE_CHECK_OPTS ATK_THROUGH(apitoken_check_opts, clock_ctx)
#define ATK_SIZE_BACKUP_OPTS ATK_THROUGH(apitoken_backup_opts, reserved)
#define ATK_SIZE_RESTORE_OPTS ATK_THROUGH(apitoken_restore_opts, actor)
#define ATK_SIZE_RESTORE_RESULT ATK_THROUGH(apitoken_restore_result, unproven)
#define ATK_SIZE_COMPACT_OPTS ATK_THROUGH(apitoken_compact_opts, clock_ctx)
#define ATK_SIZE_CREATE_OPTS ATK_THROUGH(apitoken_create_opts, data)
#define ATK_SIZE_BATCH_ITEM ATK_THROUGH(apitoken_batch_item, data)
#define ATK_SIZE_BATCH_OPTS ATK_THROUGH(apitoken_batch_opts, progress)
#define ATK_SIZE_FORMAT_OPTS ATK_THROUGH(apitoken_format_opts, flags)
#define ATK_SIZE_LIST_OPTS ATK_THROUGH(apitoken_list_opts, filter)
#define ATK_SIZE_LIST_ALL_OPTS ATK_THROUGH(apitoken_list_all_opts, filter)
#define ATK_SIZE_FILTER ATK_THROUGH(apitoken_filter, name_contains)
#define ATK_SIZE_SHOW_OPTS ATK_THROUGH(apitoken_show_opts, reserved)
#define ATK_SIZE_REVOKE_OPTS ATK_THROUGH(apitoken_revoke_opts, actor)
#define ATK_SIZE_REVOKE_ITEM ATK_THROUGH(apitoken_revoke_item, owner)
#define ATK_SIZE_UPDATE_OPTS ATK_THROUGH(apitoken_update_opts, actor)
#define ATK_SIZE_ROTATE_OPTS ATK_THROUGH(apitoken_rotate_opts, actor)
#define ATK_SIZE_UNREVOKE_OPTS ATK_THROUGH(apitoken_unrevoke_opts, actor)
#define ATK_SIZE_BLOCK_OPTS ATK_THROUGH(apitoken_block_opts, reason)
#define ATK_SIZE_PURGE_OPTS ATK_THROUGH(apitoken_purge_opts, actor)
#define ATK_SIZE_PURGE_RESULT ATK_THROUGH(apitoken_purge_result, texts)
#define ATK_SIZE_ERASE_OPTS ATK_THROUGH(apitoken_erase_opts, actor)
#define ATK_SIZE_OWNER_INFO ATK_THROUGH(apitoken_owner_info, reason)
#define ATK_SIZE_POLICY ATK_THROUGH(apitoken_policy, audit_retention_ms)
#define ATK_SIZE_POLICY_OPTS ATK_THROUGH(apitoken_policy_opts, actor)
#define ATK_SIZE_AUDIT_OPTS ATK_THROUGH(apitoken_audit_opts, until_ms)
#define ATK_SIZE_COPY_OPTS ATK_THROUGH(apitoken_copy_opts, reserved)
#define ATK_SIZE_VERDICT ATK_THROUGH(apitoken_verdict, data)
#define ATK_SIZE_VALIDATE_OPTS ATK_THROUGH(apitoken_validate_opts, peer)

#endif
