/* SPDX-License-Identifier: MIT */
/* What a handle remembers, where the table of its thread ends at memory that must not be touched. */
#include "lmdb/store.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "below.h"
#include "store.h"

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

/* ---- a table before a guard page ------------------------------------------------------------------------------------ */

struct guarded {
    uint8_t *map;
    size_t table_len, page;
};

static struct guarded guarded_make(void) {
    struct guarded g = { .page = (size_t)sysconf(_SC_PAGESIZE) };
    g.table_len = (sizeof(struct atk_recent_table) + g.page - 1) / g.page * g.page;
    void *map = mmap(NULL, g.table_len + g.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    g.map = map;
    assert_int_equal(mprotect(g.map + g.table_len, g.page, PROT_NONE), 0);
    return g;
}

/*
 * Every thread gets a table in which the set of this id is the last thing before the guard page, and only its last way is free.
 * What lies behind it is never asked for, as there is no other id.
 */
static struct atk_recent *take_last_way(const struct fixture *f, const struct guarded *g, const char *id) {
    struct atk_pool *pool = &engine_of(f)->env->pool;
    struct atk_recent_table *any = pool->entry[0].recent;
    const size_t number = (size_t)(atk_recent_set_of(any, atk_recent_head(id)) - any->set);
    memset(g->map, 0, g->table_len);
    struct atk_recent_table *table = (void *)(g->map + g->table_len - (number + 1) * sizeof table->set[0]);
    struct atk_recent_set *set = &table->set[number];
    for (unsigned way = 0; way + 1 < ATK_RECENT_WAYS; way++) set->head[way] = ~atk_recent_head(id), set->is_usual[way] = 1;
    for (uint32_t i = 0; i < ATK_POOL_MAX; i++) pool->entry[i].recent = table;
    return &set->way[ATK_RECENT_WAYS - 1];
}

static void test_the_longest_owners_are_read_within_the_table(void **state) {
    const struct fixture *f = *state;
    const struct guarded g = guarded_make();
    char owner[APITOKEN_OWNER_MAX + 1] = "";
    for (size_t len = ATK_RECENT_OWNER_MAX - 8; len <= ATK_RECENT_OWNER_MAX + 8; len++) {
        for (size_t i = 0; i < len; i++) owner[i] = (char)('a' + (len + i) % 26);
        const struct made_token token = fixture_create(f->store, owner, "name", NULL);
        const struct atk_recent *last = take_last_way(f, &g, token.id);
        for (int i = 0; i < 4; i++) {
            apitoken_verdict verdict = APITOKEN_VERDICT_INIT;
            assert_code(apitoken_validate(f->store, token.text, token.len, NULL, &verdict, NULL), 0);
            assert_int_equal(verdict.owner_len, len);
            assert_string_equal(verdict.owner, owner);
        }
        assert_int_equal(last->noted != 0, len <= ATK_RECENT_OWNER_MAX); /* it was remembered, and where it was meant to be */
    }
    assert_int_equal(munmap(g.map, g.table_len + g.page), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(test_the_longest_owners_are_read_within_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
