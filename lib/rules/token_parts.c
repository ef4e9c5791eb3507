/* SPDX-License-Identifier: MIT */
#include "rules/token_parts.h"

#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/older_secret.h"

bool atk_token_part_is_known(const struct atk_part *part, bool is_hot) {
    switch (part->type) {
    /* the row, which is written with the hot record, is checked in full; validate is not to wait */
    case ATK_PART_INTERFACES:
        return is_hot ? atk_interfaces_has_form(part->value, part->len)
                      : atk_interfaces_is_valid(part->value, part->len);
    case ATK_PART_NETWORKS:
        return is_hot ? atk_networks_has_form(part->value, part->len)
                      : atk_networks_is_valid(part->value, part->len);
    case ATK_PART_OLDER_SECRET: return atk_older_secret_is_known(part->value, part->len, is_hot);
    case ATK_PART_DATA: return part->len >= 1 && part->len <= APITOKEN_DATA_MAX;
    default: return false;
    }
}
