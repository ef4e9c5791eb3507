/* SPDX-License-Identifier: MIT */
/*
 * What is taken from the pages of a damaged store, and that nothing is read behind them: what
 * salvage reads a page into ends here where memory begins that nobody may touch. Linked so that
 * malloc() and free() of the library are those below.
 */
#include "lmdb/stores/salvage.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "outside/record_tag.h"
#include "lmdb/form/pages.h"
#include "cases.h"
#include "samples.h"

/* ---- memory before a guard page -------------------------------------------------------------- */

void *__real_malloc(size_t size);
void __real_free(void *data);
void *__wrap_malloc(size_t size);
void __wrap_free(void *data);

static struct {
    size_t page;   /* unless 0: requests of this size end at a guard page */
    uint8_t *data; /* such a one */
    unsigned count;
} guarded;

void *__wrap_malloc(size_t size) {
    if (!guarded.page || size != guarded.page) return __real_malloc(size);
    uint8_t *map = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + size, size, PROT_NONE) != 0) abort();
    guarded.count++;
    guarded.data = map;
    return map;
}

void __wrap_free(void *data) {
    if (!data || data != guarded.data) {
        __real_free(data);
        return;
    }
    (void)munmap(data, 2 * guarded.page);
    guarded.data = NULL;
}

/* ---- a page of one node ---------------------------------------------------------------------- */

/* The revoked token's record, as a node: length, flags, length of the key, key, value. */
struct node {
    uint8_t bytes[NODE_HEAD + APITOKEN_ID_LEN + ATK_HOT_MAX];
    size_t len;
};

struct place {
    struct atk_keys keys;
    struct node node;
    size_t page_size;
    uint8_t *page;
    int fd;
};

static void put(uint8_t *bytes, size_t at, size_t width, uint64_t value) {
    for (size_t i = 0; i < width; i++) bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void make_node(struct place *p) {
    struct atk_hot hot;
    uint8_t *key = p->node.bytes + NODE_HEAD, *value = key + APITOKEN_ID_LEN;
    sample_hot(&hot);
    hot.flags = ATK_FLAG_REVOKED;
    memcpy(key, SAMPLE_ID, APITOKEN_ID_LEN);
    size_t len = atk_hot_encode(&hot, value);
    atk_record_tag_write(&p->keys, key, APITOKEN_ID_LEN, value, len);
    put(p->node.bytes, NODE_LOW_AT, 2, len);
    put(p->node.bytes, NODE_KEY_LEN_AT, 2, APITOKEN_ID_LEN);
    p->node.len = NODE_HEAD + APITOKEN_ID_LEN + len;
}

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    sample_keys(&p->keys);
    make_node(p);
    p->page_size = (size_t)sysconf(_SC_PAGESIZE); /* of a file without meta pages */
    p->page = calloc(1, p->page_size);
    p->fd = memfd_create("data", MFD_CLOEXEC);
    assert_true(p->page && p->fd >= 0);
    put(p->page, PAGE_FLAGS_AT, 2, PAGE_LEAF);
    put(p->page, PAGE_LOWER_AT, 2, PAGE_HEAD + 2);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    (void)close(p->fd);
    free(p->page);
    free(p);
    return 0;
}

/* With the node at this place of the page, as far as it fits: whether the revocation is found. */
static int is_found(struct place *p, size_t at) {
    struct atk_proofs known;
    static struct atk_proof_records records;
    struct atk_hot hot;
    struct atk_row row;
    const struct atk_env env = { .mdb = NULL };
    const struct atk_view backup = { &env, NULL, &p->keys }; /* in which nothing is found */
    atk_proofs_init(&known, &backup);
    size_t room = at < p->page_size ? p->page_size - at : 0;
    memset(p->page + PAGE_HEAD + 2, 0, p->page_size - PAGE_HEAD - 2);
    put(p->page, PAGE_HEAD, 2, at);
    memcpy(p->page + p->page_size - room, p->node.bytes, room < p->node.len ? room : p->node.len);
    assert_int_equal(pwrite(p->fd, p->page, p->page_size, 0), p->page_size);
    guarded.page = p->page_size;
    guarded.count = 0;
    int rc = atk_salvage(&known, p->fd, &p->keys, NULL);
    guarded.page = 0;
    assert_code(rc, 0);
    assert_int_equal(guarded.count, 1);
    sample_hot(&hot);
    sample_row_day(&row);
    const struct atk_proof proof = atk_proofs_get(&known, SAMPLE_ID, &hot, &row, &records);
    int found = proof.hot && proof.hot->flags & ATK_FLAG_REVOKED;
    atk_proofs_free(&known);
    return found;
}

static void test_a_record_within_its_page_is_found(void **state) {
    struct place *p = *state;
    assert_true(is_found(p, PAGE_HEAD + 2));
    assert_true(is_found(p, p->page_size - p->node.len));
    p->node.bytes[p->node.len - 1] ^= 1;
    assert_false(is_found(p, p->page_size - p->node.len));
}

static void test_nothing_is_read_behind_a_page(void **state) {
    struct place *p = *state;
    for (size_t at = p->page_size - p->node.len + 1; at <= p->page_size + 1; at++)
        assert_false(is_found(p, at));
}

/* Lengths that say more than the page has, of a key, of a value and of both. */
static void test_no_length_leads_behind_a_page(void **state) {
    struct place *p = *state;
    const size_t at = p->page_size - p->node.len;
    for (size_t more = 1; more < 600; more++) {
        put(p->node.bytes, NODE_KEY_LEN_AT, 2, APITOKEN_ID_LEN + more);
        assert_false(is_found(p, at));
    }
    put(p->node.bytes, NODE_KEY_LEN_AT, 2, APITOKEN_ID_LEN);
    for (size_t more = 1; more < 2000; more++) {
        put(p->node.bytes, NODE_LOW_AT, 2, p->node.len - NODE_HEAD - APITOKEN_ID_LEN + more);
        assert_false(is_found(p, at));
    }
}

/* Places of nodes, as many as the page says it has: it may say more than there is room for. */
static void test_no_place_is_read_behind_a_page(void **state) {
    struct place *p = *state;
    put(p->page, PAGE_LOWER_AT, 2, 0xFFFF);
    assert_true(is_found(p, p->page_size - p->node.len));
}

#define WITH_PAGE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_PAGE(test_a_record_within_its_page_is_found),
        WITH_PAGE(test_nothing_is_read_behind_a_page),
        WITH_PAGE(test_no_length_leads_behind_a_page),
        WITH_PAGE(test_no_place_is_read_behind_a_page),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
