/* SPDX-License-Identifier: MIT */
/* Days: one that is read is written as it was, and nothing is written for one that is not. */
#include "target.h"

#include <apitoken/apitoken.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[16];
    int32_t day = -7;
    if (apitoken_day_parse((const char *)data, size, &day, NULL) != 0) {
        MUST(day == -7);
        return 0;
    }
    MUST(apitoken_day_format(day, text, sizeof text, NULL) == 0);
    MUST(size == strlen(text) && memcmp(text, data, size) == 0);
    return 0;
}
