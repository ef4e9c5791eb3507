/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL over a unix socket with libpq: prepared statements, binary parameters and results, one
 * connection per thread.
 */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define THREADS_MAX 32
#define PORT "54329"
#define SCHEMA                                                                                    \
    "drop table if exists tokens; create table tokens(number bigint primary key, hash bytea not " \
    "null,"                                                                                       \
    " ends bigint not null, owner text not null, id text not null, name text not null, created "  \
    "bigint not null);"                                                                           \
    "create index by_owner on tokens(owner, created)"
#define INSERT                                                                                     \
    "insert into tokens(number, hash, ends, owner, id, name, created) values($1, $2, $3, $4, $5, " \
    "'name', $6)"
#define SELECT "select hash, ends, owner from tokens where number = $1"
#define INSERT_WORDS 6

struct postgres {
    size_t count;
    PGconn *connection[THREADS_MAX];
};

static void must(const PGconn *connection, PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        (void)fprintf(stderr, "%s", PQerrorMessage(connection));
    DUE_THAT(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    PQclear(result);
}

static PGconn *connect_to(const char *dir, const char *statement) {
    char where[PLACE_PATH + 64];
    (void)snprintf(where, sizeof where, "host=%s port=" PORT " user=postgres dbname=postgres", dir);
    PGconn *connection = PQconnectdb(where);
    if (PQstatus(connection) != CONNECTION_OK)
        (void)fprintf(stderr, "%s", PQerrorMessage(connection));
    DUE_THAT(PQstatus(connection) == CONNECTION_OK);
    must(connection,
         PQexec(connection,
                "set plan_cache_mode = force_generic_plan; set client_min_messages = error"));
    if (statement) must(connection, PQprepare(connection, "it", statement, 0, NULL));
    return connection;
}

static void make_table(const char *dir) {
    PGconn *connection = connect_to(dir, NULL);
    must(connection, PQexec(connection, SCHEMA));
    PQfinish(connection);
}

static void insert(PGconn *connection, const struct peer_row *row) {
    uint64_t number = htobe64((uint64_t)row->number), ends = htobe64((uint64_t)row->ends_ms),
             created = htobe64((uint64_t)row->created_ms);
    const char *words[INSERT_WORDS] = {
        (const char *)&number, (const char *)row->hash, (const char *)&ends, row->owner, row->id,
        (const char *)&created
    };
    const int lens[INSERT_WORDS] = { 8, PEER_HASH_LEN, 8, PLACE_OWNER_LEN, PEER_ID_LEN, 8 };
    const int binary[INSERT_WORDS] = { 1, 1, 1, 1, 1, 1 };
    must(connection, PQexecPrepared(connection, "it", INSERT_WORDS, words, lens, binary, 1));
}

static void close_all(void *ctx) {
    struct postgres *postgres = ctx;
    for (size_t i = 0; i < postgres->count; i++) PQfinish(postgres->connection[i]);
    free(postgres);
}

static struct postgres *open_all(const char *dir, size_t connections, const char *statement) {
    struct postgres *postgres = calloc(1, sizeof *postgres);
    DUE_THAT(postgres && connections <= THREADS_MAX);
    postgres->count = connections;
    for (size_t i = 0; i < connections; i++) postgres->connection[i] = connect_to(dir, statement);
    return postgres;
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void fill(const char *dir, const struct place *place) {
    PGconn *connection = connect_to(dir, INSERT);
    must(connection, PQexec(connection, "begin"));
    for (size_t i = 0; i < place->tokens; i++) {
        struct peer_row row = peer_row_at(place, i);
        insert(connection, &row);
    }
    must(connection, PQexec(connection, "commit"));
    must(connection, PQexec(connection, "vacuum analyze tokens"));
    PQfinish(connection);
}

static void *open_peer(const struct peer_args *args) {
    if (!args->postgres) return NULL;
    make_table(args->postgres);
    fill(args->postgres, args->place);
    say_setting("PostgreSQL client",
                "libpq %d, prepared, binary, generic plan, the hash's beginning as primary key",
                PQlibVersion());
    return open_all(args->postgres, 1, SELECT);
}

static int look(void *ctx, const char *text, size_t len) {
    struct postgres *postgres = ctx;
    struct peer_row asked;
    peer_hash(text, len, &asked);
    uint64_t number = htobe64((uint64_t)asked.number), ends = 0;
    const char *word = (const char *)&number;
    const int word_len = 8, binary = 1;
    PGresult *result =
        PQexecPrepared(postgres->connection[0], "it", 1, &word, &word_len, &binary, 1);
    int rc = -1;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        memcpy(&ends, PQgetvalue(result, 0, 1), sizeof ends);
        rc = peer_judge(&asked, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0),
                        (int64_t)be64toh(ends));
        memcpy(asked.owner, PQgetvalue(result, 0, 2), PLACE_OWNER_LEN);
    }
    PQclear(result);
    return rc;
}

const struct peer peer_postgres = { "postgres", 3000, 1, open_peer, look, close_all };

/* ---- durable creates ------------------------------------------------------------------------- */

static void *open_writer(const struct peer_args *args, size_t threads) {
    if (!args->postgres) return NULL;
    make_table(args->postgres);
    say_setting("PostgreSQL, writing", "%zu connections, synchronous_commit=on, fsync=on", threads);
    return open_all(args->postgres, threads, INSERT);
}

static void create(void *ctx, size_t thread) {
    struct postgres *postgres = ctx;
    struct peer_row row = peer_row_new();
    insert(postgres->connection[thread], &row);
}

const struct peer_writer peer_postgres_writer = { "postgres", open_writer, create, close_all };
