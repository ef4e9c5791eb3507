/* SPDX-License-Identifier: MIT */
#include "create_rate.h"

#include <stdio.h>

#include "crew.h"
#include "due.h"
#include "machine.h"
#include "place.h"

#define NEW_OWNER "write-0000000000"

static void pick_owner(const struct creates *creates, uint64_t *random,
                       char out[PLACE_OWNER_LEN + 1]) {
    if (creates->owners == 1)
        (void)snprintf(out, PLACE_OWNER_LEN + 1, NEW_OWNER);
    else
        place_owner(draw(random) % creates->owners, out);
}

static void create_each(void *ctx, size_t thread) {
    const struct creates *creates = ctx;
    uint64_t random = 88172645463325252 + thread;
    char owner[PLACE_OWNER_LEN + 1];
    for (size_t i = 0; i < creates->each; i++) {
        apitoken_secret *secret = NULL;
        pick_owner(creates, &random, owner);
        DUE(apitoken_create(creates->store, owner, PLACE_OWNER_LEN, "name", 4, NULL, &secret,
                            NULL));
        apitoken_secret_free(secret);
    }
}

double create_rate(const struct creates *creates) {
    struct creates all = *creates;
    double ns = crew_run(all.threads, 0, create_each, &all);
    return (double)(all.threads * all.each) / ns * 1e9;
}
