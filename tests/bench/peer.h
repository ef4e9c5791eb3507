/* SPDX-License-Identifier: MIT */
/*
 * What a user might use instead. A peer does the same job: is this token good, and whose is it. A
 * peer_writer does the same durable create: a random token, its keyed hash, a row that is found by
 * hash and by owner. Each one states how it was set up.
 */
#ifndef PEER_H
#define PEER_H

#include "place.h"

#define PEER_HASH_LEN 32
#define PEER_ID_LEN 12

struct peer_args {
    const struct place *place;
    const char *dir;      /* for files of its own */
    const char *redis;    /* socket; NULL = there is no server */
    const char *postgres; /* directory of the socket; NULL = there is no server */
    /* private key, PEM; its public key at the same name with .pub; NULL = none */
    const char *es256_key;
};

struct peer {
    const char *id; /* of its figures */
    size_t looks;   /* a round */
    /* another process works, too: time it by the wall clock */
    int is_server;
    void *(*open)(const struct peer_args *args);          /* NULL if what it needs is not there */
    int (*look)(void *ctx, const char *text, size_t len); /* 0 if the token is good */
    void (*close)(void *ctx);
};

struct peer_writer {
    const char *id;
    void *(*open)(const struct peer_args *args, size_t threads);
    void (*create)(void *ctx, size_t thread);
    void (*close)(void *ctx);
};

/* Those that were compiled in; the list ends with NULL. */
extern const struct peer *const peers[];
extern const struct peer_writer *const peer_writers[];

extern const struct peer peer_sqlite, peer_redis, peer_postgres, peer_jwt_hs256, peer_jwt_es256,
    peer_macaroons, peer_ed25519;
extern const struct peer_writer peer_sqlite_connections, peer_sqlite_shared, peer_postgres_writer;

/* What a row of a database holds. */
struct peer_row {
    uint8_t hash[PEER_HASH_LEN];
    int64_t number; /* the hash's beginning, by which it is found */
    int64_t ends_ms;
    int64_t created_ms;
    char owner[PLACE_OWNER_LEN + 1];
    char id[PEER_ID_LEN + 1];
};

void peer_hash(const char *text, size_t len, struct peer_row *row); /* fills hash and number */
struct peer_row peer_row_at(const struct place *place, size_t i);   /* of a token of the place */
/* of a new token, whose text is made and hashed */
struct peer_row peer_row_new(void);

/* The end of a look in a database: 0 if hash and end are good. */
int peer_judge(const struct peer_row *asked, const void *hash, size_t hash_len, int64_t ends_ms);

int64_t peer_now_ms(void);

#endif
