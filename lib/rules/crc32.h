/* SPDX-License-Identifier: MIT */
/*
 * CRC-32/IEEE (ISO 3309, as in zlib and PNG; check value of "123456789" is 0xCBF43926). Finds
 * typing errors, secures nothing.
 */
#ifndef APITOKEN_RULES_CRC32_H
#define APITOKEN_RULES_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t atk_crc32(const void *data, size_t len);

#endif
