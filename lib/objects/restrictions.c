/* SPDX-License-Identifier: MIT */
#include "objects/restrictions.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "objects/input.h"

static const char *text_of(enum atk_list_text_rule rule) {
    switch (rule) {
    case ATK_LIST_TEXT_EMPTY: return "an item is empty";
    case ATK_LIST_TEXT_MANY: return "there are more than 16 items";
    case ATK_LIST_TEXT_REPEATED: return "an item comes twice";
    case ATK_LIST_TEXT_LONG: return "an item is longer than 64 characters";
    case ATK_LIST_TEXT_MAPPED: return "an IPv4-mapped network is larger than all of IPv4";
    case ATK_LIST_TEXT_HOST_BITS: return "a network has bits behind its prefix";
    case ATK_LIST_TEXT_CHARACTER: return "a character is not allowed";
    case ATK_LIST_TEXT_ADDRESS: return "not an IPv4 or IPv6 address";
    default: return "not a prefix length";
    }
}

static int fail_list(int code, uint32_t field, enum atk_list_text_rule rule, size_t at,
                     apitoken_error *err) {
    const char *what = code == APITOKEN_E_INTERFACES ? "the interfaces" : "the networks";
    return atk_fail_field(err, code, field, at, "%s: %s, at byte %zu", what, text_of(rule), at);
}

static bool is_any(const char *text, size_t len) { return len == 1 && text[0] == '*'; }

int atk_restrictions_read_interfaces(struct atk_restrictions *restrictions, const char *text,
                                     size_t len, apitoken_error *err) {
    size_t at = 0;
    ATK_TRY(atk_input_present(text, len, APITOKEN_FIELD_INTERFACES, err));
    restrictions->interfaces_len = 0;
    if (is_any(text, len)) return 0;
    enum atk_list_text_rule rule = atk_interfaces_parse(
        text ? text : "", len, restrictions->interfaces, &restrictions->interfaces_len, &at);
    if (rule == ATK_LIST_TEXT_GOOD) return 0;
    return fail_list(APITOKEN_E_INTERFACES, APITOKEN_FIELD_INTERFACES, rule, at, err);
}

int atk_restrictions_read_networks(struct atk_restrictions *restrictions, const char *text,
                                   size_t len, apitoken_error *err) {
    size_t at = 0;
    ATK_TRY(atk_input_present(text, len, APITOKEN_FIELD_NETWORKS, err));
    restrictions->networks_len = 0;
    if (is_any(text, len)) return 0;
    enum atk_list_text_rule rule = atk_networks_parse(text ? text : "", len, restrictions->networks,
                                                      &restrictions->networks_len, &at);
    if (rule == ATK_LIST_TEXT_GOOD) return 0;
    return fail_list(APITOKEN_E_NETWORKS, APITOKEN_FIELD_NETWORKS, rule, at, err);
}

int atk_restrictions_read_new(struct atk_restrictions *restrictions,
                              const apitoken_create_opts *opts, apitoken_error *err) {
    restrictions->interfaces_len = restrictions->networks_len = 0;
    if (opts->interfaces_len)
        ATK_TRY(atk_restrictions_read_interfaces(restrictions, opts->interfaces,
                                                 opts->interfaces_len, err));
    if (opts->networks_len)
        ATK_TRY(
            atk_restrictions_read_networks(restrictions, opts->networks, opts->networks_len, err));
    return 0;
}
