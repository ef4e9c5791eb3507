/* SPDX-License-Identifier: MIT */
/* What narrows a token, from the list texts of options to what is stored. */
#ifndef APITOKEN_OBJECTS_RESTRICTIONS_H
#define APITOKEN_OBJECTS_RESTRICTIONS_H

#include "rules/interfaces.h"
#include "rules/networks.h"
#include "rules/record_hot.h"

/* A length of 0: not restricted. */
struct atk_restrictions {
    size_t interfaces_len, networks_len;
    uint8_t interfaces[ATK_INTERFACES_VALUE_MAX];
    uint8_t networks[ATK_NETWORKS_VALUE_MAX];
};

/*
 * Read a list text, or "*" for no restriction; an empty text is neither. APITOKEN_E_INTERFACES and
 * APITOKEN_E_NETWORKS, with the offset of the item or character at fault.
 */
int atk_restrictions_read_interfaces(struct atk_restrictions *restrictions, const char *text,
                                     size_t len, apitoken_error *err);
int atk_restrictions_read_networks(struct atk_restrictions *restrictions, const char *text,
                                   size_t len, apitoken_error *err);

/* Those of a new token: an empty text is no restriction, too. */
int atk_restrictions_read_new(struct atk_restrictions *restrictions,
                              const apitoken_create_opts *opts, apitoken_error *err);

#endif
