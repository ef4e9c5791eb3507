/* SPDX-License-Identifier: MIT */
/*
 * JSON web tokens with libjwt: signature, expiry and subject; does not look up whether it was
 * revoked.
 */
#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define TOKENS 100
#define KEY_CAP 4096
#define YEAR_S (365L * 24 * 3600)

struct jwts {
    unsigned char key[KEY_CAP]; /* that verifies */
    int key_len;
    char *token[TOKENS];
    size_t next;
};

static int read_key(const char *path, const char *ending, unsigned char key[KEY_CAP]) {
    char name[PLACE_PATH];
    (void)snprintf(name, sizeof name, "%s%s", path, ending);
    FILE *file = fopen(name, "re");
    if (!file) return 0;
    size_t len = fread(key, 1, KEY_CAP - 1, file);
    (void)fclose(file);
    return (int)len;
}

static char *make(size_t i, jwt_alg_t alg, const unsigned char *key, int key_len) {
    jwt_t *jwt = NULL;
    char owner[PLACE_OWNER_LEN + 1];
    place_owner(i, owner);
    DUE(jwt_new(&jwt));
    DUE(jwt_add_grant(jwt, "sub", owner));
    DUE(jwt_add_grant_int(jwt, "exp", (long)(peer_now_ms() / 1000) + YEAR_S));
    DUE(jwt_set_alg(jwt, alg, key, key_len));
    char *text = jwt_encode_str(jwt);
    DUE_THAT(text != NULL);
    jwt_free(jwt);
    return text;
}

static struct jwts *make_all(jwt_alg_t alg, const unsigned char *key, int key_len) {
    struct jwts *jwts = calloc(1, sizeof *jwts);
    DUE_THAT(jwts != NULL);
    for (size_t i = 0; i < TOKENS; i++) jwts->token[i] = make(i, alg, key, key_len);
    return jwts;
}

static void *open_hs256(const struct peer_args *args) {
    (void)args;
    struct jwts *jwts = make_all(JWT_ALG_HS256, place_floor_key, FLOOR_KEY_LEN);
    memcpy(jwts->key, place_floor_key, FLOOR_KEY_LEN);
    jwts->key_len = FLOOR_KEY_LEN;
    say_setting("libjwt HS256", "jwt_decode with a key of %d bytes, then exp and sub",
                jwts->key_len);
    return jwts;
}

static void *open_es256(const struct peer_args *args) {
    unsigned char secret[KEY_CAP];
    int secret_len = args->es256_key ? read_key(args->es256_key, "", secret) : 0;
    if (secret_len == 0) return NULL;
    struct jwts *jwts = make_all(JWT_ALG_ES256, secret, secret_len);
    jwts->key_len = read_key(args->es256_key, ".pub", jwts->key);
    DUE_THAT(jwts->key_len > 0);
    say_setting(
        "libjwt ES256",
        "jwt_decode with the public key as PEM, which it parses on each call, then exp and sub");
    return jwts;
}

static int look(void *ctx, const char *text, size_t len) {
    struct jwts *jwts = ctx;
    jwt_t *jwt = NULL;
    (void)text, (void)len;
    if (jwt_decode(&jwt, jwts->token[jwts->next++ % TOKENS], jwts->key, jwts->key_len) != 0)
        return -1;
    int good =
        jwt_get_grant(jwt, "sub") != NULL && jwt_get_grant_int(jwt, "exp") > peer_now_ms() / 1000;
    jwt_free(jwt);
    return good ? 0 : -1;
}

static void close_peer(void *ctx) {
    struct jwts *jwts = ctx;
    for (size_t i = 0; i < TOKENS; i++) free(jwts->token[i]);
    free(jwts);
}

const struct peer peer_jwt_hs256 = { "jwt_hs256", 10000, 0, open_hs256, look, close_peer };
const struct peer peer_jwt_es256 = { "jwt_es256", 200, 0, open_es256, look, close_peer };
