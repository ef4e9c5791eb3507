/* SPDX-License-Identifier: MIT */
/*
 * A macaroon with one caveat, as it arrives in a request: deserialized, then verified; does not
 * look up whether it was revoked.
 */
#include <macaroons.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "peer.h"
#include "say.h"

#define TOKENS 100
#define TEXT_CAP 1024
#define CAVEAT "scope = import"
#define U(text) ((const unsigned char *)(text))

struct macaroons {
    struct macaroon_verifier *verifier;
    unsigned char key[MACAROON_SUGGESTED_SECRET_LENGTH];
    char token[TOKENS][TEXT_CAP];
    size_t next;
};

static void make(struct macaroons *macaroons, size_t i) {
    enum macaroon_returncode err;
    char owner[PLACE_OWNER_LEN + 1];
    place_owner(i, owner);
    struct macaroon *plain =
        macaroon_create(U("https://hub"), 11, macaroons->key, sizeof macaroons->key, U(owner),
                        PLACE_OWNER_LEN, &err);
    DUE_THAT(plain != NULL);
    struct macaroon *bound =
        macaroon_add_first_party_caveat(plain, U(CAVEAT), sizeof CAVEAT - 1, &err);
    DUE_THAT(bound != NULL);
    DUE(macaroon_serialize(bound, macaroons->token[i], TEXT_CAP, &err));
    macaroon_destroy(plain);
    macaroon_destroy(bound);
}

static void *open_peer(const struct peer_args *args) {
    enum macaroon_returncode err;
    struct macaroons *macaroons = calloc(1, sizeof *macaroons);
    (void)args;
    DUE_THAT(macaroons != NULL);
    memset(macaroons->key, 'k', sizeof macaroons->key);
    macaroons->verifier = macaroon_verifier_create();
    DUE_THAT(macaroons->verifier != NULL);
    DUE(macaroon_verifier_satisfy_exact(macaroons->verifier, U(CAVEAT), sizeof CAVEAT - 1, &err));
    for (size_t i = 0; i < TOKENS; i++) make(macaroons, i);
    say_setting("libmacaroons",
                "one first-party caveat, deserialize and verify, the verifier made once");
    return macaroons;
}

static int look(void *ctx, const char *text, size_t len) {
    struct macaroons *macaroons = ctx;
    enum macaroon_returncode err;
    (void)text, (void)len;
    struct macaroon *macaroon =
        macaroon_deserialize(macaroons->token[macaroons->next++ % TOKENS], &err);
    if (!macaroon) return -1;
    int rc = macaroon_verify(macaroons->verifier, macaroon, macaroons->key, sizeof macaroons->key,
                             NULL, 0, &err);
    macaroon_destroy(macaroon);
    return rc;
}

static void close_peer(void *ctx) {
    struct macaroons *macaroons = ctx;
    macaroon_verifier_destroy(macaroons->verifier);
    free(macaroons);
}

const struct peer peer_macaroons = { "macaroons", 10000, 0, open_peer, look, close_peer };
