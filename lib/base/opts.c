/* SPDX-License-Identifier: MIT */
#include "base/opts.h"

#include <string.h>

#include "base/attr.h"
#include "base/error.h"
#include "base/limits.h"

struct head {
    uint32_t size;
    uint32_t flags;
};

static int fail_abi(apitoken_error *err, const char *what, uint32_t value) {
    return atk_fail_field(err, APITOKEN_E_ABI, APITOKEN_FIELD_OPTS, 0,
                          "%s %lu is not known to this version of the library", what,
                          (unsigned long)value);
}

int atk_opts_load(void *full, size_t full_size, size_t first_size, uint32_t allowed_flags,
                  const void *opts, apitoken_error *err) {
    memset(full, 0, full_size);
    if (!opts) return 0;
    struct head head;
    memcpy(&head, opts, sizeof head.size);
    if (head.size < first_size || head.size > ATK_STRUCT_MAX)
        return fail_abi(err, "the struct size", head.size);
    const unsigned char *bytes = (const unsigned char *)opts;
    for (size_t i = full_size; i < head.size; i++)
        if (bytes[i]) return fail_abi(err, "the field at offset", (uint32_t)i);
    memcpy(full, opts, head.size < full_size ? head.size : full_size);
    memcpy(&head, full, sizeof head);
    if (head.flags & ~allowed_flags) return fail_abi(err, "the flag", head.flags & ~allowed_flags);
    return 0;
}

int atk_out_require_size(const void *out, size_t first_size, apitoken_error *err) {
    if (!out) return 0;
    uint32_t size;
    memcpy(&size, out, sizeof size);
    return size < first_size || size > ATK_STRUCT_MAX ? fail_abi(err, "the struct size", size) : 0;
}
