/* SPDX-License-Identifier: MIT */
/* init, grow and stat. */
#include <apitoken/apitoken.h>
#include <inttypes.h>
#include <string.h>

#include "actor.h"
#include "command.h"
#include "counters_text.h"
#include "open_store.h"
#include "output.h"
#include "report.h"
#include "rfc3339.h"
#include "size.h"

/* Sets 0, the library's default, if the option is missing. False for an unknown policy. */
static bool parse_policy(const char *text, uint32_t *ret_policy) {
    *ret_policy = 0;
    if (!text) return true;
    if (strcmp(text, "once") == 0) *ret_policy = APITOKEN_COPY_ONCE;
    if (strcmp(text, "always") == 0) *ret_policy = APITOKEN_COPY_ALWAYS;
    return *ret_policy != 0;
}

static enum exit_code read_init_options(const struct command_line *line,
                                        apitoken_store_create_opts *opts) {
    const char *size = line->value[OPTION_MAP_SIZE];
    if (!parse_policy(line->value[OPTION_COPY], &opts->copy_policy))
        return report_usage("--copy must be 'once' or 'always'");
    if (size && !size_parse(size, &opts->map_bytes))
        return report_usage("--map-size must be a size such as 268435456, 256M or 2G");
    opts->flags = any_fs_flag(line);
    if (line->value[OPTION_GROUP]) opts->flags |= APITOKEN_STORE_GROUP;
    opts->prefix = line->value[OPTION_PREFIX];
    opts->prefix_len = option_len(line, OPTION_PREFIX);
    opts->zone_id = line->value[OPTION_ZONE];
    opts->zone_id_len = option_len(line, OPTION_ZONE);
    return EXIT_DONE;
}

enum exit_code run_init(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_store_create_opts opts = APITOKEN_STORE_CREATE_OPTS_INIT;
    apitoken_keyring *keyring;
    const char *path = line->value[OPTION_STORE];
    enum exit_code code = read_init_options(line, &opts);
    if (code != EXIT_DONE) return code;
    code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;

    int rc = apitoken_store_create(path, keyring, &opts, &err);
    apitoken_keyring_free(keyring);
    if (rc == APITOKEN_E_ZONE)
        return report_usage("--zone must be UTC or the name of a zone such as Europe/Berlin");
    if (rc != 0) return report_store_error(line, rc, &err);
    report("created the store %s", path);
    return EXIT_DONE;
}

enum exit_code run_grow(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_grow_opts opts = APITOKEN_GROW_OPTS_INIT;
    apitoken_keyring *keyring;
    uint64_t bytes;
    const char *path = line->value[OPTION_STORE];
    if (!size_parse(line->value[OPTION_MAP_SIZE], &bytes))
        return report_usage("--map-size must be a size such as 268435456, 256M or 2G");
    enum exit_code code = open_keyring(line->value[OPTION_KEYS], &keyring);
    if (code != EXIT_DONE) return code;

    opts.flags = any_fs_flag(line);
    opts.actor = actor_of(line);
    opts.actor_len = (uint32_t)strlen(opts.actor);
    int rc = apitoken_store_grow(path, keyring, bytes, &opts, &err);
    apitoken_keyring_free(keyring);
    if (rc != 0) return report_store_error(line, rc, &err);
    report("the maximum size of the store %s is now %" PRIu64 " bytes", path, bytes);
    return EXIT_DONE;
}

static void print_oldest_reader(const apitoken_store_info *info) {
    if (info->oldest_reader == 0) {
        output_fact("oldest reader", "none");
        return;
    }
    output_fact("oldest reader", "process %" PRIu32 ", %" PRIu64 " changes behind",
                info->oldest_reader, info->transaction - info->oldest_reader_transaction);
}

static void print_info(const apitoken_store_info *info) {
    char created[RFC3339_CAP];
    rfc3339_format(info->created_ms, created);
    output_fact("store id", "%s", info->store_id);
    output_fact("prefix", "%s", info->prefix);
    output_fact("copy", "%s", info->copy_policy == APITOKEN_COPY_ALWAYS ? "always" : "once");
    output_fact("zone", "%s", info->zone);
    output_fact("created", "%s", created);
    output_fact("tokens", "%" PRIu64, info->tokens);
    output_fact("revoked", "%" PRIu64, info->revoked);
    output_fact("map bytes", "%" PRIu64, info->map_bytes);
    output_fact("used bytes", "%" PRIu64, info->used_bytes);
    output_fact("spare bytes", "%" PRIu64, info->spare_bytes);
    output_fact("readers", "%" PRIu32, info->readers);
    output_fact("readers max", "%" PRIu32, info->readers_max);
    print_oldest_reader(info);
    output_fact("pinned bytes", "%" PRIu64, info->pinned_bytes);
    output_fact("transaction", "%" PRIu64, info->transaction);
    output_fact("active key", "%" PRIu32, info->active_key);
    output_fact("keys locked", "%s", info->keys_locked ? "yes" : "no");
    output_fact("schema", "%" PRIu32, info->schema);
}

static enum exit_code print_counters(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_counters counters = APITOKEN_COUNTERS_INIT;
    apitoken_store *store;
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_store_counters(store, NULL, &counters, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_store_error(line, rc, &err);
    if (line->value[OPTION_JSON]) return counters_print_json(&counters);
    counters_print_text(&counters);
    return EXIT_DONE;
}

enum exit_code run_stat(const struct command_line *line) {
    apitoken_error err = APITOKEN_ERROR_INIT;
    apitoken_store_info info = APITOKEN_STORE_INFO_INIT;
    apitoken_store *store;
    if (line->value[OPTION_COUNTERS]) return print_counters(line);
    if (line->value[OPTION_JSON]) return report_usage("--json needs --counters");
    enum exit_code code = open_store(line, APITOKEN_MODE_VERIFY_ONLY, &store);
    if (code != EXIT_DONE) return code;
    int rc = apitoken_store_stat(store, NULL, &info, &err);
    apitoken_store_close(store);
    if (rc != 0) return report_store_error(line, rc, &err);
    print_info(&info);
    return EXIT_DONE;
}
