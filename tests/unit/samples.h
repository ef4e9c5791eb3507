/* SPDX-License-Identifier: MIT */
/*
 * Shared by the unit tests: bytes from hexadecimal text, and the keyring and records of vectors.h.
 */
#ifndef SAMPLES_H
#define SAMPLES_H

#include "outside/crypto.h"
#include "fixture.h"
#include "rules/record.h"
#include "rules/text.h"
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

extern const uint8_t sample_store_id[ATK_STORE_ID_LEN];

/* Keys 1 and 7, the second one active, with subkeys and fingerprints, bound to that store. */
void sample_keys(struct atk_keys *keys);

void sample_prefix(struct atk_prefix *prefix, const char *text);

/* A kind of record; its functions know the struct. */
struct sample_record {
    const char *name;
    const char *frozen; /* hexadecimal, with the tag */
    const char *db_key; /* the same */
    size_t (*encode)(uint8_t *out);
    /* decodes and encodes again; 0 if it was refused */
    size_t (*recode)(const uint8_t *bytes, size_t len, uint8_t *out);
};

#define SAMPLE_RECORDS 12
extern const struct sample_record sample_records[SAMPLE_RECORDS];

/* The structs of some of them, for tests that change a field. */
void sample_hot(struct atk_hot *hot);
void sample_hot_newer(struct atk_hot *hot);
void sample_row_newer(struct atk_row *row); /* of that token, with unknown parts */
void sample_row_day(struct atk_row *row);   /* of the same token: expires by day, sealed */
void sample_row_revoked(struct atk_row *row);
void sample_config(struct atk_config *config);

/* 1 if the text has the form of a token of this prefix; *ret_id is its id. */
static inline int parse_text(const struct atk_prefix *prefix, const char *text, size_t len,
                             const char **ret_id) {
    const char *id;
    if (!atk_text_find_id(prefix, text, len, &id) || !atk_text_is_well_formed(id)) return 0;
    *ret_id = id;
    return 1;
}

#endif
