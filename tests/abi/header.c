/* SPDX-License-Identifier: MIT */
/*
 * The public header as a strict stranger sees it: included first and twice, as C and as C++, every
 * _INIT macro used.
 */
#include <apitoken/apitoken.h>
#include <apitoken/apitoken.h>

#include <stdio.h>
#include <string.h>

/* The macro sets the size; the function makes the same of whatever was there. */
#define USE(type, init)                                    \
    do {                                                   \
        type value = init;                                 \
        type other;                                        \
        good &= value.size == sizeof value;                \
        memset(&other, 0x5a, sizeof other);                \
        type##_init(&other, sizeof other);                 \
        good &= memcmp(&value, &other, sizeof value) == 0; \
        type##_init(NULL, sizeof other);                   \
    } while (0)

int main(void) {
    int good = apitoken_version() == APITOKEN_VERSION;
    USE(apitoken_error, APITOKEN_ERROR_INIT);
    USE(apitoken_keyring_opts, APITOKEN_KEYRING_OPTS_INIT);
    USE(apitoken_store_create_opts, APITOKEN_STORE_CREATE_OPTS_INIT);
    USE(apitoken_open_opts, APITOKEN_OPEN_OPTS_INIT);
    USE(apitoken_stat_opts, APITOKEN_STAT_OPTS_INIT);
    USE(apitoken_store_info, APITOKEN_STORE_INFO_INIT);
    USE(apitoken_counters, APITOKEN_COUNTERS_INIT);
    USE(apitoken_reload_opts, APITOKEN_RELOAD_OPTS_INIT);
    USE(apitoken_grow_opts, APITOKEN_GROW_OPTS_INIT);
    USE(apitoken_check_opts, APITOKEN_CHECK_OPTS_INIT);
    USE(apitoken_backup_opts, APITOKEN_BACKUP_OPTS_INIT);
    USE(apitoken_restore_opts, APITOKEN_RESTORE_OPTS_INIT);
    USE(apitoken_compact_opts, APITOKEN_COMPACT_OPTS_INIT);
    USE(apitoken_restore_result, APITOKEN_RESTORE_RESULT_INIT);
    USE(apitoken_create_opts, APITOKEN_CREATE_OPTS_INIT);
    USE(apitoken_batch_item, APITOKEN_BATCH_ITEM_INIT);
    USE(apitoken_batch_opts, APITOKEN_BATCH_OPTS_INIT);
    USE(apitoken_format_opts, APITOKEN_FORMAT_OPTS_INIT);
    USE(apitoken_list_opts, APITOKEN_LIST_OPTS_INIT);
    USE(apitoken_show_opts, APITOKEN_SHOW_OPTS_INIT);
    USE(apitoken_revoke_opts, APITOKEN_REVOKE_OPTS_INIT);
    USE(apitoken_copy_opts, APITOKEN_COPY_OPTS_INIT);
    USE(apitoken_verdict, APITOKEN_VERDICT_INIT);
    USE(apitoken_validate_opts, APITOKEN_VALIDATE_OPTS_INIT);
    printf("1..1\n%s 1 - the header compiles and its initialisers set the size and agree\n",
           good ? "ok" : "not ok");
    return !good;
}
