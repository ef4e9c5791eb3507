/* SPDX-License-Identifier: MIT */
#include "objects/expiry.h"

#include "base/error.h"
#include "rules/day.h"
#include "rules/token_state.h"

static int fail_expiry(apitoken_error *err, int code, const char *what) {
    return atk_fail_field(err, code, APITOKEN_FIELD_EXPIRY, 0, what ? "the expiry is %s" : NULL,
                          what);
}

int atk_expiry_check(const struct atk_expiry *expiry, apitoken_error *err) {
    const bool has_day = expiry->day != 0, has_instant = expiry->ms != 0;
    switch (expiry->kind) {
    case APITOKEN_EXPIRY_DEFAULT:
    case APITOKEN_EXPIRY_NEVER:
        return has_day || has_instant
                   ? fail_expiry(err, APITOKEN_E_EXPIRY,
                                 "neither a day nor an instant, but one of them is set")
                   : 0;
    case APITOKEN_EXPIRY_DAY:
        if (has_instant) return fail_expiry(err, APITOKEN_E_EXPIRY, "a day, but an instant is set");
        return atk_day_is_valid(expiry->day) ? 0 : fail_expiry(err, APITOKEN_E_DAY, NULL);
    case APITOKEN_EXPIRY_INSTANT:
        if (has_day) return fail_expiry(err, APITOKEN_E_EXPIRY, "an instant, but a day is set");
        return atk_ms_is_valid(expiry->ms) ? 0 : fail_expiry(err, APITOKEN_E_EXPIRY, NULL);
    default: return fail_expiry(err, APITOKEN_E_EXPIRY, "of an unknown kind");
    }
}

int atk_expiry_resolve(const struct atk_expiry *expiry, struct atk_zone *zone, int64_t now_ms,
                       struct atk_end *ret, apitoken_error *err) {
    struct atk_end end = { .ms = ATK_END_NEVER, .kind = (uint8_t)expiry->kind };
    if (expiry->kind == APITOKEN_EXPIRY_DEFAULT) end.kind = APITOKEN_EXPIRY_NEVER;
    if (expiry->kind == APITOKEN_EXPIRY_INSTANT) end.ms = expiry->ms;
    if (expiry->kind == APITOKEN_EXPIRY_DAY) {
        ATK_TRY(atk_zone_day_end(zone, expiry->day, &end.ms, err));
        end.day = expiry->day;
        end.zone = zone->id;
        end.zone_len = (uint8_t)zone->id_len;
    }
    if (atk_end_is_past(end.ms, now_ms))
        return atk_fail_field(err, APITOKEN_E_EXPIRY_PAST, APITOKEN_FIELD_EXPIRY, 0, NULL);
    *ret = end;
    return 0;
}
