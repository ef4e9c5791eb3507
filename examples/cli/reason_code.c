/* SPDX-License-Identifier: MIT */
#include "reason_code.h"

#include <apitoken/apitoken.h>
#include <string.h>

static const char *const names[] = {
    [APITOKEN_REASON_UNSPECIFIED] = "",        [APITOKEN_REASON_SUPERSEDED] = "superseded",
    [APITOKEN_REASON_EXPOSED] = "exposed",     [APITOKEN_REASON_OWNER_GONE] = "owner-gone",
    [APITOKEN_REASON_ADMINISTRATOR] = "admin",
};
#define COUNT (sizeof names / sizeof *names)

bool reason_code_of_name(const char *name, uint32_t *ret_code) {
    *ret_code = APITOKEN_REASON_UNSPECIFIED;
    if (!name) return true;
    for (uint32_t code = APITOKEN_REASON_UNSPECIFIED + 1; code < COUNT; code++) {
        if (strcmp(names[code], name) != 0) continue;
        *ret_code = code;
        return true;
    }
    return false;
}

const char *reason_code_name(int code) {
    return code >= 0 && (size_t)code < COUNT ? names[code] : "other";
}
