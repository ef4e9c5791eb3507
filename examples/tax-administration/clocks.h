/* SPDX-License-Identifier: MIT */
/* The clocks of the host. */
#ifndef TAX_ADMINISTRATION_CLOCKS_H
#define TAX_ADMINISTRATION_CLOCKS_H

#include <stdbool.h>
#include <stdint.h>

/* The wall clock: milliseconds since 1970. */
int64_t clock_wall_ms(void);

/* Seconds since boot. Cannot be set, and counts while the machine sleeps: for ending sessions. */
int64_t clock_boot_s(void);

/* Today's date in a zone, yyyymmdd. False if the rules of the zone cannot be read. */
bool clock_today(const char *zone, int32_t *ret_day);

#endif
