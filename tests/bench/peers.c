/* SPDX-License-Identifier: MIT */
/*
 * Figures against peers: peers PLACE ROUNDS LOOKS DIR REDIS POSTGRES ES256
 *
 * The last three as in peer_args, "-" for none. Servers run on this program's processor, which is
 * kind to them: between two processors a wake-up costs more. Their looks are timed by the wall
 * clock, all others by processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "due.h"
#include "look.h"
#include "machine.h"
#include "peer.h"
#include "say.h"

#define PEERS_MAX 16
#define HOT 100
#define BURSTS 40

struct contest {
    const struct peer *peer;
    void *ctx;
    struct rounds ns, first, seen; /* ratios to a first sight and to a token seen before */
};

static const char *given(const char *arg) { return strcmp(arg, "-") == 0 ? NULL : arg; }

static size_t open_peers(const struct peer_args *args, struct contest contests[PEERS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; peers[i]; i++) {
        void *ctx = peers[i]->open(args);
        if (ctx) contests[count++] = (struct contest){ .peer = peers[i], .ctx = ctx };
    }
    return count;
}

static void compete(struct contest *contest, struct look look, double first, double seen) {
    look.fn = contest->peer->look;
    look.ctx = contest->ctx;
    if (look.count > contest->peer->looks) look.count = contest->peer->looks;
    double ns = contest->peer->is_server ? look_wall_ns(&look) : look_cpu_ns(&look);
    rounds_add(&contest->ns, ns);
    rounds_add(&contest->first, ns / first);
    rounds_add(&contest->seen, ns / seen);
}

static void play(struct place *place, struct contest *contests, size_t count, size_t looks,
                 uint64_t *random) {
    char *texts = place_draw_hot(place, looks, HOT, 0, random);
    struct look look = { look_library, place, texts, looks, place->len, 0 };
    /* the library anew before each, so that both see the same machine */
    for (size_t i = 0; i < count; i++) {
        double first = look_first(place, HOT, BURSTS, random).ours;
        (void)look_cpu_ns(&look);
        compete(&contests[i], look, first, look_cpu_ns(&look));
    }
    free(texts);
}

static void say_all(const struct contest *contests, size_t count) {
    char id[64];
    for (size_t i = 0; i < count; i++) {
        const struct contest *contest = &contests[i];
        (void)snprintf(id, sizeof id, "peer.%s", contest->peer->id);
        say_figure(id, &contest->first);
        (void)snprintf(id, sizeof id, "peer.%s.seen", contest->peer->id);
        say_figure(id, &contest->seen);
        (void)snprintf(id, sizeof id, "ns.%s", contest->peer->id);
        say_figure(id, &contest->ns);
    }
}

int main(int argc, char **argv) {
    static struct contest contests[PEERS_MAX];
    struct place place;
    uint64_t random = 88172645463325252;
    DUE_THAT(argc == 8);
    pin_to(1);
    place_open(&place, argv[1], APITOKEN_MODE_READ_WRITE);
    struct peer_args args = { &place, argv[4], given(argv[5]), given(argv[6]), given(argv[7]) };
    size_t count = open_peers(&args, contests), rounds = strtoul(argv[2], NULL, 10),
           looks = strtoul(argv[3], NULL, 10);
    for (size_t i = 0; i < rounds; i++) play(&place, contests, count, looks, &random);
    say_all(contests, count);
    for (size_t i = 0; i < count; i++) contests[i].peer->close(contests[i].ctx);
    place_close(&place);
    return 0;
}
