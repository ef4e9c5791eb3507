/* SPDX-License-Identifier: MIT */
/*
 * Figures of list: list PLACE ROUNDS
 *
 * All rows of one owner, page by page, against the same rows read by hand from an LMDB range. The
 * library verifies the tag of each row; the second figure leaves out what that costs by hand.
 */
#include <stdint.h>
#include <stdlib.h>

#include "bare.h"
#include "due.h"
#include "machine.h"
#include "place.h"
#include "say.h"

#define PAGE APITOKEN_LIST_MAX
#define OWNER 1

static size_t read_page(const apitoken_page *page, uint64_t *sum) {
    size_t count = apitoken_page_count(page);
    for (size_t i = 0; i < count; i++) {
        const apitoken_token *row = apitoken_page_at(page, i);
        *sum += (uint64_t)apitoken_token_created_ms(row) + (uint64_t)apitoken_token_state(row);
        *sum += (uint8_t)apitoken_token_id(row)[0] + (uint8_t)apitoken_token_name(row)[0];
    }
    return count;
}

static size_t list_all(const struct place *place, uint64_t *sum) {
    char owner[PLACE_OWNER_LEN + 1], cursor[APITOKEN_CURSOR_MAX + 1];
    apitoken_list_opts opts = APITOKEN_LIST_OPTS_INIT;
    size_t seen = 0;
    const char *next;
    place_owner(OWNER, owner);
    opts.limit = PAGE;
    do {
        apitoken_page *page = NULL;
        DUE(apitoken_list(place->store, owner, PLACE_OWNER_LEN, &opts, &page, NULL));
        seen += read_page(page, sum);
        next = apitoken_page_cursor(page);
        for (opts.cursor_len = 0; next && next[opts.cursor_len]; opts.cursor_len++)
            cursor[opts.cursor_len] = next[opts.cursor_len];
        opts.cursor = cursor;
        apitoken_page_free(page);
    } while (next);
    return seen;
}

static double per_row(double begin, size_t seen, size_t due) {
    DUE_THAT(seen == due);
    return (cpu_ns() - begin) / (double)due;
}

int main(int argc, char **argv) {
    struct place place;
    struct rounds with_check = { 0 }, without = { 0 }, ns = { 0 };
    uint64_t sum = 0; /* so that what is read has a use */
    DUE_THAT(argc == 3);
    pin_to(1);
    place_open(&place, argv[1], APITOKEN_MODE_READ_WRITE);
    struct bare *bare = bare_rows(place_path(argv[1], "rows"), place.tokens, place.owners);
    size_t due = place.tokens / place.owners, count = strtoul(argv[2], NULL, 10);
    for (size_t i = 0; i <= count; i++) {
        double begin = cpu_ns(), library = per_row(begin, list_all(&place, &sum), due);
        begin = cpu_ns();
        double scan = per_row(begin, bare_scan(bare, OWNER, PAGE, 0, &sum), due);
        begin = cpu_ns();
        double checked = per_row(begin, bare_scan(bare, OWNER, PAGE, 1, &sum), due);
        if (i == 0) continue; /* brings the pages into memory */
        rounds_add(&ns, library);
        rounds_add(&with_check, library / scan);
        rounds_add(&without, (library - (checked - scan)) / scan);
    }
    say_figure("list.check", &with_check);
    say_figure("list.plain", &without);
    say_figure("ns.list", &ns);
    say_setting("list", "%zu rows of one of %zu owners, pages of %d", due, place.owners, PAGE);
    DUE_THAT(sum != 0);
    bare_free(bare);
    place_close(&place);
    return 0;
}
