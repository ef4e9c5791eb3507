/* SPDX-License-Identifier: MIT */
/* Days in the zone of a store. */
#include "base/attr.h"
#include "base/error.h"
#include "objects/store.h"

int apitoken_day_at(apitoken_store *store, int64_t at_ms, int32_t *ret_day, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_day) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_SCOPED_ZONE zone = atk_store_zone(store);
    return atk_zone_day_at(&zone, at_ms, ret_day, err);
}

int apitoken_day_today(apitoken_store *store, int32_t *ret_day, apitoken_error *err) {
    ATK_KEEP_ERRNO;
    ATK_NO_CANCEL;
    int64_t now_ms;
    ATK_TRY(atk_error_check(err));
    ATK_TRY(atk_store_enter(store, err));
    if (!ret_day) return atk_fail(err, APITOKEN_E_ARGUMENT, NULL);
    ATK_TRY(atk_clock_read(&store->clock, &now_ms, err));
    ATK_SCOPED_ZONE zone = atk_store_zone(store);
    return atk_zone_day_at(&zone, now_ms, ret_day, err);
}
