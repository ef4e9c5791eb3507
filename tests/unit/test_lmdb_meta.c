/* SPDX-License-Identifier: MIT */
#include "lmdb/form/meta.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cases.h"
#include "image.h"
#include "samples.h"
#include "store_file.h"

#define SENTINEL 77

/* A directory with a data.mdb that holds the image's bytes. */
struct place {
    struct store_file file; /* first: store_file_teardown() takes it */
    struct image image;
};

static int setup(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    fixture_make_dir(&p->file.fixture);
    image_make(&p->image, 40, 40);
    store_file_open(&p->file, ATK_DATA_FILE, O_CREAT);
    *state = p;
    return 0;
}

static int teardown(void **state) {
    struct place *p = *state;
    image_free(&p->image);
    return store_file_teardown(state);
}

static void put(const struct place *p, size_t len) {
    assert_int_equal(pwrite(p->file.fd, p->image.bytes, len, 0), len);
    assert_int_equal(ftruncate(p->file.fd, (off_t)len), 0);
}

static int gate(const struct place *p) {
    uint64_t bytes = SENTINEL;
    int rc = atk_meta_check(p->file.dir_fd, 0, &bytes, NULL);
    struct stat st;
    if (rc < 0) {
        assert_int_equal(bytes, SENTINEL);
        return rc;
    }
    assert_int_equal(fstat(p->file.fd, &st), 0);
    assert_int_equal(bytes, st.st_size);
    return 0;
}

static void test_a_whole_file_passes(void **state) {
    const struct place *p = *state;
    put(p, p->image.len);
    assert_code(gate(p), 0);
    assert_int_equal(ftruncate(p->file.fd, (off_t)p->image.len + 12345), 0); /* allocated ahead */
    assert_code(gate(p), 0);
}

/* A file that ends where LMDB's map still goes on is a SIGBUS. */
static void test_every_cut_in_the_first_pages(void **state) {
    const struct place *p = *state;
    put(p, p->image.len);
    for (size_t len = 8192 + 1; len-- > 0;) {
        assert_int_equal(ftruncate(p->file.fd, (off_t)len), 0);
        assert_code(gate(p), APITOKEN_E_DAMAGED);
    }
}

static void test_every_cut_at_the_end_of_a_page(void **state) {
    const struct place *p = *state;
    put(p, p->image.len);
    for (size_t len = p->image.len; len >= p->image.page_size; len -= p->image.page_size) {
        assert_int_equal(ftruncate(p->file.fd, (off_t)len - 1), 0);
        assert_code(gate(p), APITOKEN_E_DAMAGED);
        assert_int_equal(ftruncate(p->file.fd, (off_t)(len - p->image.page_size)), 0);
        assert_code(gate(p), APITOKEN_E_DAMAGED);
    }
}

static void test_what_stands_in_its_place(void **state) {
    const struct place *p = *state;
    assert_int_equal(fchmod(p->file.fd, 0644), 0);
    put(p, p->image.len);
    assert_code(gate(p), APITOKEN_E_UNSAFE);
    assert_int_equal(unlinkat(p->file.dir_fd, ATK_DATA_FILE, 0), 0);
    assert_code(gate(p), APITOKEN_E_NO_STORE);
    assert_int_equal(symlinkat("elsewhere", p->file.dir_fd, ATK_DATA_FILE), 0);
    assert_code(gate(p), APITOKEN_E_SYMLINK);
}

/* Values that depend on the file: the number of its pages, the transaction after its last one. */
#define BEYOND UINT64_C(0xABCDEF)
#define OTHER_TURN UINT64_C(0xFEDCBA)

