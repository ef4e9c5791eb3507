/* SPDX-License-Identifier: MIT */
/* The words for enum apitoken_reason. */
#ifndef APITOKEN_TOOL_REASON_CODE_H
#define APITOKEN_TOOL_REASON_CODE_H

#include <stdbool.h>
#include <stdint.h>

/* NULL is APITOKEN_REASON_UNSPECIFIED. False: no code has this name. */
bool reason_code_of_name(const char *name, uint32_t *ret_code);

/* "" for APITOKEN_REASON_UNSPECIFIED, "other" for a code that only a newer version knows. */
const char *reason_code_name(int code);

#endif
