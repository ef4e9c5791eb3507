/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#define TEXT_LEN 53
#define ID_AT 5

const struct peer *const peers[] = {
#ifdef HAVE_SQLITE
    &peer_sqlite,
#endif
#ifdef HAVE_REDIS
    &peer_redis,
#endif
#ifdef HAVE_POSTGRES
    &peer_postgres,
#endif
#ifdef HAVE_JWT
    &peer_jwt_hs256, &peer_jwt_es256,
#endif
#ifdef HAVE_MACAROONS
    &peer_macaroons,
#endif
    &peer_ed25519,   NULL,
};

const struct peer_writer *const peer_writers[] = {
#ifdef HAVE_SQLITE
    &peer_sqlite_connections,
    &peer_sqlite_shared,
#endif
#ifdef HAVE_POSTGRES
    &peer_postgres_writer,
#endif
    NULL,
};

int64_t peer_now_ms(void) { return (int64_t)time(NULL) * 1000; }

void peer_hash(const char *text, size_t len, struct peer_row *row) {
    uint8_t block[FLOOR_KEY_LEN + PLACE_STRIDE];
    memcpy(block, place_floor_key, FLOOR_KEY_LEN);
    memcpy(block + FLOOR_KEY_LEN, text, len);
    (void)crypto_generichash(row->hash, PEER_HASH_LEN, block, FLOOR_KEY_LEN + len, NULL, 0);
    memcpy(&row->number, row->hash, sizeof row->number);
}

struct peer_row peer_row_at(const struct place *place, size_t i) {
    struct peer_row row = { .ends_ms = INT64_MAX, .created_ms = peer_now_ms() };
    peer_hash(place_text(place, i), place->len, &row);
    place_owner(i % place->owners, row.owner);
    memcpy(row.id, place_text(place, i) + ID_AT, PEER_ID_LEN);
    return row;
}

struct peer_row peer_row_new(void) {
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01";
    struct peer_row row = { .ends_ms = INT64_MAX, .created_ms = peer_now_ms() };
    uint8_t random[TEXT_LEN];
    char text[TEXT_LEN];
    randombytes_buf(random, sizeof random);
    for (size_t i = 0; i < TEXT_LEN; i++) text[i] = digits[random[i] % 64];
    peer_hash(text, sizeof text, &row);
    place_owner(random[0], row.owner);
    memcpy(row.id, text + ID_AT, PEER_ID_LEN);
    return row;
}

int peer_judge(const struct peer_row *asked, const void *hash, size_t hash_len, int64_t ends_ms) {
    if (hash_len != PEER_HASH_LEN || crypto_verify_32(asked->hash, hash) != 0) return -1;
    return peer_now_ms() < ends_ms ? 0 : -1;
}
