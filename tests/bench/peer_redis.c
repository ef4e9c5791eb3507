/* SPDX-License-Identifier: MIT */
/* Redis over a unix socket, one GET per lookup. */
#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define PIPELINE 1000

struct value {
    uint8_t hash[PEER_HASH_LEN];
    int64_t ends_ms;
    char owner[PLACE_OWNER_LEN];
};

static void append_set(redisContext *redis, const struct peer_row *row) {
    struct value value = { .ends_ms = row->ends_ms };
    memcpy(value.hash, row->hash, PEER_HASH_LEN);
    memcpy(value.owner, row->owner, PLACE_OWNER_LEN);
    const char *words[] = { "SET", (const char *)&row->number, (const char *)&value };
    const size_t lens[] = { 3, sizeof row->number, sizeof value };
    DUE(redisAppendCommandArgv(redis, 3, words, lens));
}

static void take_replies(redisContext *redis, size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *reply = NULL;
        DUE(redisGetReply(redis, &reply));
        DUE_THAT(((redisReply *)reply)->type == REDIS_REPLY_STATUS);
        freeReplyObject(reply);
    }
}

static void fill(redisContext *redis, const struct place *place) {
    for (size_t i = 0; i < place->tokens; i++) {
        struct peer_row row = peer_row_at(place, i);
        append_set(redis, &row);
        if (i % PIPELINE == PIPELINE - 1) take_replies(redis, PIPELINE);
    }
    take_replies(redis, place->tokens % PIPELINE);
}

static void *open_peer(const struct peer_args *args) {
    if (!args->redis) return NULL;
    redisContext *redis = redisConnectUnix(args->redis);
    DUE_THAT(redis && redis->err == 0);
    fill(redis, args->place);
    say_setting(
        "Redis client",
        "hiredis %d.%d.%d, binary key of 8 bytes, value with hash, end and owner, one GET a look",
        HIREDIS_MAJOR, HIREDIS_MINOR, HIREDIS_PATCH);
    return redis;
}

static int look(void *ctx, const char *text, size_t len) {
    struct peer_row asked;
    struct value value;
    const char *words[] = { "GET", (const char *)&asked.number };
    const size_t lens[] = { 3, sizeof asked.number };
    peer_hash(text, len, &asked);
    redisReply *reply = redisCommandArgv(ctx, 2, words, lens);
    int rc = -1;
    if (reply && reply->type == REDIS_REPLY_STRING && (size_t)reply->len == sizeof value) {
        memcpy(&value, reply->str, sizeof value);
        memcpy(asked.owner, value.owner, PLACE_OWNER_LEN);
        rc = peer_judge(&asked, value.hash, sizeof value.hash, value.ends_ms);
    }
    freeReplyObject(reply);
    return rc;
}

static void close_peer(void *ctx) { redisFree(ctx); }

const struct peer peer_redis = { "redis", 3000, 1, open_peer, look, close_peer };
