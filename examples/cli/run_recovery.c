/* SPDX-License-Identifier: MIT */
/* fsck, backup, restore and compact. */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "open_store.h"
#include "output.h"
#include "report.h"

static const char *finding_kind(uint32_t kind) {
    switch (kind) {
    case APITOKEN_FINDING_FILES: return "files";
    case APITOKEN_FINDING_STORE: return "store";
    case APITOKEN_FINDING_ROLLED_BACK: return "rolled back";
    case APITOKEN_FINDING_TOKEN: return "token";
    default: return "other";
    }
}

/* Prints one line. The library's texts contain no control characters. */
static void print_finding(const apitoken_finding *finding, void *ctx) {
    uint64_t *count = ctx;
    ++*count;
    printf("%s%s%s%s%s: %s\n", finding_kind(finding->kind), *finding->id ? " " : "", finding->id,
           finding->owner_len ? " of " : "", finding->owner, finding->text);
}

enum exit_code run_fsck(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_check_opts opts = APITOKEN_CHECK_OPTS_INIT;
    apitoken_keyring *keyring;
    uint64_t findings = 0;
    const char *path = line->value[OPTION_STORE];
    enum exit_code code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;

    opts.flags = any_fs_flag(line);
    if (line->value[OPTION_ACCEPT_ROLLBACK]) {
        opts.flags |= APITOKEN_CHECK_ACCEPT_ROLLBACK;
        opts.actor = actor_of(line);
        opts.actor_len = (uint32_t)strlen(opts.actor);
    }
    opts.finding = print_finding;
    opts.finding_ctx = &findings;
    int rc = apitoken_store_check(path, keyring, &opts, &err);
    apitoken_keyring_free(keyring);
    if (rc == 0) {
        printf(findings ? "accepted the rollback: deny again what was denied since\n" : "sound\n");
        return EXIT_DONE;
    }
    if (findings == 0) return report_store_error(line, rc, &err);
    (void)report_store_error(line, rc, &err);
    return EXIT_NO;
}

enum exit_code run_backup(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_backup_opts opts = APITOKEN_BACKUP_OPTS_INIT;
    apitoken_store *store;
    const char *path = line->operands[0];
    opts.flags = any_fs_flag(line);
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_store_backup(store, path, &opts, &err);
    apitoken_store_close(store);
    if (rc == APITOKEN_E_DAMAGED) return report_store_error(line, rc, &err);
    if (rc != 0) return report_error(path, rc, &err);
    report("created the backup %s; keep the keyring somewhere else", path);
    return EXIT_DONE;
}

static void print_result(const apitoken_restore_result *result) {
    output_fact("tokens", "%" PRIu64, result->tokens);
    output_fact("revoked", "%" PRIu64, result->revoked);
    output_fact("carried over", "%" PRIu64, result->carried_over);
    output_fact("narrowed", "%" PRIu64, result->narrowed);
    output_fact("revoked now", "%" PRIu64, result->revoked_now);
    output_fact("gone", "%" PRIu64, result->gone);
    output_fact("purged", "%" PRIu64, result->purged);
    output_fact("unproven", "%" PRIu64, result->unproven);
    output_fact("proven", "%s", result->is_proven ? "yes" : "no");
}

static enum exit_code report_unproven(const char *path, const apitoken_error *err) {
    (void)report_error(path, err->code, err);
    report("give --revoke-all, or --accept-lost-revocations if denied tokens may be valid again");
    return EXIT_NO;
}

enum exit_code run_restore(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_restore_opts opts = APITOKEN_RESTORE_OPTS_INIT;
    apitoken_restore_result result = APITOKEN_RESTORE_RESULT_INIT;
    apitoken_keyring *keyring;
    const char *path = line->value[OPTION_STORE], *backup = line->operands[0];
    if (line->value[OPTION_REVOKE_ALL] && line->value[OPTION_ACCEPT_LOST])
        return report_usage("--revoke-all and --accept-lost-revocations cannot be combined");
    opts.flags = any_fs_flag(line);
    if (line->value[OPTION_REVOKE_ALL]) opts.flags |= APITOKEN_RESTORE_REVOKE_ALL;
    if (line->value[OPTION_ACCEPT_LOST]) opts.flags |= APITOKEN_RESTORE_ACCEPT_LOST;
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    enum exit_code code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;

    int rc = apitoken_store_restore(backup, path, keyring, &opts, &result, &err);
    apitoken_keyring_free(keyring);
    if (rc == APITOKEN_E_UNPROVEN) return report_unproven(path, &err);
    if (rc != 0) return report_store_error(line, rc, &err);
    report(
        "restored the store %s from the backup %s; the previous store, if any, is now %s.replaced",
        path, backup, path);
    print_result(&result);
    return EXIT_DONE;
}

enum exit_code run_compact(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_compact_opts opts = APITOKEN_COMPACT_OPTS_INIT;
    apitoken_keyring *keyring;
    const char *path = line->value[OPTION_STORE];
    opts.flags = any_fs_flag(line);
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    enum exit_code code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;

    int rc = apitoken_store_compact(path, keyring, &opts, &err);
    apitoken_keyring_free(keyring);
    if (rc != 0) return report_store_error(line, rc, &err);
    report("wrote the store %s anew, and removed its old files", path);
    return EXIT_DONE;
}
