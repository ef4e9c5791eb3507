/* SPDX-License-Identifier: MIT */
/*
 * The zone callback that all programs share: IANA zones out of the system's zoneinfo. It looks
 * neither at TZ nor at the process's local time, keeps no state, and may be called from any thread.
 */
#ifndef EXAMPLE_ZONE_H
#define EXAMPLE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#define ZONE_DIRECTORY "/usr/share/zoneinfo"

/*
 * What both functions give: 0, or as apitoken_zone_fn wants it a positive number for a zone that
 * does not exist and a negative one for a failure: a file that cannot be read or is damaged, a day
 * or an instant outside the years 1970..9999. Ids that leave the directory or mean "this machine's
 * own zone" are unknown. The zone "UTC" needs no file.
 */
enum { ZONE_UNKNOWN = 1, ZONE_FAILED = -1 };

/*
 * An apitoken_zone_fn. The ctx is the directory as `char *`, NULL for ZONE_DIRECTORY; another one
 * is for tests.
 *
 * A day begins at the first instant whose local date is that day: that is not midnight where the
 * clock jumps over it, and the first of two midnights where it is set back to one. A day that the
 * zone skipped altogether begins where the next one does.
 */
int zone_day_start(const char *zone, size_t zone_len, int32_t day, int64_t *ret_start_ms,
                   void *directory);

/*
 * The civil day, yyyymmdd, that an instant belongs to in the zone: for a host that must say which
 * day is today.
 */
int zone_day_at(const char *zone, size_t zone_len, int64_t at_ms, int32_t *ret_day,
                const char *directory);

#endif
