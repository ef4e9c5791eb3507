/* SPDX-License-Identifier: MIT */
/* The policy of a store as the tool reads and prints it. */
#ifndef APITOKEN_TOOL_POLICY_TEXT_H
#define APITOKEN_TOOL_POLICY_TEXT_H

#include <apitoken/apitoken.h>
#include <jansson.h>

#include "exit_code.h"

/*
 * Reads KEY=VALUE into the policy, and adds the bit of enum apitoken_policy_mask to the mask.
 * Returns EXIT_USAGE after reporting an error, also if the bit was there already.
 */
enum exit_code policy_read_value(const char *text, apitoken_policy *policy, uint32_t *mask);

/* Prints the revision and each value, in the form that policy_read_value() reads. */
void policy_print_text(const apitoken_policy *policy);

/* A new object, NULL if there is no memory. */
json_t *policy_to_json(const apitoken_policy *policy);

#endif