/* Fields of a meta page; `at` is from the beginning of the page. */
static const struct {
    const char *name;
    size_t at, width;
    uint64_t value;
} fields[] = {
    { "page number", 0, 8, 2 },
    { "page flags: none", 10, 2, 0 },
    { "page flags: leaf", 10, 2, PAGE_LEAF },
    { "page flags: dirty", 10, 2, PAGE_META | 0x10 },
    { "magic", 16, 4, 0xBEEFC0DF },
    { "magic: 0", 16, 4, 0 },
    { "version: 0", 20, 4, 0 },
    { "version: 2", 20, 4, 2 },
    { "version: of a development build", 20, 4, 999 },
    { "map: 0", 32, 8, 0 },
    { "map: too small", 32, 8, ATK_MAP_MIN - 1 },
    { "map: too large", 32, 8, ATK_MAP_MAX + 1 },
    { "map: max", 32, 8, UINT64_MAX },
    { "page size: 0", 40, 4, 0 },
    { "page size: 1", 40, 4, 1 },
    { "page size: 256", 40, 4, 256 },
    { "page size: no power of two", 40, 4, 4097 },
    { "page size: no power of two", 40, 4, 6144 },
    { "page size: 131072", 40, 4, 131072 },
    { "page size: max", 40, 4, UINT32_MAX },
    { "page size: another one", 40, 4, 8192 },
    { "flags of the free tree: none", 44, 2, 0 },
    { "flags of the free tree: DUPSORT", 44, 2, 0x0C },
    { "depth of the free tree: 0", 46, 2, 0 },
    { "root of the free tree: meta", 80, 8, 1 },
    { "root of the free tree: beyond", 80, 8, BEYOND },
    { "flags of the main tree: DUPSORT", 92, 2, 0x04 },
    { "flags of the main tree: DUPFIXED", 92, 2, 0x10 },
    { "flags of the main tree: high", 92, 2, 0x8000 },
    { "depth of the main tree: 0", 94, 2, 0 },
    { "root of the main tree: 0", 128, 8, 0 },
    { "root of the main tree: beyond", 128, 8, BEYOND },
    { "root of the main tree: none, but a depth", 128, 8, NO_PAGE },
    { "root of the main tree: huge", 128, 8, NO_PAGE - 1 },
    { "last page: 0", 136, 8, 0 },
    { "last page: beyond", 136, 8, BEYOND },
    { "last page: max", 136, 8, UINT64_MAX },
    { "transaction: of the other page", 144, 8, OTHER_TURN },
};

static void test_fields_of_the_meta_pages(void **state) {
    const struct place *p = *state;
    uint64_t current = p->image.transaction % 2;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        uint8_t *page = image_page(&p->image, current);
        uint64_t old = image_get(page, fields[i].at, fields[i].width);
        uint64_t value = fields[i].value == OTHER_TURN ? p->image.transaction + 1 : fields[i].value;
        image_set(page, fields[i].at, fields[i].width,
                  value == BEYOND ? p->image.len / p->image.page_size : value);
        put(p, p->image.len);
        int rc = gate(p);
        if (rc != APITOKEN_E_DAMAGED) fail_msg("%s: %s", fields[i].name, apitoken_error_name(rc));
        image_set(page, fields[i].at, fields[i].width, old);
    }
    put(p, p->image.len);
    assert_code(gate(p), 0);
}

/*
 * The other meta page is what a later open falls back to, and what LMDB takes the page size from.
 */
static void test_damage_in_the_older_meta_page(void **state) {
    const struct place *p = *state;
    uint8_t *page = image_page(&p->image, (p->image.transaction + 1) % 2);
    static const size_t places[] = { 0, 10, 16, 20, 40, 44, 92 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            page[places[i]] ^= (uint8_t)(1u << bit);
            put(p, p->image.len);
            assert_code(gate(p), APITOKEN_E_DAMAGED);
            page[places[i]] ^= (uint8_t)(1u << bit);
        }
    }
}

/*
 * A file in which all agrees but a size that LMDB cannot divide by. The second meta page stands
 * where the first one says.
 */
