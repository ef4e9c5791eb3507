/* SPDX-License-Identifier: MIT */
/*
 * Shared by the unit tests: bytes from hexadecimal text, and the keyring and records of vectors.h.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "outside/crypto.h"
#include "fixture.h"
#include "parse_text.h"
#include "rules/record.h"
#include "vectors.h"

#define SAMPLE_BYTES_MAX ATK_KEYS_RECORD_MAX
#define SAMPLE_ID "AbCdEf012345"
#define SAMPLE_SECRET "0123456789ABCDEFGHIJKLMNOPQRST"
#define SAMPLE_OWNER "alice@example.org"

/*
 * Converts hexadecimal text, returns the number of bytes. The text is a constant: an error in it
 * fails the test.
 */
size_t sample_bytes(const char *hex, uint8_t out[SAMPLE_BYTES_MAX]);

/* Fails the test unless the bytes are those of the hexadecimal text. */
#define assert_bytes(data, len, hex) sample_assert_bytes((data), (len), (hex), __FILE__, __LINE__)
void sample_assert_bytes(const void *data, size_t len, const char *hex, const char *file, int line);

/*
 * Copies up to a page of bytes to the end of memory that may be read: a read of one byte more ends
 * the program. Valid until the next call.
 */
const void *sample_guarded(const void *bytes, size_t len);

extern const uint8_t sample_store_id[ATK_STORE_ID_LEN];

/* Keys 1 and 7, the second one active, with subkeys and fingerprints, bound to that store. */
void sample_keys(struct atk_keys *keys);

void sample_prefix(struct atk_prefix *prefix, const char *text);

/* Puts a part behind those that are there; returns the new length. */
uint16_t sample_put_part(uint8_t *parts, uint16_t len, uint8_t type, const char *value);

/* A kind of record; its functions know the struct. */
struct sample_record {
    const char *name;
    const char *frozen; /* hexadecimal, with the tag */
    const char *db_key; /* the same */
    size_t (*encode)(uint8_t *out);
    /* decodes and encodes again; 0 if it was refused */
    size_t (*recode)(const uint8_t *bytes, size_t len, uint8_t *out);
};

#define SAMPLE_RECORDS 25
extern const struct sample_record sample_records[SAMPLE_RECORDS];

/* The structs of some of them, for tests that change a field. */
void sample_hot(struct atk_hot *hot);
void sample_hot_newer(struct atk_hot *hot);
void sample_row_newer(struct atk_row *row); /* of that token, with unknown parts */
/* the two records of a token that is suspended and has two secrets: all parts that are known */
void sample_hot_full(struct atk_hot *hot);
void sample_row_full(struct atk_row *row);
void sample_row_day(struct atk_row *row); /* of the same token: expires by day, sealed */
void sample_row_revoked(struct atk_row *row);
void sample_config(struct atk_config *config);
void sample_policy(struct atk_policy_record *record);
void sample_owner(struct atk_owner_record *owner);

#endif
