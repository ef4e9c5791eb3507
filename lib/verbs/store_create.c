/* SPDX-License-Identifier: MIT */
/* apitoken_store_create() */
#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/option_sizes.h"
#include "base/opts.h"
#include "objects/input.h"
#include "objects/keyring.h"
#include "objects/store.h"
#include "outside/clock.h"
#include "outside/files.h"
#include "outside/zone.h"
#include "rules/names.h"

static int set_zone(struct atk_config *config, const char *zone, size_t len, apitoken_error *err) {
    if (!zone) {
        zone = ATK_ZONE_DEFAULT;
        len = strlen(zone);
    }
    if (!atk_zone_is_valid(zone, len))
        return atk_fail_field(err, APITOKEN_E_ZONE, APITOKEN_FIELD_ZONE, 0, "not a valid zone id");
    memcpy(config->zone, zone, len);
    config->zone_len = (uint8_t)len;
    return 0;
}

/* With a zone that nobody knows, every later expiry by day would fail. */
static int require_known_zone(const struct atk_config *config,
                              const apitoken_store_create_opts *opts, apitoken_error *err) {
    int64_t end_ms;
    ATK_SCOPED_ZONE zone = atk_zone_of(config, opts->zone, opts->zone_ctx);
    return atk_zone_day_end(&zone, ATK_DAY_MIN, &end_ms, err);
}

static int fill_config(struct atk_config *config, const apitoken_store_create_opts *opts,
                       const struct atk_keys *keys, apitoken_error *err) {
    const char *prefix = opts->prefix ? opts->prefix : ATK_PREFIX_DEFAULT;
    size_t prefix_len = opts->prefix ? opts->prefix_len : strlen(ATK_PREFIX_DEFAULT);
    uint32_t policy = opts->copy_policy ? opts->copy_policy : APITOKEN_COPY_ONCE;
    memset(config, 0, sizeof *config);
    if (!opts->prefix && opts->prefix_len)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_PREFIX, 0, NULL);
    if (!opts->zone_id && opts->zone_id_len)
        return atk_fail_field(err, APITOKEN_E_ARGUMENT, APITOKEN_FIELD_ZONE, 0, NULL);
    if (atk_prefix_set(&config->prefix, prefix, prefix_len) < 0)
        return atk_fail_field(err, APITOKEN_E_PREFIX, APITOKEN_FIELD_PREFIX, 0, NULL);
    if (policy != APITOKEN_COPY_ONCE && policy != APITOKEN_COPY_ALWAYS)
        return atk_fail(err, APITOKEN_E_COPY_POLICY, NULL);
    ATK_TRY(set_zone(config, opts->zone_id, opts->zone_id_len, err));
    config->copy_policy = (uint8_t)policy;
    config->key_id = keys->active;
    return 0;
}

int apitoken_store_create(const char *path, const apitoken_keyring *keyring,
                          const apitoken_store_create_opts *opts, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    apitoken_store_create_opts full;
    struct atk_config config;
    uint64_t bytes = 0;
    ATK_TRY(atk_error_check(err));
    if (!keyring) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_input_path(path, err));
    ATK_TRY(atk_opts_load(&full, sizeof full, ATK_SIZE_STORE_CREATE_OPTS,
                          APITOKEN_STORE_GROUP | APITOKEN_ANY_FILE_SYSTEM, opts, err));
    ATK_TRY(atk_input_reserved(full.reserved, err));
    if (keyring->keys->verify_only) return atk_fail(err, APITOKEN_E_KEYS_VERIFY, NULL);
    ATK_TRY(fill_config(&config, &full, keyring->keys, err));
    ATK_TRY(atk_input_map_size(full.map_bytes ? full.map_bytes : ATK_MAP_DEFAULT, &bytes, err));
    ATK_TRY(require_known_zone(&config, &full, err));
    const struct atk_clock clock = { full.clock, full.clock_ctx };
    ATK_TRY(atk_clock_read(&clock, &config.created_ms, err));
    atk_random(config.store_id, sizeof config.store_id);
    const struct atk_backend_create create = { .path = path,
                                               .for_group = full.flags & APITOKEN_STORE_GROUP,
                                               .any_fs = full.flags & APITOKEN_ANY_FILE_SYSTEM,
                                               .limit_bytes = bytes,
                                               .config = &config,
                                               .keys = keyring->keys };
    return atk_lmdb_create(&create, err);
}