static void test_page_sizes(void **state) {
    const struct place *p = *state;
    static const struct {
        uint32_t size;
        int is_good;
    } sizes[] = { { 512, 1 },  { 4096, 1 }, { 8192, 1 }, { 65536, 1 }, { 256, 0 },
                  { 1000, 0 }, { 4098, 0 }, { 6144, 0 }, { 131072, 0 } };
    uint8_t head[2][PAGE_HEAD + META_LEN];
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (unsigned k = 0; k < 2; k++) {
            memcpy(head[k], image_page(&p->image, k), sizeof head[k]);
            image_set(head[k], 40, 4, sizes[i].size);
        }
        assert_int_equal(ftruncate(p->file.fd, 0), 0);
        assert_int_equal(
            ftruncate(p->file.fd, (off_t)(p->image.len / p->image.page_size * sizes[i].size)), 0);
        assert_int_equal(pwrite(p->file.fd, head[0], sizeof head[0], 0), sizeof head[0]);
        assert_int_equal(pwrite(p->file.fd, head[1], sizeof head[1], sizes[i].size),
                         sizeof head[1]);
        assert_code(gate(p), sizes[i].is_good ? 0 : APITOKEN_E_DAMAGED);
    }
}

static void test_both_meta_pages_name_one_size(void **state) {
    const struct place *p = *state;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *page = image_page(&p->image, i);
        image_set(page, 40, 4, 2 * (uint64_t)p->image.page_size);
        put(p, p->image.len);
        /* so many pages of that size, too */
        assert_int_equal(ftruncate(p->file.fd, 2 * (off_t)p->image.len), 0);
        assert_code(gate(p), APITOKEN_E_DAMAGED);
        image_set(page, 40, 4, p->image.page_size);
    }
}

/* However long the file is: behind its map LMDB reads what is not there. */
static void test_the_last_page_lies_within_the_map(void **state) {
    const struct place *p = *state;
    const uint64_t pages = ATK_MAP_MIN / p->image.page_size;
    for (int beyond = 0; beyond < 2; beyond++) {
        for (unsigned i = 0; i < 2; i++) {
            image_set(image_page(&p->image, i), 32, 8, ATK_MAP_MIN);
            image_set(image_page(&p->image, i), 136, 8, pages - 1 + (uint64_t)beyond);
        }
        put(p, p->image.len);
        assert_int_equal(ftruncate(p->file.fd, (off_t)(ATK_MAP_MIN + 2 * p->image.page_size)), 0);
        assert_code(gate(p), beyond ? APITOKEN_E_DAMAGED : 0);
    }
}

static void test_every_flipped_bit_gives_an_answer(void **state) {
    const struct place *p = *state;
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *page = image_page(&p->image, i);
        for (size_t bit = 0; bit < 8 * (PAGE_HEAD + META_LEN); bit++) {
            page[bit / 8] ^= (uint8_t)(1u << bit % 8);
            put(p, 2 * (size_t)p->image.page_size);
            assert_int_equal(ftruncate(p->file.fd, (off_t)p->image.len), 0);
            int rc = gate(p);
            assert_true(rc == 0 || rc == APITOKEN_E_DAMAGED);
            page[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void test_reading_the_meta_pages(void **state) {
    const struct place *p = *state;
    struct atk_meta metas[2];
    uint32_t page_size = SENTINEL;
    put(p, p->image.len);
    assert_true(atk_meta_read_both(p->file.fd, metas, &page_size));
    assert_int_equal(page_size, p->image.page_size);
    assert_true(metas[p->image.transaction % 2].transaction == p->image.transaction);
    assert_true(metas[p->image.transaction % 2].map_bytes == IMAGE_MAP_BYTES);
    page_size = SENTINEL;
    assert_false(atk_meta_read_both(-1, metas, &page_size));
    assert_int_equal(page_size, SENTINEL);
}

#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        WITH_FILE(test_a_whole_file_passes),
        WITH_FILE(test_every_cut_in_the_first_pages),
        WITH_FILE(test_every_cut_at_the_end_of_a_page),
        WITH_FILE(test_what_stands_in_its_place),
        WITH_FILE(test_fields_of_the_meta_pages),
        WITH_FILE(test_damage_in_the_older_meta_page),
        WITH_FILE(test_page_sizes),
        WITH_FILE(test_both_meta_pages_name_one_size),
        WITH_FILE(test_the_last_page_lies_within_the_map),
        WITH_FILE(test_every_flipped_bit_gives_an_answer),
        WITH_FILE(test_reading_the_meta_pages),
    };
    return run_cases(argc, argv, tests, NULL, NULL);
}
