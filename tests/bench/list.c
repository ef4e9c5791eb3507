/* SPDX-License-Identifier: MIT */
/*
 * Figures of list: list PLACE ROUNDS
 *
 * All rows of one owner, page by page, against the same rows read by hand from an LMDB range. The
 * library verifies the tag of each row; the second figure leaves out what that costs by hand.
 *
 * All rows of all owners with a filter, against all rows read by hand.
 */
#include <stdlib.h>

#include "bare.h"
#include "batch.h"
#include "due.h"
#include "list_all.h"
#include "list_rows.h"
#include "machine.h"
#include "place.h"
#include "say.h"

#define OWNER 1

static double per_row(double begin, size_t seen, size_t due) {
    DUE_THAT(seen == due);
    return (cpu_ns() - begin) / (double)due;
}

struct bench {
    struct place place;
    struct bare *bare;
    apitoken_store *admin;
    size_t rounds;
    uint64_t sum; /* so that what is read has a use */
};

static void list_one_owner(struct bench *bench) {
    struct rounds with_check = { 0 }, without = { 0 }, ns = { 0 };
    const size_t due = bench->place.tokens / bench->place.owners;
    for (size_t i = 0; i <= bench->rounds; i++) {
        double begin = cpu_ns();
        double library = per_row(begin, list_rows(&bench->place, OWNER, &bench->sum), due);
        begin = cpu_ns();
        double scan = per_row(begin, bare_scan(bench->bare, OWNER, LIST_PAGE, 0, &bench->sum), due);
        begin = cpu_ns();
        double checked =
            per_row(begin, bare_scan(bench->bare, OWNER, LIST_PAGE, 1, &bench->sum), due);
        if (i == 0) continue; /* brings the pages into memory */
        rounds_add(&ns, library);
        rounds_add(&with_check, library / scan);
        rounds_add(&without, (library - (checked - scan)) / scan);
    }
    say_figure("list.check", &with_check);
    say_figure("list.plain", &without);
    say_figure("ns.list", &ns);
    say_setting("list", "%zu rows of one of %zu owners, pages of %d", due, bench->place.owners,
                LIST_PAGE);
}

/* How many tokens of the place have the rare name. */
static size_t rare(const struct place *place) {
    const size_t turn = place->owners * BATCH_RARE, rest = place->tokens % turn;
    return place->tokens / turn * place->owners + (rest < place->owners ? rest : place->owners);
}

/* The nanoseconds a row that was looked at. */
static void list_all_owners(struct bench *bench) {
    struct rounds filtered = { 0 }, ns = { 0 };
    const size_t tokens = bench->place.tokens, kept = rare(&bench->place);
    apitoken_filter filter = APITOKEN_FILTER_INIT;
    filter.name_contains = BATCH_RARE_NAME;
    filter.name_contains_len = sizeof BATCH_RARE_NAME - 1;
    for (size_t i = 0; i <= bench->rounds; i++) {
        double begin = cpu_ns();
        DUE_THAT(list_all(bench->admin, &filter, &bench->sum) == kept);
        double library = (cpu_ns() - begin) / (double)tokens;
        begin = cpu_ns();
        double scan = per_row(begin, bare_scan_all(bench->bare, &bench->sum), tokens);
        if (i == 0) continue;
        rounds_add(&ns, library);
        rounds_add(&filtered, library / scan);
    }
    say_figure("list.all", &filtered);
    say_figure("ns.list.all", &ns);
}

int main(int argc, char **argv) {
    struct bench bench = { .sum = 0 };
    DUE_THAT(argc == 3);
    pin_to(1);
    bench.rounds = strtoul(argv[2], NULL, 10);
    place_open(&bench.place, argv[1], APITOKEN_MODE_READ_WRITE);
    bench.admin = open_for_admin(&bench.place);
    bench.bare = bare_rows(place_path(argv[1], "rows"), bench.place.tokens, bench.place.owners);
    list_one_owner(&bench);
    list_all_owners(&bench);
    DUE_THAT(bench.sum != 0);
    bare_free(bench.bare);
    apitoken_store_close(bench.admin);
    place_close(&bench.place);
    return 0;
}
