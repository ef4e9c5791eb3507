/* SPDX-License-Identifier: MIT */
/*
 * CRC-32/IEEE (ISO 3309, as in zlib and PNG; that of "123456789" is 0xCBF43926). It finds typing
 * errors and is no protection against forgery.
 */
#ifndef APITOKEN_RULES_CRC32_H
#define APITOKEN_RULES_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t atk_crc32(const void *data, size_t len);

#endif
