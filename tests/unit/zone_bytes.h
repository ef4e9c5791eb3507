/* SPDX-License-Identifier: MIT */
/* A small zone file, for tests that change it. */
#ifndef ZONE_BYTES_H
#define ZONE_BYTES_H

#include <stdint.h>

/* Version 1: UTC+1 until 2000-01-01T00:00:00Z, UTC+2 from then on. */
static const uint8_t zone_bytes[] = {
    /* magic, version, reserved */
    'T',  'Z',  'i',  'f',  0, 0, 0, 0,    0,    0, 0, 0, 0, 0,    0,    0, 0, 0,   0,   0,   0,
    0,    0,    0,    0,    0, 0, 0, 0,    0,    0, 0, 0, 0, 0,    1,    0, 0, 0,   2,   0,   0,
    0,    4, /* one change, two types, four letters */
    0x38, 0x6d, 0x43, 0x80, 1, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, 0x1c, 0x20, 0, 0, 'A', 'B', 'C', 0,
};
#define ZONE_BYTES_LEAPS 31  /* last byte of the count of leap seconds */
#define ZONE_BYTES_KIND 48   /* the type from the change on */
#define ZONE_BYTES_OFFSET 50 /* second byte of the first offset */

#endif
