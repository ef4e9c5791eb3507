/* SPDX-License-Identifier: MIT */
/* A signed token, verified by libsodium; does not look up whether it was revoked. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define TEXT_LEN 53
#define TOKENS 100

struct signed_token {
    uint8_t text[TEXT_LEN];
    uint8_t signature[crypto_sign_BYTES];
};

struct ed25519 {
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    struct signed_token token[TOKENS];
    size_t next;
};

static void *open_peer(const struct peer_args *args) {
    uint8_t secret_key[crypto_sign_SECRETKEYBYTES];
    struct ed25519 *ed25519 = calloc(1, sizeof *ed25519);
    (void)args;
    DUE_THAT(ed25519 && sodium_init() >= 0);
    DUE(crypto_sign_keypair(ed25519->public_key, secret_key));
    for (size_t i = 0; i < TOKENS; i++) {
        struct signed_token *token = &ed25519->token[i];
        randombytes_buf(token->text, TEXT_LEN);
        DUE(crypto_sign_detached(token->signature, NULL, token->text, TEXT_LEN, secret_key));
    }
    say_setting("Ed25519",
                "libsodium %s, crypto_sign_verify_detached over %d bytes, the key parsed once",
                sodium_version_string(), TEXT_LEN);
    return ed25519;
}

static int look(void *ctx, const char *text, size_t len) {
    struct ed25519 *ed25519 = ctx;
    const struct signed_token *token = &ed25519->token[ed25519->next++ % TOKENS];
    (void)text, (void)len;
    return crypto_sign_verify_detached(token->signature, token->text, TEXT_LEN,
                                       ed25519->public_key);
}

const struct peer peer_ed25519 = { "ed25519", 1000, 0, open_peer, look, free };
