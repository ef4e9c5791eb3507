/* SPDX-License-Identifier: MIT */
/*
 * The record check: a keyed tag at the end of every stored record that also covers the record's key, so that a flipped bit, a
 * record moved to another key or an edited expiry is found.
 */
#ifndef APITOKEN_CHECK_H
#define APITOKEN_CHECK_H

#include "crypto.h"
#include "record.h"

/* Writes the tag of a record (len with the tag's room) under the key that it names, which must be in `keys`. */
void atk_check_sign(const struct atk_keys *keys, const void *db_key, size_t db_key_len, uint8_t *record, size_t len);

/* 0, APITOKEN_E_DAMAGED, or APITOKEN_E_KEY_MISSING if the record names a key that is not in `keys`. */
int atk_check_verify(const struct atk_keys *keys, const void *db_key, size_t db_key_len, const uint8_t *record, size_t len);

#endif
