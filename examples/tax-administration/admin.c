/* SPDX-License-Identifier: MIT */
#include "admin.h"

bool admin_today(const struct admin *admin, int32_t *ret_day) {
    return apitoken_day_today(admin->tokens, ret_day, NULL) == 0;
}
