/* SPDX-License-Identifier: MIT */
/* Zone files: whatever the bytes are, days begin in order and where an offset can put them. */
#include "target.h"

#include "rules/tzif.h"

#define DAY INT64_C(86400)
#define EARLIEST (-26 * INT64_C(3600)) /* the bounds of an offset, RFC 8536 section 3.2 */
#define LAST_DAY 2932897               /* 10000-01-01 */
#define STEP 97001                     /* days between those that are tried: 31 of them */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct atk_tzif zone;
    if (!atk_tzif_parse(data, size, &zone)) return 0;
    int64_t before = INT64_MIN;
    for (int64_t day = 0; day <= LAST_DAY; day += STEP) {
        int64_t next, start = atk_tzif_day_start(&zone, day * DAY);
        int32_t offset;
        MUST(start > before && start > day * DAY + EARLIEST);
        before = start;
        atk_tzif_at(&zone, start, &offset, &next);
        MUST(start + offset >= day * DAY && next > start);
        MUST(atk_tzif_day_start(&zone, day * DAY + DAY) >= start);
    }
    return 0;
}
