/* SPDX-License-Identifier: MIT */
/*
 * The two clocks of the host.
 */
#ifndef TAX_ADMINISTRATION_CLOCKS_H
#define TAX_ADMINISTRATION_CLOCKS_H

#include <stdint.h>

/* Milliseconds since 1970. */
int64_t now_ms(void);

/* Counts while the machine sleeps, too, and is never set: for the ends of sessions. */
int64_t seconds_running(void);

#endif
