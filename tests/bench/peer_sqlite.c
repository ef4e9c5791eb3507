/* SPDX-License-Identifier: MIT */
/*
 * SQLite: the beginning of the hash as row id, which is its fastest index; a statement prepared
 * once; WAL. Each lookup is a transaction of its own, or it would not see a revoke. Writers: one
 * connection per thread, and one connection that all threads share.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define BUSY_MS 60000
#define THREADS_MAX 32
#define SCHEMA                                                                                \
    "create table if not exists tokens(number integer primary key, hash blob not null, ends " \
    "integer not null,"                                                                       \
    " owner text not null, id text not null, name text not null, created integer not null);"  \
    "create index if not exists by_owner on tokens(owner, created)"
#define INSERT                                                                                \
    "insert into tokens(number, hash, ends, owner, id, name, created) values(?, ?, ?, ?, ?, " \
    "'name', ?)"

struct connection {
    sqlite3 *db;
    sqlite3_stmt *statement;
};

static struct connection open_db(const char *path, const char *statement) {
    static const char settings[] =
        "pragma journal_mode=wal; pragma synchronous=full; pragma mmap_size=1073741824;"
        "pragma cache_size=-65536; pragma temp_store=memory";
    struct connection c;
    DUE(sqlite3_open_v2(path, &c.db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    DUE(sqlite3_busy_timeout(c.db, BUSY_MS));
    DUE(sqlite3_exec(c.db, settings, NULL, NULL, NULL));
    DUE(sqlite3_exec(c.db, SCHEMA, NULL, NULL, NULL));
    DUE(sqlite3_prepare_v3(c.db, statement, -1, SQLITE_PREPARE_PERSISTENT, &c.statement, NULL));
    return c;
}

static void close_db(struct connection *c) {
    DUE(sqlite3_finalize(c->statement));
    DUE(sqlite3_close(c->db));
}

static void insert(const struct connection *c, const struct peer_row *row) {
    DUE(sqlite3_bind_int64(c->statement, 1, row->number));
    DUE(sqlite3_bind_blob(c->statement, 2, row->hash, PEER_HASH_LEN, SQLITE_STATIC));
    DUE(sqlite3_bind_int64(c->statement, 3, row->ends_ms));
    DUE(sqlite3_bind_text(c->statement, 4, row->owner, PLACE_OWNER_LEN, SQLITE_STATIC));
    DUE(sqlite3_bind_text(c->statement, 5, row->id, PEER_ID_LEN, SQLITE_STATIC));
    DUE(sqlite3_bind_int64(c->statement, 6, row->created_ms));
    DUE_THAT(sqlite3_step(c->statement) == SQLITE_DONE);
    DUE(sqlite3_reset(c->statement));
}

/* ---- looks ----------------------------------------------------------------------------------- */

static void fill(const char *path, const struct place *place) {
    struct connection c = open_db(path, INSERT);
    DUE(sqlite3_exec(c.db, "begin", NULL, NULL, NULL));
    for (size_t i = 0; i < place->tokens; i++) {
        struct peer_row row = peer_row_at(place, i);
        insert(&c, &row);
    }
    DUE(sqlite3_exec(c.db, "commit; pragma wal_checkpoint(truncate); analyze", NULL, NULL, NULL));
    close_db(&c);
}

static void *open_peer(const struct peer_args *args) {
    struct connection *c = calloc(1, sizeof *c);
    const char *path = place_path(args->dir, "sqlite");
    DUE_THAT(c != NULL);
    fill(path, args->place);
    *c = open_db(path, "select hash, ends, owner from tokens where number = ?");
    say_setting("SQLite",
                "%s, WAL, mmap of 1 GiB, cache of 64 MiB, no mutex, prepared once, the hash as row "
                "id, a transaction a look",
                sqlite3_libversion());
    return c;
}

static int look(void *ctx, const char *text, size_t len) {
    const struct connection *c = ctx;
    struct peer_row asked;
    int rc = -1;
    peer_hash(text, len, &asked);
    (void)sqlite3_bind_int64(c->statement, 1, asked.number);
    if (sqlite3_step(c->statement) == SQLITE_ROW) {
        const void *hash = sqlite3_column_blob(c->statement, 0);
        size_t hash_len = (size_t)sqlite3_column_bytes(c->statement, 0);
        rc = peer_judge(&asked, hash, hash_len, sqlite3_column_int64(c->statement, 1));
        (void)snprintf(asked.owner, sizeof asked.owner, "%s",
                       (const char *)sqlite3_column_text(c->statement, 2));
    }
    (void)sqlite3_reset(c->statement);
    return rc;
}

static void close_peer(void *ctx) {
    close_db(ctx);
    free(ctx);
}

const struct peer peer_sqlite = { "sqlite", 10000, 0, open_peer, look, close_peer };

/* ---- durable creates ------------------------------------------------------------------------- */

struct writer {
    size_t count;
    struct connection connection[THREADS_MAX];
    pthread_mutex_t mutex;
};

static struct writer *open_writer(const char *path, size_t connections) {
    struct writer *writer = calloc(1, sizeof *writer);
    DUE_THAT(writer && connections <= THREADS_MAX);
    DUE(pthread_mutex_init(&writer->mutex, NULL));
    writer->count = connections;
    for (size_t i = 0; i < connections; i++) writer->connection[i] = open_db(path, INSERT);
    return writer;
}

static void *open_connections(const struct peer_args *args, size_t threads) {
    say_setting("SQLite, writing",
                "WAL, synchronous=FULL, %zu connections with a busy timeout, or one behind a "
                "mutex: the faster counts",
                threads);
    return open_writer(place_path(args->dir, "sqlite-connections"), threads);
}

static void *open_shared(const struct peer_args *args, size_t threads) {
    (void)threads;
    return open_writer(place_path(args->dir, "sqlite-shared"), 1);
}

static void create_own(void *ctx, size_t thread) {
    struct writer *writer = ctx;
    struct peer_row row = peer_row_new();
    insert(&writer->connection[thread], &row);
}

static void create_shared(void *ctx, size_t thread) {
    struct writer *writer = ctx;
    struct peer_row row = peer_row_new();
    (void)thread;
    DUE(pthread_mutex_lock(&writer->mutex));
    insert(&writer->connection[0], &row);
    DUE(pthread_mutex_unlock(&writer->mutex));
}

static void close_writer(void *ctx) {
    struct writer *writer = ctx;
    for (size_t i = 0; i < writer->count; i++) close_db(&writer->connection[i]);
    DUE(pthread_mutex_destroy(&writer->mutex));
    free(writer);
}

const struct peer_writer peer_sqlite_connections = { "sqlite", open_connections, create_own,
                                                     close_writer };
const struct peer_writer peer_sqlite_shared = { "sqlite", open_shared, create_shared,
                                                close_writer };
